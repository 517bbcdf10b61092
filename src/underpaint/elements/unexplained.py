"""Peaks of a spectrum that no family explains, and whose lines lie there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration
from underpaint.xray import ELEMENTS

from .hidden import flank_caution
from .needed import caution
from .parts import wider_than_lines
from .scatter import under_hump
from .spectrum_fit import SpectrumFit
from .templates import LineShares, line_shares

UNEXPLAINED_SIGMA = 10.0
LEAST_PEAK = 0.5
"""How much of an excess must stand above the level around it, with all channels weighed by their
counting noise, to be a peak, and neither continuum that runs a little too low between lines nor the
foot of a strong line that is wider than the fit has it."""
LEAST_OF_LINES, LINES_FWHM = 0.04, 1.5
"""Of what lines have so near to it; less may be their own shape. Beneath Kb lies what the radiative
Auger effect takes from it."""
REACH_SIGMA = 3.0
WIDE_REACH_FWHM = REACH_SIGMA / FWHM_PER_SIGMA
NEVER_MET = frozenset(
    ("Ne", "Kr", "Tc", "Xe", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Pa")
)  # fmt: skip
LIGHTEST = "Na"
THERE_FWHM = 0.3
"""How far from a peak a line may be to be it."""
LEAST_SHARE = 0.05
"""Of its family that a line must be to be named where the family was not found."""
MOST_BEYOND = 2.0
"""How many times what a line of a family that was found should have may be there beyond it."""
LEAST_SEEN = 0.35
"""Of what a peak calls for, that must be seen where its family has its brightest line."""
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class UnexplainedPeak:
    """A peak that no family, escape, sum peak or scatter explains.

    Attributes
    ----------
    energy_kev : keV
    significance : counts over their standard error
    counts : net counts
    lines_there : lines that it could be, as "Hf La1": those of families that were found first,
        which have more counts here than their shape allows, then those of others
    wide : whether it is wider than a line, so that it is no element's
    """

    energy_kev: float
    significance: float
    counts: float
    lines_there: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True, eq=False)
class Excess:
    """What a fit leaves of a spectrum, seen by a filter of the width of a line.

    Attributes
    ----------
    fit, calibration : what was fitted, on which axis
    energy_kev : (channel,) float64
    sigma : (channel,) float64, of a line, in channels
    residual : (channel,) float64, counts
    area : (channel,) float64, net counts of a line about a channel; 0 off what was fitted
    error : (channel,) float64, its standard error; infinite off what was fitted
    explained : (channel,) float64, counts of lines, sum peaks and scatter
    """

    fit: SpectrumFit
    calibration: EnergyCalibration
    energy_kev: NDArray[np.float64]
    sigma: NDArray[np.float64]
    residual: NDArray[np.float64]
    area: NDArray[np.float64]
    error: NDArray[np.float64]
    explained: NDArray[np.float64]

    @classmethod
    def of(
        cls, counts: NDArray[np.float64], calibration: EnergyCalibration, fit: SpectrumFit
    ) -> Excess:
        """What a fit leaves.

        Parameters
        ----------
        counts : (channel,) counts
        """
        channels = len(counts)
        energy = calibration.energy(np.arange(channels))
        sigma = calibration.fwhm(energy) / FWHM_PER_SIGMA / calibration.gain
        variance = fit.variance * max(1.0, fit.reduced_chi_square)
        residual = np.zeros(channels)
        inside = slice(fit.first, fit.last)
        residual[inside] = (counts - fit.model)[inside]
        area, error = np.zeros(channels), np.full(channels, np.inf)
        for channel in range(fit.first, fit.last):
            low, high = _reach(channel, sigma)
            if low < fit.first or high > fit.last:
                continue
            shape = _line(high - low, sigma[channel])
            weight = shape / variance[low:high]
            norm = float(weight @ shape)
            area[channel] = float(weight @ residual[low:high]) / norm
            error[channel] = norm**-0.5
        explained = fit.counts @ fit.templates + fit.pile_up + fit.compton
        return cls(fit, calibration, energy, sigma, residual, area, error, explained)

    def above_level(self, channel: int) -> float:
        """Counts of a line about a channel, over a straight level that is free."""
        low, high = _reach(channel, self.sigma)
        noise = np.maximum(self.fit.model[low:high], 1.0)
        return _above_level(self.residual[low:high], noise, self.sigma[channel])

    def explained_near(self, energy_kev: float, within_fwhm: float) -> float:
        """Counts of lines, sum peaks and scatter so near to an energy."""
        width = float(self.calibration.fwhm(energy_kev))
        about = np.abs(self.energy_kev - energy_kev) < within_fwhm * width
        return float(self.explained[about].sum())


def unexplained_peaks(
    counts: NDArray[np.float64], calibration: EnergyCalibration, fit: SpectrumFit
) -> tuple[UnexplainedPeak, ...]:
    """Peaks as wide as a line in what a fit leaves, most significant first.

    Parameters
    ----------
    counts : (channel,) counts
    """
    excess = Excess.of(counts, calibration, fit)
    return tuple(
        replace(peak, lines_there=lines_there(peak.energy_kev, peak.counts, excess))
        for peak in _left_over(excess)
    )


def wide_peaks(
    counts: NDArray[np.float64],
    calibration: EnergyCalibration,
    fit: SpectrumFit,
    beside: Sequence[UnexplainedPeak],
) -> tuple[UnexplainedPeak, ...]:
    """Peaks wider than a line in what a fit leaves, most significant first.

    Crystals diffract the tube's continuum into such, and where the anode was not seen its Compton
    humps are such. Near scattered lines of one that was, whose shape is not known well, none is
    told, nor where the continuum ends.

    Parameters
    ----------
    counts : (channel,) counts
    beside : those that are as wide as a line
    """
    wider = wider_than_lines(calibration)
    return tuple(
        replace(peak, wide=True)
        for peak in _left_over(Excess.of(counts, wider, fit))
        if peak.energy_kev + WIDE_REACH_FWHM * float(wider.fwhm(peak.energy_kev)) < fit.tube_kv
        and caution(peak.energy_kev, fit.tube_kv, fit.scatter) == 1.0
        and _apart(peak.energy_kev, beside, wider)
    )


def _left_over(excess: Excess) -> list[UnexplainedPeak]:
    """Peaks of the width that an excess was looked at with, most significant first."""
    fit, calibration = excess.fit, excess.calibration
    significance = excess.area / excess.error
    found: list[UnexplainedPeak] = []
    for channel in np.argsort(-significance):
        if significance[channel] < UNEXPLAINED_SIGMA:
            break
        kev, area = float(excess.energy_kev[channel]), float(excess.area[channel])
        needed = UNEXPLAINED_SIGMA * caution(kev, fit.tube_kv, fit.scatter)
        needed *= flank_caution(fit, calibration, kev, area)
        scattered = fit.scatter is not None and under_hump(
            kev, fit.scatter.family, fit.tube_kv, calibration
        )
        if significance[channel] < needed or scattered:
            continue
        if excess.above_level(channel) < LEAST_PEAK * area:
            continue
        if area < LEAST_OF_LINES * excess.explained_near(kev, LINES_FWHM):
            continue
        if _apart(kev, found, calibration):
            found.append(UnexplainedPeak(kev, float(significance[channel]), area))
    return found


def _apart(
    energy_kev: float, peaks: Sequence[UnexplainedPeak], calibration: EnergyCalibration
) -> bool:
    """Whether none of some peaks lies within twice the width of one."""
    near = 2.0 * float(calibration.fwhm(energy_kev))
    return all(abs(energy_kev - peak.energy_kev) > near for peak in peaks)


def lines_there(energy_kev: float, counts: float, excess: Excess) -> tuple[str, ...]:
    """Lines of elements that a peak could be, as "Hf La1", the likeliest few.

    A family that was not found must show where it is brightest as much as the peak calls for; one
    that was found must have enough of the line for so much more of it.

    Parameters
    ----------
    energy_kev, counts : of the peak
    excess : what the fit leaves
    """
    fit = excess.fit
    reach_kev = THERE_FWHM * float(excess.calibration.fwhm(energy_kev))
    named: list[tuple[bool, float, str]] = []
    for element in ELEMENTS[ELEMENTS.index(LIGHTEST) :]:
        for shell in "KLM":
            name = f"{element}-{shell}"
            known = name in fit.families
            if element in NEVER_MET and not known:
                continue
            lines = line_shares(name, fit.tube_kv)
            away = np.abs(lines.energy_kev - energy_kev)
            share = np.where((away < reach_kev) & ~lines.is_escape, lines.share, 0.0)
            whole = float(share.sum())
            if known:
                own = float(fit.counts[fit.families.index(name)])
                likely = counts < MOST_BEYOND * whole * own
            else:
                likely = whole > LEAST_SHARE and _brightest_seen(lines, counts / whole, excess)
            if likely:
                best = int(np.argmax(share))
                named.append((not known, float(away[best]), f"{element} {lines.label[best]}"))
    return tuple(line for _, _, line in sorted(named)[:MOST_NAMED])


def _brightest_seen(lines: LineShares, counts: float, excess: Excess) -> bool:
    """Whether there are counts enough where a family of so many counts is brightest.

    Those of families that were found there may be its own.
    """
    kev = float(lines.energy_kev[np.argmax(lines.share)])
    channel = round(float(excess.calibration.channel(kev)))
    if not excess.fit.first <= channel < excess.fit.last:
        return True
    near = np.abs(lines.energy_kev - kev) < 0.5 * float(excess.calibration.fwhm(kev))
    expected = counts * float(lines.share[near & ~lines.is_escape].sum())
    seen = excess.area[channel] + excess.explained_near(kev, 0.5) + 2.0 * excess.error[channel]
    return bool(seen >= LEAST_SEEN * expected)


def _reach(channel: int, sigma: NDArray[np.float64]) -> tuple[int, int]:
    """First channel of a line about one, and the one after its last."""
    reach = int(np.ceil(REACH_SIGMA * sigma[channel]))
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
