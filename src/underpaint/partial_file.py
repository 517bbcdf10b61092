"""A file that HDF5 may write to even when the disk is full."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py


class PartialFile(io.FileIO):
    """A new file whose failed writes are remembered instead of raised.

    The HDF5 library can crash the whole process when its last writes fail, as they do on a full
    disk. It is told here that they succeeded; what failed is raised when the file is closed as the
    context that it is, or earlier by `require_written`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self._failure: OSError | None = None

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
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while len(rest):
                rest = rest[super().write(rest) :]
        except OSError as error:
            self._failure = self._failure or error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the size, or remember why that failed."""
        try:
            return super().truncate(size)
        except OSError as error:
            self._failure = self._failure or error
            return self.tell() if size is None else size


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """A new HDF5 file; OSError at the end where it could not be written."""
    import h5py

    with PartialFile(path) as partial, h5py.File(partial, "w") as file:
        yield file
