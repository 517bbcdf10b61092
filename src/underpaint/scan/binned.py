"""Pixels or channels of a scan added up in bins."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from ..spectrum import coarser_axis
from .changed import ASKED_FOR, Change, changed
from .counts import CountArray
from .derived_counts import DerivedCounts
from .fact import ENERGY_CALIBRATION, Fact
from .row_sums import look_at_rows
from .scan import Scan

PIXELS_BINNED, CHANNELS_BINNED = "pixels binned", "channels binned"
FEWEST_CHANNELS = 16
READ_BYTES = 32 * 2**20


class BinnedCounts(DerivedCounts):
    """Counts added up over squares of pixels, or over neighbouring channels.

    What is left over at the lower and right edge, or at the last channels, is not part of it.

    Parameters
    ----------
    source : the counts
    pixels, channels : how many make one
    """

    def __init__(self, source: CountArray, pixels: int, channels: int) -> None:
        height, width, depth = source.shape
        shape = (height // pixels, width // pixels, depth // channels)
        super().__init__(source, shape, wide_enough(source.dtype, pixels**2 * channels))
        self.pixels, self.channels = pixels, channels

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        (_, width, depth), side = self.shape, self.pixels
        binned = np.zeros((stop - first, width, depth), dtype=self.dtype)
        row_bytes = side * int(np.prod(self.source.shape[1:])) * self.source.dtype.itemsize
        step = max(1, READ_BYTES // row_bytes)
        for start in range(first, stop, step):
            end = min(start + step, stop)
            block = self.source_rows(start * side, end * side)
            block = block[:, : width * side, : depth * self.channels]
            place = binned[start - first : end - first]
            # whole arrays of every second, third ... count are added up faster than a short axis
            for y, x, channel in product(range(side), range(side), range(self.channels)):
                place += block[y::side, x::side, channel :: self.channels]
        return binned


def wide_enough(dtype: np.dtype[Any], added: int) -> np.dtype[Any]:
    """A type that holds the sum of so many counts of another type."""
    if dtype.kind == "f":
        return np.dtype(np.float64)
    most = int(np.iinfo(dtype).max) * added
    for size in (2, 4):
        wider = np.dtype(f"{dtype.kind}{size}")
        if most <= np.iinfo(wider).max:
            return wider
    return np.dtype(f"{dtype.kind}8")


def bin_pixels(scan: Scan, pixels: int, source: str = ASKED_FOR) -> Scan:
    """The scan with squares of so many by so many pixels added up; times add up as well.

    A square is measured for as long as all of its pixels that were measured; for how long is not
    known where one that has counts states no time. Rows in which some pixels of a square state
    none are read for that.

    Raises
    ------
    ScanFileError
        No whole square is left, or rows cannot be read.
    """
    height, width, _ = scan.shape
    if pixels > min(height, width):
        raise ScanFileError(
            f"{scan.path} has {height} by {width} pixels, too few for squares of {pixels} by "
            f"{pixels}; choose smaller ones."
        )
    left = [f"{n % pixels} {name}" for n, name in ((height, "rows"), (width, "columns"))]
    words = f"{pixels} by {pixels} added up; left over at the edges: {' and '.join(left)}"
    size = scan.pixel_size_mm
    counted = _counted_without_time(scan, pixels)
    return changed(
        scan,
        BinnedCounts(scan.counts, pixels, 1),
        Change(PIXELS_BINNED, words, source),
        lambda seconds: _added(seconds, pixels, counted),
        pixel_size_mm=None if size is None else (size[0] * pixels, size[1] * pixels),
        stage=scan.stage and scan.stage.coarser(pixels),
    )


def bin_channels(scan: Scan, channels: int, source: str = ASKED_FOR) -> Scan:
    """The scan with so many neighbouring channels added up; its energy axis goes along.

    Raises
    ------
    ScanFileError
        Too few channels are left to show lines.
    """
    depth = scan.shape[2]
    if depth // channels < FEWEST_CHANNELS:
        raise ScanFileError(
            f"{scan.path} has {depth} channels, of which bins of {channels} leave too few; choose "
            "smaller ones."
        )
    words = f"{channels} added up; left over at the end: {depth % channels}"
    binned = changed(
        scan,
        BinnedCounts(scan.counts, 1, channels),
        Change(CHANNELS_BINNED, words, source),
        lambda seconds: seconds,
        pixel_size_mm=scan.pixel_size_mm,
        stage=scan.stage,
    )
    if scan.calibration is None:
        return binned
    line = coarser_axis(scan.calibration, channels)
    facts = dict(binned.facts)
    if ENERGY_CALIBRATION in facts:
        said = f"zero {line.zero:g} keV, gain {line.gain:g} keV per channel"
        origin = f"{facts[ENERGY_CALIBRATION].source}, for bins of {channels}"
        facts[ENERGY_CALIBRATION] = Fact(said, origin)
    return replace(binned, calibration=line, facts=facts)


def _counted_without_time(scan: Scan, pixels: int) -> NDArray[np.bool_]:
    """Which pixels have counts, (y, x) bool, looked up where others of their square state a time
    that they lack."""
    wanted = np.zeros(scan.shape[0], dtype=np.bool_)
    for seconds in (scan.live_time_s, scan.real_time_s):
        if seconds is not None:
            lacking = _squares(np.isnan(seconds), pixels).mean(axis=(1, 3))
            mixed = np.any((lacking > 0.0) & (lacking < 1.0), axis=1)
            wanted[: mixed.size * pixels] |= np.repeat(mixed, pixels)
    counted = np.zeros(scan.shape[:2], dtype=np.bool_)
    for rows in scan.spans():
        if wanted[rows].any():
            counted[rows] = look_at_rows(scan, rows).pixel_counts > 0
    return counted


def _added(
    seconds: NDArray[np.float64], pixels: int, counted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Times of squares, NaN where no pixel states one, or one of those that were counted does
    not."""
    total = np.nansum(_squares(seconds, pixels), axis=(1, 3))
    known = _squares(np.isfinite(seconds), pixels).any(axis=(1, 3))
    doubtful = _squares(np.isnan(seconds) & counted, pixels).any(axis=(1, 3))
    return np.where(known & ~doubtful, total, np.nan)


def _squares(values: NDArray[Any], pixels: int) -> NDArray[Any]:
    """Values of pixels, (y, x), as (row, y, column, x) of squares."""
    height, width = (length // pixels for length in values.shape)
    inner = values[: height * pixels, : width * pixels]
    return inner.reshape(height, pixels, width, pixels)
