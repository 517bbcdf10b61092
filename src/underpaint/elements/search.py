"""Where to start looking for an energy axis: around a stated one, or from the peaks alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import FWHM_PER_SIGMA, PAIR_ENERGY_KEV, EnergyCalibration

from .peaks import Peaks
from .templates import brightest_kev
from .trial import CANDIDATES, COMMON, Peaked, Trial, explain

USUAL_FANO = 0.115
NOISE_KEV = (0.03, 0.3)
STATED_ZERO_KEV = np.arange(-0.16, 0.161, 0.04)
STATED_GAIN = np.arange(-0.03, 0.0301, 0.003)
GAIN_KEV = (0.005, 0.05)
ZERO_KEV = (-1.2, 1.2)
USUAL_FWHM_KEV = 0.15
WIDTH_SPREAD = 0.35
PAIRED_PEAKS = 7
MATCHED_PEAKS = 14
MATCH_KEV = 0.03
SHORTLIST = 1500
KEPT = 6
ANY_TUBE_KV = 50.0


def usual_noise(fwhm_kev: float, energy_kev: float) -> float:
    """Electronic noise (FWHM, keV) with which a line of that width fits the usual Fano factor."""
    statistical = FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * USUAL_FANO * max(energy_kev, 0.0)
    return float(np.sqrt(np.clip(fwhm_kev**2 - statistical, NOISE_KEV[0] ** 2, NOISE_KEV[1] ** 2)))


def _with_width(zero: float, gain: float, peaks: Peaks) -> EnergyCalibration:
    """A trial axis with the resolution that the peaks show on it."""
    energy = zero + gain * float(np.median(peaks.channel[:PAIRED_PEAKS]))
    return EnergyCalibration(zero, gain, usual_noise(peaks.typical_fwhm * gain, energy), USUAL_FANO)


def around(stated: EnergyCalibration, peaks: Peaks) -> Iterator[EnergyCalibration]:
    """Axes up to 160 eV and 3 % away from the stated one."""
    for shift in STATED_ZERO_KEV:
        for stretch in STATED_GAIN:
            yield _with_width(stated.zero + shift, stated.gain * (1.0 + stretch), peaks)


def from_peaks(peaks: Peaks) -> list[EnergyCalibration]:
    """Axes on which two strong peaks are lines of usual elements and others match as well."""
    families = [name for name in COMMON if not name.endswith("-M")]
    lines = np.sort(np.array([brightest_kev(name, ANY_TUBE_KV) for name in families]))
    every = np.sort(np.array([brightest_kev(name, ANY_TUBE_KV) for name in CANDIDATES]))
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
    order = np.argsort(-_plausibility(zero, gain, peaks, every))
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
            chosen.append(_with_width(float(zero[index]), float(gain[index]), peaks))
        if len(chosen) == SHORTLIST:
            break
    return chosen


def _plausibility(
    zero: NDArray[np.float64],
    gain: NDArray[np.float64],
    peaks: Peaks,
    lines: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How many peaks lie on lines, and how usual the peaks' width is, (axis,) float64."""
    energy = zero[:, None] + gain[:, None] * peaks.channel[:MATCHED_PEAKS]
    after = np.clip(np.searchsorted(lines, energy), 1, len(lines) - 1)
    distance = np.minimum(np.abs(energy - lines[after - 1]), np.abs(energy - lines[after]))
    matched = np.exp(-0.5 * (distance / MATCH_KEV) ** 2).sum(axis=1)
    width = np.log(peaks.typical_fwhm * gain / USUAL_FWHM_KEV) / WIDTH_SPREAD
    return np.asarray(matched - width**2)


def best_trials(
    peaked: Peaked,
    axes: Iterable[EnergyCalibration],
    judge: Callable[[EnergyCalibration], float] = lambda _: 0.0,
) -> list[Trial]:
    """The few axes that explain most, each unlike the others, best first."""
    trials = [(explain(peaked, axis), judge(axis)) for axis in axes]
    trials.sort(key=lambda pair: -(pair[0].explained - pair[1]))
    reach = peaked.first + peaked.binning * len(peaked.net)
    kept: list[Trial] = []
    for trial, _ in trials:
        ends = trial.calibration.energy([peaked.first, reach])
        if all(
            np.abs(ends - other.calibration.energy([peaked.first, reach])).max() > 0.05
            for other in kept
        ):
            kept.append(trial)
        if len(kept) == KEPT:
            break
    return kept
