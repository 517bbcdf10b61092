"""Element maps in HDF5: of this project, which silx and PyMca open, and of PyXRF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ScanFileError
from ...partial_file import new_hdf5
from ..formats.hdf5_access import damage_named, holds_any, open_hdf5, whole
from ..whole_file import whole_file
from .map_stack import MapStack

if TYPE_CHECKING:
    import h5py

NAME = "HDF5 of element maps (.h5)"
OWN, OWN_NAMES, OWN_SIGNAL = "elements", "elements/names", "counts"
PYXRF, PYXRF_NAMES = "xrfmap/detsum/xrf_fit", "xrfmap/detsum/xrf_fit_name"
RESULT = "elements/counts"
"""Where a result of `identify` has all its maps in one dataset."""
MOST_VALUES = 2**28


def recognises(path: Path) -> bool:
    """An HDF5 file with element maps in a place that is known."""
    return holds_any(path, OWN_NAMES, PYXRF) and not holds_any(path, RESULT)


def read_hdf5_maps(path: Path) -> MapStack:
    """Read the element maps of an HDF5 file.

    Raises
    ------
    ScanFileError
        The file is damaged, holds no maps, or its maps differ in size.
    """
    with damage_named(path), open_hdf5(path) as file:
        if OWN_NAMES in file:
            names = _names(file[OWN_NAMES])
            if not names:
                raise ScanFileError(
                    f"{path} holds no element maps: no line family was found in its scan."
                )
            maps = [_values(file[f"{OWN}/{name}/{OWN_SIGNAL}"], path) for name in names]
            return MapStack(names, np.stack(maps), path, NAME)
        return MapStack(_names(file[PYXRF_NAMES]), _values(file[PYXRF], path), path, NAME)


def write_hdf5_maps(stack: MapStack, path: Path) -> None:
    """Write element maps to a new HDF5 file: `/elements/NAME` is an NXdata with `counts` (y, x).

    Raises
    ------
    OutputError
        The file exists already, or cannot be written.
    """
    names = [name.replace("/", " ") for name in stack.names]
    with whole_file(path) as partial, new_hdf5(partial) as file:
        file.attrs.update(NX_class="NXroot", default=OWN)
        entry = file.create_group(OWN)
        entry.attrs.update(NX_class="NXentry", default=names[0], source=str(stack.path.name))
        entry["names"] = names
        for name, values in zip(names, stack.maps, strict=True):
            data = entry.create_group(name)
            data.attrs.update(NX_class="NXdata", signal=OWN_SIGNAL, axes=[".", "."])
            data.create_dataset(OWN_SIGNAL, data=values, compression="gzip", shuffle=True)


def _names(dataset: h5py.Dataset) -> tuple[str, ...]:
    return tuple(
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        for name in np.atleast_1d(whole(dataset))
    )


def _values(dataset: h5py.Dataset, path: Path) -> Any:
    if dataset.size > MOST_VALUES:
        raise ScanFileError(f"{path} states maps of {dataset.shape}, more than any scanner makes.")
    return whole(dataset)
