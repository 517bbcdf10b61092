"""The counts of a Bruker map (.bcf): packed pixels, row after row, without an index.

Where each row starts is found once, by stepping from pixel to pixel, and remembered. The pixels
themselves are unpacked by rosettasciio, whose fast code trusts what it reads: all that a damaged
file could make it read or write beyond its bounds is checked here first.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rowwise import RowwiseCounts
from .bcf_wide import may_be_wide, unpack_if_wide
from .sfs import SfsError, Stream

SIZE = struct.Struct("<ii")
COUNT = struct.Struct("<I")
PIXEL = struct.Struct("<IHHIHHHI")
FIRST_ROW = 0x1A0
PULSES_16, PULSES_12 = 0, 1
LARGEST_PIXEL = 2**16
GUESSED = 2**16
BEYOND = bytes(2**13)
"""What the unpacking code may read beyond a damaged pixel's end at most, and more."""
ROWS_AT_ONCE_BYTES = 2**26


class BcfCounts(RowwiseCounts):
    """A cube of counts in a .bcf; memory is bounded by the rows asked for.

    Parameters
    ----------
    stream : the file SpectrumData of the container
    channels : channels to give; what a pixel holds beyond them is left out, as Bruker does
    """

    def __init__(self, stream: Stream, channels: int) -> None:
        head = stream.read(0, SIZE.size)
        height, width = SIZE.unpack(head) if len(head) == SIZE.size else (0, 0)
        if height <= 0 or width <= 0 or height * width > stream.size:
            raise SfsError(f"{height} rows by {width} columns cannot be")
        self.shape = (height, width, channels)
        # rosettasciio tells the type from the mean of the pixels, and brighter ones overflow.
        self.dtype = np.dtype(np.uint32)
        self._stream = stream
        self._starts = [FIRST_ROW]
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel) uint32.

        Raises
        ------
        OSError
            The file is damaged there.
        """
        _, width, channels = self.shape
        counts = np.empty((stop - first, width, channels), dtype=self.dtype)
        step = max(1, ROWS_AT_ONCE_BYTES // max(1, width * channels * self.dtype.itemsize))
        with self._lock:
            try:
                for low in range(first, stop, step):
                    high = min(low + step, stop)
                    rows = [self._packed(row) for row in range(low, high)]
                    counts[low - first : high - first] = self._unpacked(rows)
            except SfsError as error:
                raise OSError(str(error)) from error
        return counts

    def _packed(self, row: int) -> _Row:
        """A checked row; those before it are stepped through the first time."""
        for earlier in range(len(self._starts) - 1, row):
            self._starts.append(self._starts[earlier] + len(self._row(earlier).data))
        found = self._row(row)
        if row == len(self._starts) - 1:
            self._starts.append(self._starts[row] + len(found.data))
        return found

    def _row(self, row: int) -> _Row:
        start = self._starts[row]
        known = self._starts[row + 1] - start if row + 1 < len(self._starts) else GUESSED
        data, wanted = b"", known
        while True:
            data += self._stream.read(start + len(data), wanted)
            found = _row_at_start(data, self.shape[1])
            if found is not None:
                return found
            if start + len(data) >= self._stream.size:
                raise SfsError(f"row {row + 1} is cut off")
            wanted = max(GUESSED, len(data))

    def _unpacked(self, rows: list[_Row]) -> NDArray[Any]:
        parse = _parser()
        head = SIZE.pack(len(rows), self.shape[1]).ljust(FIRST_ROW, b"\0")
        block = b"".join([head, *(row.data for row in rows), BEYOND])
        shape = (len(rows), *self.shape[1:])
        counts: NDArray[Any] = parse(_Block(block), shape, np.uint32)
        for row, found in zip(counts, rows, strict=True):
            for x, body, pulses in found.perhaps_wide:
                pixel = unpack_if_wide(body, pulses, self.shape[2])
                if pixel is not None:
                    row[x] = pixel
        return counts


@dataclass(frozen=True)
class _Row:
    """The packed bytes of a row; x, runs and single pulses of pixels that may hold wide runs."""

    data: bytes
    perhaps_wide: list[tuple[int, bytes, bytes]]


class _Block:
    """Rows in memory, in the guise of the virtual file that rosettasciio takes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get_iter_and_properties(self) -> tuple[Iterator[bytes], int, int]:
        return iter((self._data,)), len(self._data), 1


def _parser() -> Any:
    try:
        from rsciio.bruker.unbcf_fast import parse_to_numpy
    except ImportError:
        from rsciio.bruker._api import py_parse_hypermap

        return py_parse_hypermap
    return parse_to_numpy


def _row_at_start(data: bytes, width: int) -> _Row | None:
    """The row that starts the data; None where more is needed to tell where it ends.

    Raises
    ------
    SfsError
        A pixel's header says what cannot be.
    """
    if len(data) < COUNT.size:
        return None
    (pixels,) = COUNT.unpack_from(data)
    if pixels > width:
        raise SfsError(f"{pixels} pixels in a row of {width}")
    offset = COUNT.size
    wide = []
    for _ in range(pixels):
        if offset + PIXEL.size > len(data):
            return None
        x, _, _, _, kind, _, pulses, size = PIXEL.unpack_from(data, offset)
        offset += PIXEL.size
        packed = kind not in (PULSES_16, PULSES_12)
        least = {PULSES_16: 2 * pulses, PULSES_12: (3 * pulses + 1) // 2}.get(kind, 4)
        if x >= width or not least <= size < LARGEST_PIXEL:
            raise SfsError("the header of a pixel cannot be")
        offset += size + (2 * pulses if packed else 0)
        if offset > len(data):
            return None
        if not packed:
            continue
        end = offset - 2 * pulses - COUNT.size
        if pulses and COUNT.unpack_from(data, end)[0] != 2 * pulses:
            raise SfsError("the single pulses of a pixel do not add up")
        body = data[end + COUNT.size - size : end]
        if may_be_wide(body):
            wide.append((x, body, data[end + COUNT.size : offset]))
    return _Row(data[:offset], wide)
