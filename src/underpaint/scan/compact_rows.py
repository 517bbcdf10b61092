"""Whole counts in little room: most are below 256, so that a byte and a list of the rest do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

BYTE = 256
LANES = np.uint64(0x00FF00FF00FF00FF)
MOST_ADDED = 256
"""So many bytes add up to less than 65,536."""


@dataclass(frozen=True, eq=False)
class CompactRows:
    """Whole counts of some rows.

    Attributes
    ----------
    low : (row, x, channel) uint8, the lowest byte of each count
    at : (high,) uint32, flat positions of the counts that are 256 or more, ascending
    high : (high,) uint32, those counts in full
    """

    low: NDArray[np.uint8]
    at: NDArray[np.uint32]
    high: NDArray[np.uint32]

    @classmethod
    def of(cls, counts: NDArray[Any]) -> CompactRows | None:
        """Counts of some rows, (row, x, channel); None unless they are whole and below 2**32."""
        if counts.dtype.kind not in "ui" or not counts.size or counts.size >= 2**32:
            return None
        if int(counts.max()) >= 2**32 or int(counts.min()) < 0:
            return None
        at = np.flatnonzero(counts >= BYTE).astype(np.uint32)
        return cls(counts.astype(np.uint8), at, counts.reshape(-1)[at].astype(np.uint32))

    @classmethod
    def of_planes(cls, planes: Mapping[int, NDArray[np.uint8]]) -> CompactRows:
        """From the bytes of counts of at most four.

        Parameters
        ----------
        planes : (row, x, channel) by their place, the lowest 0, which must be there; those that
            are not are 0 everywhere
        """
        low = planes[0]
        upper = {place: plane.reshape(-1) for place, plane in planes.items() if place}
        at = filled(reduce(np.bitwise_or, upper.values() or [np.zeros(0, dtype=np.uint8)]))
        high = low.reshape(-1)[at].astype(np.uint32)
        for place, plane in upper.items():
            high |= plane[at].astype(np.uint32) << np.uint32(8 * place)
        return cls(low, at.astype(np.uint32), high)

    def counts(self, dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
        """The counts, (row, x, channel), in the smallest unsigned type unless another is named."""
        if dtype is None:
            dtype = np.min_scalar_type(int(self.high.max(initial=BYTE - 1)))
        counts: NDArray[Any] = self.low.astype(dtype)
        counts.reshape(-1)[self.at] = self.high
        return counts

    def total(self) -> NDArray[np.float64]:
        """Sum over the pixels, (channel,) float64."""
        channels = self.low.shape[-1]
        total = sum_of_bytes(self.low.reshape(-1, channels))
        channel = self.at % np.uint32(channels)
        total += np.asarray(np.bincount(channel, self._above_byte, channels), dtype=np.float64)
        return total

    def maximum(self) -> NDArray[np.float64]:
        """Largest count of any pixel, (channel,) float64."""
        channels = self.low.shape[-1]
        most = self.low.reshape(-1, channels).max(axis=0).astype(np.uint32)
        np.maximum.at(most, (self.at % np.uint32(channels)).astype(np.intp), self.high)
        return np.asarray(most, dtype=np.float64)

    def pixel_counts(self, channels: slice = slice(None)) -> NDArray[np.float64]:
        """Sum over some channels, (row, x) float64."""
        first, last, _ = channels.indices(self.low.shape[-1])
        rows, columns, all_channels = self.low.shape
        pixels = rows * columns
        each = sums_of_bytes(self.low.reshape(pixels, all_channels)[:, first:last])
        above = self._above_byte
        if (first, last) != (0, all_channels):
            channel = self.at % np.uint32(all_channels)
            above = above * ((channel >= first) & (channel < last))
        cuts = np.searchsorted(self.at, np.arange(pixels + 1, dtype=np.int64) * all_channels)
        each += np.diff(np.concatenate([[0.0], np.cumsum(above, dtype=np.float64)])[cuts])
        return each.reshape(rows, columns)

    def digests(self) -> bytes:
        """SHA-256 of each row, one after the other: its low bytes, then positions and counts of
        the high ones, four bytes each, the lowest first."""
        cuts = np.searchsorted(self.at, np.arange(len(self.low) + 1) * self.low[0].size)
        told = []
        for number, row in enumerate(self.low):
            own = slice(cuts[number], cuts[number + 1])
            digest = hashlib.sha256(np.ascontiguousarray(row).data)
            digest.update((self.at[own] - np.uint32(number * row.size)).astype("<u4").tobytes())
            digest.update(self.high[own].astype("<u4").tobytes())
            told.append(digest.digest())
        return b"".join(told)

    @property
    def _above_byte(self) -> NDArray[np.uint32]:
        return self.high & np.uint32(0xFFFFFFFF - (BYTE - 1))


class CompactCounts(Protocol):
    """A CountArray that gives its counts in little room, faster than in full."""

    def compact(self, rows: slice) -> CompactRows | None:
        """Counts of some rows; None where they are not whole or too large."""


def filled(flat: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where the bytes of an array (n,) are not 0, ascending; the fewer there are, the faster."""
    whole = flat.size - flat.size % 8
    # eight bytes are looked at together, and one by one only where any of them is set
    words = flat[:whole].view(np.uint64)
    word = np.flatnonzero(words)
    byte = np.flatnonzero(words[word].view(np.uint8) != 0)
    inside = word[byte >> 3] * 8 + (byte & 7)
    return np.concatenate([inside, whole + np.flatnonzero(flat[whole:])])


def sum_of_bytes(rows: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Sum of bytes over the first of two axes, float64."""
    _, columns = rows.shape
    total = np.zeros(columns)
    whole = columns - columns % 8
    for start in range(0, len(rows), MOST_ADDED):
        some = rows[start : start + MOST_ADDED]
        # eight bytes are added at once, in four lanes of two: no sum runs over into the next
        words = np.ascontiguousarray(some[:, :whole]).view(np.uint64)
        even = (words & LANES).sum(axis=0).view(np.uint16)
        odd = ((words >> np.uint64(8)) & LANES).sum(axis=0).view(np.uint16)
        total[0:whole:2] += even
        total[1:whole:2] += odd
        total[whole:] += some[:, whole:].sum(axis=0, dtype=np.uint32)
    return total


def sums_of_bytes(rows: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Sum of bytes over the second of two axes, float64."""
    pixels, columns = rows.shape
    sums = np.zeros(pixels)
    whole = columns - columns % 8
    most = 8 * (MOST_ADDED // 2)
    for start in range(0, whole, most):
        part = np.ascontiguousarray(rows[:, start : min(start + most, whole)]).view(np.uint64)
        added = ((part & LANES) + ((part >> np.uint64(8)) & LANES)).sum(axis=1)
        sums += added.view(np.uint16).reshape(pixels, 4).sum(axis=1, dtype=np.uint32)
    sums += rows[:, whole:].sum(axis=1, dtype=np.uint32)
    return sums
