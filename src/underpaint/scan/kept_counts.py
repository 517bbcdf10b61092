"""Counts that are unpacked once and kept on disk in little room, for whoever reads them again.

Unpacking a cube takes longer than reckoning with it. What was read of it is kept in files without
a name, which are gone with the process that made them, however that ends. Where there is no room
for it, on the disk or in what the system writes there at leisure, the scan is unpacked again.
"""

from __future__ import annotations

import os
import tempfile
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from .compact_rows import CompactRows
from .counts import CountArray
from .file_at import read_at, write_at
from .scan import Scan

KEPT_SHARE = 0.15
"""Of all memory. Linux lets a fifth of it wait to be written; whoever writes more waits for the
disk, which takes longer than unpacking again."""
FILES = 8
"""Linux lets one thread write to a file at a time, and the others wait for it with their cores
busy."""


@dataclass(frozen=True, slots=True)
class Record:
    """Rows that are kept: in which file, from which byte on, and how many of their counts are
    high."""

    rows: slice
    file: IO[bytes]
    start: int
    high: int


class KeptCounts:
    """A cube of counts that keeps what was read of it compactly; any thread may read.

    Parameters
    ----------
    source : the counts
    files : to keep them in, in turn
    most : bytes that they may hold together

    Attributes
    ----------
    shape, dtype, chunks : as of the source
    """

    def __init__(self, source: CountArray, files: Sequence[IO[bytes]], most: int) -> None:
        self._source = source
        self._files = tuple(files)
        self._lock = threading.Lock()
        # from the top down, none of them over another: a scan has thousands
        self._records: list[Record] = []
        self._ends = [0] * len(files)
        self._turn, self._most = 0, most
        self.shape = source.shape
        self.dtype = source.dtype
        self.chunks = getattr(source, "chunks", None)

    def __reduce__(self) -> tuple[Any, ...]:
        # another process has not got the file
        return _as_they_are, (self._source,)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) and index.step in (None, 1):
            kept = self._kept(index)
            if kept is not None:
                return kept.counts()
        return self._source[index]

    def compact(self, rows: slice) -> CompactRows | None:
        """Counts of some rows in little room, kept from now on; None where that cannot be."""
        kept = self._kept(rows)
        if kept is not None:
            return kept
        own = getattr(self._source, "compact", None)
        found: CompactRows | None = own(rows) if own is not None else None
        if found is None:
            counts = np.asarray(self._source[rows])
            found = CompactRows.of(counts)
        if found is not None:
            self._keep(slice(*rows.indices(self.shape[0])[:2]), found)
        return found

    def _keep(self, rows: slice, found: CompactRows) -> None:
        parts = [np.ascontiguousarray(part) for part in (found.low, found.at, found.high)]
        size = sum(part.nbytes for part in parts)
        with self._lock:
            files = self._files
            if not files or sum(self._ends) + size > self._most:
                return
            if self._over(rows.start, rows.stop):
                # rows that were kept twice would pass for more than were kept
                return
            turn, self._turn = self._turn, (self._turn + 1) % len(files)
            file, start = files[turn], self._ends[turn]
            self._ends[turn] += size
        try:
            at = start
            for part in parts:
                write_at(file.fileno(), part, at)
                at += part.nbytes
        except OSError:
            self.forget()
            return
        record = Record(rows, file, start, len(found.at))
        with self._lock:
            # not where another thread has kept some of them meanwhile
            if self._files and not self._over(rows.start, rows.stop):
                insort(self._records, record, key=_first)

    def _kept(self, rows: slice) -> CompactRows | None:
        first, last, _ = rows.indices(self.shape[0])
        _, columns, channels = self.shape
        width = columns * channels
        with self._lock:
            over = self._over(first, last)
        if not over or sum(_shared(each.rows, first, last) for each in over) < last - first:
            return None
        low = np.empty((last - first, columns, channels), dtype=np.uint8)
        at, high = [], []
        for each in over:
            own = each.rows
            begin, end = max(first, own.start), min(last, own.stop)
            cut = (begin - own.start) * width
            try:
                file = each.file.fileno()
                read_at(file, low[begin - first : end - first], each.start + cut)
                listed = np.empty((2, each.high), dtype=np.uint32)
                read_at(file, listed, each.start + (own.stop - own.start) * width)
            except OSError:
                return None
            some = slice(*np.searchsorted(listed[0], [cut, cut + (end - begin) * width]))
            moved = listed[0, some].astype(np.int64) - cut + (begin - first) * width
            at.append(moved.astype(np.uint32))
            high.append(listed[1, some])
        if not self._files:
            # emptied by another thread while it was read
            return None
        return CompactRows(low, np.concatenate(at), np.concatenate(high))

    def _over(self, first: int, last: int) -> list[Record]:
        """The records that hold any of the rows from `first` to before `last`."""
        start = max(bisect_right(self._records, first, key=_first) - 1, 0)
        end = bisect_left(self._records, last, key=_first)
        return [each for each in self._records[start:end] if each.rows.stop > first]

    def forget(self) -> bool:
        """Drop what was kept, and say whether anything was; from now on the counts are read where
        they came from."""
        with self._lock:
            files, self._files, self._records = self._files, (), []
        for file in files:
            # emptied, not closed: other threads may hold it, and the system gives its number away
            file.truncate(0)
        return bool(files)


@contextmanager
def keeping_counts(scan: Scan, folder: Path) -> Iterator[Scan]:
    """The scan, unpacked but once where unpacking is work, what is unpacked kept in a folder.

    Parameters
    ----------
    folder : with room for about one byte a count; the nearest one that exists above it is taken
    """
    packed = getattr(scan.counts, "packed", False) and hasattr(os, "pwrite")
    if not packed or scan.counts.dtype.kind not in "ui":
        yield scan
        return
    try:
        place = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
        files = [
            tempfile.TemporaryFile(dir=place, buffering=0)  # noqa: SIM115
            for _ in range(FILES)
        ]
    except OSError:
        yield scan
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    counts = KeptCounts(scan.counts, files, int(KEPT_SHARE * memory))
    try:
        yield replace(scan, counts=counts)
    finally:
        counts.forget()


def forget_counts(scan: Scan) -> bool:
    """Make room where counts are kept; False where none are."""
    return isinstance(scan.counts, KeptCounts) and scan.counts.forget()


def _as_they_are(counts: CountArray) -> CountArray:
    return counts


def _first(record: Record) -> int:
    return int(record.rows.start)


def _shared(rows: slice, first: int, last: int) -> int:
    return int(min(rows.stop, last) - max(rows.start, first))
