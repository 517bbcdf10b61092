"""Some rows and columns of a scan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from .changed import ASKED_FOR, Change, changed
from .counts import CountArray
from .derived_counts import DerivedCounts
from .scan import Scan

CROPPED = "cropped"


class CroppedCounts(DerivedCounts):
    """Counts of some rows and columns.

    Parameters
    ----------
    source : the counts
    rows, columns : from the one to before the other, counted from 0
    """

    def __init__(self, source: CountArray, rows: slice, columns: slice) -> None:
        shape = (rows.stop - rows.start, columns.stop - columns.start, source.shape[2])
        super().__init__(source, shape)
        self.rows, self.columns = rows, columns

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        start = self.rows.start
        return self.source_rows(start + first, start + stop)[:, self.columns]


def crop(scan: Scan, rows: slice, columns: slice, source: str = ASKED_FOR) -> Scan:
    """The scan with some of its rows and columns only.

    Parameters
    ----------
    rows, columns : from the one to before the other, counted from 0; to either end where left open
    source : why, or on whose word

    Raises
    ------
    ScanFileError
        They reach beyond the scan, or hold no pixel.
    """
    height, width, _ = scan.shape
    taken = [_within(scan, *each) for each in (("rows", rows, height), ("columns", columns, width))]
    down, across = taken
    words = (
        f"rows {down.start} to before {down.stop}, columns {across.start} to before {across.stop}, "
        f"counted from 0, of {height} by {width}"
    )
    return changed(
        scan,
        CroppedCounts(scan.counts, down, across),
        Change(CROPPED, words, source),
        lambda seconds: np.ascontiguousarray(seconds[down, across]),
        pixel_size_mm=scan.pixel_size_mm,
        stage=scan.stage and scan.stage.starting_at(down.start, across.start),
    )


def _within(scan: Scan, name: str, wanted: slice, length: int) -> slice:
    start = 0 if wanted.start is None else wanted.start
    stop = length if wanted.stop is None else wanted.stop
    if not 0 <= start < stop <= length:
        raise ScanFileError(
            f"{scan.path} has {name} 0 to {length - 1}, of which {start}:{stop} are none; name the "
            f"first, and the one after the last, between 0 and {length}."
        )
    return slice(start, stop)
