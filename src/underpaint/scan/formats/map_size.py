"""The side file of a folder of pixels: how many rows and columns the scan has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import ScanFileError
from .byte_order_mark import without_mark

ROWS = ("righe", "rows", "nrows", "height")
COLUMNS = ("colonne", "columns", "ncols", "ncolumns", "width")
LARGEST_SIDE_FILE = 4096
LINE = re.compile(r"^\s*([^\W\d][\w-]*)[\s:=]+(.*?)\s*$")


@dataclass(frozen=True)
class MapSize:
    """Rows and columns of a scan, the file that states them, and what else it states."""

    rows: int
    columns: int
    path: Path
    other: dict[str, str]


def find_map_size(pixel_folder: Path) -> MapSize:
    """Find the side file in the folder of the pixels, or else in the one above.

    Any small text file counts that states both rows and columns, in English or Italian.

    Raises
    ------
    ScanFileError
        There is none, or there are two that differ.
    """
    for folder in (pixel_folder, pixel_folder.resolve().parent):
        texts = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".txt")
        sizes = [size for path in texts if (size := _read(path))]
        if len({(size.rows, size.columns) for size in sizes}) > 1:
            raise ScanFileError(
                f"{sizes[0].path} and {sizes[1].path} state different numbers of rows and "
                "columns; remove the wrong one."
            )
        if sizes:
            return sizes[0]
    raise ScanFileError(
        f"{pixel_folder} does not say how many rows and columns the scan has; write a text file "
        f"{pixel_folder / 'colonneXrighe.txt'} of two lines, such as 'rows 45' and 'columns 80'."
    )


def _read(path: Path) -> MapSize | None:
    if not path.is_file() or path.stat().st_size > LARGEST_SIDE_FILE:
        return None
    lines = without_mark(path.read_bytes()).decode("latin-1").splitlines()
    stated = {found[1].lower(): found[2] for line in lines if (found := LINE.match(line))}
    rows = next((stated.pop(key) for key in ROWS if key in stated), None)
    columns = next((stated.pop(key) for key in COLUMNS if key in stated), None)
    if rows is None or columns is None:
        return None
    if not all(re.fullmatch(r"0*[1-9][0-9]{0,6}", number) for number in (rows, columns)):
        raise ScanFileError(
            f"{path} states {rows!r} rows and {columns!r} columns; "
            "write whole numbers of 1 or more there."
        )
    return MapSize(int(rows), int(columns), path, stated)
