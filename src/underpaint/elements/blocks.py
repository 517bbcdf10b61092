"""A scan as it is read here: block by block, or some of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from numpy.typing import NDArray

from underpaint.scan import CompactRows

SPECTRA_PER_BLOCK = 4096


class Blocks(Protocol):
    """Counts of a scan, read block by block, as `underpaint.scan.Scan` gives them."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        ...

    def spans(self, rows: int | None = None) -> Iterator[slice]:
        """The rows of each block, from the top down."""
        ...

    def read(self, rows: slice) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        ...

    def compact(self, rows: slice) -> CompactRows | None:
        """The same in little room, where they are held so."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayBlocks:
    """A cube in memory, read like a scan.

    Attributes
    ----------
    counts : (y, x, channel) counts
    """

    counts: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        height, width, channels = self.counts.shape
        return height, width, channels

    def spans(self, rows: int | None = None) -> Iterator[slice]:
        """The rows of each block, from the top down."""
        height, width, _ = self.shape
        step = rows or max(1, SPECTRA_PER_BLOCK // width)
        for first in range(0, height, step):
            yield slice(first, min(first + step, height))

    def read(self, rows: slice) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        return self.counts[rows]

    def compact(self, rows: slice) -> None:
        """None: they are held in full."""


def spread_rows(height: int, most: float) -> range:
    """Rows spread evenly over a scan: at most so many, and at least one."""
    step = max(1, ceil(height / most))
    return range(min(step // 2, height - 1), height, step)
