"""What passes for a group of pigments in a plain case: one paint layer on a ground.

In a painting that holds the group, which other groups make up the same spectrum without it? All
smallest sets are found by forbidding, one after the other, the groups of those found before
(Reiter 1987, doi 10.1016/0004-3702(87)90062-2: the tree of hitting sets).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from underpaint.xray import Instrument

from .layers import Stratigraphy, paint_layer, plain_layer
from .library import Library
from .rival_materials import rival_slots
from .rival_search import WORKING_COUNTS, Rival, RivalSearch, significance
from .rival_space import held_by, space_of
from .rival_spectra import RivalSpectra
from .rival_starts import Starts, best_rival, question_of

PAINT_UM, GROUND_UM, VARNISH_UM, CANVAS_UM = 20.0, 100.0, 10.0, 900.0
HOSTS = ("lead-white", "zinc-white")
GROUNDS = ("lead-oil", "chalk-glue", "gesso")
SHARES = (1.0, 0.2)
MOST_GROUPS = 2
MOST_NEEDED = 4
MOST_SEARCHES = 12


@dataclass(frozen=True, slots=True)
class PlainCase:
    """A group in 20 um of paint over 100 um of ground on canvas, under 10 um of varnish.

    Attributes
    ----------
    group, pigment : the group, and its member that is painted
    share : weight fraction of that pigment in its paint
    host : the pigment it is mixed with; "" where it is alone
    ground : as in the library
    """

    group: str
    pigment: str
    share: float
    host: str
    ground: str


@dataclass(frozen=True, slots=True)
class Passing:
    """Groups that together pass for another.

    Attributes
    ----------
    groups : beyond what the painting holds already; none where that is enough
    D : how far apart the two are, standard deviations at `counts`
    """

    groups: tuple[str, ...]
    D: float


def plain_cases(library: Library, shares: Iterable[float] = SHARES) -> Iterator[PlainCase]:
    """Every visible group alone and mixed, over two grounds that do not hold it.

    The host is lead white, or zinc white for lead white itself; the grounds are lead white and
    chalk, or gypsum where one of these is the group. A pigment of leaf is not mixed.
    """
    shares = tuple(shares)
    for group in library.groups:
        pigment = library.members(group.name)[0]
        host = next(name for name in HOSTS if library.pigment(name).group != group.name)
        grounds = [name for name in GROUNDS if group.name not in _groups_in(library, name)]
        for ground in grounds[:2]:
            for share in shares:
                if pigment.leaf_um is None or share == 1.0:
                    mixed_with = host if share < 1.0 else ""
                    yield PlainCase(group.name, pigment.name, share, mixed_with, ground)


def _groups_in(library: Library, ground: str) -> set[str]:
    return {
        library.pigment(p).group for coat in library.grounds[ground].layers for p in coat.pigments
    }


def painted(library: Library, case: PlainCase) -> Stratigraphy:
    """The layers of a case, top first."""
    leaf = library.pigment(case.pigment).leaf_um
    if leaf is not None:
        paint = paint_layer(library, "paint", leaf[1], {case.pigment: 1.0}, pvc=1.0)
    else:
        rest = {case.host: 1.0 - case.share} if case.host else {}
        paint = paint_layer(library, "paint", PAINT_UM, {case.pigment: case.share, **rest})
    coat = library.grounds[case.ground].layers[0]
    return (
        plain_layer(library, "varnish", "dammar", VARNISH_UM),
        paint,
        paint_layer(library, "ground", GROUND_UM, coat.pigments, coat.binder),
        plain_layer(library, "support", "canvas-linen", CANVAS_UM),
    )


class Lookalikes:
    """What passes for the group of a case.

    Parameters
    ----------
    library : rivals may be made of all its pigments
    case : the painting
    spectra : as `lookalike_spectra` makes them
    counts : of a spectrum, from 1 keV to the tube voltage
    palette : pigments that rivals may be made of; the whole library if not given
    """

    def __init__(
        self,
        library: Library,
        case: PlainCase,
        spectra: RivalSpectra,
        counts: float = WORKING_COUNTS,
        palette: Sequence[str] | None = None,
    ) -> None:
        names = tuple(library.pigments) if palette is None else tuple(palette)
        visible = frozenset(group.name for group in library.groups)
        slots = rival_slots(painted(library, case), library, names)
        self.search = RivalSearch(space_of(slots, visible, spectra.elements), spectra)
        self.starts = Starts(self.search)
        self.question = question_of(self.search.space, [case.group], "anywhere")
        self.own = frozenset(self.search.space.present())
        self.others = visible - self.own
        self.factor = counts / WORKING_COUNTS
        self.known: dict[frozenset[str], float] = {}

    def distance(self, groups: Iterable[str]) -> float:
        """D of the best rival made of some groups and what the painting holds besides."""
        allowed = frozenset(groups)
        if allowed not in self.known:
            self.known[allowed] = self._distance_to(self._best(self.others - allowed))
        return self.known[allowed]

    def smallest_sets(self, below: float) -> tuple[Passing, ...]:
        """All smallest sets of groups that pass for the case's, D under `below`, likest first.

        Sets of more than `MOST_GROUPS` are left out, and the search ends after `MOST_SEARCHES`.
        """
        found: dict[frozenset[str], float] = {}
        waiting: list[frozenset[str]] = [frozenset()]
        asked: set[frozenset[str]] = set()
        while waiting and len(asked) < MOST_SEARCHES:
            forbidden = waiting.pop(0)
            if forbidden in asked:
                continue
            asked.add(forbidden)
            passing = next((each for each in found if not each & forbidden), None)
            if passing is None:
                rival = self._best(forbidden)
                if self._distance_to(rival) >= below:
                    continue
                passing = self._smallest(rival, forbidden, below)
                if len(passing) <= MOST_GROUPS:
                    found[passing] = self.distance(passing)
            waiting += [forbidden | {group} for group in sorted(passing)]
        least = {each: D for each, D in found.items() if not any(o < each for o in found)}
        rows = [Passing(tuple(sorted(each)), D) for each, D in least.items() if below > D]
        return tuple(sorted(rows, key=lambda row: (row.D, row.groups)))

    def _best(self, forbidden: frozenset[str]) -> Rival:
        allowed = self.question.allowed & ~np.isin(self.search.space.groups, list(forbidden))
        return best_rival(self.search, self.starts, replace(self.question, allowed=allowed))

    def _distance_to(self, rival: Rival) -> float:
        return significance(rival.deviance * self.factor)

    def _smallest(self, rival: Rival, forbidden: frozenset[str], below: float) -> frozenset[str]:
        """Groups of a rival, those left out that it can do without."""
        needed = self.search.substitutes(rival)
        kept = frozenset(needed)
        if len(needed) > MOST_NEEDED:
            return kept
        if self.distance(kept) >= below:
            held = self.search.space.groups[rival.columns > 0.0]
            kept = frozenset(held.tolist()) & self.others - forbidden
        for group in (*sorted(kept - set(needed)), *reversed(needed)):
            if self.distance(kept - {group}) < below:
                kept -= {group}
        return kept


def lookalike_spectra(library: Library, instrument: Instrument) -> RivalSpectra:
    """Spectra with the elements that the rivals of any case may hold."""
    names = tuple(library.pigments)
    cases = (painted(library, case) for case in plain_cases(library))
    return RivalSpectra(
        instrument, held_by(slot for c in cases for slot in rival_slots(c, library, names))
    )
