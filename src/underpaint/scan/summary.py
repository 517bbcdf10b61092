"""The counts of a scan in one pass: spectra of the whole, and the counts of every pixel."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .in_order import in_order
from .row_sums import RowSums, look_at_rows
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
    sha256 : of the rows' own SHA-256, from the top down; empty unless asked for
    """

    sum_spectrum: NDArray[np.float64]
    maximum_spectrum: NDArray[np.float64]
    pixel_counts: NDArray[np.float64]
    channels: slice
    sha256: str = ""


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
    *,
    with_digest: bool = False,
) -> CountSummary:
    """Add up a scan, reading it once.

    Parameters
    ----------
    progress : called with the number of rows after each block
    executor : where blocks are read and added up, threads or processes; here if None
    with_digest : whether counts are hashed

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
    digest = hashlib.sha256(repr(scan.shape).encode())
    look = partial(_look, scan, counted, with_digest)
    for rows, part in in_order(executor, look, scan.spans()):
        total += part.total
        np.maximum(largest, part.maximum, out=largest)
        pixels[rows] = part.pixel_counts
        digest.update(part.digests)
        if progress is not None:
            progress(rows.stop - rows.start)
    sha256 = digest.hexdigest() if with_digest else ""
    return CountSummary(total, largest, pixels, counted, sha256)


def _look(scan: Scan, counted: slice, with_digest: bool, rows: slice) -> tuple[slice, RowSums]:
    return rows, look_at_rows(scan, rows, counted, with_digests=with_digest)
