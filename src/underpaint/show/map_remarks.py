"""What a reader must know beside the colours of a map."""

from __future__ import annotations

from underpaint.result import GroupSummary, Result, chance_of

from .figures import amount_words, percent


def buried_remark(summary: GroupSummary) -> str:
    """How much is called buried, and what looks the same."""
    return (
        f"Called under other paint in {percent(summary.share_buried)} of the pixels. Bare patches "
        "beside thicker paint, smaller than a pixel, look the same."
    )


def chance_remark(result: Result, share: float) -> str:
    """That chance may explain a name in this share of the pixels, where it may; else empty."""
    if not chance_of(result).explains(share):
        return ""
    return f"In {percent(share)} of the pixels only, which chance may explain."


def amount_remark(summary: GroupSummary) -> str:
    """The mean amount, and what one pixel is uncertain by; empty where nothing is present."""
    words = amount_words(summary.amount, summary.amount_sigma)
    return f"Mean where present: {words}." if words else ""
