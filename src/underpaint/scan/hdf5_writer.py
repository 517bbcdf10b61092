"""Write a scan as chunked, compressed HDF5 that PyMca and silx open unaided."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..partial_file import PartialFile
from . import fact
from .formats.nexus import INCIDENCE, STAGE_PLACE, STATED, STEP, TAKE_OFF
from .scan import Scan
from .whole_file import whole_file

if TYPE_CHECKING:
    import h5py

CHUNK_BYTES = 2**19
COMPRESSION_LEVEL = 2
"""Counts are small integers: higher levels of gzip take far longer and gain little."""


def write_hdf5(
    scan: Scan,
    path: str | os.PathLike[str],
    progress: Callable[[int], None] | None = None,
    also: Callable[[h5py.File], None] | None = None,
) -> None:
    """Write a scan to a new HDF5 file, block by block, under its name only when it is complete.

    Layout: `/scan/data` is an NXdata with `counts` (y, x, channel) of the scan's own type, and
    as far as they are known `energy` (channel,) keV, `calibration` [zero, gain, 0] keV,
    `live_time` and `elapsed_time` (y, x) s (NaN where not measured), `y` and `x` mm from the first
    pixel (with an attribute `step`), `stage_place` (3, 2) mm (y and x of the first pixel, of the
    step from a row to the next, of that from a column to the next); `/scan/instrument/source` names
    anode and voltage, `/scan/instrument` the angles. Attribute `source` of each says where the
    figure came from.

    Parameters
    ----------
    progress : called with the number of rows after each block
    also : called with the file when the scan is in it, to add what goes along

    Raises
    ------
    OutputError
        The file exists already, or its folder cannot be written to.
    ScanFileError
        The scan cannot be read to its end.
    """
    with whole_file(Path(path)) as partial:
        _write(scan, partial, progress, also)


def _write(
    scan: Scan,
    path: Path,
    progress: Callable[[int], None] | None,
    also: Callable[[h5py.File], None] | None,
) -> None:
    import h5py

    from .. import __version__

    with PartialFile(path) as partial, h5py.File(partial, "w") as file:
        file.attrs.update(NX_class="NXroot", default="scan", creator=f"underpaint {__version__}")
        entry = _group(file, "scan", "NXentry")
        entry.attrs["default"] = "data"
        entry["title"] = scan.title or scan.path.name
        data = _group(entry, "data", "NXdata")
        _write_axes(data, scan)
        _write_times(data, scan)
        _write_tube(entry, scan)
        _write_facts(entry, scan)
        counts = _create_counts(data, scan)
        for rows, block in scan.blocks():
            counts[rows] = block
            partial.require_written()
            if progress is not None:
                progress(rows.stop - rows.start)
        if also is not None:
            also(file)
        file.close()
        partial.require_written()


def _group(parent: h5py.Group, name: str, nexus_class: str) -> h5py.Group:
    group = parent.create_group(name)
    group.attrs["NX_class"] = nexus_class
    return group


def _create_counts(data: h5py.Group, scan: Scan) -> h5py.Dataset:
    _, width, channels = scan.shape
    dtype = scan.counts.dtype.newbyteorder("=")
    columns = min(width, max(1, CHUNK_BYTES // (channels * dtype.itemsize)))
    counts = data.create_dataset(
        "counts",
        shape=scan.shape,
        dtype=dtype,
        chunks=(1, columns, channels),
        compression="gzip",
        compression_opts=COMPRESSION_LEVEL,
        shuffle=True,
    )
    counts.attrs.update(interpretation="spectrum", units="counts", long_name="Counts")
    data.attrs["signal"] = "counts"
    return counts


def _write_axes(data: h5py.Group, scan: Scan) -> None:
    axes = [".", ".", "."]
    if scan.pixel_size_mm is not None:
        for number, name in enumerate(("y", "x")):
            positions = scan.pixel_size_mm[number] * np.arange(scan.shape[number])
            _dataset(data, name, positions, "mm", scan, fact.PIXEL_SIZE)
            data[name].attrs[STEP] = float(scan.pixel_size_mm[number])
            axes[number] = name
    if scan.calibration is not None:
        line = scan.calibration
        energy = line.energy(np.arange(scan.shape[2]))
        _dataset(data, "energy", energy, "keV", scan, fact.ENERGY_CALIBRATION)
        coefficients = np.array([line.zero, line.gain, 0.0])
        _dataset(data, "calibration", coefficients, "keV", scan, fact.ENERGY_CALIBRATION)
        axes[2] = "energy"
    data.attrs["axes"] = axes
    if scan.stage is not None:
        place = np.array([scan.stage.first, scan.stage.down, scan.stage.across])
        _dataset(data, STAGE_PLACE, place, "mm", scan, fact.STAGE)


def _write_times(data: h5py.Group, scan: Scan) -> None:
    if scan.live_time_s is not None:
        _dataset(data, "live_time", scan.live_time_s, "s", scan, fact.LIVE_TIME)
    if scan.real_time_s is not None:
        # PyMca calls the real time of a spectrum its elapsed time.
        _dataset(data, "elapsed_time", scan.real_time_s, "s", scan, fact.REAL_TIME)


def _write_tube(entry: h5py.Group, scan: Scan) -> None:
    source = _group(_group(entry, "instrument", "NXinstrument"), "source", "NXsource")
    source["probe"] = "x-ray"
    if scan.anode is not None:
        _dataset(source, "target_material", scan.anode, None, scan, fact.ANODE)
    if scan.tube_voltage_kv is not None:
        _dataset(source, "voltage", scan.tube_voltage_kv, "kV", scan, fact.TUBE_VOLTAGE)
    instrument = source.parent
    for name, degrees, figure in (
        (INCIDENCE, scan.incidence_deg, fact.INCIDENCE),
        (TAKE_OFF, scan.take_off_deg, fact.TAKE_OFF),
    ):
        if degrees is not None:
            _dataset(instrument, name, degrees, "degrees", scan, figure)


def _write_facts(entry: h5py.Group, scan: Scan) -> None:
    """What the file stated beyond the figures that have a place of their own."""
    notes = _group(entry, STATED, "NXcollection")
    notes.attrs["format"] = scan.format
    for name, stated in scan.facts.items():
        if name not in (*fact.FIGURES, fact.STAGE) and stated.value is not None:
            note = notes.create_dataset(name.replace("/", " "), data=stated.value)
            note.attrs["source"] = stated.source


def _dataset(
    group: h5py.Group, name: str, value: Any, unit: str | None, scan: Scan, figure: str
) -> None:
    dataset = group.create_dataset(name, data=value)
    if unit is not None:
        dataset.attrs["units"] = unit
    if figure in scan.facts:
        dataset.attrs["source"] = scan.facts[figure].source
