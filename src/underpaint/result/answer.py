"""What a result answers first: names that stand, and names that chance may explain."""

from __future__ import annotations

from dataclasses import dataclass

from .chance import chance_of
from .result import Result

MUCH_OF_IT = 0.05


@dataclass(frozen=True, slots=True)
class Answer:
    """Groups and families by their places in the maps, most frequent first.

    Attributes
    ----------
    found : groups present in more pixels than chance explains
    few : groups present in so few that it may
    buried : those found that lie under other paint in more pixels than chance explains and in
        a twentieth of their own or more; uneven paint makes any group look buried here and there
    families : families present without a name in more pixels than chance explains
    """

    found: tuple[int, ...]
    few: tuple[int, ...]
    buried: tuple[int, ...]
    families: tuple[int, ...]


def answer_of(result: Result) -> Answer:
    """The answer of a result; the same on the terminal, in the tables and in the report."""
    chance, groups, families = chance_of(result), result.summary, result.family_summary
    present = [i for i, row in enumerate(groups) if row.is_present]
    present.sort(key=lambda i: -groups[i].share_present)
    few = tuple(i for i in present if chance.explains(groups[i].share_present))
    found = tuple(i for i in present if i not in few)
    buried = tuple(
        i
        for i in found
        if not chance.explains(groups[i].share_buried)
        and groups[i].share_buried >= MUCH_OF_IT * groups[i].share_present
    )
    untold = [
        i
        for i, row in enumerate(families)
        if row.confirmed and not chance.explains(row.share_unnamed)
    ]
    untold.sort(key=lambda i: -families[i].share_unnamed)
    return Answer(found, few, buried, tuple(untold))
