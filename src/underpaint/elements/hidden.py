"""Elements of a few pixels whose brightest line lies under that of an element of many.

Arsenic's K alpha has the energy of lead's L alpha. Where lead is everywhere and orpiment in one
place, neither the sum nor the maximum of all spectra tells arsenic from lead's own uncertain
ratios, and the place would be mapped as lead. The sum of those pixels alone tells.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.scan import in_order, total_counts
from underpaint.spectrum import EnergyCalibration

from .evidence import line_significance
from .fit import build_design
from .identify import HIDDEN_FWHM, NEEDED_SIGMA_RARE, Identification, with_families
from .maps import Blocks
from .templates import brightest_kev, line_shares, split_family
from .trial import COMMON

STANDS_OUT_SIGMA = (5.0, 10.0, 20.0)
"""Few pixels that hold much of it tell more than many in which it may be the other's ratios."""
NEEDED_COUNTS = 100.0
BETA = "Kb"
OF_NOTE = 0.02
MOST_SPECTRA = 2**16
"""Rows evenly spread over a larger scan are enough to meet every place of some size."""


@dataclass(frozen=True, eq=False)
class _Reader:
    """How hidden families are read off spectra.

    Attributes
    ----------
    rows, squares : (family, channel) float32, unconstrained counts and their variance
    first, last : channels used, [first, last)
    """

    rows: NDArray[np.float32]
    squares: NDArray[np.float32]
    first: int
    last: int


def with_hidden(
    scan: Blocks,
    calibration: EnergyCalibration,
    sum_spectrum: NDArray[np.float64],
    found: Identification,
    *,
    pixels: int,
    unevenness: float,
    executor: Executor | None = None,
) -> Identification:
    """Look where families that others hide stand out, and add those whose K beta is there.

    K families are looked for whose K alpha lies under the brightest line of a family that was
    found. The pixels are added up in which one of them stands out by 5, by 10 and by 20 standard
    errors when all are fitted together; it is there if its K beta, fitted free of everything else,
    is ten standard errors in one of these sums.

    Parameters
    ----------
    scan : whose spectra were added up; up to 65,536 of them are read, in rows spread evenly
    calibration : energy axis and resolution
    sum_spectrum : (channel,) counts
    found : what the sum and the maximum-pixel spectrum show
    pixels, unevenness : as for `build_design`
    executor : where rows are read; here if None

    Returns
    -------
    Identification : `found` itself where nothing was hidden
    """
    sought = hidden_by(found, calibration)
    if not sought:
        return found
    design = build_design(
        sum_spectrum, calibration, (*found.names, *sought),
        pixels=pixels, unevenness=unevenness, tube_kv=found.tube_kv,
    )  # fmt: skip
    rows = design.reader[len(found.names) : len(design.families)]
    reader = _Reader(
        rows.astype(np.float32), (rows**2).astype(np.float32), design.first, design.last
    )
    spectra = np.zeros((len(sought), len(STANDS_OUT_SIGMA), scan.shape[2]))
    for part in in_order(executor, partial(_standing_out, scan, reader), _spread_rows(scan)):
        spectra += part
    added = {}
    for name, sums in zip(sought, spectra, strict=True):
        line = f"{split_family(name)[0]} {BETA}"
        seen = [
            line_significance(
                spectrum, calibration, design.families, line, tube_kv=found.tube_kv
            ).significance
            for spectrum in sums
            if spectrum.sum() >= NEEDED_COUNTS
        ]
        if max(seen, default=0.0) >= NEEDED_SIGMA_RARE:
            added[name] = max(seen)
    return with_families(found, added, sum_spectrum, calibration) if added else found


def hidden_by(found: Identification, calibration: EnergyCalibration) -> tuple[str, ...]:
    """K families that were not found, whose brightest line lies under that of one that was.

    Only those whose K beta stands clear of it: sulphur under lead's M lines cannot be told so.
    """
    kv = found.tube_kv
    over = [family for family in found.families if not family.from_tube]
    hidden = []
    for name in COMMON:
        shares = line_shares(name, kv)
        beta = np.array([label.startswith(BETA) for label in shares.label], dtype=bool)
        if split_family(name)[1] != "K" or name in found.names or not beta.any():
            continue
        alpha = brightest_kev(name, kv)
        near = HIDDEN_FWHM * calibration.fwhm(alpha)
        clear = shares.energy_kev[beta][np.argmax(shares.share[beta])]
        if any(
            abs(family.energy_kev - alpha) < near and _is_clear(clear, family.name, kv, calibration)
            for family in over
        ):
            hidden.append(name)
    return tuple(hidden)


def _is_clear(
    energy_kev: float, family: str, tube_kv: float, calibration: EnergyCalibration
) -> bool:
    """Whether no line of note of a family lies within one resolution of an energy."""
    shares = line_shares(family, tube_kv)
    bright = shares.energy_kev[shares.share > OF_NOTE]
    return bool(np.all(np.abs(bright - energy_kev) > calibration.fwhm(energy_kev)))


def _spread_rows(scan: Blocks) -> list[slice]:
    height, width, _ = scan.shape
    step = max(1, -(-height * width // MOST_SPECTRA))
    if step == 1:
        return list(scan.spans())
    return [slice(row, row + 1) for row in range(0, height, step)]


def _standing_out(scan: Blocks, reader: _Reader, rows: slice) -> NDArray[np.float64]:
    """Sums of the spectra in which each family stands out so far, (family, how far, channel)."""
    block = scan.read(rows)
    spectra = block.reshape(-1, block.shape[-1])
    inside = spectra[:, reader.first : reader.last].astype(np.float32)
    counts = reader.rows @ inside.T
    error = np.sqrt(reader.squares @ inside.T)
    sums = [
        [total_counts(spectra[own > sigma * of_own], 0) for sigma in STANDS_OUT_SIGMA]
        for own, of_own in zip(counts, error, strict=True)
    ]
    return np.array(sums)
