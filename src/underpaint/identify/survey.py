"""The first look at a scan: its sum and maximum-pixel spectrum, and a fingerprint of its counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ScanFileError
from underpaint.scan import Scan

Advance = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a scan shows.

    Attributes
    ----------
    total, maximum : (channel,) float64, counts
    pixel_counts : (y, x) float64, counts of each pixel
    sha256 : of the counts, row by row
    """

    total: NDArray[np.float64]
    maximum: NDArray[np.float64]
    pixel_counts: NDArray[np.float64]
    sha256: str


def survey(scan: Scan, advance: Advance) -> Survey:
    """Read a scan once.

    Raises
    ------
    ScanFileError : where the scan holds no counts at all, or cannot be read
    """
    total = np.zeros(scan.shape[2])
    maximum = np.zeros(scan.shape[2])
    pixel_counts = np.zeros(scan.shape[:2])
    digest = hashlib.sha256(repr(scan.shape).encode())
    for rows, block in scan.blocks():
        total += block.sum(axis=(0, 1), dtype=np.float64)
        pixel_counts[rows] = block.sum(axis=2, dtype=np.float64)
        np.maximum(maximum, block.max(axis=(0, 1)), out=maximum)
        digest.update(np.ascontiguousarray(block).tobytes())
        advance(rows.stop - rows.start)
    if total.sum() <= 0.0:
        raise ScanFileError(
            f"{scan.path}: every pixel of the scan is empty; check that the file holds spectra"
        )
    return Survey(total, maximum, pixel_counts, digest.hexdigest())
