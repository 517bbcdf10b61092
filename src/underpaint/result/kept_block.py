"""A block of rows on disk until the result is gathered: its chunks, and arrays beside them.

The file begins with its own length and that of its head, eight bytes each; the head is JSON and
says of every chunk and array what it is and where its bytes begin; these follow, as they are.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .packing import Chunk, PackedBlock

LENGTH_BYTES = 8


def keep_block(path: Path, block: PackedBlock, beside: Mapping[str, NDArray[Any]]) -> None:
    """Write a block; it takes its name only once it is whole."""
    arrays = {name: np.asarray(array, order="C") for name, array in beside.items()}
    at, chunks, others = 0, [], []
    for chunk in block.chunks:
        chunks.append((chunk.name, chunk.corner, at, len(chunk.data)))
        at += len(chunk.data)
    for name, array in arrays.items():
        others.append((name, array.dtype.str, array.shape, at))
        at += array.nbytes
    head = {"y0": block.y0, "rows": block.rows, "chunks": chunks, "beside": others}
    told = json.dumps(head).encode()
    lengths = 2 * LENGTH_BYTES + len(told) + at, len(told)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(b"".join(length.to_bytes(LENGTH_BYTES, "little") for length in lengths))
        file.write(told)
        for chunk in block.chunks:
            file.write(chunk.data)
        for array in arrays.values():
            file.write(array.tobytes())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def is_whole(path: Path) -> bool:
    """Whether a block is as long as it says: it may not be after the power went off."""
    with path.open("rb") as file:
        told = file.read(LENGTH_BYTES)
    return len(told) == LENGTH_BYTES and int.from_bytes(told, "little") == path.stat().st_size


def kept_block(path: Path) -> PackedBlock:
    """A block that was kept; its bytes are read when they are used."""
    head, rest = _opened(path)
    chunks = tuple(
        Chunk(name, tuple(corner), rest[at : at + size])
        for name, corner, at, size in head["chunks"]
    )
    return PackedBlock(head["y0"], head["rows"], chunks)


def kept_beside(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays beside a block, by name."""
    head, rest = _opened(path)
    return {
        name: np.frombuffer(rest, dtype, int(np.prod(shape)), at).reshape(shape)
        for name, dtype, shape, at in head["beside"]
    }


def _opened(path: Path) -> tuple[dict[str, Any], memoryview]:
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start = 2 * LENGTH_BYTES
    end = start + int.from_bytes(view[LENGTH_BYTES:start], "little")
    head: dict[str, Any] = json.loads(bytes(view[start:end]))
    return head, view[end:]
