"""How a scan is to be looked at: options, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..scan import Scan

QUARTERS = {0: 0, 90: 1, 180: 2, 270: 3}
MIRRORS = ("", "x", "y", "xy")


@dataclass(frozen=True, slots=True)
class View:
    """What is to be changed of a scan, in this order.

    Attributes
    ----------
    move_odd_rows : pixels to the left; None to leave them
    mend_rows : whether they are moved by as much as the scan itself shows
    crop : rows and columns, as "Y0:Y1,X0:X1"
    mirror : "x" left and right, "y" top and bottom, "xy" both
    rotate : degrees counter-clockwise
    add_up : pixels each way that become one
    """

    move_odd_rows: int | None = None
    mend_rows: bool = False
    crop: str = ""
    mirror: str = ""
    rotate: int = 0
    add_up: int = 1

    def __post_init__(self) -> None:
        if self.mirror not in MIRRORS:
            raise typer.BadParameter(f"'{self.mirror}' is not x, y or xy.", param_hint="--mirror")
        if self.rotate not in QUARTERS:
            raise typer.BadParameter("a scan is turned by 90, 180 or 270.", param_hint="--rotate")
        if self.mend_rows and self.move_odd_rows is not None:
            raise typer.BadParameter("give --mend-rows or --move-odd-rows, not both.")
        if self.crop:
            _part(self.crop)

    def of(self, scan: Scan) -> Scan:
        """The scan, looked at so."""
        from ..scan import added_up, cropped, mirrored, turned, with_odd_rows_moved

        pixels = self.move_odd_rows or 0
        if self.mend_rows:
            pixels = _found(scan)
        if pixels:
            scan = with_odd_rows_moved(scan, pixels)
        if self.crop:
            scan = cropped(scan, *_part(self.crop))
        if self.mirror:
            scan = mirrored(scan, across="x" in self.mirror, down="y" in self.mirror)
        if self.rotate:
            scan = turned(scan, QUARTERS[self.rotate])
        return added_up(scan, self.add_up) if self.add_up > 1 else scan


def _found(scan: Scan) -> int:
    from ..scan import find_row_displacement

    found = find_row_displacement(scan)
    pixels = found.whole_pixels
    typer.echo(f"{scan.path}: {found.words}; {_moved(pixels)}", err=True)
    return pixels


def _moved(pixels: int) -> str:
    if pixels == 0:
        return "nothing is moved"
    return f"odd rows are moved {abs(pixels)} to the {'left' if pixels > 0 else 'right'}"


def _part(text: str) -> tuple[slice, slice]:
    """Rows and columns of "Y0:Y1,X0:X1"; an end may be left out."""
    try:
        y, x = ([int(end) if end.strip() else None for end in part.split(":")]
                for part in text.split(","))  # fmt: skip
        return slice(*y[:2] if len(y) == 2 else [0, 0]), slice(*x[:2] if len(x) == 2 else [0, 0])
    except ValueError:
        raise typer.BadParameter(
            f"'{text}' is no part of a scan; write rows and columns as 10:200,0:150.",
            param_hint="--crop",
        ) from None
