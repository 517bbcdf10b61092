"""What a result says of a family whose groups XRF cannot tell apart, in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from underpaint.result import PRESENT, FamilySummary, Result

from .figures import percent, sentence
from .place import describe_place
from .story import clearest_sign

WORTH_TELLING = 0.005


@dataclass(frozen=True, slots=True)
class FamilyStory:
    """One family in words.

    Attributes
    ----------
    summary, index : what it is told from, and its place in the maps
    where : the share of the scan where it is present and not named, and where
    why : the line that speaks for it
    candidates : the groups that it may be, each with its probability
    advice : what would settle it
    """

    summary: FamilySummary
    index: int
    where: str
    why: str
    candidates: tuple[str, ...]
    advice: str

    @property
    def title(self) -> str:
        """As "A copper pigment"."""
        article = "An" if self.summary.name[0] in "aeiou" else "A"
        return f"{article} {self.summary.name} pigment"


def is_untold(summary: FamilySummary) -> bool:
    """Present and confirmed where none of its groups could be named, in enough pixels."""
    return summary.confirmed and summary.share_unnamed >= WORTH_TELLING


def tell_family(result: Result, index: int) -> FamilyStory:
    """Put one family of a result into words."""
    summary = result.family_summary[index]
    members = [k for k, group in enumerate(result.groups) if summary.name in group.families]
    named = np.any([result.verdict[k] == PRESENT for k in members], axis=0)
    unnamed = (result.verdict_family[index] == PRESENT) & ~named
    candidates = [
        (result.groups[result.group_index[name]], chance) for name, chance in summary.candidates
    ]
    return FamilyStory(
        summary=summary,
        index=index,
        where=(
            f"Present in {percent(summary.share_unnamed)} of the scan, "
            f"{describe_place(unnamed)}, where the spectra do not say which one it is."
        ),
        why=clearest_sign(summary.lines),
        candidates=tuple(
            f"{group.label}: {percent(chance)} likely there" for group, chance in candidates
        ),
        advice=sentence(candidates[0][0].advice) if candidates else "",
    )
