"""HDF5 maps of PyXRF: spectra of single detectors and of all, and fitted element maps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .hdf5_access import (
    attribute,
    damage_named,
    holds_any,
    open_hdf5,
    require_readable,
    text_of,
    whole,
)
from .hdf5_counts import Hdf5Counts
from .scan_format import Detectors, ScanFormat

if TYPE_CHECKING:
    import h5py

NAME = "HDF5 of PyXRF (.h5)"
ROOT, SUM, COUNTS = "xrfmap", "detsum", "counts"
FITTED, FITTED_NAMES = "xrf_fit", "xrf_fit_name"
ENERGY = "instrument_mono_incident_energy"


def recognises(path: Path) -> bool:
    """An HDF5 file with the group xrfmap."""
    return holds_any(path, ROOT)


def read(path: Path, inside: str = "") -> Scan:
    """Read a map; the counts stay on disk until they are sliced.

    Parameters
    ----------
    inside : the dataset, or a detector such as det1; "" for the sum that the file holds

    Raises
    ------
    ScanFileError
        The file is damaged, or holds no such spectra.
    """
    file = open_hdf5(path)
    with damage_named(path):
        dataset = _spectra(file, path, inside)
        require_readable(dataset, path)
        figures = Figures("PyXRF's files do not state it")
        chosen = "as named by the user" if inside else "the sum over detectors that the file holds"
        figures.note("spectra", str(dataset.name), chosen)
        figures.lack(fact.ENERGY_CALIBRATION, "PyXRF keeps it in its parameter file, not here")
        for figure in (fact.ANODE, fact.TUBE_VOLTAGE):
            figures.lack(figure, "a synchrotron has none")
        _state(figures, file[ROOT], dataset)
        return figures.scan(Hdf5Counts(dataset, Path(dataset.file.filename)), path, NAME)


def detectors(path: Path) -> Detectors:
    """The single detectors, and whether the file holds their sum."""
    with damage_named(path), open_hdf5(path) as file:
        found = [name for name in file[ROOT] if _has_counts(file[ROOT][name])]
    return Detectors(tuple(name for name in found if name != SUM), SUM in found)


def _spectra(file: h5py.File, path: Path, inside: str) -> h5py.Dataset:
    root = file[ROOT]
    found = {name: root[name][COUNTS] for name in root if _has_counts(root[name])}
    if inside:
        wanted = inside.strip("/").removeprefix(f"{ROOT}/").removesuffix(f"/{COUNTS}")
    else:
        wanted = SUM if SUM in found or len(found) != 1 else next(iter(found))
    if wanted not in found:
        held = ", ".join(found) or "none"
        raise ScanFileError(
            f"{path} holds no spectra {inside or SUM!r} ({held}); name one as '{path}::det1', or "
            "export the map again with its spectra."
        )
    return found[wanted]


def _has_counts(node: Any) -> bool:
    counts: Any = node.get(COUNTS) if hasattr(node, "keys") else None
    shape = getattr(counts, "shape", ())
    return len(shape) == 3 and 0 not in shape and counts.dtype.kind in "uif"


def _state(figures: Figures, root: h5py.Group, dataset: h5py.Dataset) -> None:
    others = [name for name in root if _has_counts(root[name]) and root[name][COUNTS] != dataset]
    figures.note("other spectra", ", ".join(others), str(root.name))
    names = dataset.parent.get(FITTED_NAMES)
    if names is not None:
        words = ", ".join(text_of(name) for name in np.atleast_1d(whole(names)))
        figures.note("element maps", words, str(names.name))
    notes = root.get("scan_metadata")
    energy = None if notes is None else attribute(notes, ENERGY)
    if energy is not None:
        figures.note("beam energy", f"{float(energy):g} keV", f"{ENERGY} of {notes.name}")
    _note_steps(figures, root, dataset)


def _note_steps(figures: Figures, root: h5py.Group, dataset: h5py.Dataset) -> None:
    """Steps between pixels; their unit is that of the stage, which is not stated."""
    positions = root.get("positions/pos")
    if positions is None or positions.shape != (2, *dataset.shape[:2]):
        return
    values = np.asarray(whole(positions), dtype=np.float64)
    steps = [np.abs(np.diff(values[0], axis=0)), np.abs(np.diff(values[1], axis=1))]
    if all(step.size and np.isfinite(step).all() for step in steps):
        words = f"{np.median(steps[0]):g} down, {np.median(steps[1]):g} across"
        figures.note("steps", words, f"{positions.name}, in the stage's own unit")
    figures.lack(fact.PIXEL_SIZE, f"the unit of {positions.name} is not stated")


FORMAT = ScanFormat(NAME, recognises, read, detectors)
