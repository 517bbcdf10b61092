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
WORD = 8
ROWS_AT_ONCE = 256
"""So many bytes add up to less than 65,536."""
WORDS_ADDED = 128
"""So many pairs of bytes add up to less than 65,536."""


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

    def sums(self, counted: slice = slice(None)) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sum over the pixels, (channel,), and of each pixel over some channels, (row, x)."""
        rows, columns, channels = self.low.shape
        pixels = rows * columns
        total, each = sums_of_bytes(self.low.reshape(pixels, channels), counted)
        above = (self.high & np.uint32(0xFFFFFFFF - (BYTE - 1))).astype(np.float64)
        channel = self.at % np.uint32(channels)
        total += np.bincount(channel, above, channels)
        first, last, _ = counted.indices(channels)
        above *= (channel >= first) & (channel < last)
        each += np.bincount(self.at // np.uint32(channels), above, pixels)
        return total, each.reshape(rows, columns)

    def maximum(self) -> NDArray[np.float64]:
        """Largest count of any pixel, (channel,) float64."""
        channels = self.low.shape[-1]
        most = self.low.reshape(-1, channels).max(axis=0).astype(np.uint32)
        np.maximum.at(most, (self.at % np.uint32(channels)).astype(np.intp), self.high)
        return np.asarray(most, dtype=np.float64)

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


def sums_of_bytes(
    rows: NDArray[np.uint8], channels: slice = slice(None)
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of bytes over the first of two axes, and over some columns of the second, float64."""
    pixels, columns = rows.shape
    first, last, _ = channels.indices(columns)
    whole = columns - columns % WORD
    total, each = np.zeros(columns), np.zeros(pixels)
    begin, end = min(-(-first // WORD), whole // WORD), min(last, whole) // WORD
    for start in range(0, pixels, ROWS_AT_ONCE):
        own = slice(start, min(start + ROWS_AT_ONCE, pixels))
        # eight bytes are added at once, in four lanes of two: no sum runs over into the next
        words = np.ascontiguousarray(rows[own, :whole]).view(np.uint64)
        even, odd = words & LANES, (words >> np.uint64(8)) & LANES
        total[0:whole:2] += even.sum(axis=0).view(np.uint16)
        total[1:whole:2] += odd.sum(axis=0).view(np.uint16)
        even += odd
        for at in range(begin, end, WORDS_ADDED):
            added = even[:, at : min(at + WORDS_ADDED, end)].sum(axis=1)
            each[own] += added.view(np.uint16).reshape(-1, 4).sum(axis=1, dtype=np.uint32)
    total[whole:] += rows[:, whole:].sum(axis=0, dtype=np.uint32)
    for edge in _edges(first, last, begin * WORD, max(begin, end) * WORD):
        each += rows[:, edge].sum(axis=1, dtype=np.uint32)
    return total, each


def _edges(first: int, last: int, begin: int, end: int) -> tuple[slice, slice]:
    """The columns of [first, last) outside of [begin, end), of which all lie inside."""
    if begin >= end:
        return slice(first, last), slice(0, 0)
    return slice(first, begin), slice(end, last)
