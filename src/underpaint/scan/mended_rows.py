"""Odd rows moved back into line, by whole pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from .changed import ASKED_FOR, Change, changed
from .derived_counts import DerivedCounts
from .scan import Scan

MENDED = "rows mended"


class MendedCounts(DerivedCounts):
    """Counts whose odd rows are moved to the left; pixels that nothing moves into have none.

    Parameters
    ----------
    source : the counts
    pixels : how far to the left; to the right where negative
    """

    def __init__(self, source: Any, pixels: int) -> None:
        super().__init__(source, source.shape)
        self.pixels = pixels

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        block = self.source_rows(first, stop)
        return _moved(block, first, self.pixels, 0)


def mend_rows(scan: Scan, pixels: int, source: str = ASKED_FOR) -> Scan:
    """The scan with its odd rows (the second, the fourth ...) moved to the left.

    Pixels that nothing moves into are left without counts, as not measured; those that move out
    are lost.

    Parameters
    ----------
    pixels : how far to the left; to the right where negative
    source : where that figure comes from, for the scan's facts

    Raises
    ------
    ScanFileError
        Nothing would be left of odd rows.
    """
    width = scan.shape[1]
    if abs(pixels) >= width:
        raise ScanFileError(
            f"{scan.path} is {width} pixels wide, so that its rows cannot be moved by "
            f"{abs(pixels)}; give a smaller displacement."
        )
    side = "left" if pixels > 0 else "right"
    many = "1 pixel" if abs(pixels) == 1 else f"{abs(pixels)} pixels"
    words = f"odd rows moved to the {side} by {many}" if pixels else "none moved"
    return changed(
        scan,
        MendedCounts(scan.counts, pixels),
        Change(MENDED, words, source),
        lambda seconds: _moved(seconds, 0, pixels, np.nan),
        pixel_size_mm=scan.pixel_size_mm,
        stage=scan.stage,
    )


def _moved(block: NDArray[Any], first: int, pixels: int, empty: float) -> NDArray[Any]:
    """Rows of which those that are odd, counted from `first`, are moved to the left."""
    odd = slice((first + 1) % 2, None, 2)
    width = block.shape[1]
    moved = block.copy()
    if pixels >= 0:
        moved[odd, : width - pixels] = block[odd, pixels:]
        moved[odd, width - pixels :] = empty
    else:
        moved[odd, -pixels:] = block[odd, :pixels]
        moved[odd, :-pixels] = empty
    return moved
