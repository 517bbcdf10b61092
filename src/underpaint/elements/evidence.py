"""Is one line there? Its net counts over their error, everything that overlaps it left free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .excitation import highest_excitation_kev
from .parts import Parts, lay_out
from .scatter import Scatter, find_scatter
from .spectrum_fit import assemble, expected_variance, fitted_window, normal_equations
from .templates import gaussians, line_shares, split_family

PILE_UP_PIECES = 5
LOOSENED = 8


@dataclass(frozen=True, slots=True)
class LineEvidence:
    """Net counts of one line in one spectrum.

    Attributes
    ----------
    line : as "Hg La"
    energy_kev : mean energy of the line, keV
    counts : net counts
    sigma : one standard deviation: counting noise, overlaps, background, and the model's misfit
    """

    line: str
    energy_kev: float
    counts: float
    sigma: float

    @property
    def significance(self) -> float:
        """Counts over their standard deviation."""
        return self.counts / self.sigma if self.sigma > 0.0 else 0.0


def line_significance(
    spectrum: NDArray[np.generic],
    calibration: EnergyCalibration,
    families: Sequence[str],
    line: str,
    *,
    tube_kv: float | None = None,
    scatter: Scatter | None = None,
) -> LineEvidence:
    """Fit one line free of the rest of its own family and of all others.

    Parameters
    ----------
    spectrum : (channel,) counts
    calibration : energy axis and resolution
    families : all families that may be present, the line's own or not
    line : as "Hg La", "Cu Ka" or "Pb Lb1"; "La" stands for La1 and La2
    tube_kv : highest exciting energy, keV; from the spectrum's upper end if None
    scatter : scattered tube lines; looked for if None

    Raises
    ------
    ValueError : a line or family that does not exist or that the tube cannot excite
    CalibrationError : fewer than ten channels with counts lie above 1 keV
    """
    counts = np.maximum(np.asarray(spectrum, dtype=np.float64), 0.0)
    window = fitted_window(counts, calibration)
    kv = tube_kv if tube_kv is not None else highest_excitation_kev(counts, calibration)
    seen = scatter if scatter is not None else find_scatter(counts, calibration, kv)
    element, _, label = line.partition(" ")
    family = f"{element}-{label[:1]}"
    rows, energy = _line_and_rest(family, label, calibration, len(counts), kv)
    others = [name for name in families if name != family]
    parts = lay_out(counts, calibration, others, kv, scatter=seen)
    variance = expected_variance(counts, calibration)
    normal = normal_equations(parts, counts, variance, window, np.zeros(len(others)))
    first = assemble(parts, normal, counts, variance, window, kv, seen)
    strong = [others[index] for index in np.argsort(-first.counts)[:LOOSENED]]
    parts = _with_rows(
        lay_out(
            counts,
            calibration,
            others,
            kv,
            scatter=seen,
            loosened=strong,
            pile_up_pieces=PILE_UP_PIECES,
        ),
        rows,
        line,
    )
    strength = np.concatenate([first.counts, np.zeros(len(rows))])
    normal = normal_equations(parts, counts, variance, window, strength)
    fit = assemble(parts, normal, counts, variance, window, kv, seen)
    index = len(others)
    return LineEvidence(line, energy, float(fit.counts[index]), float(fit.sigma[index]))


def _line_and_rest(
    family: str, label: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> tuple[NDArray[np.float64], float]:
    """Templates of a line and of the rest of its family, one count each; the line's energy."""
    split_family(family)
    shares = line_shares(family, tube_kv)
    chosen = np.array([text.startswith(label) for text in shares.label], dtype=bool)
    if not label or not chosen.any():
        raise ValueError(f"{family} has no line '{label}' that {tube_kv:.0f} keV excite")
    proper = np.array([not text.endswith("esc") for text in shares.label], dtype=bool)
    rows = []
    for group in (chosen, ~chosen):
        whole = float(shares.share[group & proper].sum())
        if whole > 0.0:
            rows.append(
                gaussians(
                    shares.energy_kev[group], shares.share[group] / whole,
                    np.zeros(int(group.sum()), np.intp), 1, calibration, channels,
                )[0]
            )  # fmt: skip
    energy = float(
        np.average(shares.energy_kev[chosen & proper], weights=shares.share[chosen & proper])
    )
    return np.array(rows), energy


def _with_rows(parts: Parts, rows: NDArray[np.float64], line: str) -> Parts:
    first = len(parts.families)
    names = (line, f"rest of {line}")[: len(rows)]
    return replace(
        parts,
        families=parts.families + names,
        shapes=np.concatenate([parts.shapes, rows]),
        owner=np.concatenate([parts.owner, first + np.arange(len(rows))]),
        kind=parts.kind + ("line",) * len(rows),
        expected=np.concatenate([parts.expected, np.ones(len(rows))]),
    )
