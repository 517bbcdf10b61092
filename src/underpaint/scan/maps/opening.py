"""Open element maps, whatever their format."""

from __future__ import annotations

from pathlib import Path

from . import datamuncher, hdf5_maps
from .map_stack import MapStack


def open_maps(path: Path) -> MapStack | None:
    """The element maps in a file; None where it is no file of them.

    Raises
    ------
    ScanFileError
        The file is damaged.
    """
    if datamuncher.recognises(path):
        return datamuncher.read_dms(path)
    if hdf5_maps.recognises(path):
        return hdf5_maps.read_hdf5_maps(path)
    return None
