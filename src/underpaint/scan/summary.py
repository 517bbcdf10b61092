"""The counts of a scan in one pass: spectra of the whole, and the counts of every pixel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .in_order import in_order
from .row_sums import look_at_rows
from .scan import Scan

LOWEST_COUNTED_KEV = 1.0


@dataclass(frozen=True, eq=False)
class CountSummary:
    """Sums and maxima of a scan.

    Attributes
    ----------
    sum_spectrum, maximum_spectrum : (channel,) float64, counts
    pixel_counts : (y, x) float64, counts from 1 keV to the tube voltage
    channels : slice, the channels that `pixel_counts` adds up
    """

    sum_spectrum: NDArray[np.float64]
    maximum_spectrum: NDArray[np.float64]
    pixel_counts: NDArray[np.float64]
    channels: slice


def counted_channels(scan: Scan) -> slice:
    """The channels from 1 keV to the tube voltage, as far as the scan states them.

    Without an energy calibration all channels count; without a tube voltage, all above 1 keV.
    """
    channels = scan.shape[2]
    if scan.calibration is None:
        return slice(0, channels)
    energy = scan.calibration.energy(np.arange(channels))
    highest = np.inf if scan.tube_voltage_kv is None else scan.tube_voltage_kv
    first, last = np.searchsorted(energy, [LOWEST_COUNTED_KEV, highest], side="left")
    return slice(int(first), int(last))


def summarise(
    scan: Scan,
    progress: Callable[[int], None] | None = None,
    executor: Executor | None = None,
) -> CountSummary:
    """Add up a scan, reading it once.

    Parameters
    ----------
    progress : called with the number of rows after each block
    executor : where blocks are read and added up, threads or processes; here if None

    Raises
    ------
    ScanFileError
        The scan cannot be read, or holds counts that cannot be.
    """
    height, width, channels = scan.shape
    counted = counted_channels(scan)
    total = np.zeros(channels)
    largest = np.zeros(channels)
    pixels = np.zeros((height, width))
    look = partial(_look, scan, counted)
    for rows, (added, most, each) in in_order(executor, look, scan.spans()):
        total += added
        np.maximum(largest, most, out=largest)
        pixels[rows] = each
        if progress is not None:
            progress(rows.stop - rows.start)
    return CountSummary(total, largest, pixels, counted)


def _look(scan: Scan, counted: slice, rows: slice) -> tuple[slice, tuple[NDArray[Any], ...]]:
    seen = look_at_rows(scan, rows, counted)
    return rows, (seen.total, seen.maximum, seen.pixel_counts)
