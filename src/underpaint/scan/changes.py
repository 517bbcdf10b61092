"""All changes of a scan that a user may ask for, made in one order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .binned import bin_channels, bin_pixels
from .cropped import crop
from .mended_rows import mend_rows
from .row_displacement import find_row_displacement
from .scan import Scan
from .turned import mirror, rotate


@dataclass(frozen=True, slots=True)
class Changes:
    """What is asked for, in the order in which it is done; nothing unless asked.

    Attributes
    ----------
    mend_rows : whether odd rows are moved as far as is found
    move_odd_rows : pixels by which they are moved to the left, whatever is found
    crop : rows and columns, counted from 0 in the scan as its file has it; see `crop`
    bin_pixels, bin_channels : how many make one
    mirror : "x", "y" or both, "xy"
    rotate : degrees clockwise: 0, 90, 180 or 270
    """

    mend_rows: bool = False
    move_odd_rows: int = 0
    crop: tuple[slice, slice] | None = None
    bin_pixels: int = 1
    bin_channels: int = 1
    mirror: str = ""
    rotate: int = 0


def with_changes(scan: Scan, changes: Changes, folder: Path) -> Scan:
    """The scan with the changes that are asked for, made as it is read.

    Parameters
    ----------
    folder : with room for the counts, should rows and columns be exchanged

    Raises
    ------
    ScanFileError
        They do not fit the scan.
    """
    if changes.mend_rows:
        found = find_row_displacement(scan)
        scan = mend_rows(scan, found.whole_pixels, f"neighbouring rows, compared: {found.words}")
    if changes.move_odd_rows:
        scan = mend_rows(scan, changes.move_odd_rows)
    if changes.crop is not None:
        scan = crop(scan, *changes.crop)
    if changes.bin_pixels > 1:
        scan = bin_pixels(scan, changes.bin_pixels)
    if changes.bin_channels > 1:
        scan = bin_channels(scan, changes.bin_channels)
    for axis in sorted(set(changes.mirror)):
        scan = mirror(scan, axis)
    if changes.rotate:
        scan = rotate(scan, changes.rotate, folder)
    return scan
