"""What a file format must offer to be read as a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..scan import Scan


@dataclass(frozen=True, slots=True)
class ScanFormat:
    """One file format.

    Attributes
    ----------
    name : str
        What the user calls it, with its extension.
    recognises : path -> bool
        Whether a path that exists looks like this format; cheap, and raises nothing but OSError.
    read : (path, inside) -> Scan
        `inside` names a dataset in the file, "" for none; raises ScanFileError.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, str], Scan]
