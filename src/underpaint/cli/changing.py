"""The options that say how a scan is read, and changed as it is read, for every command.

A command takes the options by the names below and makes of them what is asked for:

    def convert(..., mend_rows: MendRows = None, crop: Crop = None, ...) -> None:
        changes = asked_for(mend_rows, crop, bin_, bin_channels, mirror, rotate)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..scan import Changes

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
    str | None,
    typer.Option(
        "--mend-rows",
        metavar="found|PIXELS",
        help="Move odd rows (2nd, 4th ...) to the left by so many pixels, or as far as is found.",
        rich_help_panel=PANEL,
    ),
]
Crop = Annotated[
    str | None,
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
        "--bin", min=1, help="Add up squares of so many by so many pixels.", rich_help_panel=PANEL
    ),
]
BinChannels = Annotated[
    int,
    typer.Option(
        "--bin-channels", min=1, help="Add up so many channels each.", rich_help_panel=PANEL
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
    mend_rows: str | None,
    crop: str | None,
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

    if mirror not in ("", "x", "y", "xy", "yx"):
        raise typer.BadParameter("give x, y or xy.", param_hint="--mirror")
    if rotate not in (0, 90, 180, 270):
        raise typer.BadParameter("give 90, 180 or 270 degrees.", param_hint="--rotate")
    return Changes(_pixels(mend_rows), _window(crop), bin_pixels, bin_channels, mirror, rotate)


def _pixels(words: str | None) -> int | str | None:
    from ..scan import FOUND

    if words in (None, FOUND):
        return words
    try:
        return int(str(words))
    except ValueError as error:
        raise typer.BadParameter(
            "give a whole number of pixels, or 'found'.", param_hint="--mend-rows"
        ) from error


def _window(words: str | None) -> tuple[slice, slice] | None:
    if words is None:
        return None
    found = WINDOW.fullmatch(words)
    if found is None:
        raise typer.BadParameter(
            "give rows and columns as 10:40,0:80; either end may be left out.", param_hint="--crop"
        )
    ends = [int(end) if end else None for end in found.groups()]
    return slice(*ends[:2]), slice(*ends[2:])
