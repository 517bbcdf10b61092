"""The options that say how a scan is read, and changed as it is read, for every command.

A command takes the options by the names below, and opens its scan with what they ask for:

    def convert(..., mend_rows: MendRows = False, crop: Crop = "", ...) -> None:
        changes = asked_for(
            mend_rows, move_odd_rows, crop, bin_pixels, bin_channels, mirror, rotate
        )
        opened = changed_as_asked(open_scan(scan, detector), changes, output.parent)
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..scan import Changes, Scan

PANEL = "Changes to the scan, made in this order"

Detector = Annotated[
    int | None,
    typer.Option(
        "--detector",
        min=1,
        help="Which detector to take, from 1, of a file that holds several; all are added up if "
        "left.",
    ),
]
MendRows = Annotated[
    bool,
    typer.Option(
        "--mend-rows",
        help="Move odd rows (2nd, 4th ...) back by the whole pixels that they lie off.",
        rich_help_panel=PANEL,
    ),
]
MoveOddRows = Annotated[
    int,
    typer.Option(
        "--move-odd-rows",
        metavar="N",
        help="Move odd rows N pixels to the left instead, to the right if negative.",
        rich_help_panel=PANEL,
    ),
]
Crop = Annotated[
    str,
    typer.Option(
        "--crop",
        metavar="Y0:Y1,X0:X1",
        help="Rows and columns to keep, counted from 0, the last ones not included.",
        rich_help_panel=PANEL,
    ),
]
Bin = Annotated[
    int,
    typer.Option(
        "--bin", metavar="N", min=1, help="Add up N by N pixels to one.", rich_help_panel=PANEL
    ),
]
BinChannels = Annotated[
    int,
    typer.Option(
        "--bin-channels",
        metavar="N",
        min=1,
        help="Add up N neighbouring channels to one.",
        rich_help_panel=PANEL,
    ),
]
Mirror = Annotated[
    str,
    typer.Option(
        "--mirror",
        metavar="x|y|xy",
        help="x: left and right exchanged; y: top and bottom.",
        rich_help_panel=PANEL,
    ),
]
Rotate = Annotated[
    int,
    typer.Option(
        "--rotate", metavar="90|180|270", help="Degrees clockwise.", rich_help_panel=PANEL
    ),
]

WINDOW = re.compile(r"\s*(\d*):(\d*)\s*,\s*(\d*):(\d*)\s*")


def asked_for(
    mend_rows: bool,
    move_odd_rows: int,
    crop: str,
    bin_pixels: int,
    bin_channels: int,
    mirror: str,
    rotate: int,
) -> Changes:
    """The changes that the options ask for.

    Raises
    ------
    typer.BadParameter
        An option makes no sense whatever the scan.
    """
    from ..scan import Changes

    if mend_rows and move_odd_rows:
        raise typer.BadParameter("give --mend-rows or --move-odd-rows, not both.")
    if mirror not in ("", "x", "y", "xy", "yx"):
        raise typer.BadParameter("give x, y or xy.", param_hint="--mirror")
    if rotate not in (0, 90, 180, 270):
        raise typer.BadParameter("give 90, 180 or 270 degrees.", param_hint="--rotate")
    return Changes(
        mend_rows, move_odd_rows, _window(crop), bin_pixels, bin_channels, mirror, rotate
    )


def changed_as_asked(scan: Scan, changes: Changes, folder: Path) -> Scan:
    """The scan with all changes; says by how much odd rows are moved where that is found.

    Parameters
    ----------
    folder : with room for the counts, should rows and columns be exchanged

    Raises
    ------
    ScanFileError
        The changes do not fit the scan.
    """
    from ..scan import MENDED, with_changes

    scan = with_changes(scan, changes, folder)
    if changes.mend_rows:
        done = scan.facts[MENDED]
        typer.echo(f"{scan.path}: {done.value} ({done.source})", err=True)
    return scan


def _window(words: str) -> tuple[slice, slice] | None:
    if not words:
        return None
    found = WINDOW.fullmatch(words)
    if found is None:
        raise typer.BadParameter(
            "give rows and columns as 10:40,0:80; either end may be left out.", param_hint="--crop"
        )
    ends = [int(end) if end else None for end in found.groups()]
    return slice(*ends[:2]), slice(*ends[2:])
