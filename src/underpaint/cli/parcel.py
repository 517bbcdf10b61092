"""What all blocks of a scan share, packed once and unpacked once in each process that works on it.

Counts are not packed: a process elsewhere opens the scan anew, by its path.
"""

from __future__ import annotations

import io
import pickle
import socket
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ClusterError, UnderpaintError

if TYPE_CHECKING:
    from ..scan import CountArray

INSIDE = "::"
KEPT = 12
"""How many parcels a process keeps unpacked: a first reading, a plan, and a plan that knows the
scan as a whole, for each of four scans under way."""


@dataclass(frozen=True)
class CountsByPath:
    """Where the counts of a scan are to be had.

    Attributes
    ----------
    path : absolute, as the user named it, with what is inside the file after "::"
    shape : (y, x, channel)
    size : of the file, bytes; None for a folder
    detector : which one, of several; None for their sum
    """

    path: str
    shape: tuple[int, ...]
    size: int | None
    detector: int | None = None

    @classmethod
    def of(cls, counts: CountArray, path: str, detector: int | None = None) -> CountsByPath:
        """Those of a scan that was opened here."""
        whole = str(Path(path).absolute())
        return cls(whole, tuple(counts.shape), _size(whole), detector)

    def open(self) -> CountArray:
        """The counts, in another process.

        Raises
        ------
        ClusterError : the scan cannot be opened there, or another lies there under its name
        """
        from ..scan import open_scan

        place = f"the worker on {socket.gethostname()}"
        remedy = "put the scan where all workers see it under the same name"
        try:
            counts = open_scan(self.path, self.detector).counts
        except UnderpaintError as error:
            told = str(error).partition(";")[0].rstrip(".")
            raise ClusterError(f"{place} cannot open the scan ({told}); {remedy}.") from error
        if tuple(counts.shape) != self.shape or _size(self.path) != self.size:
            raise ClusterError(f"{place} finds another scan at {self.path}; {remedy}.")
        return counts


def _size(path: str) -> int | None:
    file = Path(path) if Path(path).exists() else Path(path.partition(INSIDE)[0])
    return file.stat().st_size if file.is_file() else None


@dataclass(frozen=True)
class Parcel:
    """A function and all that it holds, as bytes.

    Attributes
    ----------
    packed : the bytes
    key : its own, so that none is kept for another run, whose file may have changed
    """

    packed: bytes = field(repr=False)
    key: str

    @classmethod
    def of(
        cls, function: Callable[..., Any], opened: Iterable[tuple[CountArray, CountsByPath]]
    ) -> Parcel:
        """Pack a function.

        Parameters
        ----------
        opened : counts that it may hold, and where they are to be had instead
        """
        file = io.BytesIO()
        _pickler(file, opened).dump(function)
        return cls(file.getvalue(), uuid.uuid4().hex)

    def unpacked(self) -> Callable[..., Any]:
        """The function, the same one in all calls of a process."""
        return _UNPACKED.get(self)


def _pickler(file: io.BytesIO, opened: Iterable[tuple[CountArray, CountsByPath]]) -> Any:
    import cloudpickle

    known = {id(counts): where for counts, where in opened}

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def persistent_id(self, value: Any) -> CountsByPath | None:
            return known.get(id(value))

    return Pickler(file)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: CountsByPath) -> CountArray:
        return pid.open()


class _Unpacked:
    """The functions that this process has unpacked, the latest few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: OrderedDict[str, Callable[..., Any]] = OrderedDict()

    def get(self, parcel: Parcel) -> Callable[..., Any]:
        with self._lock:
            function = self._functions.pop(parcel.key, None)
            if function is None:
                # ours, and packed a moment ago
                function = _Unpickler(io.BytesIO(parcel.packed)).load()
            self._functions[parcel.key] = function
            while len(self._functions) > KEPT:
                self._functions.popitem(last=False)
            return function


_UNPACKED = _Unpacked()
