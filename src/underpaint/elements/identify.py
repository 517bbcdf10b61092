"""Which line families are in a scan: as few as explain its spectra, none that overlaps invent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration

from .elimination import (
    BARELY_EXCITED,
    NEEDED_SIGMA,
    caution,
    eliminate,
    fit_families,
    flank_caution,
    is_tube,
    softest_edge_kev,
)
from .excitation import RANGE_KV, highest_excitation_kev
from .measured import Measured
from .scatter import Scatter, find_scatter, under_hump
from .spectrum_fit import SpectrumFit
from .templates import brightest_kev, line_shares, split_family
from .trial import CANDIDATES

UNEXPLAINED_SIGMA = 10.0
SOFT_ANODES = ("W-L", "Cu-K")
"""Whose scattered lines lie among those of paint. Their humps are looked for where nothing tells
clearly of another tube and the lines are there: tungsten's, which paint does not have, and
copper's, if a peak that nothing explains lies where their hump would be."""
CLEAR_SIGMA = 30.0
NOT_IN_PAINT = ("W-L",)
LEAST_PEAK = 0.5
"""How much of an excess must stand above the level around it to be a peak, and not continuum that
runs a little too low between lines."""


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


@dataclass(frozen=True, slots=True)
class UnexplainedPeak:
    """A peak that no family, escape, sum peak or scatter explains."""

    energy_kev: float
    significance: float
    counts: float


@dataclass(frozen=True, eq=False)
class Identification:
    """What a scan's spectra are made of.

    Attributes
    ----------
    families : most significant first
    unexplained : peaks of the first spectrum left over, most significant first
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
    continuum; the least significant goes, and the rest is fitted again, until every one left is
    at least 7.5 standard errors: 10 for elements that are rare in art, twice as much under a
    much brighter line of another element or on its flank, or where the tube barely excites it,
    three times as much among scattered tube lines. A rare family goes that may be a brighter
    common one, a little off in energy, and has no harder lines. The element before the anode,
    whose lines are those of the anode's Compton humps, is not found; a family goes as well where
    its brightest branch is not there, or no other.
    Errors hold all overlaps and the misfit around the lines.

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
    unexplained = _unexplained(rows[0], calibration, fit)
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
        if len(told.unexplained) < len(unexplained):
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
    return Identification(families, unexplained, scatter, kv, fit)


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


def _unexplained(
    counts: NDArray[np.float64], calibration: EnergyCalibration, fit: SpectrumFit
) -> tuple[UnexplainedPeak, ...]:
    """Peaks of the residual by a filter of the line's own width."""
    scale = fit.variance * max(1.0, fit.reduced_chi_square)
    residual = np.zeros(len(counts))
    inside = slice(fit.first, fit.last)
    residual[inside] = (counts - fit.model)[inside]
    found: list[UnexplainedPeak] = []
    energy = calibration.energy(np.arange(len(counts)))
    sigma = calibration.fwhm(energy) / FWHM_PER_SIGMA / calibration.gain
    significance = np.zeros(len(counts))
    area = np.zeros(len(counts))
    for channel in range(fit.first, fit.last):
        low, high = _reach(channel, sigma)
        if low < fit.first or high > fit.last:
            continue
        shape = _line(high - low, sigma[channel])
        weight = shape / scale[low:high]
        norm = float(weight @ shape)
        area[channel] = float(weight @ residual[low:high]) / norm
        significance[channel] = area[channel] * np.sqrt(norm)
    for channel in np.argsort(-significance):
        if significance[channel] < UNEXPLAINED_SIGMA:
            break
        kev = float(energy[channel])
        needed = UNEXPLAINED_SIGMA * caution(kev, fit.tube_kv, fit.scatter)
        needed *= flank_caution(fit, calibration, kev, float(area[channel]))
        scattered = fit.scatter is not None and under_hump(
            kev, fit.scatter.family, fit.tube_kv, calibration
        )
        if significance[channel] < needed or scattered:
            continue
        low, high = _reach(channel, sigma)
        if _above_level(residual[low:high], scale[low:high], sigma[channel]) < (
            LEAST_PEAK * area[channel]
        ):
            continue
        near = 2.0 * float(calibration.fwhm(energy[channel]))
        if all(abs(energy[channel] - other.energy_kev) > near for other in found):
            found.append(
                UnexplainedPeak(
                    float(energy[channel]), float(significance[channel]), float(area[channel])
                )
            )
    return tuple(found)


def _reach(channel: int, sigma: NDArray[np.float64]) -> tuple[int, int]:
    """First channel of a line about one, and the one after its last."""
    reach = int(np.ceil(3.0 * sigma[channel]))
    return channel - reach, channel + reach + 1


def _line(channels: int, sigma: float) -> NDArray[np.float64]:
    """A line of one count in the middle of so many channels."""
    offset = np.arange(channels) - 0.5 * (channels - 1)
    shape = np.exp(-0.5 * (offset / sigma) ** 2)
    return np.asarray(shape / shape.sum())


def _above_level(
    residual: NDArray[np.float64], variance: NDArray[np.float64], sigma: float
) -> float:
    """Counts of a line in the middle of a residual, over a straight level that is free."""
    level, slope = np.ones(len(residual)), np.linspace(-1.0, 1.0, len(residual))
    shapes = np.stack([_line(len(residual), sigma), level, slope])
    weighted = shapes / variance
    return float(np.linalg.solve(weighted @ shapes.T, weighted @ residual)[0])
