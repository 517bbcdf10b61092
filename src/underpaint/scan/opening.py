"""Open a scan, whatever its format."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import ScanFileError
from .detectors import add_detectors
from .formats import FORMATS, ScanFormat
from .no_result import require_no_result
from .scan import Scan

INSIDE = "::"
"""Separates a file from the dataset inside it, as silx and PyMca write it."""

MOST_PIXELS = 2**28
MOST_IN_ROW = 2**28


def open_scan(path: str | os.PathLike[str], detector: int | None = None) -> Scan:
    """Open the scan in a file or folder; counts are read when they are sliced.

    Parameters
    ----------
    path : file or folder; `file.h5::/path/to/dataset` names one dataset of an HDF5 file
    detector : number of the one to take, from 1, of a file that holds several; None for the sum

    Raises
    ------
    ScanFileError
        Nothing is there, no known format fits, the file is broken, has no such detector, or is a
        result of ours and no scan.
    """
    file, _, inside = os.fspath(path).partition(INSIDE)
    place = Path(path) if _exists(Path(path)) else Path(file)
    if not _exists(place):
        raise ScanFileError(f"{place} does not exist; check the spelling and the folder.")
    _require_text(place)
    try:
        if place.is_file() and place.stat().st_size == 0:
            raise ScanFileError(f"{place} is empty (0 bytes); copy or export the scan again.")
        require_no_result(place)
        scan = _read(_format_of(place), place, inside if place != Path(path) else "", detector)
    except PermissionError as error:
        raise ScanFileError(
            f"{error.filename or place} may not be read by you; ask for the right to read it."
        ) from error
    except OSError as error:
        raise ScanFileError(
            f"{error.filename or place} cannot be read ({error.strerror or error}); copy it again."
        ) from error
    _require_moderate(scan)
    return scan


def _read(scan_format: ScanFormat, place: Path, inside: str, detector: int | None) -> Scan:
    """A scan as its file names it, of one detector, or of all together."""
    if inside:
        if detector is not None:
            raise ScanFileError(
                f"{place}{INSIDE}{inside} is one set of spectra already; leave --detector off."
            )
        return scan_format.read(place, inside)
    held = scan_format.detectors(place)
    if detector is not None:
        if not 1 <= detector <= len(held.names):
            raise ScanFileError(
                f"{place} holds {len(held.names) or 'no'} detectors apart, so no detector "
                f"{detector}; leave --detector off, or name another."
            )
        return scan_format.read(place, held.names[detector - 1])
    if len(held.names) < 2 or held.summed:
        return scan_format.read(place, "")
    return add_detectors([scan_format.read(place, name) for name in held.names], held.names)


def _require_text(place: Path) -> None:
    """Refuse names in another encoding, which no file of results can hold."""
    try:
        os.fspath(place).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(place).decode(errors="replace")
        raise ScanFileError(f"The name of {shown} is not in UTF-8; rename it.") from None


def _require_moderate(scan: Scan) -> None:
    """Refuse sizes that no scanner has, before memory is asked for them."""
    rows, columns, channels = scan.shape
    if rows * columns > MOST_PIXELS or columns * channels > MOST_IN_ROW:
        raise ScanFileError(
            f"{scan.path} states {rows:,} rows by {columns:,} columns by {channels:,} channels, "
            "more than any scanner makes; export the scan again, or correct its header."
        )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        # A name too long or with a NUL cannot be that of a file.
        return False


def _format_of(path: Path) -> ScanFormat:
    for scan_format in FORMATS:
        if scan_format.recognises(path):
            return scan_format
    kind = "folder" if path.is_dir() else "file"
    known = "; ".join(scan_format.name for scan_format in FORMATS)
    raise ScanFileError(f"{path} is a {kind} of no known kind; give one of these: {known}.")
