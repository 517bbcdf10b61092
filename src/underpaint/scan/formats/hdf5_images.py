"""Counts in an HDF5 file that holds one image a channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..rowwise import RowwiseCounts
from .hdf5_counts import Hdf5Counts

if TYPE_CHECKING:
    import h5py


class Hdf5Images(RowwiseCounts):
    """A cube of counts stored as (channel, y, x), given as (y, x, channel)."""

    def __init__(self, dataset: h5py.Dataset, path: Path) -> None:
        self._images = Hdf5Counts(dataset, path)
        channels, height, width = dataset.shape
        self.shape = (height, width, channels)
        self.dtype = dataset.dtype
        chunks = dataset.chunks
        self.chunks = None if chunks is None else (chunks[1], chunks[2], chunks[0])

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        return np.ascontiguousarray(np.moveaxis(self._images[:, first:stop], 0, -1))
