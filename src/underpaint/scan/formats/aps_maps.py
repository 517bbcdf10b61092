"""HDF5 of MAPS and XRF-Maps, the programs of the Advanced Photon Source (APS)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .energy_line import state_energies, state_polynomial
from .hdf5_access import damage_named, holds_any, open_hdf5, require_readable, text_of, whole
from .hdf5_images import Hdf5Images
from .scan_format import ONE_DETECTOR, Detectors, ScanFormat

if TYPE_CHECKING:
    import h5py

NAME = "HDF5 of APS MAPS (.h5)"
WHOLE = ("MAPS/Spectra/mca_arr", "MAPS/mca_arr")
RAW = "MAPS_RAW"
ENERGIES = ("energy", "Energy")
CALIBRATIONS = ("energy_calib", "Energy_Calibration")
TIMES = {
    fact.LIVE_TIME: ("Elapsed_Livetime", "livetime"),
    fact.REAL_TIME: ("Elapsed_Realtime", "realtime"),
}
MAP_NAMES = ("MAPS/channel_names", "MAPS/XRF_Analyzed/NNLS/Channel_Names")


def recognises(path: Path) -> bool:
    """An HDF5 file with the group MAPS or MAPS_RAW."""
    return holds_any(path, "MAPS", RAW)


def read(path: Path, inside: str = "") -> Scan:
    """Read a map, stored one image a channel; counts stay on disk until they are sliced.

    Parameters
    ----------
    inside : the dataset, or the name of a detector of MAPS_RAW, such as data_a

    Raises
    ------
    ScanFileError
        The file is damaged, or holds no spectra, or those of several detectors.
    """
    file = open_hdf5(path)
    with damage_named(path):
        dataset = _spectra(file, path, inside)
        require_readable(dataset, path)
        figures = Figures("the files of MAPS do not state it")
        for figure in (fact.ANODE, fact.TUBE_VOLTAGE):
            figures.lack(figure, "a synchrotron has none")
        figures.note("spectra", str(dataset.name), "as named" if inside else "the only ones")
        _energy_axis(figures, dataset)
        _times(figures, dataset)
        for name in MAP_NAMES:
            if name in file:
                words = ", ".join(text_of(word) for word in np.atleast_1d(whole(file[name])))
                figures.note("element maps", words, f"/{name}")
        return figures.scan(Hdf5Images(dataset, Path(dataset.file.filename)), path, NAME)


def detectors(path: Path) -> Detectors:
    """The detectors of MAPS_RAW, where the file does not hold their sum."""
    with damage_named(path), open_hdf5(path) as file:
        if any(name in file and _is_cube(file[name]) for name in WHOLE):
            return ONE_DETECTOR
        raw = file.get(RAW)
        names = [] if raw is None else [name for name in raw if _is_detector(name, raw[name])]
    return Detectors(tuple(names))


def _spectra(file: h5py.File, path: Path, inside: str) -> h5py.Dataset:
    if inside:
        for place in (inside, f"{RAW}/{inside}"):
            if place in file and _is_cube(file[place]):
                return file[place]
        raise ScanFileError(f"{path} holds no spectra {inside!r}; check the name inside the file.")
    for name in WHOLE:
        if name in file and _is_cube(file[name]):
            return file[name]
    raw = file.get(RAW)
    names = [] if raw is None else [name for name in raw if _is_detector(name, raw[name])]
    if len(names) == 1:
        return raw[names[0]]
    if names:
        raise ScanFileError(
            f"{path} holds the spectra of {len(names)} detectors ({', '.join(names)}); name one, "
            f"such as '{path}::{names[0]}'."
        )
    raise ScanFileError(
        f"{path} holds no spectra, though it is of MAPS; give the file with mca_arr or MAPS_RAW."
    )


def _is_cube(node: Any) -> bool:
    shape = getattr(node, "shape", ())
    return len(shape) == 3 and 0 not in shape and node.dtype.kind in "uif"


def _is_detector(name: str, node: Any) -> bool:
    return name.startswith("data_") and _is_cube(node)


def _energy_axis(figures: Figures, dataset: h5py.Dataset) -> None:
    group = dataset.parent
    figures.lack(fact.ENERGY_CALIBRATION, f"no energy or energy_calib beside {dataset.name}")
    for name in ENERGIES:
        energy = group.get(name)
        if getattr(energy, "shape", None) == dataset.shape[:1]:
            state_energies(figures, whole(energy), str(energy.name))
            return
    for name in CALIBRATIONS:
        stated = group.get(name)
        if getattr(stated, "size", 0) in (2, 3):
            coefficients = np.asarray(whole(stated), dtype=np.float64).ravel().tolist()
            state_polynomial(figures, coefficients, str(stated.name))
            return


def _times(figures: Figures, dataset: h5py.Dataset) -> None:
    """Times of each pixel, of the detector whose letter the dataset has where there are several."""
    shape = dataset.shape[1:]
    letter = dataset.name.rpartition("_")[2]
    for figure, names in TIMES.items():
        for name in names:
            stated = dataset.parent.get(name)
            if getattr(stated, "shape", None) == shape:
                figures.times(figure, whole(stated), shape, str(stated.name))
            elif stated is not None and stated.shape[1:] == shape and len(letter) == 1:
                detector = ord(letter) - ord("a")
                if 0 <= detector < stated.shape[0]:
                    source = f"{stated.name}, detector {letter}"
                    figures.times(figure, stated[detector], shape, source)


FORMAT = ScanFormat(NAME, recognises, read, detectors)
