"""Pixel arrays as the packed chunks of an HDF5 file, made outside its library, on any thread.

The library packs one chunk at a time and lets no other thread in; its chunks are shuffled and
deflated here instead (by ISA-L, four times as fast as zlib), and handed over as they are to lie in
the file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from .frame import PIXEL_ARRAYS, ResultFrame, RowBlock, dtype_of

LEVEL = 1
PACKING = {"compression": "gzip", "compression_opts": LEVEL, "shuffle": True}
SLAB_PIXELS = 16_384
MOST_ROWS, MOST_COLUMNS = 64, 512
SPECTRA_ROWS, SPECTRA_COLUMNS = 8, 16
BITS_DROPPED = 13
COUNT_STEP, MANY_COUNTS = 0.25, 64.0

Packed = tuple[str, tuple[int, ...], bytes]


def rows_together(shape: tuple[int, int]) -> int:
    """How many rows of a scan are packed together."""
    height, width = shape
    return max(1, min(MOST_ROWS, height, SLAB_PIXELS // width))


def chunk_shape(name: str, shape: tuple[int, ...], rows: int) -> tuple[int, ...]:
    """Chunks of a pixel array; they end where `rows` rows end."""
    if name == "binned":
        high = max(n for n in range(1, min(rows, SPECTRA_ROWS) + 1) if rows % n == 0)
        return high, min(shape[1], SPECTRA_COLUMNS), shape[2]
    return 1, rows, min(shape[2], MOST_COLUMNS)


def slabs_of(blocks: Iterable[RowBlock], rows: int, frame: ResultFrame) -> Iterator[RowBlock]:
    """The same rows in blocks of just so many, the last one with what is left.

    Raises
    ------
    ValueError where a block does not fit the frame, or does not follow upon the one before.
    """
    held: list[RowBlock] = []
    end = 0
    for block in blocks:
        block.require_fits(frame)
        if block.y0 != end:
            raise ValueError(f"rows {end} to {block.y0} of {frame.shape[0]} rows are missing")
        end += block.rows
        held.append(block)
        if end - held[0].y0 >= rows:
            whole = _joined(held)
            cut = whole.rows - whole.rows % rows
            for first in range(0, cut, rows):
                yield _part(whole, first, first + rows)
            held = [_part(whole, cut, whole.rows)] if cut < whole.rows else []
    if held:
        yield _joined(held)


def _joined(blocks: list[RowBlock]) -> RowBlock:
    arrays = {
        name: np.concatenate([block.arrays[name] for block in blocks], axis=_row_axis(name))
        for name in PIXEL_ARRAYS
    }
    return RowBlock(blocks[0].y0, **arrays)


def _part(block: RowBlock, first: int, last: int) -> RowBlock:
    arrays = {
        name: array[first:last] if _row_axis(name) == 0 else array[:, first:last]
        for name, array in block.arrays.items()
    }
    return RowBlock(block.y0 + first, **arrays)


def _row_axis(name: str) -> int:
    return 0 if name == "binned" else 1


def pack_slab(
    slab: RowBlock, chunks: Mapping[str, tuple[int, ...] | None]
) -> tuple[int, list[Packed]]:
    """Shuffle and deflate the arrays of some rows.

    Parameters
    ----------
    slab : starts and, unless it is the last, ends where chunks do
    chunks : shape of a chunk of each array; None for one without values

    Returns
    -------
    how many rows it has, and for each chunk its array's name, its first corner and its bytes
    """
    packed = []
    for name, array in slab.arrays.items():
        size = chunks[name]
        if size is None:
            continue
        values = np.asarray(array, dtype=dtype_of(name))
        step = count_step(values) if name == "binned" else None
        row_axis = _row_axis(name)
        corners = (range(0, long, step) for long, step in zip(values.shape, size, strict=True))
        for corner in itertools.product(*corners):
            part = values[tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True))]
            at = tuple(a + slab.y0 * (axis == row_axis) for axis, a in enumerate(corner))
            packed.append(
                (name, at, _deflated(part if step is None else rounded(part, step), size))
            )
    return slab.rows, packed


def _deflated(part: NDArray[Any], size: tuple[int, ...]) -> bytes:
    """A chunk's bytes, those of each place together; what juts out over the edge is 0."""
    if part.shape != size:
        whole = np.zeros(size, dtype=part.dtype)
        whole[tuple(slice(n) for n in part.shape)] = part
        part = whole
    places = np.ascontiguousarray(part).view(np.uint8).reshape(-1, part.itemsize)
    shuffled = np.empty(places.shape[::-1], dtype=np.uint8)
    for number, plane in enumerate(shuffled):
        plane[:] = places[:, number]
    return isal_zlib.compress(shuffled, LEVEL)


def count_step(counts: NDArray[np.float32]) -> float:
    """How finely counts of spectra are kept, at best; 0 where none is high: they may be rates."""
    return COUNT_STEP if counts.size and counts.max() > MANY_COUNTS else 0.0


def rounded(counts: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """Counts of spectra as they are kept, no finer than they mean anything, so that they pack well.

    To `step` or 1 part in 2,048, whichever is coarser: for a quarter of a count that is finer than
    counting noise up to 4 million.
    """
    whole = np.array(counts, dtype=np.float32)
    if step:
        np.rint(np.divide(whole, step, out=whole), out=whole)
        whole *= np.float32(step)
    bits = whole.view(np.uint32)
    bits += np.uint32(1 << (BITS_DROPPED - 1))
    bits &= np.uint32(0xFFFFFFFF << BITS_DROPPED & 0xFFFFFFFF)
    return whole
