"""What `identify` wrote is no scan, though it holds every pixel's spectrum in broad bins."""

from __future__ import annotations

from pathlib import Path

from ..errors import ScanFileError
from .formats.hdf5_access import BROKEN, looks_like_hdf5

RESULT = "result.h5"
MARKS = ("schema", "underpaint")
"""Attributes of a result file that no scan has together."""


def require_no_result(path: Path) -> None:
    """Raise ScanFileError where a file, or the folder that it lies in, is a result."""
    file = path / RESULT if path.is_dir() else path
    if _is_result(file):
        raise ScanFileError(
            f"{path} is a result of 'underpaint identify', no scan; 'underpaint report {path}' "
            "writes its report again, and the scan that it was made from can be given here."
        )


def _is_result(file: Path) -> bool:
    if not looks_like_hdf5(file):
        return False
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            return all(name in opened.attrs for name in MARKS)
    except PermissionError:
        raise
    except BROKEN:
        return False
