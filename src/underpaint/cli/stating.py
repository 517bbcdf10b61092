"""The options that state what a scan's file does not, for every command that reads a scan.

A command takes them by the names below, and states them before anything else is done:

    def elements(..., pixel_size: PixelSize = None, title: Title = "", ...) -> None:
        opened = with_stated(open_scan(scan, detector), stated_by(pixel_size, title))
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..scan import Stated
    from ..spectrum import StatedAxis

PANEL = "Stated in the place of what the file says"
LARGEST_MM = 50.0
LONGEST = 200

PixelSize = Annotated[
    float | None,
    typer.Option(
        "--pixel-size",
        metavar="MM",
        help="Height and width of a pixel, before --bin.",
        rich_help_panel=PANEL,
    ),
]
Title = Annotated[
    str,
    typer.Option(
        "--title",
        metavar="TEXT",
        help="The object, as it shall stand on maps and reports.",
        rich_help_panel=PANEL,
    ),
]
Calibration = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        help="TOML file with zero and gain in keV (noise and fano, if known) instead of "
        "finding them; `calibrate -o` writes one.",
        rich_help_panel=PANEL,
    ),
]


def stated_by(pixel_size: float | None, title: str) -> Stated:
    """What the options state.

    Raises
    ------
    typer.BadParameter
        A size that no pixel has, or a title of several lines.
    """
    from ..scan import Stated

    if pixel_size is not None and not 0.0 < pixel_size <= LARGEST_MM:
        raise typer.BadParameter(
            f"a pixel of {pixel_size:g} mm cannot be; give millimetres, above 0 and up to "
            f"{LARGEST_MM:g}.",
            param_hint="--pixel-size",
        )
    if len(title) > LONGEST or not title.isprintable():
        raise typer.BadParameter(
            f"give one line of at most {LONGEST} characters.", param_hint="--title"
        )
    return Stated(pixel_size, title.strip())


def stated_axis(calibration: Path | None, bin_channels: int) -> StatedAxis | None:
    """The energy axis of the file that `Calibration` names, where one is named.

    Parameters
    ----------
    bin_channels : the file's zero and gain hold for channels of which so many are added up

    Raises
    ------
    CalibrationError : as for `read_axis`
    """
    if calibration is None:
        return None
    # seldom asked for, and slow to come in
    from ..elements import read_axis
    from ..spectrum import coarser_axis

    return coarser_axis(read_axis(calibration), bin_channels)
