"""How good answers are: recall at a false-positive rate, average precision, reliability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    """Share of the present that are called so at a false-positive rate; NaN without any."""
    if not present.any():
        return float("nan")
    return float((probability[present] >= threshold_at(probability, present, rate)).mean())


def average_precision(probability: NDArray[np.floating], present: NDArray[np.bool_]) -> float:
    """Area under the precision-recall curve, by steps; NaN without positives."""
    if not present.any():
        return float("nan")
    order = np.argsort(-probability, kind="stable")
    hits = present[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether probabilities mean what they say.

    Attributes
    ----------
    slope : of the log odds fitted by logistic regression on the stated log odds; 1 is right
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
) -> Reliability:
    """Reliability of the probabilities between `low` and `high`; the Brier skill over all."""
    truth = present.astype(np.float64)
    stated = np.clip(probability.astype(np.float64), 1e-6, 1.0 - 1e-6)
    spread = float(np.mean((truth - truth.mean()) ** 2))
    skill = 1.0 - float(np.mean((truth - stated) ** 2)) / spread if spread > 0.0 else float("nan")
    unsure = (stated > low) & (stated < high)
    if unsure.sum() < 20 or present[unsure].all() or not present[unsure].any():
        return Reliability(float("nan"), float("nan"), skill, int(unsure.sum()))
    stated, truth = stated[unsure], truth[unsure]
    bins = np.minimum((stated * 10).astype(int), 9)
    gap = sum(
        abs(truth[bins == k].mean() - stated[bins == k].mean()) * (bins == k).sum()
        for k in range(10)
        if (bins == k).any()
    )
    return Reliability(_slope(stated, truth), float(gap / len(stated)), skill, len(stated))


def _slope(stated: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    odds = np.log(stated / (1.0 - stated))
    design = np.stack([np.ones_like(odds), odds], axis=1)
    weights = np.array([0.0, 1.0])
    for _ in range(25):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30.0, 30.0)))
        hessian = design.T @ (design * (chance * (1.0 - chance))[:, None])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), design.T @ (truth - chance))
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return float(weights[1])
