"""Counts of one detector in an HDF5 file that keeps those of several in one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..rowwise import RowwiseCounts
from .hdf5_counts import Hdf5Counts

if TYPE_CHECKING:
    import h5py


class Hdf5Detector(RowwiseCounts):
    """A cube of counts out of one of (y, x, detector, channel), given as (y, x, channel).

    Parameters
    ----------
    dataset, path : as for `Hdf5Counts`
    detector : which, from 0
    """

    def __init__(self, dataset: h5py.Dataset, path: Path, detector: int) -> None:
        self._all = Hdf5Counts(dataset, path)
        self._detector = detector
        height, width, _, channels = dataset.shape
        self.shape = (height, width, channels)
        self.dtype = dataset.dtype
        chunks = dataset.chunks
        self.chunks = None if chunks is None else (chunks[0], chunks[1], chunks[3])
        self.packed = self._all.packed

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        return np.asarray(self._all[first:stop, :, self._detector])
