"""What a result says of a family whose groups XRF cannot tell apart, in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.result import PRESENT, FamilySummary, GroupInfo, Result

from .figures import percent, sentence
from .place import describe_place
from .telling_line import told

WORTH_LISTING = 0.05


@dataclass(frozen=True, eq=False)
class FamilyStory:
    """One family in words.

    Attributes
    ----------
    summary, index : what it is told from, and its place in the maps
    unnamed : (y, x) bool, where it is present and none of its groups is; all else is said of these
        pixels, but for the lines
    where : their share of the scan, and where they lie
    why : the line that speaks for it
    candidates : the groups that it may be, each with its mean probability
    advice : what would settle it
    """

    summary: FamilySummary
    index: int
    unnamed: NDArray[np.bool_]
    where: str
    why: str
    candidates: tuple[str, ...]
    advice: str

    @property
    def title(self) -> str:
        """As "A copper pigment"."""
        return any_pigment(self.summary.name)


def any_pigment(family: str) -> str:
    """As "A copper pigment"."""
    return f"{'An' if family[0] in 'aeiou' else 'A'} {family} pigment"


def tell_family(result: Result, index: int) -> FamilyStory:
    """Put one family of a result into words."""
    summary = result.family_summary[index]
    members = [k for k, group in enumerate(result.groups) if summary.name in group.families]
    named = np.any([result.verdict[k] == PRESENT for k in members], axis=0)
    unnamed = (result.verdict_family[index] == PRESENT) & ~named
    place = describe_place(unnamed, result.measured)
    likely = _likely(result, members, unnamed)
    return FamilyStory(
        summary=summary,
        index=index,
        unnamed=unnamed,
        where=(
            f"In {percent(summary.share_unnamed)} of the scan, {place}, "
            "it is there, but none of its groups is sure enough to be named."
        ),
        why=told(summary.lines[0], summary.lines) if summary.lines else "",
        candidates=tuple(f"{group.label}: {percent(chance)} likely" for group, chance in likely),
        advice=sentence(likely[0][0].advice) if likely else "",
    )


def _likely(
    result: Result, members: list[int], pixels: NDArray[np.bool_]
) -> list[tuple[GroupInfo, float]]:
    """Groups with their mean probability in these pixels, likeliest first."""
    if not pixels.any():
        return []
    means = [(result.groups[k], float(result.probability[k][pixels].mean())) for k in members]
    likely = [each for each in means if each[1] >= WORTH_LISTING]
    return sorted(likely, key=lambda each: -each[1])
