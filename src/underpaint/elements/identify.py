"""Which line families are in a scan: as few as explain its spectra, none that overlaps invent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .elimination import eliminate, fit_families
from .excitation import RANGE_KV, highest_excitation_kev
from .family import split_family
from .measured import Measured
from .needed import BARELY_EXCITED, NEEDED_SIGMA, is_tube, softest_edge_kev
from .scatter import Scatter, find_scatter, under_hump
from .spectrum_fit import SpectrumFit
from .templates import brightest_kev, line_shares
from .trial import CANDIDATES
from .unexplained import UnexplainedPeak, unexplained_peaks, wide_peaks

SOFT_ANODES = ("W-L", "Cu-K")
"""Whose scattered lines lie among those of paint. Their humps are looked for where nothing tells
clearly of another tube and the lines are there: tungsten's, which paint does not have, and
copper's, if a peak that nothing explains lies where their hump would be."""
CLEAR_SIGMA = 30.0
NOT_IN_PAINT = ("W-L",)


@dataclass(frozen=True, slots=True)
class FoundFamily:
    """A line family that is in at least one of the spectra.

    Attributes
    ----------
    name : as "Fe-K"
    significance : counts over their standard error, in the spectrum that shows it best
    counts : net counts in the first spectrum, which may say nothing of what a few pixels hold
    energy_kev : its brightest line, keV
    from_tube : whether it is of the anode, as its scattered lines or the scan's file tell
    in_sum : whether the first spectrum shows it; else only some pixels do, or one
    """

    name: str
    significance: float
    counts: float
    energy_kev: float
    from_tube: bool
    in_sum: bool


@dataclass(frozen=True, eq=False)
class Identification:
    """What a scan's spectra are made of.

    Attributes
    ----------
    families : most significant first
    unexplained : peaks of the first spectrum left over, most significant first, those wider than
        lines last
    scatter : the anode's scattered lines, if seen
    tube_kv : highest exciting energy, keV
    fit : the fit of the first spectrum with these families
    """

    families: tuple[FoundFamily, ...]
    unexplained: tuple[UnexplainedPeak, ...]
    scatter: Scatter | None
    tube_kv: float
    fit: SpectrumFit

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the families, most significant first."""
        return tuple(found.name for found in self.families)


def identify_elements(
    spectra: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    calibration: EnergyCalibration,
    *,
    tube_kv: float | None = None,
    anode: str | None = None,
    candidates: Sequence[str] = CANDIDATES,
    certain: Sequence[str] = (),
    pairs: NDArray[np.float64] | None = None,
) -> Identification:
    """Find the line families in a scan from its sum and maximum-pixel spectra.

    All candidates are fitted together, with escape peaks, tails, sum peaks, scatter and a free
    continuum; the least significant goes, with those that are far from significant and hardly
    overlap with it, and the rest is fitted again, until every one left is at least 7.5 standard
    errors: 10 for elements that are rare in art, twice as much under a much brighter line of
    another element or on its flank, or where the tube barely excites it, three times as much among
    scattered tube lines. A rare family goes that may be a brighter common one, a little off in
    energy, and has no harder lines. The element before the anode, whose lines are those of the
    anode's Compton humps, is not found; a family goes as well where its brightest branch is not
    there, or no other, or where peaks wider than lines explain it. Errors hold all overlaps and the
    misfit around the lines.

    Parameters
    ----------
    spectra : (n, channel) counts, the sum spectrum first
    calibration : energy axis and resolution
    tube_kv : highest exciting energy, keV; from the first spectrum's upper end if None
    anode : of the tube, where it is stated; from its scattered lines if None
    candidates : families to choose from
    certain : families kept whatever their significance
    pairs : how photons come together in the pixels that were added up, from `pixel_coincidences`;
        as in the spectra themselves if None

    Raises
    ------
    CalibrationError : fewer than ten channels with counts lie above 1 keV
    """
    rows = [np.maximum(np.asarray(row, dtype=np.float64), 0.0) for row in spectra]
    kv = tube_kv if tube_kv is not None else highest_excitation_kev(rows[0], calibration)
    scatter = find_scatter(rows[0], calibration, kv, anode, pairs)
    possible = [name for name in candidates if len(line_shares(name, kv).share) > 0]
    measured = [Measured(row, calibration, kv, scatter, pairs) for row in rows]
    shown = [dict(eliminate(each, possible, certain)) for each in measured]
    found: dict[str, float] = {}
    for row in shown:
        for name, significance in row.items():
            found[name] = max(significance, found.get(name, 0.0))
    ordered = sorted(found, key=lambda name: -found[name])
    fit = fit_families(measured[0], ordered)
    unexplained = unexplained_peaks(rows[0], calibration, fit)
    under = partial(
        identify_elements, rows, calibration, candidates=candidates, certain=certain, pairs=pairs
    )
    if anode is None and (scatter is None or scatter.significance < CLEAR_SIGMA):
        for suspect in _suspects(shown[0], unexplained, kv, calibration):
            told = under(tube_kv=tube_kv, anode=suspect)
            if told.scatter is not None and told.scatter.anode == suspect:
                return told
    wanted = _voltage_wanted(unexplained, kv, calibration) if tube_kv is None else 0.0
    if wanted > 0.0:
        told = under(tube_kv=wanted, anode=anode)
        if sum(not peak.wide for peak in told.unexplained) < len(unexplained):
            return told
    families = tuple(
        FoundFamily(
            name,
            found[name],
            float(counts),
            brightest_kev(name, kv),
            from_tube=is_tube(name, scatter),
            in_sum=shown[0].get(name, 0.0) >= NEEDED_SIGMA,
        )
        for name, counts in zip(ordered, fit.counts, strict=True)
    )
    wide = wide_peaks(rows[0], calibration, fit, unexplained)
    return Identification(families, (*unexplained, *wide), scatter, kv, fit)


def _suspects(
    shown: dict[str, float],
    unexplained: Sequence[UnexplainedPeak],
    tube_kv: float,
    calibration: EnergyCalibration,
) -> list[str]:
    """Anodes of soft lines that the tube may have, by the families that the sum shows."""
    return [
        split_family(name)[0]
        for name in SOFT_ANODES
        if shown.get(name, 0.0) >= NEEDED_SIGMA
        and (
            name in NOT_IN_PAINT
            or any(under_hump(peak.energy_kev, name, tube_kv, calibration) for peak in unexplained)
        )
    ]


def _voltage_wanted(
    unexplained: Sequence[UnexplainedPeak], tube_kv: float, calibration: EnergyCalibration
) -> float:
    """The tube voltage without which a peak stays unexplained, kV; 0 where there is none.

    Counts do not reach as far as the tube does where a lens or a filter lets few hard photons
    through. Lines tell of it, which lie well below their edge.
    """
    edges = [
        edge
        for peak in unexplained
        for name in CANDIDATES
        if tube_kv <= (edge := softest_edge_kev(name)) < RANGE_KV[1]
        and abs(brightest_kev(name, RANGE_KV[1]) - peak.energy_kev)
        < 0.5 * float(calibration.fwhm(peak.energy_kev))
    ]
    return 1.01 * BARELY_EXCITED * max(edges, default=0.0)
