"""The energy calibration of a scan, found from its own peaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

from .background import running_mean
from .excitation import LOWEST_KEV, highest_excitation_kev, last_counted
from .peaks import find_peaks
from .refine import ALL, WIDTH, Refined, refine
from .search import Prior, around, best_trials, from_peaks, polish
from .trial import Peaked, Trial, explain, prepare

FEWEST_PEAKS = 2
CERTAIN_SHARE, TRUSTED_SHARE = 0.6, 0.3
"""Of the peaks: what an axis near the stated one must explain to be taken without looking farther,
and to be believed where nothing farther is clearly better. Lines match peaks by chance, too: on
axes off by some hundred electronvolts they explain up to 0.55, with a gain 5 % wrong up to 0.7; on
right ones mostly 0.7 and more.
"""
CLEAR_GAIN = 0.15
ZERO_PEAK_RISE = 5.0
UNLIKE_KEV = 0.05
CERTAIN_MARGIN = 0.03
WIDEST_FWHM_KEV = 0.22
LONGEST_AXIS_KEV = 500.0
"""An axis that ends beyond was given in electronvolts, or made up; channels that were binned may
have any gain."""
MANGANESE_KEV = 5.895
MOST_COUNTS = 1e7
"""What is wrong with the shapes of lines and continuum shows in more counts as peaks of its own."""
ROUNDS = 2
STRONGEST = 4
WORTH_LOOSENING, LET_GO = 2.0, 0.55
"""Misfit, and the share of it that may be left, where ratios are given slack; elsewhere it would
cost precision."""
CLEAREST = 6
POLISHED = 3
"""Of the trials near the stated axis; most of them lead to the same one."""


@dataclass(frozen=True, slots=True)
class CalibrationUncertainty:
    """One standard deviation of each parameter, in the parameter's own unit."""

    zero: float
    gain: float
    noise: float
    fano: float


@dataclass(frozen=True, eq=False)
class FoundCalibration:
    """An energy calibration found from a spectrum.

    Attributes
    ----------
    calibration : zero, gain, noise (keV) and fano
    uncertainty : one standard deviation of each
    covariance : (4, 4) float64 of zero, gain, noise and fano
    explained : share of the peaks that lines on this axis explain, their cost deducted, 0 to 1
    families : line families that the axis was fitted with, most counts first
    tube_kv : highest energy that counts reach, keV
    stated : the calibration it started from, if any: not one that cannot be right
    doubtful : whether another axis explains nearly as much, or the peaks are wider than those of
        a silicon detector, as where only scatter is to be seen
    message : one sentence for the user
    """

    calibration: EnergyCalibration
    uncertainty: CalibrationUncertainty
    covariance: NDArray[np.float64]
    explained: float
    families: tuple[str, ...]
    tube_kv: float
    stated: EnergyCalibration | None
    doubtful: bool
    message: str

    @property
    def clearest(self) -> tuple[str, ...]:
        """The families that carry most of the axis; fainter ones may fit by chance."""
        return self.families[:CLEAREST]

    @property
    def in_use(self) -> EnergyCalibration:
        """The axis to take: a doubtful one is no better than the file's own, where it has one."""
        return self.stated if self.doubtful and self.stated is not None else self.calibration

    def shift_kev(self, energy_kev: float) -> float:
        """Energy found less energy stated, for the channel stated to lie there, keV.

        NaN without a stated calibration.
        """
        if self.stated is None:
            return float("nan")
        channel = self.stated.channel(energy_kev)
        return float(self.calibration.energy(channel)) - energy_kev

    def sigma_kev(self, energy_kev: float) -> float:
        """One standard deviation of the axis at an energy, keV."""
        slope = np.array([1.0, float(self.calibration.channel(energy_kev)), 0.0, 0.0])
        return float(np.sqrt(slope @ self.covariance @ slope))


def find_calibration(
    spectrum: NDArray[np.generic], stated: EnergyCalibration | None = None
) -> FoundCalibration:
    """Find zero, gain, noise and fano from the peaks of a spectrum.

    Nothing is assumed of tube or sample: families of lines, with their known ratios, are fitted
    to the peaks on trial axes, and the axis that explains most with the fewest and most usual
    elements is refined by least squares.

    Parameters
    ----------
    spectrum : (channel,) counts, best the sum over a scan
    stated : what the file says; the search starts within 160 eV and 3 % of it, and goes on
        without it where that leaves much unexplained, or where it cannot be right

    Raises
    ------
    CalibrationError : the spectrum has no usable peaks, or no axis explains them
    """
    every = counted(spectrum)
    given, stated = stated, stated if is_believable(stated, every) else None
    zero_peak, first = zero_peak_and_start(every, stated)
    counts = counted(spectrum, first)
    peaks = find_peaks(counts, first)
    if len(peaks) < FEWEST_PEAKS:
        has = "only one clear peak" if len(peaks) else "no clear peaks"
        raise CalibrationError(
            f"the spectrum has {has} and an energy calibration needs at least {FEWEST_PEAKS}: "
            "sum more pixels, or give the calibration by hand"
        )
    last = last_counted(counts)
    peaked = prepare(counts, peaks.typical_fwhm, first, last)
    trial, margin = _best(peaked, Prior(peaks, stated, zero_peak))
    if trial is None:
        raise CalibrationError(
            "no energy axis makes the peaks of the spectrum lines of elements: give the "
            "calibration by hand"
        )
    found = _report(*refined(counts, peaked, trial, first, last), stated, margin)
    if given is not None and stated is None:
        ignored = f"zero {given.zero:g} keV, gain {given.gain:g} keV a channel"
        return replace(
            found, message=f"{found.message}; the stated axis ({ignored}) cannot be right"
        )
    return found


def is_believable(stated: EnergyCalibration | None, counts: NDArray[np.float64]) -> bool:
    """Whether a stated axis leaves most of a spectrum above 1 keV, and ends where tubes do.

    A peak below 1 keV, as electronics put one at zero energy, may hold more than all the rest.

    Parameters
    ----------
    counts : (channel,) counts
    """
    if stated is None or not float(stated.energy(len(counts))) < LONGEST_AXIS_KEV:
        return False
    first = int(np.clip(stated.channel(LOWEST_KEV), 0, len(counts)))
    below = counts[:first]
    if first == 0:
        return True
    smooth = running_mean(below, 1)
    top = int(np.argmax(smooth))
    rises = np.flatnonzero(np.diff(smooth[top:]) > 0)
    falls = np.flatnonzero(np.diff(smooth[: top + 1]) <= 0)
    end = top + int(rises[0]) if len(rises) else first
    start = int(falls[-1]) + 1 if len(falls) else 0
    rest = float(below.sum() - below[start:end].sum())
    return rest <= float(counts[first:].sum())


def counted(spectrum: NDArray[np.generic], first: int = 0) -> NDArray[np.float64]:
    """Counts of a spectrum, (channel,), no more than `MOST_COUNTS` from channel `first` on."""
    counts = np.asarray(spectrum, dtype=np.float64)
    if counts.ndim != 1 or not np.all(np.isfinite(counts)):
        raise CalibrationError("the spectrum to calibrate must be one row of finite counts")
    counts = np.maximum(counts, 0.0)
    return counts * min(1.0, MOST_COUNTS / max(float(counts[first:].sum()), 1.0))


def _best(peaked: Peaked, prior: Prior) -> tuple[Trial | None, float]:
    """The axis of most merit, and by how much it beats the next one that is unlike it.

    One far from the stated axis is taken only where it is clearly better, and, where the stated one
    can be believed, beyond doubt.
    """
    near: Trial | None = None
    if prior.stated is not None:
        trials = best_trials(peaked, around(prior.stated, prior), prior)
        near = max((polish(peaked, trial, prior) for trial in trials[:POLISHED]), key=prior.merit)
        if near.explained >= CERTAIN_SHARE:
            return near, np.inf
    free = replace(prior, stated=None)
    trials = best_trials(peaked, from_peaks(free), free)
    ranked = sorted((polish(peaked, trial, free) for trial in trials), key=free.merit, reverse=True)
    far = ranked[0] if ranked and ranked[0].explained > 0.0 else None
    rivals = [free.merit(trial) for trial in ranked[1:] if far and _unlike(peaked, trial, far)]
    margin = free.merit(far) - max(rivals, default=-np.inf) if far else 0.0
    if near is None:
        return far, margin
    believed = near.explained >= TRUSTED_SHARE
    clear = far is not None and far.explained >= near.explained + CLEAR_GAIN
    if far is None or not clear or (believed and _is_doubtful(far.calibration, margin)):
        return near, np.inf if believed else 0.0
    return far, margin


def _is_doubtful(axis: EnergyCalibration, margin: float) -> bool:
    """Whether another axis is nearly as good, or peaks are wider than a silicon detector's."""
    return margin < CERTAIN_MARGIN or float(axis.fwhm(MANGANESE_KEV)) > WIDEST_FWHM_KEV


def _unlike(peaked: Peaked, trial: Trial, other: Trial) -> bool:
    channel = peaked.first + np.array([0.0, 0.5]) * peaked.binning * len(peaked.net)
    apart = trial.calibration.energy(channel) - other.calibration.energy(channel)
    return float(np.abs(apart).max()) > UNLIKE_KEV


def zero_peak_and_start(
    counts: NDArray[np.float64], stated: EnergyCalibration | None
) -> tuple[float | None, int]:
    """Channel of the peak that the electronics put at zero energy, and the first one above it.

    Parameters
    ----------
    counts : (channel,) counts
    stated : the axis that the file states, if any
    """
    channels = len(counts)
    occupied = np.flatnonzero(counts > 0)
    if len(occupied) == 0:
        return None, 0
    start = int(occupied[0])
    reach = channels // 16
    if stated is not None:
        first = int(np.clip(stated.channel(LOWEST_KEV), 0, channels - 1))
        reach = max(first - start, 0)
    smooth = running_mean(counts[start : start + reach + channels // 32], 1)
    if reach < 8:
        return None, start if stated is None else first
    top = int(np.argmax(smooth[:reach]))
    valley = top + int(np.argmin(smooth[top:]))
    # A threshold is a step; only a peak falls again on both sides.
    peaked = smooth[top] > ZERO_PEAK_RISE * max(float(smooth[valley]), 1.0)
    where = float(start + top) if peaked and top > 1 else None
    if stated is not None:
        return where, first
    return where, start + (valley if peaked else 0)


def refined(
    counts: NDArray[np.float64],
    peaked: Peaked,
    trial: Trial,
    first: int,
    last: int,
    free: NDArray[np.bool_] = ALL,
) -> tuple[Refined, Trial, float]:
    """The axis of a trial to the last electronvolt, what it explains, and the tube's voltage, kV.

    Where that takes nearly half off what is left, the lines of strong L families are let stray from
    the tables' ratios: a single faint one that differs can move the axis by more than its error.
    Last, with the axis held, noise and fano are fitted again with lines held closer to their shape.

    Parameters
    ----------
    counts : (channel,) counts, and their peaks
    first, last : channels used, [first, last)
    free : (4,) bool, which of zero, gain, noise and fano
    """
    kv = highest_excitation_kev(counts, trial.calibration)

    def explaining(axis: EnergyCalibration) -> tuple[tuple[str, ...], list[str]]:
        families = explain(peaked, axis, tube_kv=kv).used()
        return families, [name for name in families[:STRONGEST] if name.endswith("-L")]

    def nearer(axis: EnergyCalibration) -> Refined:
        families, strong = explaining(axis)
        fit = partial(refine, counts, axis, families, first, last, kv, free)
        tied = fit()
        if not strong or tied.misfit < WORTH_LOOSENING:
            return tied
        loose = fit(strong)
        return loose if loose.misfit < LET_GO * tied.misfit else tied

    fit = nearer(trial.calibration)
    for _ in range(ROUNDS - 1):
        fit = nearer(fit.calibration)
    if np.any(free & WIDTH):
        families, strong = explaining(fit.calibration)
        fit = fit.with_width_of(
            refine(
                counts, fit.calibration, families, first, last, kv, free & WIDTH, strong, close=True
            )
        )
    return fit, explain(peaked, fit.calibration, tube_kv=kv), kv


def _report(
    fit: Refined, trial: Trial, kv: float, stated: EnergyCalibration | None, margin: float
) -> FoundCalibration:
    errors = np.sqrt(np.diag(fit.covariance))
    found = FoundCalibration(
        fit.calibration,
        CalibrationUncertainty(*(float(error) for error in errors)),
        fit.covariance,
        float(np.clip(trial.explained, 0.0, 1.0)),
        trial.used(),
        kv,
        stated,
        _is_doubtful(fit.calibration, margin),
        "",
    )
    return replace(found, message=_message(found))


def _message(found: FoundCalibration) -> str:
    by = ", ".join(found.clearest)
    text = f"calibrated by {by}, which explain {100 * found.explained:.0f} % of the peaks"
    if found.stated is not None:
        text += (
            f"; the stated axis is off by {1000 * found.shift_kev(5.0):+.0f} eV at 5 keV and "
            f"{1000 * found.shift_kev(15.0):+.0f} eV at 15 keV"
        )
    if found.doubtful:
        text += "; doubtful, as too few clear lines decide: check it against a line you know"
    return text
