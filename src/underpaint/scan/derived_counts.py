"""Counts that are made from other counts, some rows at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .counts import CountArray
from .rowwise import RowwiseCounts


class DerivedCounts(RowwiseCounts):
    """A cube of counts read from another one when it is sliced; any thread or process may read.

    Parameters
    ----------
    source : the counts that these are made from
    shape : (y, x, channel) of these
    dtype : of these; the source's if None

    Attributes
    ----------
    packed : whether reading means unpacking
    """

    def __init__(
        self, source: CountArray, shape: tuple[int, ...], dtype: np.dtype[Any] | None = None
    ) -> None:
        self.source = source
        self.shape = tuple(int(length) for length in shape)
        self.dtype = source.dtype if dtype is None else dtype
        self.packed = bool(getattr(source, "packed", False))

    def source_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Rows of the source, from the one to before the other."""
        return np.asarray(self.source[slice(first, stop)])
