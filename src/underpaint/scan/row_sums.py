"""What some rows of a scan add up to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compact_rows import CompactRows
from .scan import Scan


@dataclass(frozen=True, eq=False)
class RowSums:
    """Sums and maxima of some rows.

    Attributes
    ----------
    total, maximum : (channel,) float64, counts
    pixel_counts : (row, x) float64, counts
    digests : SHA-256 of each row's counts, one after the other; empty unless asked for
    """

    total: NDArray[np.float64]
    maximum: NDArray[np.float64]
    pixel_counts: NDArray[np.float64]
    digests: bytes = b""


def look_at_rows(
    scan: Scan, rows: slice, counted: slice = slice(None), *, with_digests: bool = False
) -> RowSums:
    """Read some rows and add them up.

    Parameters
    ----------
    counted : the channels that `pixel_counts` adds up
    with_digests : whether digests are taken

    Raises
    ------
    ScanFileError
        The rows cannot be read, or hold counts that cannot be.
    """
    compact = scan.compact(rows)
    if compact is not None:
        digests = compact.digests() if with_digests else b""
        total, each, maximum = compact.sums(counted)
        return RowSums(total, maximum, each, digests)
    block = np.ascontiguousarray(scan.read(rows))
    return RowSums(
        total_counts(block, (0, 1)),
        np.asarray(block.max(axis=(0, 1)), dtype=np.float64),
        total_counts(block[..., counted], 2),
        _digests(block) if with_digests else b"",
    )


def _digests(block: NDArray[Any]) -> bytes:
    """SHA-256 of each row; of whole counts the same, however a file holds them."""
    compact = CompactRows.of(block)
    if compact is not None:
        return compact.digests()
    return b"".join(hashlib.sha256(row).digest() for row in block)


def total_counts(block: NDArray[Any], axes: int | tuple[int, ...]) -> NDArray[np.float64]:
    """The sum of counts of any shape over some axes, float64; integers are added as they are where
    none of the sums can overflow, which is faster by far."""
    if block.dtype.kind in "ui" and block.dtype.itemsize >= 4 and block.size:
        added = np.prod([block.shape[axis] for axis in np.atleast_1d(axes)])
        if int(block.max()) * int(added) < np.iinfo(block.dtype).max:
            return np.asarray(block.sum(axis=axes, dtype=block.dtype), dtype=np.float64)
    return np.asarray(block.sum(axis=axes, dtype=np.float64))
