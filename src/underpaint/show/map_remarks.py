"""What a reader must know beside the colours of a map."""

from __future__ import annotations

from underpaint.result import GroupSummary

from .figures import amount_words, percent


def buried_remark(summary: GroupSummary) -> str:
    """How much is called buried, and what looks the same."""
    return (
        f"Called under other paint in {percent(summary.share_buried)} of the pixels. Bare patches "
        "beside thicker paint, smaller than a pixel, look the same."
    )


def amount_remark(summary: GroupSummary) -> str:
    """The mean amount with its uncertainty; empty where nothing is present."""
    words = amount_words(summary.amount, summary.amount_sigma)
    return f"Mean where present: {words}." if words else ""
