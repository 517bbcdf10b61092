"""Element maps of Datamuncher (.dms): two lines of text, bare numbers, and the maps' names.

The first line is the number of dimensions less one, the second is columns, rows and maps; then
follow 32-bit floats, map after map, row after row, and a line with the name of each map
(sourceforge.net/p/datamuncher/wiki/file_formats).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import ScanFileError
from ..whole_file import whole_file
from .map_stack import MapStack

NAME = "Datamuncher element maps (.dms)"
LARGEST_LINE = 200
LARGEST_NAMES = 2**20
NUMBER = np.dtype("<f4")


def recognises(path: Path) -> bool:
    """A file that ends in .dms."""
    return path.is_file() and path.suffix.lower() == ".dms"


def read_dms(path: Path) -> MapStack:
    """Read the element maps of a .dms.

    Raises
    ------
    ScanFileError
        It is no such file, is cut off, or its names do not fit its maps.
    """
    with path.open("rb") as file:
        file.readline(LARGEST_LINE)
        words = file.readline(LARGEST_LINE).split()
        start = file.tell()
        if len(words) != 3 or not all(word.isdigit() and 0 < int(word) < 2**31 for word in words):
            raise ScanFileError(
                f"{path} is no .dms of Datamuncher: its second line does not state columns, rows "
                "and maps; export it again."
            )
        columns, rows, maps = (int(word) for word in words)
        size = columns * rows * maps * NUMBER.itemsize
        if path.stat().st_size < start + size:
            raise ScanFileError(
                f"{path} is cut off: {maps} maps of {rows} rows by {columns} columns need "
                f"{start + size} bytes, and it has {path.stat().st_size}; copy it again."
            )
        values = np.fromfile(file, NUMBER, columns * rows * maps)
        names = [line.strip() for line in file.read(LARGEST_NAMES).decode("latin-1").splitlines()]
    names = [name for name in names if name]
    if len(names) != maps:
        raise ScanFileError(
            f"{path} holds {maps} maps and {len(names)} names; add a line for each at its end."
        )
    return MapStack(tuple(names), values.reshape(maps, rows, columns), path, NAME)


def write_dms(stack: MapStack, path: Path) -> None:
    """Write element maps to a new .dms, as 32-bit floats.

    Raises
    ------
    OutputError
        The file exists already, or cannot be written.
    """
    maps, rows, columns = stack.maps.shape
    with whole_file(path) as partial, partial.open("wb") as file:
        file.write(f"2\n{columns} {rows} {maps}\n".encode("ascii"))
        file.write(np.ascontiguousarray(stack.maps, dtype=NUMBER).tobytes())
        file.write("".join(f"{name}\n" for name in stack.names).encode("latin-1", "replace"))
