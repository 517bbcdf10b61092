"""Which groups of pigments pass for one another in a plain case: one paint layer on a ground."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from underpaint.xray import Instrument

from .layers import Stratigraphy, paint_layer, plain_layer
from .library import Library
from .limit import Detectability, detectability

PAINT_UM, GROUND_UM, VARNISH_UM, CANVAS_UM = 20.0, 100.0, 10.0, 900.0
HOSTS = ("lead-white", "zinc-white")
GROUNDS = ("lead-chalk", "gesso")


@dataclass(frozen=True, eq=False)
class Confusion:
    """How well a group is told from all others.

    Attributes
    ----------
    group, pigment : the group, and its member that was painted
    share : weight fraction of that pigment in its paint
    host : the pigment it is mixed with; "" where it is alone
    found : D, the best rival, and what this rival needs instead
    """

    group: str
    pigment: str
    share: float
    host: str
    found: Detectability


def confusions(
    library: Library,
    instrument: Instrument,
    counts: float = 30_000.0,
    shares: Iterable[float] = (1.0, 0.2),
    progress: Callable[[int], None] | None = None,
) -> list[Confusion]:
    """Every visible group in a paint layer of 20 um on a ground on canvas, under varnish.

    The ground is lead white with chalk, or gypsum for groups that this one holds; what is not
    the pigment is lead white, or zinc white for lead white itself. Rivals may be made of all
    pigments of the library. A pigment of leaf is not mixed.
    """
    cases: list[tuple[str, str, float, str]] = []
    stacks: list[Stratigraphy] = []
    for share in shares:
        for group in library.groups:
            pigment = library.members(group.name)[0]
            if pigment.leaf_um is not None and share < 1.0:
                continue
            host = _other(HOSTS, group.name, library) if share < 1.0 else ""
            cases.append((group.name, pigment.name, share, host))
            stacks.append(_painted(library, group.name, pigment.name, share, host))
    found = detectability(stacks, instrument, library, None, counts, ("anywhere",), progress)
    return [
        Confusion(*case, next(each for each in answers if each.group == case[0]))
        for case, answers in zip(cases, found, strict=True)
    ]


def _other(names: Iterable[str], group: str, library: Library) -> str:
    """The first pigment that is not of a group."""
    return next(name for name in names if library.pigment(name).group != group)


def _painted(library: Library, group: str, pigment: str, share: float, host: str) -> Stratigraphy:
    entry = library.pigment(pigment)
    if entry.leaf_um is not None:
        paint = paint_layer(library, "paint", entry.leaf_um[1], {pigment: 1.0}, pvc=1.0)
    else:
        mixture = {pigment: share, host: 1.0 - share} if host else {pigment: 1.0}
        paint = paint_layer(library, "paint", PAINT_UM, mixture)
    ground = next(
        library.grounds[name].layers[0]
        for name in GROUNDS
        if all(library.pigment(p).group != group for p in library.grounds[name].layers[0].pigments)
    )
    return (
        plain_layer(library, "varnish", "dammar", VARNISH_UM),
        paint,
        paint_layer(library, "ground", GROUND_UM, ground.pigments, ground.binder),
        plain_layer(library, "support", "canvas-linen", CANVAS_UM),
    )


def confusable_sets(found: Iterable[Confusion], below: float = 3.0) -> list[frozenset[str]]:
    """Groups that stand for one another, each on its own: what is connected by a D below `below`.

    Only rivals that need a single other group connect; a mixture of several is no set of likes.
    """
    sets: list[set[str]] = []
    for each in found:
        distance, others = each.found.D, each.found.substitutes
        if distance >= below or len(others) != 1:
            continue
        pair = {each.group, *others}
        joined = pair.union(*(known for known in sets if known & pair))
        sets = [known for known in sets if not known & pair] + [joined]
    return sorted((frozenset(known) for known in sets), key=sorted)
