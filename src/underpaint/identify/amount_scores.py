"""How near the amounts that a network says are to those that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TWOFOLD = float(np.log(2.0))


@dataclass(frozen=True, slots=True)
class AmountScore:
    """Amounts of one group, or of all together; NaN without cases.

    Attributes
    ----------
    cases : in which a group was rightly called present and its amount is known
    ratio : amount said over amount there, median
    factor : by which one is off the other, whichever is more, median
    within_two : share of cases off by no more than a factor of two
    covered : share of cases off by no more than the standard deviation that was said
    """

    cases: int
    ratio: float
    factor: float
    within_two: float
    covered: float


def score_amounts(
    said: NDArray[np.floating],
    sigma: NDArray[np.floating],
    there: NDArray[np.floating],
    called: NDArray[np.bool_],
    names: Sequence[str],
) -> tuple[AmountScore, dict[str, AmountScore]]:
    """Of all groups together, and of each that has cases.

    Parameters
    ----------
    said, sigma : (spectrum, group) mg/cm2
    there : (spectrum, group) mg/cm2; NaN where it is not known
    called : (spectrum, group) bool, rightly called present
    names : of the groups
    """
    cases = called & (there > 0.0)
    ratio = np.log(np.where(cases, said, 1.0) / np.where(cases, there, 1.0))
    covered = np.abs(said - there) <= sigma
    each = {
        name: _score(ratio[cases[:, k], k], covered[cases[:, k], k])
        for k, name in enumerate(names)
        if cases[:, k].any()
    }
    return _score(ratio[cases], covered[cases]), each


def _score(ratio: NDArray[np.floating], covered: NDArray[np.bool_]) -> AmountScore:
    if not len(ratio):
        return AmountScore(0, *[float("nan")] * 4)
    return AmountScore(
        cases=len(ratio),
        ratio=float(np.exp(np.median(ratio))),
        factor=float(np.exp(np.median(np.abs(ratio)))),
        within_two=float((np.abs(ratio) <= TWOFOLD).mean()),
        covered=float(covered.mean()),
    )
