"""A file that HDF5 may write to even when the disk is full."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py

LARGEST_REMEMBERED = 2**21
MOST_REMEMBERED = 2**26


class PartialFile(io.FileIO):
    """A new file whose failed writes are remembered instead of raised.

    The HDF5 library can crash the whole process when its writes fail, as they do on a full disk,
    and when it reads back what was never written. It is told here that they succeeded, and reads
    its own small writes (that is, all but counts and maps) from memory. What failed is raised when
    the file is closed as the context that it is, or earlier by `require_written`: whoever writes
    much calls it now and then.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self._failure: OSError | None = None
        self._unwritten: list[tuple[int, bytes]] = []
        self._remembered = 0

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        # also where the library has stumbled over what is missing
        self.require_written()

    def require_written(self) -> None:
        """Raise the first OSError that a write met, if any."""
        if self._failure is not None:
            raise self._failure

    def write(self, data: Any) -> int:
        """Write all of the data, or remember why that failed; gives the number of bytes."""
        whole = memoryview(data).cast("B")
        start, rest = self.tell(), whole
        if self._failure is None:
            try:
                while len(rest):
                    rest = rest[super().write(rest) :]
            except OSError as error:
                self._failure = error
        if self._failure is not None:
            self._remember(start, whole)
            self.seek(start + len(whole))
        return len(whole)

    def readinto(self, buffer: Any) -> int:
        """Read as if all writes had succeeded; gives the number of bytes."""
        wanted = memoryview(buffer).cast("B")
        start = self.tell()
        read = super().readinto(wanted)
        if self._failure is None:
            return read
        end = start + len(wanted)
        for at, data in self._unwritten:
            first, last = max(at, start), min(at + len(data), end)
            if first < last:
                wanted[first - start : last - start] = data[first - at : last - at]
        self.seek(end)
        return len(wanted)

    def truncate(self, size: int | None = None) -> int:
        """Set the size, or remember why that failed."""
        try:
            return super().truncate(size)
        except OSError as error:
            self._failure = self._failure or error
            return self.tell() if size is None else size

    def _remember(self, start: int, data: memoryview) -> None:
        if len(data) <= LARGEST_REMEMBERED and self._remembered < MOST_REMEMBERED:
            self._unwritten.append((start, bytes(data)))
            self._remembered += len(data)


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """A new HDF5 file; OSError at the end where it could not be written."""
    import h5py

    with PartialFile(path) as partial, h5py.File(partial, "w") as file:
        yield file
