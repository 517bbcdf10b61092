"""What a file format must offer to be read as a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..scan import Scan


@dataclass(frozen=True, slots=True)
class Detectors:
    """The detectors of one measurement whose spectra a file holds apart.

    Attributes
    ----------
    names : of each, as `inside` names it
    summed : whether the file holds their sum as well, which is read where none is named
    """

    names: tuple[str, ...]
    summed: bool = False


ONE_DETECTOR = Detectors(())


def _one_detector(_path: Path) -> Detectors:
    return ONE_DETECTOR


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
    detectors : path -> Detectors
        Those that may be added up where none is named; raises ScanFileError.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, str], Scan]
    detectors: Callable[[Path], Detectors] = _one_detector
