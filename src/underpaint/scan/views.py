"""A scan looked at otherwise: odd rows moved, a part of it, mirrored, turned, pixels added up.

Nothing is read before it is asked for, and no count is invented: what has no pixel of the file
behind it has no counts. What was done stands among the facts of the scan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from .counts import CountArray
from .fact import Fact
from .rowwise import RowwiseCounts
from .scan import Scan

CHANGED = "changed after reading"
Take = Callable[[NDArray[Any]], NDArray[Any]]


def with_odd_rows_moved(scan: Scan, pixels: int) -> Scan:
    """Move odd rows (the second, the fourth ...) to the left by so many pixels.

    Pixels that nothing moves into have no counts.

    Raises
    ------
    ScanFileError : it would move them out of the scan
    """
    if abs(pixels) >= scan.shape[1]:
        raise ScanFileError(
            f"{scan.path} is {scan.shape[1]} pixels wide; odd rows cannot be moved by {pixels}"
        )

    empty = slice(-pixels, None) if pixels > 0 else slice(0, -pixels)

    def moved(values: NDArray[Any], first: int) -> NDArray[Any]:
        out = values.copy()
        odd = out[1 - first % 2 :: 2]
        odd[:] = np.roll(odd, -pixels, axis=1)
        return out

    def read(first: int, stop: int) -> NDArray[Any]:
        out = moved(scan.counts[first:stop], first)
        out[1 - first % 2 :: 2, empty] = 0
        return out

    side = "left" if pixels > 0 else "right"
    return _changed(
        scan,
        _Rows(scan.counts, scan.shape, read),
        lambda times: moved(times, 0),
        f"odd rows moved {abs(pixels)} to the {side}",
    )


def cropped(scan: Scan, rows: slice, columns: slice) -> Scan:
    """A part of a scan; ends count as in Python, negative ones from the far side.

    Raises
    ------
    ScanFileError : nothing of the scan lies in it
    """
    height, width, channels = scan.shape
    y, x = range(height)[rows], range(width)[columns]
    if not y or not x or y.step != 1 or x.step != 1:
        raise ScanFileError(
            f"{scan.path} has {height} rows and {width} columns; nothing of it lies in that part"
        )
    across = slice(x.start, x.stop)
    counts = _Rows(
        scan.counts, (len(y), len(x), channels),
        lambda a, b: scan.counts[y.start + a : y.start + b][:, across],
    )  # fmt: skip
    return _changed(
        scan, counts, lambda times: times[y.start : y.stop, across],
        f"rows {y.start} to {y.stop - 1} and columns {x.start} to {x.stop - 1} of it, from 0",
    )  # fmt: skip


def mirrored(scan: Scan, *, across: bool = False, down: bool = False) -> Scan:
    """A scan with left and right exchanged, or top and bottom, or both."""
    height = scan.shape[0]

    def flipped(values: NDArray[Any]) -> NDArray[Any]:
        return values[:: -1 if down else 1, :: -1 if across else 1]

    def read(first: int, stop: int) -> NDArray[Any]:
        taken = (height - stop, height - first) if down else (first, stop)
        return flipped(scan.counts[slice(*taken)])

    sides = " and ".join(["left and right"] * across + ["top and bottom"] * down)
    return _changed(scan, _Rows(scan.counts, scan.shape, read), flipped, f"{sides} exchanged")


def turned(scan: Scan, quarters: int) -> Scan:
    """A scan turned counter-clockwise by so many quarters of a circle.

    After an odd number, each block of rows is gathered from all rows of the file: keep the counts
    (`keeping_counts`) where the scan is large.
    """
    quarters %= 4
    if quarters == 0:
        return scan
    if quarters == 2:
        counts: CountArray = mirrored(scan, across=True, down=True).counts
    else:
        counts = _Turned(scan, clockwise=quarters == 3)
    size = scan.pixel_size_mm
    done = _changed(
        scan, counts, lambda times: np.rot90(times, quarters),
        f"turned by {90 * quarters} degrees counter-clockwise",
    )  # fmt: skip
    return replace(done, pixel_size_mm=size[::-1]) if size and quarters != 2 else done


def added_up(scan: Scan, pixels: int) -> Scan:
    """A scan whose pixels are the sums of squares of so many by so many; what is left is cut off.

    Raises
    ------
    ScanFileError : the scan is smaller than one of them
    """
    height, width, channels = scan.shape
    rows, columns = height // pixels, width // pixels
    if pixels < 1 or rows == 0 or columns == 0:
        raise ScanFileError(
            f"{scan.path} has {height} rows and {width} columns; pixels cannot be added up "
            f"{pixels} by {pixels}"
        )

    def summed(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
        kept = values[: len(values) // pixels * pixels, : columns * pixels]
        shape = (-1, pixels, columns, pixels, *values.shape[2:])
        return np.asarray(kept.reshape(shape).sum(axis=(1, 3), dtype=dtype))

    whole = np.dtype(np.uint32) if scan.counts.dtype.kind in "ui" else np.dtype(np.float32)
    counts = _Rows(
        scan.counts, (rows, columns, channels),
        lambda a, b: summed(scan.counts[a * pixels : b * pixels], whole), whole,
    )  # fmt: skip
    size = scan.pixel_size_mm
    done = _changed(
        scan, counts, lambda times: summed(times, np.float64),
        f"pixels added up {pixels} by {pixels}",
    )  # fmt: skip
    return replace(done, pixel_size_mm=size and (size[0] * pixels, size[1] * pixels))


def _changed(scan: Scan, counts: CountArray, of_times: Take, words: str) -> Scan:
    before = scan.facts.get(CHANGED)
    said = words if before is None else f"{before.value}; {words}"
    live, real = (
        None if times is None else np.ascontiguousarray(of_times(times))
        for times in (scan.live_time_s, scan.real_time_s)
    )
    facts = {**scan.facts, CHANGED: Fact(said, "asked for")}
    return replace(scan, counts=counts, live_time_s=live, real_time_s=real, facts=facts)


class _Rows(RowwiseCounts):
    def __init__(
        self,
        counts: CountArray,
        shape: tuple[int, int, int],
        read: Callable[[int, int], NDArray[Any]],
        dtype: np.dtype[Any] | None = None,
    ) -> None:
        self._read = read
        self.shape = shape
        self.dtype = dtype or counts.dtype

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        return np.ascontiguousarray(self._read(first, stop))


class _Turned(RowwiseCounts):
    """Columns of a scan as rows."""

    def __init__(self, scan: Scan, *, clockwise: bool) -> None:
        self._scan = scan
        self._clockwise = clockwise
        height, width, channels = scan.shape
        self.shape = (width, height, channels)
        self.dtype = scan.counts.dtype

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        height, width, channels = self._scan.shape
        columns = (first, stop) if self._clockwise else (width - stop, width - first)
        out = np.empty((stop - first, height, channels), dtype=self.dtype)
        for rows in self._scan.spans():
            piece = self._scan.counts[rows][:, slice(*columns)].swapaxes(0, 1)
            if self._clockwise:
                out[:, height - rows.stop : height - rows.start] = piece[:, ::-1]
            else:
                out[:, rows] = piece[::-1]
        return out
