"""How good answers are: recall at a false-positive rate, average precision, reliability.

Weights say how often each answer counts, so that a bootstrap need not copy anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
LEAST_KNOWN = 1.0
"""Standard error of a slope from which on it is not known."""
FEWEST_UNSURE = 20


def threshold_at(
    probability: NDArray[np.floating], present: NDArray[np.bool_], rate: float
) -> float:
    """Lowest threshold at which at most a share `rate` of the absent are called present.

    Parameters
    ----------
    probability : (pixel,)
    present : (pixel,) bool
    rate : false-positive rate allowed, 0 to 1
    """
    absent = np.sort(probability[~present])[::-1]
    allowed = int(np.floor(rate * len(absent)))
    if allowed >= len(absent):
        return 0.0
    return float(np.nextafter(absent[allowed], np.inf, dtype=absent.dtype))


def recall_at(probability: NDArray[np.floating], present: NDArray[np.bool_], rate: float) -> float:
    """Share of the present that are called so at a false-positive rate; NaN without any.

    Parameters
    ----------
    probability, present : (n,), what was answered and whether it is there
    rate : share of the absent that may be called present, 0 to 1
    """
    if not present.any():
        return float("nan")
    return float((probability[present] >= threshold_at(probability, present, rate)).mean())


def average_precision(
    probability: NDArray[np.floating],
    present: NDArray[np.bool_],
    weight: NDArray[np.number] | None = None,
) -> float:
    """Area under the precision-recall curve, by steps; NaN without positives.

    Equal answers are one step.

    Parameters
    ----------
    probability : (pixel,)
    present : (pixel,) bool
    weight : (pixel,) how often each pixel counts; once if None
    """
    counted = np.ones(len(present)) if weight is None else np.asarray(weight, dtype=np.float64)
    positives = counted * present
    if not positives.any():
        return float("nan")
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    found = np.cumsum(positives[order])[last]
    seen = np.cumsum(counted[order])[last]
    precision = found / np.maximum(seen, 1e-30)
    return float((precision * np.diff(found, prepend=0.0)).sum() / found[-1])


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether probabilities mean what they say.

    Attributes
    ----------
    slope : of the log odds fitted by logistic regression on the stated log odds; 1 is right, NaN
        where answers are too few or too well parted to tell it to within 1
    calibration_error : mean absolute gap of stated and observed share over ten equal bins
    brier_skill : 1 - Brier score over that of always stating the mean; above 0 is useful
    count : answers that were neither sure yes nor sure no
    """

    slope: float
    calibration_error: float
    brier_skill: float
    count: int


def reliability(
    probability: NDArray[np.floating],
    present: NDArray[np.bool_],
    low: float = 0.02,
    high: float = 0.98,
    weight: NDArray[np.number] | None = None,
) -> Reliability:
    """Reliability of the probabilities between `low` and `high`; the Brier skill over all.

    Parameters
    ----------
    probability, present, weight : as for `average_precision`
    low, high : answers between these are unsure
    """
    truth = present.astype(np.float64)
    counted = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    stated = np.clip(probability.astype(np.float64), 1e-6, 1.0 - 1e-6)
    total = max(float(counted.sum()), 1e-30)
    mean = float(counted @ truth) / total
    spread = float(counted @ (truth - mean) ** 2)
    skill = 1.0 - float(counted @ (truth - stated) ** 2) / spread if spread > 0.0 else float("nan")
    unsure = (stated > low) & (stated < high) & (counted > 0.0)
    if unsure.sum() < FEWEST_UNSURE or present[unsure].all() or not present[unsure].any():
        return Reliability(float("nan"), float("nan"), skill, int(unsure.sum()))
    stated, truth, counted = stated[unsure], truth[unsure], counted[unsure]
    gap = float(_gaps(stated, truth, counted).sum() / counted.sum())
    return Reliability(_slope(stated, truth, counted), gap, skill, len(stated))


@dataclass(frozen=True, slots=True)
class Classwise:
    """Calibration errors of classes, each by itself.

    Attributes
    ----------
    error : mean over the classes; NaN where none has enough answers
    by_chance : what it would be if all were well calibrated and all answers independent
    classes : how many have enough answers
    """

    error: float
    by_chance: float
    classes: int


def classwise_calibration(
    probability: NDArray[np.floating],
    present: NDArray[np.bool_],
    low: float = 0.02,
    high: float = 0.98,
    fewest: int = 100,
) -> Classwise:
    """Mean over classes of the calibration error of each.

    Kull et al. 2019, arXiv 1910.12656, equation 3, with classes as separate yes-or-no questions.
    Few answers look badly calibrated: by chance alone each bin deviates by sqrt(2 / pi) times the
    standard deviation of its sum, that of independent answers of which each is as likely as stated.

    Parameters
    ----------
    probability : (pixel, class)
    present : (pixel, class) bool
    low, high : only answers between these count
    fewest : classes with fewer of them are left out
    """
    errors, chances = [], []
    for stated, there in zip(probability.T, present.T, strict=True):
        found = reliability(stated, there, low, high)
        if found.count >= fewest and not np.isnan(found.slope):
            errors.append(found.calibration_error)
            unsure = stated[(stated > low) & (stated < high)]
            chances.append(_error_by_chance(unsure.astype(np.float64)))
    if not errors:
        return Classwise(float("nan"), float("nan"), 0)
    return Classwise(float(np.mean(errors)), float(np.mean(chances)), len(errors))


def reliability_curve(
    probability: NDArray[np.floating], present: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Stated and observed share, and number of answers, in ten equal bins of the probability.

    Returns
    -------
    (10,) mean stated, (10,) observed, NaN without answers; (10,) counts
    """
    place = _bins(probability.astype(np.float64))
    count = np.bincount(place, minlength=BINS)
    stated = np.bincount(place, weights=probability.astype(np.float64), minlength=BINS)
    there = np.bincount(place, weights=present.astype(np.float64), minlength=BINS)
    many = np.where(count > 0, count, np.nan)
    return stated / many, there / many, count


def _bins(stated: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.minimum((stated * BINS).astype(np.intp), BINS - 1)


def _gaps(
    stated: NDArray[np.float64], truth: NDArray[np.float64], counted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far what is stated in each bin adds up to more or less than what is there, (bin,)."""
    return np.abs(np.bincount(_bins(stated), weights=counted * (truth - stated), minlength=BINS))


def _error_by_chance(stated: NDArray[np.float64]) -> float:
    """Expected calibration error of independent answers that mean what they say."""
    variance = np.bincount(_bins(stated), weights=stated * (1.0 - stated), minlength=BINS)
    return float(np.sqrt(2.0 / np.pi) * np.sqrt(variance).sum() / len(stated))


def _slope(
    stated: NDArray[np.float64], truth: NDArray[np.float64], counted: NDArray[np.float64]
) -> float:
    odds = np.log(stated / (1.0 - stated))
    design = np.stack([np.ones_like(odds), odds], axis=1)
    weights = np.array([0.0, 1.0])
    for _ in range(25):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30.0, 30.0)))
        hessian = design.T @ (design * (counted * chance * (1.0 - chance))[:, None])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), design.T @ (counted * (truth - chance)))
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            error = float(np.sqrt(np.linalg.inv(hessian + 1e-9 * np.eye(2))[1, 1]))
            return float(weights[1]) if error < LEAST_KNOWN else float("nan")
    return float("nan")
