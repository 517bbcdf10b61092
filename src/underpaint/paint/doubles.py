"""Groups whose spectrum other groups can make up between them, worked out once for all scans.

`doubles.json` is what `benchmarks/confusable_sets.py --json` writes: D of every group in a plain
paint layer against the whole library, and what the best rival needs that the painting lacks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from .library import Library

SMALL_D = 3.0


@dataclass(frozen=True, slots=True)
class Double:
    """What passes for a group.

    Attributes
    ----------
    D : how far apart the two are, standard deviations of one pixel's counting noise
    counts : of that pixel
    share, host : weight fraction of the group's pigment in its paint, and what the rest is
    substitutes : groups that together pass for it, most needed first
    """

    D: float
    counts: float
    share: float
    host: str
    substitutes: tuple[str, ...]


def load_doubles(library: Library) -> Mapping[str, Double]:
    """Doubles by group, of those that one pixel does not tell from other groups (D under 3).

    A user's own groups have none: theirs would have to be worked out.
    """
    text = resources.files("underpaint.paint").joinpath("doubles.json").read_text(encoding="utf-8")
    table = json.loads(text)
    known = {group.name for group in library.groups}
    return {
        row["group"]: Double(
            row["D"], table["counts"], row["share"], row["host"], tuple(row["substitutes"])
        )
        for row in table["groups"]
        if row["share"] < 1.0
        and row["D"] < SMALL_D
        and row["substitutes"]
        and known.issuperset([row["group"], *row["substitutes"]])
    }


def doubles_version() -> str:
    """The library for which the doubles were worked out."""
    text = resources.files("underpaint.paint").joinpath("doubles.json").read_text(encoding="utf-8")
    return str(json.loads(text)["library"])
