"""Counts in an HDF5 file that holds one spectrum a point, in the order of measurement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ..rowwise import RowwiseCounts
from .bliss_raster import Raster
from .hdf5_counts import Hdf5Counts

if TYPE_CHECKING:
    import h5py


class Hdf5Points(RowwiseCounts):
    """Spectra (point, channel) given as a cube (y, x, channel); points that miss have no counts.

    Parameters
    ----------
    dataset, path : as for `Hdf5Counts`
    raster : which point lies where
    """

    def __init__(self, dataset: h5py.Dataset, path: Path, raster: Raster) -> None:
        self._points = Hdf5Counts(dataset, path)
        self._raster = raster
        self.shape = (*raster.shape, dataset.shape[1])
        self.dtype = dataset.dtype
        chunks = dataset.chunks
        self.chunks = chunks and (max(1, chunks[0] // raster.shape[1]), raster.shape[1], chunks[1])
        self.packed = self._points.packed

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        return self._raster.rows(self._points, first, stop)
