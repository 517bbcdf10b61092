"""Two stratigraphies side by side in one pixel that look like a third.

What lies over what shows in the ratios of an element's lines, and two paints side by side have any
ratio between those of either: a layer that covers unevenly, a crack, the edge of a brushstroke. So
a pixel that may be uneven tells less of depth than one that is the same all over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rival_materials import CM_PER_UM
from .rival_search import NOTHING, Question, Rival, RivalSearch
from .rival_space import RivalSpace
from .rival_starts import Starts

THICKER = (0.3, 1.0, 3.0)
LAID_ON_UM = (3.0, 20.0)
TURNS = 5
STEPS_A_TURN = 6
ENOUGH = 0.01
"""Of the deviance: what two steps gain together while it is worth going on."""
ENOUGH_A_TURN = 0.03


@dataclass(frozen=True, eq=False)
class Pair:
    """Two rivals side by side.

    Attributes
    ----------
    one, other : (column,) g/cm2, see `RivalSpace`
    share : of the pixel's area that the other has, 0 to 1
    deviance : twice the expected log-likelihood ratio at `WORKING_COUNTS`
    """

    one: NDArray[np.float64]
    other: NDArray[np.float64]
    share: float
    deviance: float


def best_pair(
    search: RivalSearch,
    starts: Starts,
    question: Question,
    alone: Rival,
    known: Sequence[Pair] = (),
) -> Pair:
    """The best two rivals found that share a pixel, no worse than the best that has it alone.

    One is sought beside the other, in turns: first beside the best rival, and beside the
    stratigraphy without the group; of typical compositions alone, then of any.

    Parameters
    ----------
    alone : the best rival that fills the pixel
    known : pairs of other questions about the same group
    """
    pairs = [Pair(alone.columns, alone.columns, 0.0, alone.deviance)]
    pairs += [pair for pair in known if question.admits(pair.one) and question.admits(pair.other)]
    if alone.deviance < NOTHING:
        return pairs[0]
    typical = question.among(search.space.typical)
    second = _seconds(search.space, starts, typical)
    bare = np.where(typical.allowed, search.space.truth, 0.0)
    for first in (search.space.typically(alone.columns), bare):
        if typical.admits(first) and len(second):
            judged = search.next_to(first).judged(second)
            start = min(judged, key=lambda each: each.deviance)
            pairs.append(in_turns(search, typical, first, start))
    best = min(pairs, key=lambda pair: pair.deviance)
    if best.deviance < NOTHING:
        return best
    start = search.next_to(best.one).judged(best.other[None])[0]
    further = in_turns(search, question, best.one, start)
    return min(best, further, key=lambda pair: pair.deviance)


def in_turns(
    search: RivalSearch, question: Question, one: NDArray[np.float64], start: Rival
) -> Pair:
    """Two rivals, each bettered beside the other, until that gains little.

    Parameters
    ----------
    one : (column,) where the first begins
    start : the second, judged beside it
    """
    other, before = start, start.deviance
    for _ in range(TURNS):
        one = _beside(search, question, other.columns, one).columns
        other = _beside(search, question, one, other.columns)
        if other.deviance < NOTHING or before - other.deviance < ENOUGH_A_TURN * before:
            break
        before = other.deviance
    return Pair(one, other.columns, other.share, other.deviance)


def _beside(
    search: RivalSearch,
    question: Question,
    held: NDArray[np.float64],
    begin: NDArray[np.float64],
) -> Rival:
    """The best rival beside one that is held, from where it begins."""
    beside = search.next_to(held)
    start = beside.judged(begin[None])[0]
    found = beside.descend(start, question, STEPS_A_TURN, ENOUGH)
    # one that has next to nothing of the pixel may lose its cover unnoticed
    return found if question.admits(found.columns) else start


def _seconds(space: RivalSpace, starts: Starts, question: Question) -> NDArray[np.float64]:
    """What may lie beside a rival, (rival, column): lower layers laid bare, layers that are
    missing, thinner or thicker, what is asked for on top where that is allowed, and covers."""
    bare = np.where(question.allowed, space.truth, 0.0)
    top = space.place("top")
    found = [
        np.where(top, factor * uncovered, uncovered)
        for uncovered in space.uncovered()
        for factor in THICKER
    ]
    found += [
        np.where(space.slot == slot, factor * bare, bare)
        for slot in space.paints
        for factor in (0.0, *THICKER)
    ]
    asked = np.isin(space.groups, space.groups[~question.allowed])
    for column in np.flatnonzero(asked & question.allowed & top & space.typical):
        for depth in LAID_ON_UM:
            mass = depth * CM_PER_UM / space.thickness[column]
            for below in (bare, np.where(top, 0.0, bare)):
                laid_on = below.copy()
                laid_on[column] += mass
                found.append(laid_on)
    if question.least_cover > 0.0:
        found += [rival.columns for rival in starts.covered[1]]
    every = [space.within(np.where(question.allowed, each, 0.0)) for each in found]
    admitted = [each for each in every if question.admits(each) and each.any()]
    return np.array(admitted).reshape(len(admitted), len(space.truth))
