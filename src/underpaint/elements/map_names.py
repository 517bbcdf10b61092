"""Which line families a folder of element maps holds."""

from __future__ import annotations

from pathlib import Path

import h5py

from underpaint.errors import ResultError

from .family import split_family


def mapped_families(folder: Path) -> tuple[str, ...]:
    """The line families of a folder that `write_maps` wrote, in its order.

    Raises
    ------
    ResultError : the folder holds no element maps, or they cannot be read
    """
    path = folder / "elements.h5"
    if not path.is_file():
        raise ResultError(
            f"{folder} holds no element maps (elements.h5 is missing); 'underpaint elements SCAN "
            "-o FOLDER' makes such a folder."
        )
    try:
        with h5py.File(path) as file:
            names = tuple(str(name) for name in file["elements/names"].asstr()[()])
        for name in names:
            split_family(name)
    except (OSError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise ResultError(f"{path} names no line families: it is damaged, or another's.") from error
    if not names:
        raise ResultError(f"{path} holds the map of no family, so that there is none to fit.")
    return names
