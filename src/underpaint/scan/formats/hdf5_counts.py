"""Counts in an HDF5 file, unpacked outside the HDF5 library, so that threads share the work.

The library unpacks one chunk at a time and lets no other thread in. Where chunks are packed with
deflate, with or without shuffle, as PyMca and this project write them, their bytes are taken as
they are and unpacked here (by ISA-L, which is about twice as fast as zlib); all else is left to the
library.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from isal import igzip_lib, isal_zlib
from numpy.typing import NDArray

from ..compact_rows import CompactRows

if TYPE_CHECKING:
    import h5py

# typed as an instance by the stubs of isal
DAMAGED = cast(type[Exception], igzip_lib.IsalError)
PLAIN = (1, 2, 4)
"""Bytes of a count that compact rows can hold."""
SPARE_BYTES = 64
"""A buffer that is full to the last byte would be doubled before the end is noticed."""
UNSHUFFLED, SHUFFLED = "deflate", "shuffle and deflate"


class Hdf5Counts:
    """A cube of counts in an HDF5 file, read when it is sliced, from any thread or process.

    Parameters
    ----------
    dataset : of the open file; a copy sent to another process opens the file anew
    path : of the file

    Attributes
    ----------
    path, name : the file, and the dataset in it
    shape, dtype, chunks : as of the dataset
    packed : whether reading means unpacking
    """

    def __init__(self, dataset: h5py.Dataset, path: Path) -> None:
        self.path = path
        self.name = str(dataset.name)
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype
        self.chunks: tuple[int, ...] | None = dataset.chunks
        self._packing = _packing(dataset)
        self.packed = bool(dataset.id.get_create_plist().get_nfilters())
        self.__dict__["_dataset"] = dataset

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_dataset"}

    @cached_property
    def _dataset(self) -> h5py.Dataset:
        import h5py

        return h5py.File(self.path, "r")[self.name]

    def __getitem__(self, index: Any) -> Any:
        if self._packing and isinstance(index, slice) and index.step in (None, 1):
            first, last, _ = index.indices(self.shape[0])
            rows = np.empty((max(last - first, 0), *self.shape[1:]), dtype=self.dtype)
            if self._unpack(rows, first):
                return rows
        return self._dataset[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("counts on disk cannot be had without a copy")
        whole: NDArray[Any] = self[:]
        return whole if dtype is None else whole.astype(dtype)

    def compact(self, rows: slice) -> CompactRows | None:
        """Counts of some rows in little room, never brought to their full width; None where they
        are not unsigned integers packed in a way that is known here, or too large."""
        first, last, _ = rows.indices(self.shape[0])
        shape = (last - first, *self.shape[1:])
        plain = (
            self._packing == SHUFFLED and self.dtype.kind == "u" and self.dtype.itemsize in PLAIN
        )
        if not plain or int(np.prod(shape)) >= 2**32 or shape[0] < 1:
            return None
        planes: dict[int, NDArray[np.uint8]] = {}
        for corner, taken, place in self._chunks_of(first, last):
            packed = self._bytes(corner)
            if packed is None:
                return None
            if self.dtype.byteorder == ">":
                packed = packed[::-1]
            for number, plane in enumerate(packed):
                if number == 0 or number in planes or _any(plane):
                    if number not in planes:
                        planes[number] = np.zeros(shape, dtype=np.uint8)
                    planes[number][place] = plane.reshape(self.chunks or shape)[taken]
        return CompactRows.of_planes(planes)

    def _unpack(self, rows: NDArray[Any], first: int) -> bool:
        """Fill rows from their chunks; False where one of them cannot be read in this way."""
        size = self.chunks or self.shape
        for corner, taken, place in self._chunks_of(first, first + len(rows)):
            packed = self._bytes(corner)
            if packed is None:
                return False
            _place(packed.reshape(-1, *size), taken, rows[place], self.dtype)
        return True

    def _chunks_of(
        self, first: int, last: int
    ) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]]]:
        """The chunks that rows lie in: their corner, what is taken of them, where it belongs."""
        size = self.chunks or self.shape
        low, high = (first, 0, 0), (last, *self.shape[1:])
        # each axis is cut by itself, and but once: small chunks come by the ten thousand
        cuts = [
            [
                (at, slice(begin - at, end - at), slice(begin - start, end - start))
                for at in range(start - start % step, stop, step)
                for begin, end in [(max(at, start), min(at + step, stop))]
            ]
            for start, stop, step in zip(low, high, size, strict=True)
        ]
        for (y, own_y, to_y), (x, own_x, to_x), (z, own_z, to_z) in itertools.product(*cuts):
            yield (y, x, z), (own_y, own_x, own_z), (to_y, to_x, to_z)

    def _bytes(self, corner: tuple[int, ...]) -> NDArray[np.uint8] | None:
        """A chunk's bytes, (plane, count); None where the library must see to it."""
        count = math.prod(self.chunks or self.shape)
        room = count * self.dtype.itemsize + SPARE_BYTES
        try:
            left_out, packed = self._dataset.id.read_direct_chunk(corner)
            flat = np.frombuffer(isal_zlib.decompress(packed, bufsize=room), dtype=np.uint8)
        except (OSError, RuntimeError, ValueError, MemoryError, DAMAGED):
            return None
        if left_out or flat.size != count * self.dtype.itemsize:
            return None
        if self._packing == SHUFFLED:
            return flat.reshape(self.dtype.itemsize, count)
        return flat.view(f"V{self.dtype.itemsize}").reshape(1, count)


def _packing(dataset: h5py.Dataset) -> str:
    """How chunks are packed; empty for all that is left to the HDF5 library."""
    import h5py

    shuffle, deflate = h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE
    plist = dataset.id.get_create_plist()
    filters = [plist.get_filter(number)[0] for number in range(plist.get_nfilters())]
    if dataset.ndim != 3 or dataset.chunks is None:
        return ""
    if filters == [shuffle, deflate]:
        return SHUFFLED
    return UNSHUFFLED if filters == [deflate] else ""


def _any(plane: NDArray[np.uint8]) -> bool:
    """Whether any byte is set; eight are looked at together where they can be."""
    return bool(np.bitwise_or.reduce(plane.view(np.uint64) if plane.size % 8 == 0 else plane))


def _place(
    planes: NDArray[Any], taken: tuple[slice, ...], rows: NDArray[Any], dtype: np.dtype[Any]
) -> None:
    """Copy part of a chunk to where it belongs, its bytes brought together again."""
    part = planes[(slice(None), *taken)]
    if len(part) == 1:
        rows[...] = np.ascontiguousarray(part[0]).view(dtype)
        return
    if dtype.kind in "ui" and dtype.byteorder in "<=|" and len(part) > 2 and not part[2:].any():
        # Counts seldom fill more than two bytes: these are joined faster than four are woven.
        rows[...] = part[0] + (part[1].astype(np.uint16) << 8)
        return
    woven = np.empty((*part.shape[1:], len(part)), dtype=np.uint8)
    for number, plane in enumerate(part):
        woven[..., number] = plane
    rows[...] = woven.view(dtype)[..., 0]
