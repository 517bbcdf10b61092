"""Pixel arrays as the chunks of an HDF5 file, made outside its library, on any thread.

The library packs one chunk at a time and lets no other thread in; its chunks are made here instead
and handed over as they are to lie in the file. Spectra and verdicts are deflated (by ISA-L, four
times as fast as zlib). Maps of float32 lie there bare: their last bits are noise, so that packing
them takes longer than all else that happens to them and saves a sixth. A chunk that holds nothing
but 0 is left out; the library reads it as 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from .frame import VERDICT_MAPS, ResultFrame, RowBlock, dtype_of

LEVEL = 1
DEFLATED = {"compression": "gzip", "compression_opts": LEVEL}
SLAB_PIXELS = 16_384
MOST_ROWS, MOST_COLUMNS = 64, 512
SLABS_AT_LEAST = 8
SPECTRA_ROWS, SPECTRA_COLUMNS = 8, 16
BITS_DROPPED = 13
COUNT_STEP, MANY_COUNTS = 0.25, 64.0


@dataclass(frozen=True, eq=False)
class Chunk:
    """One chunk as it lies in the file.

    Attributes
    ----------
    name : of its array
    corner : index of its first value
    data : its bytes
    """

    name: str
    corner: tuple[int, ...]
    data: bytes | memoryview


@dataclass(frozen=True, eq=False)
class PackedBlock:
    """The pixel arrays of some rows as chunks.

    Attributes
    ----------
    y0, rows : the first row, and how many there are
    chunks : those that hold anything but 0
    """

    y0: int
    rows: int
    chunks: tuple[Chunk, ...]


def rows_together(shape: tuple[int, int]) -> int:
    """How many rows of a scan are packed together: several slabs even of a small scan."""
    height, width = shape
    rows = max(1, min(MOST_ROWS, -(-height // SLABS_AT_LEAST), SLAB_PIXELS // width))
    return rows - rows % SPECTRA_ROWS if rows > SPECTRA_ROWS else rows


def packing(name: str) -> Mapping[str, Any]:
    """How the chunks of a pixel array are packed, in h5py's words."""
    if name == "binned":
        return {**DEFLATED, "shuffle": True}
    return DEFLATED if name in VERDICT_MAPS else {}


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
        for name in blocks[0].arrays
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


def pack_block(block: RowBlock, frame: ResultFrame) -> PackedBlock:
    """The arrays of some rows as chunks of the result file.

    Parameters
    ----------
    block : starts and, unless it is the last, ends where chunks do

    Raises
    ------
    ValueError where it does not, or does not fit the frame.
    """
    block.require_fits(frame)
    height, together = frame.shape[0], rows_together(frame.shape)
    if block.y0 % together or block.rows != min(together, height - block.y0):
        raise ValueError(
            f"rows {block.y0} to {block.y0 + block.rows} do not lie as chunks of {together} rows do"
        )
    chunks: list[Chunk] = []
    for name, array in block.arrays.items():
        chunks += pack_array(name, array, block.y0, frame)
    return PackedBlock(block.y0, block.rows, tuple(chunks))


def pack_array(name: str, array: NDArray[Any], y0: int, frame: ResultFrame) -> Iterator[Chunk]:
    """The rows of one array as chunks of the result file.

    Parameters
    ----------
    array : the rows from `y0` on that are packed together, shaped as in `RowBlock`
    """
    shape = frame.array_shape(name)
    if min(shape) == 0:
        return
    size = chunk_shape(name, shape, rows_together(frame.shape))
    values = np.asarray(array, dtype=dtype_of(name))
    step = count_step(values) if name == "binned" else 0.0
    row_axis = _row_axis(name)
    steps = (range(0, long, step) for long, step in zip(values.shape, size, strict=True))
    for corner in itertools.product(*steps):
        part = values[tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True))]
        if not part.any():
            continue
        if name == "binned":
            # chunk by chunk: a whole block would be out of the cache before it is shuffled
            part = rounded(part, step)
        at = tuple(a + y0 * (axis == row_axis) for axis, a in enumerate(corner))
        yield Chunk(name, at, _bytes(name, _whole(part, size)))


def unpacked(chunk: Chunk, frame: ResultFrame) -> NDArray[np.uint8]:
    """The verdicts of a chunk, as large as chunks are; what juts out over the edge is 0."""
    size = chunk_shape(chunk.name, frame.array_shape(chunk.name), rows_together(frame.shape))
    return np.frombuffer(isal_zlib.decompress(chunk.data), dtype=np.uint8).reshape(size)


def _whole(part: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """A chunk in full; what juts out over the edge is 0."""
    if part.shape == size:
        return part
    whole = np.zeros(size, dtype=part.dtype)
    whole[tuple(slice(n) for n in part.shape)] = part
    return whole


def _bytes(name: str, part: NDArray[Any]) -> bytes | memoryview:
    way = packing(name)
    if way.get("shuffle"):
        return bytes(isal_zlib.compress(_shuffled(part), LEVEL))
    if way:
        return bytes(isal_zlib.compress(np.ascontiguousarray(part), LEVEL))
    return np.ascontiguousarray(part).reshape(-1).view(np.uint8).data


def _shuffled(part: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The lowest byte of all values, then the next of all, as HDF5's shuffle filter has them."""
    places = np.ascontiguousarray(part).view(np.uint8).reshape(-1, part.itemsize)
    shuffled = np.empty(places.shape[::-1], dtype=np.uint8)
    for number, plane in enumerate(shuffled):
        plane[:] = places[:, number]
    return shuffled


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
