"""The first look at a scan: its sum and maximum-pixel spectrum, and a fingerprint of its counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ScanFileError
from underpaint.scan import RowSums, Scan, counted_channels, in_order, look_at_rows

Advance = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a scan shows.

    Attributes
    ----------
    total, maximum : (channel,) float64, counts
    pixel_counts : (y, x) float64, counts of each pixel from 1 keV to the tube voltage, as far
        as the scan states them: a zero peak alone is no measurement
    sha256 : of the rows' own SHA-256, from the top down
    """

    total: NDArray[np.float64]
    maximum: NDArray[np.float64]
    pixel_counts: NDArray[np.float64]
    sha256: str


def survey(scan: Scan, advance: Advance, executor: Executor | None = None) -> Survey:
    """Read a scan once.

    Parameters
    ----------
    advance : called with the number of rows after each block
    executor : where blocks are read and added up; here if None

    Raises
    ------
    ScanFileError : where the scan holds no counts at all, or cannot be read
    """
    total = np.zeros(scan.shape[2])
    maximum = np.zeros(scan.shape[2])
    pixel_counts = np.zeros(scan.shape[:2])
    digest = hashlib.sha256(repr(scan.shape).encode())
    look = partial(_look, scan, counted_channels(scan))
    for rows, part in in_order(executor, look, scan.spans()):
        total += part.total
        np.maximum(maximum, part.maximum, out=maximum)
        pixel_counts[rows] = part.pixel_counts
        digest.update(part.digests)
        advance(rows.stop - rows.start)
    if total.sum() <= 0.0:
        raise ScanFileError(
            f"{scan.path}: every pixel of the scan is empty; check that the file holds spectra"
        )
    return Survey(total, maximum, pixel_counts, digest.hexdigest())


def _look(scan: Scan, counted: slice, rows: slice) -> tuple[slice, RowSums]:
    return rows, look_at_rows(scan, rows, counted, with_digests=True)
