"""How sure a score is: what becomes of it when whole samples are drawn anew.

Spectra that share a scan, or a stratigraphy, are not independent, so these are drawn, not spectra
(the percentile bootstrap by clusters; Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """A score and the interval in which nineteen in twenty resamples fall."""

    value: float
    low: float
    high: float


def resample(samples: int, times: int, random: np.random.Generator) -> NDArray[np.int64]:
    """How often each sample is drawn in each of several draws with replacement.

    Returns
    -------
    (times, samples) int64; rows add up to `samples`
    """
    return random.multinomial(samples, np.full(samples, 1.0 / samples), size=times)


def share(
    part: NDArray[np.number], whole: NDArray[np.number], drawn: NDArray[np.int64]
) -> Interval:
    """The sum of one quantity over the sum of another, as recall is hits over positives.

    Parameters
    ----------
    part, whole : (sample,) of each sample
    drawn : (times, sample) from `resample`
    """
    value = float(_ratio(part.sum(keepdims=True), whole.sum(keepdims=True))[0])
    return interval(value, _ratio(drawn @ part, drawn @ whole))


def difference(
    part: NDArray[np.number],
    other: NDArray[np.number],
    whole: NDArray[np.number],
    drawn: NDArray[np.int64],
) -> Interval:
    """How much larger one share of the same whole is than another, in the same resamples.

    Parameters
    ----------
    part, other, whole : (sample,) of each sample
    drawn : (times, sample) from `resample`
    """
    return share(np.asarray(part, np.float64) - np.asarray(other, np.float64), whole, drawn)


def interval(value: float, resampled: NDArray[np.floating], level: float = 0.95) -> Interval:
    """A score with the middle `level` of its resampled values; NaN among these are left out."""
    known = resampled[~np.isnan(resampled)]
    if not len(known):
        return Interval(float(value), float("nan"), float("nan"))
    edge = 0.5 * (1.0 - level)
    low, high = np.quantile(known, [edge, 1.0 - edge])
    return Interval(float(value), float(low), float(high))


def _ratio(part: NDArray[np.number], whole: NDArray[np.number]) -> NDArray[np.float64]:
    above, below = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(above, below, out=np.full_like(below, np.nan), where=below > 0.0)
