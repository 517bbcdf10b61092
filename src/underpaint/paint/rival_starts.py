"""Where the search for the best rival begins, and when it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from .rival_materials import CM_PER_UM
from .rival_search import NOTHING, Question, Rival, RivalSearch, Tangent
from .rival_space import RivalSpace

COVER_UM = 3.0
"""As thin as the shipped prior's paint layers get: what paintings hold, rivals must hold too."""
COVERS = 2
FEW_STEPS = 3
PLAIN = 2500.0
"""Deviance beyond which a rival is not looked for further: D = 50 at 30,000 counts."""
MOST_STEPS = 12
IN_DOUBT = 1.0, 900.0
"""Deviances between which a better rival changes an answer: D = 1 to 30 at 30,000 counts."""
FOLLOWED_STEPS, LITTLE = 30, 1e-3
"""There a rival is followed along flat valleys, until two steps gain less than a thousandth."""
START_DAMPING = 1e-5
START_DEVIANCE = 1e3
STEPS_FROM_BARE = (0.0, 0.4, 0.7, 1.0)


def question_of(space: RivalSpace, groups: Collection[str], position: str) -> Question:
    """Which rivals lack some groups in a position.

    A group at the top counts as buried only under a layer that is paint: `COVER_UM` of paint that
    XRF can see, or as much as the uppermost layer is where that is thinner.
    """
    allowed = ~(space.place(position) & np.isin(space.groups, list(groups)))
    if position != "top":
        return Question(allowed, np.zeros(len(allowed)), 0.0)
    covering = space.place("top") & space.visible
    cover = np.where(covering, space.thickness, 0.0)
    return Question(allowed, cover, min(COVER_UM * CM_PER_UM, float(cover @ space.truth)))


class Starts:
    """Starts that the questions about one stratigraphy share, of typical compositions."""

    def __init__(self, search: RivalSearch) -> None:
        self.search = search

    @cached_property
    def at_truth(self) -> Tangent:
        """About the stratigraphy itself."""
        return self._about(self.search.space.truth)

    @cached_property
    def lowered(self) -> Tangent:
        """About the stratigraphy with its paint layers one place further down."""
        return self._about(self.search.space.lowered())

    @cached_property
    def covered(self) -> tuple[NDArray[np.intp], list[Rival]]:
        """The stratigraphy under a cover of each pigment that XRF can see."""
        space = self.search.space
        question = question_of(space, (), "top")
        columns = np.flatnonzero((question.cover > 0.0) & space.typical)
        rivals = np.tile(space.lowered(), (len(columns), 1))
        rivals[np.arange(len(columns)), columns] = question.least_cover / question.cover[columns]
        return columns, self.search.judged(rivals)

    def of(self, question: Question) -> Iterator[Rival]:
        """Rivals from which to search."""
        yield self._advised(self.at_truth, question)
        if question.least_cover > 0.0:
            yield self._advised(self.lowered, question)
            columns, rivals = self.covered
            allowed = [r for column, r in zip(columns, rivals, strict=True)
                       if question.allowed[column]]  # fmt: skip
            yield from sorted(allowed, key=lambda each: each.deviance)[:COVERS]
        elif moved := self.search.space.moved(question.allowed):
            yield min(self.search.judged(np.stack(moved)), key=lambda each: each.deviance)

    def thickened(self, rivals: Sequence[Rival], question: Question) -> Iterator[Rival]:
        """Rivals whose cover is too thin, with as much of it as there must be."""
        for rival in rivals:
            cover = float(question.cover @ rival.columns)
            if cover > 0.0:
                factor = np.where(question.cover > 0.0, question.least_cover / cover, 1.0)
                yield self.search.judged((rival.columns * factor)[None])[0]

    def _about(self, columns: NDArray[np.float64]) -> Tangent:
        return self.search.tangent(columns, self.search.space.typical)

    def _advised(self, tangent: Tangent, question: Question) -> Rival:
        """The best point between a stratigraphy less the group and what its tangent advises."""
        bare = np.where(question.allowed, tangent.columns, 0.0)
        advised = tangent.best(question, START_DAMPING, bare, START_DEVIANCE)
        wanted = self.search.space.within(advised)
        if not question.admits(bare):
            return self.search.judged(wanted[None])[0]
        ways = [bare + step * (wanted - bare) for step in STEPS_FROM_BARE]
        return min(self.search.judged(np.stack(ways)), key=lambda each: each.deviance)


def best_rival(
    search: RivalSearch, starts: Starts, question: Question, known: Sequence[Rival] = ()
) -> Rival:
    """The best rival found: a few steps from every start, and from the best until it rests.

    First of typical compositions alone, whose valleys are fewer; then of any.

    Parameters
    ----------
    known : rivals of other questions about the same group
    """
    kept = [rival for rival in known if question.admits(rival.columns)]
    if kept and min(rival.deviance for rival in kept) < NOTHING:
        return min(kept, key=lambda each: each.deviance)
    space = search.space
    typical = question.among(space.typical)
    others = [space.typically(rival.columns) for rival in known]
    like = search.judged(np.stack(others)) if others else []
    few = [rival for rival in like if typical.admits(rival.columns)]
    thin = [rival for rival in like if not typical.admits(rival.columns)]
    for start in chain(starts.of(typical), starts.thickened(thin, typical)):
        if few and min(rival.deviance for rival in few) < NOTHING:
            break
        few.append(search.descend(start, typical, FEW_STEPS))
    best = min(few, key=lambda each: each.deviance)
    if NOTHING < best.deviance < PLAIN:
        best = search.descend(best, typical, MOST_STEPS)
    best = min([best, *kept], key=lambda each: each.deviance)
    if not NOTHING < best.deviance < PLAIN:
        return best
    best = search.descend(best, question, MOST_STEPS)
    if not IN_DOUBT[0] < best.deviance < IN_DOUBT[1]:
        return best
    return search.descend(best, question, FOLLOWED_STEPS, LITTLE)
