"""Counts that a format gives out some whole rows at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class RowwiseCounts(ABC):
    """A cube of counts [y, x, channel] that is read in whole rows when it is sliced.

    Attributes
    ----------
    shape : (y, x, channel)
    dtype : type of one count
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @abstractmethod
    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        rows, rest = (parts[0], parts[1:]) if parts else (slice(None), ())
        if rows is Ellipsis:
            return self.read_rows(0, self.shape[0])[parts]
        if not isinstance(rows, slice):
            row = range(self.shape[0])[rows]
            return self.read_rows(row, row + 1)[0][rest]
        wanted = range(self.shape[0])[rows]
        if not wanted:
            return self.read_rows(0, 0)[:, *rest]
        low, high = min(wanted), max(wanted)
        block = self.read_rows(low, high + 1)
        taken = block if wanted.step == 1 else block[[row - low for row in wanted]]
        return taken[:, *rest] if rest else taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("counts on disk cannot be had without a copy")
        whole = self.read_rows(0, self.shape[0])
        return whole if dtype is None else whole.astype(dtype)
