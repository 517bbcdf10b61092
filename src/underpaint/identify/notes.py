"""What a reader should know of a result, in plain words."""

from __future__ import annotations

import numpy as np

from underpaint.network import FEWEST_COUNTS
from underpaint.paint import Library
from underpaint.result import GroupSummary
from underpaint.scan import CountSummary, Scan, find_gaps, measured_pixels
from underpaint.show import percent

from .evidence import Support
from .plan import Plan

FEW_COUNTS = 3_000.0


def write_notes(
    scan: Scan,
    plan: Plan,
    seen: CountSummary,
    mean_counts: float,
    pixels: int,
    faint: int,
    summary: tuple[GroupSummary, ...],
    lines: tuple[Support, ...],
) -> tuple[str, ...]:
    """Remarks on the scan, on what was withdrawn, and on what XRF cannot see.

    `pixels` have counts where lines of elements are; of these `faint` have too few.
    """
    notes = [*_scan(scan, mean_counts), *_gaps(seen, pixels), *_faint(pixels, faint)]
    notes += _as_whole(plan)
    notes += _withdrawn(plan.library, summary, lines)
    notes += _ruled_out(plan)
    unseen = [
        pigment.label
        for group in plan.library.unseen
        for pigment in plan.library.members(group.name)
    ]
    if unseen:
        notes.append(
            f"{', '.join(unseen)} have no X-ray line of their own: this result says nothing about "
            "them. Reflectance, Raman or infrared spectroscopy can."
        )
    return tuple(notes)


def _scan(scan: Scan, mean_counts: float) -> list[str]:
    notes = []
    if scan.missing:
        notes.append(f"The file does not state: {', '.join(scan.missing)}.")
    if mean_counts < FEW_COUNTS:
        notes.append(
            f"With {mean_counts:.0f} counts a pixel on average, traces and buried paint stay "
            "unseen: much of the result is 'cannot tell'."
        )
    return notes


def _gaps(seen: CountSummary, pixels: int) -> list[str]:
    counted = measured_pixels(seen.pixel_counts)
    gaps, notes = find_gaps(counted), []
    if gaps.pixels:
        notes.append(
            f"Without counts, and so not measured, are {gaps.words}. Nothing is said about these; "
            "shares are those of the pixels that have counts."
        )
    # as where the beam was off, and the detector's zero peak is all that was counted
    empty = int(np.count_nonzero(counted)) - pixels
    if empty > 0:
        notes.append(
            f"{percent(empty / counted.size)} of the scan has counts only where no element has "
            "lines. Nothing is said about these pixels either, and no share counts them."
        )
    return notes


def _faint(pixels: int, faint: int) -> list[str]:
    """Pixels of which nothing is told, and which yet count in all shares."""
    if not faint:
        return []
    share = faint / max(pixels, 1)
    return [
        f"{percent(share)} of the pixels have fewer than {FEWEST_COUNTS:.0f} counts: nothing is "
        "told of these, neither present nor absent, though shares are those of all pixels."
    ]


def _as_whole(plan: Plan) -> list[str]:
    if plan.context is None:
        return []
    return [
        "Each pixel was read in the light of the whole scan: what is sure in some pixels is "
        "likelier in the others, and what none shows clearly less so. What each pixel says by "
        "itself is shown beside, and lies in /single of result.h5."
    ]


def _withdrawn(
    library: Library, summary: tuple[GroupSummary, ...], lines: tuple[Support, ...]
) -> list[str]:
    notes = []
    for group, row, each in zip(library.groups, summary, lines, strict=True):
        if each.missing and not row.confirmed:
            missing = ", ".join(key.replace("|", " or ") for key in each.missing)
            notes.append(
                f"{group.label} was suspected in some pixels, but their summed spectrum does not "
                f"show {missing} at 5 sigma: the name was withdrawn."
            )
    return notes


def _ruled_out(plan: Plan) -> list[str]:
    ruled_out = int((~plan.palette_mask).sum())
    if not ruled_out:
        return []
    return [
        f"{ruled_out} groups of pigments were ruled out by the palette ({plan.palette.source}). "
        "What they would have explained falls to the others: with a palette more is named, rightly "
        "and wrongly, of a group two to three times as many pixels wrongly."
    ]
