"""Whole counts in little room: most are below 256, so that a byte and a list of the rest do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .counts import CountArray

BYTE = 256
SPECTRA_ADDED = 256
"""At a time: more leave the cache while they are added up, fewer take longer to call for."""
EXACT = 2.0**24
"""Below it single precision holds every whole number."""


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

    def __len__(self) -> int:
        """How many pixels."""
        rows, columns, _ = self.low.shape
        return int(rows * columns)

    def counts(self, dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
        """The counts, (row, x, channel), in the smallest unsigned type unless another is named."""
        if dtype is None:
            dtype = np.min_scalar_type(int(self.high.max(initial=BYTE - 1)))
        counts: NDArray[Any] = self.low.astype(dtype)
        counts.reshape(-1)[self.at] = self.high
        return counts

    def spectra(
        self, pixels: slice, dtype: type[np.floating[Any]] = np.float32
    ) -> NDArray[np.floating[Any]]:
        """Counts of some pixels, numbered row by row, (n, channel)."""
        channels = self.low.shape[-1]
        counts = self.low.reshape(-1, channels)[pixels].astype(dtype)
        start = pixels.indices(self.low.size // channels)[0] * channels
        ends = np.array([start, start + counts.size], dtype=np.uint32)
        first, last = np.searchsorted(self.at, ends)
        counts.reshape(-1)[self.at[first:last] - ends[0]] = self.high[first:last]
        return counts

    def sums(
        self, counted: slice = slice(None)
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Sum over the pixels, (channel,), of each pixel over some channels, (row, x), and largest
        count of any pixel, (channel,)."""
        rows, columns, channels = self.low.shape
        total, each, most = np.zeros(channels), np.zeros(rows * columns), np.zeros(channels)
        chosen = np.zeros(channels)
        chosen[counted] = 1.0
        exact = np.float32 if int(self.high.max(initial=0)) < EXACT else np.float64
        for start in range(0, len(each), SPECTRA_ADDED):
            own = slice(start, min(start + SPECTRA_ADDED, len(each)))
            counts = self.spectra(own, exact)
            np.maximum(most, counts.max(axis=0), out=most)
            over, along = _sums(counts, chosen)
            total += over
            each[own] = along
        return total, each.reshape(rows, columns), most

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


def in_single(counts: CountArray, rows: slice) -> NDArray[np.floating[Any]]:
    """Counts of some rows, (n, channel) float32, those of each row after another."""
    own = getattr(counts, "compact", None)
    compact: CompactRows | None = None if own is None else own(rows)
    if compact is not None:
        return compact.spectra(slice(None))
    spectra = np.asarray(counts[rows]).reshape(-1, counts.shape[2])
    return spectra.astype(np.float32)


def filled(flat: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where the bytes of an array (n,) are not 0, ascending; the fewer there are, the faster."""
    whole = flat.size - flat.size % 8
    # eight bytes are looked at together, and one by one only where any of them is set
    words = flat[:whole].view(np.uint64)
    word = np.flatnonzero(words != 0)
    byte = np.flatnonzero(words[word].view(np.uint8) != 0)
    inside = word[byte >> 3] * 8 + (byte & 7)
    return np.concatenate([inside, whole + np.flatnonzero(flat[whole:])])


def _sums(
    counts: NDArray[np.floating[Any]], chosen: NDArray[np.float64]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Whole counts added up over the first of two axes, and over what is chosen of the second.

    As products of matrices, which is quickest. In single precision sums of whole numbers that are
    not negative and come out below 2**24 were never rounded; others are added up in double.
    """
    ones = np.ones(len(counts), dtype=counts.dtype)
    over, along = ones @ counts, counts @ chosen.astype(counts.dtype)
    if counts.dtype == np.float64 or max(over.max(), along.max()) < EXACT:
        return over, along
    return _sums(counts.astype(np.float64), chosen)
