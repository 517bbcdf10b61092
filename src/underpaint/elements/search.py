"""Where to start looking for an energy axis: around a stated one, or from the peaks alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from underpaint.spectrum import FWHM_PER_SIGMA, GAIN_KEV, PAIR_ENERGY_KEV, EnergyCalibration

from .peaks import Peaks
from .templates import brightest_kev
from .trial import CANDIDATES, COMMON, Peaked, Trial, explain

USUAL_FANO = 0.115
NOISE_KEV = (0.03, 0.3)
STATED_ZERO_KEV = np.arange(-0.16, 0.161, 0.04)
STATED_GAIN = np.arange(-0.03, 0.0301, 0.003)
ZERO_KEV = (-1.2, 1.2)
USUAL_FWHM_KEV = 0.15
WIDTH_SPREAD = 0.35
PAIRED_PEAKS = 7
MATCHED_PEAKS = 14
MATCH_KEV = 0.03
SHORTLIST, SHORTLIST_STATED = 1500, 64
"""Most plausible axes that are tried, from peaks alone and around a stated one. Around that the
best is among the first 24 in real spectra; from peaks alone it may be far behind in the list."""
KEPT = 6
ANY_TUBE_KV = 50.0
STATED_SPREAD_KEV = 0.2
STATED_AT_KEV = (4.0, 12.0)
ZERO_PEAK_SPREAD_KEV = 0.04
ZERO_PEAK_CAP = 20.0
PRIOR_WEIGHT = 0.01
POLISH_STEP = np.array([0.012, 0.012, 0.02])
POLISH_TRIALS = 70


@dataclass(frozen=True, eq=False)
class Prior:
    """What makes an axis less likely before any line is fitted on it.

    Attributes
    ----------
    peaks : whose width must be that of a silicon detector
    stated : the axis that the file states, if any
    zero_peak : channel of the peak that the electronics put at zero energy, if there is one
    """

    peaks: Peaks
    stated: EnergyCalibration | None = None
    zero_peak: float | None = None

    def penalty(self, calibration: EnergyCalibration) -> float:
        """Share of the peaks that an axis must explain more, to be as good as a likely one."""
        width = np.log(self.peaks.typical_fwhm * calibration.gain / USUAL_FWHM_KEV) / WIDTH_SPREAD
        away = 0.0
        if self.stated is not None:
            channel = self.stated.channel(STATED_AT_KEV)
            shift = calibration.energy(channel) - np.asarray(STATED_AT_KEV)
            away = float(np.mean((shift / STATED_SPREAD_KEV) ** 2))
        if self.zero_peak is not None:
            shift = float(calibration.energy(self.zero_peak)) / ZERO_PEAK_SPREAD_KEV
            away += min(shift**2, ZERO_PEAK_CAP)
        return PRIOR_WEIGHT * (float(width**2) + away)

    def merit(self, trial: Trial) -> float:
        """Share of the peaks explained, less the penalty of the axis."""
        return trial.explained - self.penalty(trial.calibration)


def usual_noise(fwhm_kev: float, energy_kev: float) -> float:
    """Electronic noise (FWHM, keV) with which a line of that width fits the usual Fano factor."""
    statistical = FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * USUAL_FANO * max(energy_kev, 0.0)
    return float(np.sqrt(np.clip(fwhm_kev**2 - statistical, NOISE_KEV[0] ** 2, NOISE_KEV[1] ** 2)))


def with_width(zero: float, gain: float, peaks: Peaks) -> EnergyCalibration:
    """A trial axis with the resolution that the peaks show on it."""
    energy = zero + gain * float(np.median(peaks.channel[:PAIRED_PEAKS]))
    return EnergyCalibration(zero, gain, usual_noise(peaks.typical_fwhm * gain, energy), USUAL_FANO)


def around(stated: EnergyCalibration, prior: Prior) -> list[EnergyCalibration]:
    """Axes up to 160 eV and 3 % away from the stated one, those on which most peaks match lines."""
    shift, stretch = np.meshgrid(STATED_ZERO_KEV, STATED_GAIN)
    zero, gain = stated.zero + shift.ravel(), stated.gain * (1.0 + stretch.ravel())
    order = np.argsort(-_plausibility(zero, gain, prior))[:SHORTLIST_STATED]
    return [with_width(float(zero[at]), float(gain[at]), prior.peaks) for at in order]


def from_peaks(prior: Prior) -> list[EnergyCalibration]:
    """Axes on which two strong peaks are lines of usual elements and others match as well."""
    families = [name for name in COMMON if not name.endswith("-M")]
    lines = np.sort(np.array([brightest_kev(name, ANY_TUBE_KV) for name in families]))
    peaks = prior.peaks
    strong = np.sort(peaks.channel[:PAIRED_PEAKS])
    zeros, gains = [], []
    low, high = np.meshgrid(lines, lines, indexing="ij")
    for index, first in enumerate(strong):
        for second in strong[index + 1 :]:
            gain = (high - low) / (second - first)
            zero = low - gain * first
            possible = (
                (gain > GAIN_KEV[0]) & (gain < GAIN_KEV[1])
                & (zero > ZERO_KEV[0]) & (zero < ZERO_KEV[1])
            )  # fmt: skip
            zeros.append(zero[possible])
            gains.append(gain[possible])
    zero, gain = np.concatenate(zeros or [[]]), np.concatenate(gains or [[]])
    if len(zero) == 0:
        return []
    order = np.argsort(-_plausibility(zero, gain, prior))
    chosen: list[EnergyCalibration] = []
    seen: set[tuple[int, int]] = set()
    last = float(strong[-1])
    for index in order:
        key = (
            round(float(zero[index]) / 0.03),
            round(float(zero[index] + gain[index] * last) / 0.03),
        )
        if key not in seen:
            seen.add(key)
            chosen.append(with_width(float(zero[index]), float(gain[index]), peaks))
        if len(chosen) == SHORTLIST:
            break
    return chosen


def _plausibility(
    zero: NDArray[np.float64],
    gain: NDArray[np.float64],
    prior: Prior,
) -> NDArray[np.float64]:
    """How many peaks lie on lines, and how usual the peaks' width is, (axis,) float64."""
    lines = np.sort(np.array([brightest_kev(name, ANY_TUBE_KV) for name in CANDIDATES]))
    peaks = prior.peaks
    energy = zero[:, None] + gain[:, None] * peaks.channel[:MATCHED_PEAKS]
    after = np.clip(np.searchsorted(lines, energy), 1, len(lines) - 1)
    distance = np.minimum(np.abs(energy - lines[after - 1]), np.abs(energy - lines[after]))
    matched = np.exp(-0.5 * (distance / MATCH_KEV) ** 2).sum(axis=1)
    width = np.log(peaks.typical_fwhm * gain / USUAL_FWHM_KEV) / WIDTH_SPREAD
    away = np.zeros_like(zero)
    if prior.zero_peak is not None:
        shift = (zero + gain * prior.zero_peak) / ZERO_PEAK_SPREAD_KEV
        away = np.minimum(shift**2, ZERO_PEAK_CAP)
    return np.asarray(matched - width**2 - 0.2 * away)


def best_trials(peaked: Peaked, axes: Iterable[EnergyCalibration], prior: Prior) -> list[Trial]:
    """The few axes that explain most, each unlike the others, best first."""
    trials = sorted((explain(peaked, axis) for axis in axes), key=prior.merit, reverse=True)
    reach = peaked.first + peaked.binning * len(peaked.net)
    kept: list[Trial] = []
    for trial in trials:
        ends = trial.calibration.energy([peaked.first, reach])
        if all(
            np.abs(ends - other.calibration.energy([peaked.first, reach])).max() > 0.05
            for other in kept
        ):
            kept.append(trial)
        if len(kept) == KEPT:
            break
    return kept


def polish(peaked: Peaked, trial: Trial, prior: Prior) -> Trial:
    """The best trial nearby, over zero, gain and noise (Nelder and Mead 1965)."""
    start = trial.calibration
    anchors = peaked.first + np.array([0.1, 0.5]) * peaked.binning * len(peaked.net)
    anchored = start.energy(anchors)

    def calibration_of(values: NDArray[np.float64]) -> EnergyCalibration:
        low, high = anchored + values[:2]
        gain = float((high - low) / (anchors[1] - anchors[0]))
        noise = float(np.clip(start.noise + values[2], *NOISE_KEV))
        return EnergyCalibration(float(low - gain * anchors[0]), gain, noise, start.fano)

    def loss(values: NDArray[np.float64]) -> float:
        return -prior.merit(explain(peaked, calibration_of(values)))

    simplex = np.concatenate([np.zeros((1, 3)), np.diag(POLISH_STEP)])
    best = minimize(
        loss, np.zeros(3), method="Nelder-Mead",
        options={"initial_simplex": simplex, "maxfev": POLISH_TRIALS, "xatol": 2e-3, "fatol": 2e-4},
    )  # fmt: skip
    return explain(peaked, calibration_of(best.x))
