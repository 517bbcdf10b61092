"""The single-file system (AidAim SFS) in which Bruker keeps the files of a map (.bcf).

The layout is as rosettasciio describes it. Every number that the container states is checked
before it is used, and its files are read in pieces.
"""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MAGIC = b"AAMVHFSS"
PACKED = b"AACS"
SIZES, TREE = struct.Struct("<fI"), struct.Struct("<III")
ITEM = struct.Struct("<iQQQQIi176s?3s256s32s")
SIZES_AT, TREE_AT, HEADER, DATA = 0x124, 0x140, 0x118, 0x138
CHUNK_HEADER = 32
PACKED_HEADER, FIRST_PACKED = struct.Struct("<4sIII"), 0x80
BLOCK_HEADER = struct.Struct("<II8x")
MOST_ITEMS = 4096
CHUNK_SIZES = (512, 2**24)
LARGEST_BLOCK = 2**26
KEPT_BLOCKS = 4


class SfsError(ValueError):
    """The container is damaged, or is none."""


class Stream(Protocol):
    """A file within the container."""

    @property
    def size(self) -> int:
        """Bytes of the file."""

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer at the end."""


@dataclass(frozen=True)
class PlainStream:
    """A file that is stored as it is, in chunks that may lie anywhere.

    Attributes
    ----------
    path : the container
    pointers : (chunk,) int64, bytes before each chunk's data
    size : bytes of the file
    chunk : bytes from one chunk's start to the next one's
    """

    path: Path
    pointers: NDArray[np.int64]
    size: int
    chunk: int

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; chunks that lie in a row are read together."""
        usable = self.chunk - CHUNK_HEADER
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        pointers = self.pointers[offset // usable : -(-end // usable)]
        breaks = np.flatnonzero(np.diff(pointers) != self.chunk) + 1
        parts = []
        with self.path.open("rb") as file:
            for run in np.split(pointers, breaks):
                file.seek(int(run[0]))
                raw = file.read(len(run) * self.chunk)
                parts += [
                    raw[at : at + usable] for at in range(0, len(run) * self.chunk, self.chunk)
                ]
        first = offset % usable
        data = b"".join(parts)[first : first + end - offset]
        if len(data) < end - offset:
            raise SfsError("it ends too early")
        return data


@dataclass
class PackedStream:
    """A file that is stored in blocks packed by zlib, of which the last few are kept.

    Attributes
    ----------
    raw : the packed bytes
    block : bytes of a block when it is unpacked
    blocks : (offset, length) of each block in the packed bytes
    size : bytes of the file when it is unpacked
    """

    raw: PlainStream
    block: int
    blocks: list[tuple[int, int]]
    size: int = 0
    _kept: OrderedDict[int, bytes] = field(default_factory=OrderedDict, repr=False)

    def __post_init__(self) -> None:
        last = len(self.blocks) - 1
        self.size = last * self.block + len(self._unpack(last))

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`."""
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        numbers = range(offset // self.block, -(-end // self.block))
        data = b"".join(self._block(number) for number in numbers)
        first = offset % self.block
        return data[first : first + end - offset]

    def _block(self, number: int) -> bytes:
        data = self._kept.pop(number, None)
        if data is None:
            data = self._unpack(number)
        self._kept[number] = data
        if len(self._kept) > KEPT_BLOCKS:
            self._kept.popitem(last=False)
        if number < len(self.blocks) - 1 and len(data) != self.block:
            raise SfsError("a packed block has another size than stated")
        return data

    def _unpack(self, number: int) -> bytes:
        offset, length = self.blocks[number]
        try:
            return zlib.decompressobj().decompress(self.raw.read(offset, length), self.block)
        except zlib.error as error:
            raise SfsError(f"a packed block is damaged ({error})") from error


def open_sfs(path: Path) -> dict[str, Stream]:
    """The files in a container by name.

    Raises
    ------
    SfsError
        It is no such container, or is damaged.
    """
    end = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(TREE_AT + TREE.size)
    if not head.startswith(MAGIC) or len(head) < TREE_AT + TREE.size:
        raise SfsError("it does not start as one")
    _, chunk = SIZES.unpack_from(head, SIZES_AT)
    tree, count, _ = TREE.unpack_from(head, TREE_AT)
    if not CHUNK_SIZES[0] <= chunk <= CHUNK_SIZES[1] or not 0 < count <= MOST_ITEMS:
        raise SfsError("its sizes cannot be")
    items = _chained(path, tree, chunk, count * ITEM.size, ITEM.size)
    files: dict[str, Stream] = {}
    for at in range(0, count * ITEM.size, ITEM.size):
        table, size, *_, is_folder, _, name, _ = ITEM.unpack_from(items, at)
        if is_folder:
            continue
        stream = _plain(path, table, size, chunk, end)
        files[name.partition(b"\0")[0].decode("utf-8", "replace")] = _unpacked(stream)
    return files


def _chained(path: Path, first: int, chunk: int, size: int, unit: int) -> bytes:
    """Bytes of a table that goes on from chunk to chunk, each naming the next."""
    usable = (chunk - CHUNK_HEADER) // unit * unit
    if usable <= 0:
        raise SfsError("its chunks have no room for an entry")
    parts, wanted = [], size
    with path.open("rb") as file:
        while wanted > 0:
            file.seek(first * chunk + HEADER)
            head = file.read(CHUNK_HEADER)
            part = file.read(min(usable, wanted))
            if len(head) < CHUNK_HEADER or len(part) < min(usable, wanted):
                raise SfsError("a table ends too early")
            parts.append(part)
            wanted -= len(part)
            first = int.from_bytes(head[:4], "little")
    return b"".join(parts)


def _plain(path: Path, table: int, size: int, chunk: int, end: int) -> PlainStream:
    if size > end or table < 0:
        raise SfsError("a file in it is larger than the whole")
    chunks = -(-size // (chunk - CHUNK_HEADER))
    raw = _chained(path, table, chunk, chunks * 4, 4)
    pointers = np.frombuffer(raw, dtype="<u4").astype(np.int64) * chunk + DATA
    if pointers.size and pointers.max() >= end:
        raise SfsError("it is cut off")
    return PlainStream(path, pointers, size, chunk)


def _unpacked(stream: PlainStream) -> Stream:
    head = stream.read(0, PACKED_HEADER.size)
    if not head.startswith(PACKED) or len(head) < PACKED_HEADER.size:
        return stream
    _, block, _, count = PACKED_HEADER.unpack(head)
    if not 0 < block <= LARGEST_BLOCK or not 0 < count <= stream.size // BLOCK_HEADER.size:
        raise SfsError("the sizes of its packed blocks cannot be")
    blocks, offset = [], FIRST_PACKED
    for _ in range(count):
        header = stream.read(offset, BLOCK_HEADER.size)
        if len(header) < BLOCK_HEADER.size:
            raise SfsError("it ends too early")
        length, _ = BLOCK_HEADER.unpack(header)
        blocks.append((offset + BLOCK_HEADER.size, length))
        offset += BLOCK_HEADER.size + length
    return PackedStream(stream, block, blocks)
