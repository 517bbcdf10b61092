"""Pixels of a scan that were not measured: dead ones, missing rows, a scan that ended early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMED_AT_MOST = 6


def measured_pixels(pixel_counts: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which pixels were measured, (y, x) bool: those with any counts, (y, x).

    All, where none has any: then it is not the pixels that are amiss.
    """
    measured = np.asarray(pixel_counts > 0)
    return measured if measured.any() else np.ones_like(measured)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Pixels without counts; rows and columns are numbered from 0.

    Attributes
    ----------
    pixels : how many in all
    of : how many pixels the scan has
    rows, columns : those that hold nothing, but the rows after the end
    end : row and column of the first pixel after the last one with counts, where at least a whole
        row follows, as in a scan that was broken off; None otherwise
    single : how many lie in none of these
    """

    pixels: int
    of: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    end: tuple[int, int] | None
    single: int

    @property
    def words(self) -> str:
        """What is missing, in words; rows and columns are counted from 1."""
        if not self.pixels:
            return "none"
        parts = []
        if self.end is not None:
            row, column = self.end
            parts.append(f"the scan ends before row {row + 1}, column {column + 1}")
        for name, numbers in (("row", self.rows), ("column", self.columns)):
            if numbers:
                parts.append(f"nothing in {name}{'s' * (len(numbers) > 1)} {_spans(numbers)}")
        if self.single:
            parts.append(f"{self.single:,} in other places" if parts else "here and there")
        return f"{self.pixels:,} of {self.of:,} pixels: {'; '.join(parts)}"


def find_gaps(measured: NDArray[np.bool_]) -> Gaps:
    """What is missing of a scan.

    Parameters
    ----------
    measured : (y, x) bool
    """
    height, width = measured.shape
    flat = np.flatnonzero(measured)
    after = int(flat[-1]) + 1 if flat.size else 0
    ended = measured.size - after >= width
    end = divmod(after, width) if ended else None
    stop = height if end is None else end[0] + (end[1] > 0)
    # pixels after the end are told by it alone
    told = np.zeros((height, width), dtype=np.bool_)
    if ended:
        told.reshape(-1)[after:] = True
    rows = np.flatnonzero(~measured[:stop].any(axis=1))
    columns = np.flatnonzero(~measured.any(axis=0)) if measured.any() else np.zeros(0, dtype=int)
    told[rows] = True
    told[:, columns] = True
    return Gaps(
        pixels=int(np.count_nonzero(~measured)),
        of=measured.size,
        rows=tuple(map(int, rows)),
        columns=tuple(map(int, columns)),
        end=end,
        single=int(np.count_nonzero(~measured & ~told)),
    )


def _spans(numbers: tuple[int, ...]) -> str:
    """Numbers, counted from 1, as "3, 7 to 9"."""
    cuts = np.flatnonzero(np.diff(numbers) > 1) + 1
    runs = np.split(np.asarray(numbers) + 1, cuts)
    words = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    more = f" and {len(words) - NAMED_AT_MOST} more stretches"
    return ", ".join(words[:NAMED_AT_MOST]) + (more if len(words) > NAMED_AT_MOST else "")
