"""A scan turned by quarter turns, or mirrored.

Rows in opposite order, or the columns of each, are read as they are asked for. Rows and columns
exchanged are another matter: a row of the new scan is spread over all rows of the old one. They are
exchanged once, block by block, into a file without a name, which is gone with the process that made
it, and read from there.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from .changed import ASKED_FOR, Change, changed
from .counts import CountArray
from .derived_counts import DerivedCounts
from .file_at import read_at, write_at
from .scan import Scan

MIRRORED, ROTATED = "mirrored", "rotated"
QUARTERS = (0, 90, 180, 270)
READ_BYTES = 32 * 2**20


class MirroredCounts(DerivedCounts):
    """Counts with rows, the columns of each, or both in opposite order.

    Parameters
    ----------
    source : the counts
    down, across : whether rows, and columns, are
    """

    def __init__(self, source: CountArray, *, down: bool, across: bool) -> None:
        super().__init__(source, source.shape)
        self.down, self.across = down, across

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        if self.down:
            height = self.shape[0]
            block = self.source_rows(height - stop, height - first)[::-1]
        else:
            block = self.source_rows(first, stop)
        return np.ascontiguousarray(block[:, ::-1] if self.across else block)


class TransposedCounts(DerivedCounts):
    """Counts with rows and columns exchanged, kept on disk from the first reading on.

    Parameters
    ----------
    source : the counts
    folder : with room for all of them

    Raises
    ------
    OutputError, when counts are first read
        The folder has no room for them.
    """

    def __init__(self, source: CountArray, folder: Path) -> None:
        height, width, channels = source.shape
        super().__init__(source, (width, height, channels))
        self.packed = False
        self.folder = folder
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # another process has not got the file
        return TransposedCounts, (self.source, self.folder)

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        with self._lock:
            if self._file is None:
                self._file = self._exchanged()
        rows = np.empty((stop - first, *self.shape[1:]), dtype=self.dtype)
        read_at(self._file.fileno(), rows, first * self._row_bytes)
        return rows

    @property
    def _row_bytes(self) -> int:
        return self.shape[1] * self.shape[2] * self.dtype.itemsize

    def _exchanged(self) -> IO[bytes]:
        place = next(f for f in (self.folder, *self.folder.absolute().parents) if f.is_dir())
        height, pixel_bytes = self.shape[1], self.shape[2] * self.dtype.itemsize
        try:
            file: IO[bytes] = tempfile.TemporaryFile(dir=place, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._no_room(place, error) from error
        step = max(1, READ_BYTES // (self.shape[0] * pixel_bytes))
        for first in range(0, height, step):
            block = self.source_rows(first, min(first + step, height)).astype(self.dtype)
            strips = np.ascontiguousarray(block.swapaxes(0, 1))
            try:
                for row, strip in enumerate(strips):
                    write_at(file.fileno(), strip, row * self._row_bytes + first * pixel_bytes)
            except OSError as error:
                file.close()
                raise self._no_room(place, error) from error
        return file

    def _no_room(self, place: Path, error: OSError) -> OutputError:
        size = self.shape[0] * self._row_bytes / 1e9
        return OutputError(
            f"{place} has no room for the turned counts ({size:.1f} GB, {error.strerror}); free "
            "some space, or write somewhere else."
        )


def mirror(scan: Scan, axis: str, source: str = ASKED_FOR) -> Scan:
    """The scan mirrored along x (left and right exchanged) or along y (top and bottom).

    Raises
    ------
    ValueError for another axis.
    """
    if axis not in ("x", "y"):
        raise ValueError(f"the axis is x or y, not {axis!r}")
    sides = "left and right" if axis == "x" else "top and bottom"
    change = Change(MIRRORED, f"{sides} exchanged", source)
    return _mirrored(scan, down=axis == "y", across=axis == "x", change=change)


def rotate(scan: Scan, degrees: int, folder: Path, source: str = ASKED_FOR) -> Scan:
    """The scan turned clockwise by 90, 180 or 270 degrees.

    Parameters
    ----------
    folder : with room for all counts, for 90 and 270 degrees; the nearest one that exists above it
        is taken

    Raises
    ------
    ValueError for another angle.
    """
    if degrees not in QUARTERS:
        raise ValueError(f"scans are turned by 90, 180 or 270 degrees, not by {degrees}")
    change = Change(ROTATED, f"by {degrees} degrees clockwise", source)
    if degrees in (0, 180):
        return _mirrored(scan, down=degrees == 180, across=degrees == 180, change=change)
    size = scan.pixel_size_mm
    exchanged = replace(
        scan,
        counts=TransposedCounts(scan.counts, folder),
        live_time_s=None if scan.live_time_s is None else scan.live_time_s.T,
        real_time_s=None if scan.real_time_s is None else scan.real_time_s.T,
        pixel_size_mm=None if size is None else (size[1], size[0]),
        stage=scan.stage and scan.stage.transposed(),
    )
    return _mirrored(exchanged, down=degrees == 270, across=degrees == 90, change=change)


def _mirrored(scan: Scan, *, down: bool, across: bool, change: Change) -> Scan:
    steps = (slice(None, None, -1 if down else 1), slice(None, None, -1 if across else 1))
    height, width, _ = scan.shape
    return changed(
        scan,
        MirroredCounts(scan.counts, down=down, across=across),
        change,
        lambda seconds: np.ascontiguousarray(seconds[steps]),
        pixel_size_mm=scan.pixel_size_mm,
        stage=scan.stage and scan.stage.turned_over((height, width), down=down, across=across),
    )
