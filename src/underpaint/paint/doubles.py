"""Groups whose spectrum other groups can make up between them, worked out once for all scans.

`doubles.json` is what `benchmarks/confusable_sets.py --json` writes: for every group in plain
paintings (see `limit_confusions`), the smallest sets of groups that pass for it there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from .library import Library

MADE_WITH = ("library", "instruments", "counts", "below")


@dataclass(frozen=True, slots=True)
class Double:
    """Groups that together pass for another.

    Attributes
    ----------
    groups : beyond what paint and ground hold besides; none where that is enough
    host : the pigment that the other group is mixed with; "" where it is alone in its paint
    share : weight fraction of the other group's pigment in its paint
    D : how far apart the two are, standard deviations of one pixel's counting noise
    """

    groups: frozenset[str]
    host: str
    share: float
    D: float


def doubles_made_with() -> dict[str, Any]:
    """How the doubles were worked out: for which version of the `library`, in pixels of how many
    `counts`, with which `instruments`, and the D that they are `below`.
    """
    return {key: _table()[key] for key in MADE_WITH}


def load_doubles(
    library: Library, possible: Collection[str] | None = None
) -> Mapping[str, tuple[Double, ...]]:
    """The smallest doubles of each group in each paint, likest first.

    Groups without any are left out; so are a user's own, for theirs would have to be worked out.

    Parameters
    ----------
    possible : groups that the palette allows; all if not given. Doubles are made of these. What
        passes in a painting that holds others counts only where no painting is left without them
    """
    known = frozenset(group.name for group in library.groups)
    allowed = known if possible is None else known.intersection(possible)
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for case in _table()["cases"]:
        if case["group"] in allowed:
            cases.setdefault(case["group"], []).append(case)
    found = {
        group: tuple(_smallest(_doubles(_where_possible(rows, allowed), allowed)))
        for group, rows in cases.items()
    }
    return MappingProxyType({group: doubles for group, doubles in found.items() if doubles})


def _where_possible(
    cases: list[Mapping[str, Any]], allowed: frozenset[str]
) -> list[Mapping[str, Any]]:
    return [case for case in cases if allowed.issuperset(case["beside"])] or cases


def _doubles(cases: Iterable[Mapping[str, Any]], allowed: frozenset[str]) -> list[Double]:
    return [
        Double(frozenset(each["groups"]), case["host"], case["share"], each["D"])
        for case in cases
        for each in case["passing"]
        if allowed.issuperset(each["groups"])
    ]


def _smallest(doubles: list[Double]) -> list[Double]:
    """Those of which no part is enough in the same paint, each once.

    What paint and ground hold besides differs between grounds, so that it stands for no other.
    """
    kept: list[Double] = []
    for one in sorted(doubles, key=lambda each: (len(each.groups), each.D)):
        rest = [other.groups for other in kept if other.host == one.host]
        if one.groups not in rest and not any(part and part < one.groups for part in rest):
            kept.append(one)
    return sorted(kept, key=lambda each: (each.D, sorted(each.groups)))


@cache
def _table() -> Mapping[str, Any]:
    file = resources.files("underpaint.paint").joinpath("doubles.json")
    table: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return table
