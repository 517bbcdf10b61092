"""What a reader must know beside the colours of a map."""

from __future__ import annotations

from underpaint.result import FamilySummary, GroupSummary, Result, chance_of

from .figures import amount_words, percent


def buried_remark(summary: GroupSummary) -> str:
    """How much is called buried, and what looks the same."""
    return (
        f"Called under other paint in {percent(summary.share_buried)} of the pixels. Bare patches "
        "beside thicker paint, smaller than a pixel, look the same."
    )


def chance_remark(result: Result, summary: GroupSummary | FamilySummary) -> str:
    """That chance may explain a name, where it stands in so few pixels; else empty."""
    if not chance_of(result).explains(summary.share_present):
        return ""
    return f"In {percent(summary.share_present)} of the pixels only, which chance may explain."


def amount_remark(summary: GroupSummary) -> str:
    """The mean amount with its uncertainty; empty where nothing is present."""
    words = amount_words(summary.amount, summary.amount_sigma)
    return f"Mean where present: {words}." if words else ""
