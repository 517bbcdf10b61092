"""HDF5 files of spectra as PyMca, NeXus and this project write them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import fact
from ..counts import CountArray
from ..fact import Fact, absent
from ..figures import HIGHEST_VOLTAGE_KV, known_times, symbol_of
from ..scan import Scan
from ..stage_place import StagePlace
from ..words import size_in_words, stage_in_words, times_in_words
from .hdf5_access import damage_named, looks_like_hdf5, open_hdf5, require_readable, whole
from .hdf5_counts import Hdf5Counts
from .hdf5_detector import Hdf5Detector
from .nexus_energy import axis_names, find_calibration
from .nexus_spectra import find_detectors, find_spectra
from .nexus_tree import (
    groups_of_class,
    length_in_mm,
    near,
    scalar,
    text_attribute,
    text_of,
    time_in_s,
)
from .scan_format import Detectors, ScanFormat
from .stage_grid import even_step

if TYPE_CHECKING:
    import h5py

NAME = "HDF5 of PyMca or NeXus (.h5, .hdf5, .nxs)"
STATED = "stated"
"""Group in which the writer keeps what has no place of its own."""
STAGE_PLACE = "stage_place"
"""Dataset (3, 2) beside the counts: y and x, mm, of first pixel, step of rows, step of columns."""
STEP = "step"
"""Attribute of an axis: from pixel to pixel, in its unit, also where there is but one."""
INCIDENCE, TAKE_OFF = "incidence_angle", "take_off_angle"
"""Datasets of the NXinstrument, degrees from the object's surface."""

UNEVEN = 0.01
"""How much steps along an axis may differ from their mean, as a part of it."""
LIVE = ("live_time", "livetime", "trigger_live_time")
REAL = ("elapsed_time", "real_time", "realtime", "count_time")


def recognises(path: Path) -> bool:
    """A file with HDF5's signature, or with an ending that promises HDF5."""
    return looks_like_hdf5(path)


def read(path: Path, inside: str = "") -> Scan:
    """Read an HDF5 file; the counts stay on disk until they are sliced.

    Raises
    ------
    ScanFileError
        The file is damaged, or holds no spectra, [y, x, channel] or [y, x, detector, channel], or
        several.
    """
    file = open_hdf5(path)
    with damage_named(path):
        return _read_open(file, path, inside)


def detectors(path: Path) -> Detectors:
    """Spectra that only the number of a detector in their names tells apart."""
    with damage_named(path), open_hdf5(path) as file:
        return Detectors(find_detectors(file))


def _read_open(file: h5py.File, path: Path, inside: str) -> Scan:
    found_spectra = find_spectra(file, path, inside)
    dataset = found_spectra.dataset
    require_readable(dataset, path)
    calibration, calibration_fact = find_calibration(dataset)
    live, live_fact = _times(dataset, LIVE)
    real, real_fact = _times(dataset, REAL)
    anode, anode_fact = _anode(file)
    voltage, voltage_fact = _voltage(file)
    incidence, incidence_fact = _angle(file, INCIDENCE)
    take_off, take_off_fact = _angle(file, TAKE_OFF)
    pixel_size, pixel_fact = _pixel_size(dataset)
    stage, stage_facts = _stage(dataset, pixel_size)
    found = {
        fact.ENERGY_CALIBRATION: calibration_fact,
        fact.ANODE: anode_fact,
        fact.TUBE_VOLTAGE: voltage_fact,
        fact.INCIDENCE: incidence_fact,
        fact.TAKE_OFF: take_off_fact,
        fact.LIVE_TIME: live_fact,
        fact.REAL_TIME: real_fact,
        fact.PIXEL_SIZE: pixel_fact,
        "spectra": found_spectra.fact,
        **stage_facts,
        **_turned(dataset),
    }
    return Scan(
        counts=_counts(dataset, found_spectra.detector),
        path=path,
        format=NAME,
        calibration=calibration,
        anode=anode,
        tube_voltage_kv=voltage,
        live_time_s=live,
        real_time_s=real,
        pixel_size_mm=pixel_size,
        stage=stage,
        incidence_deg=incidence,
        take_off_deg=take_off,
        # What an earlier file stated of the figures is not what this one has them from.
        facts=found | {key: said for key, said in _stated(file).items() if key not in found},
    )


def _counts(dataset: h5py.Dataset, detector: int | None) -> CountArray:
    path = Path(dataset.file.filename)
    return Hdf5Counts(dataset, path) if detector is None else Hdf5Detector(dataset, path, detector)


def _times(
    dataset: h5py.Dataset, names: tuple[str, ...]
) -> tuple[NDArray[np.float64] | None, Fact]:
    shape = dataset.shape[:2]
    for name in names:
        found = near(dataset, name)
        if found is None or found.dtype.kind not in "uif":
            continue
        # times of columns by rows would be given to the wrong pixels
        if _without_ones(found.shape) not in ((), _without_ones(shape), (shape[0] * shape[1],)):
            continue
        seconds = known_times(whole(found))
        unit = text_attribute(found, "units")
        scale = time_in_s(unit)
        if scale is None or seconds is None:
            return None, absent(f"{found.name} holds times that cannot be, or in {unit or 's'!r}")
        seconds = (
            seconds.reshape(shape) if found.size > 1 else np.full(shape, float(seconds.flat[0]))
        )
        seconds *= scale
        return seconds, Fact(times_in_words(seconds), _source(found))
    return None, absent(f"no {' or '.join(names[:2])} beside {dataset.name}")


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)


def _anode(file: h5py.File) -> tuple[str | None, Fact]:
    for source in groups_of_class(file, "NXsource"):
        target = scalar(source, "target_material")
        if target is None:
            continue
        symbol = symbol_of(text_of(target))
        if symbol is None:
            return None, absent(f"{target.name} is {text_of(target)!r}, which is no element")
        return symbol, Fact(symbol, _source(target))
    return None, absent("no NXsource with target_material")


def _voltage(file: h5py.File) -> tuple[float | None, Fact]:
    for source in groups_of_class(file, "NXsource"):
        voltage = scalar(source, "voltage")
        if voltage is None or voltage.dtype.kind not in "uif":
            continue
        scale = {"kV": 1.0, "V": 1e-3}.get(text_attribute(voltage, "units") or "", 0.0)
        kilovolts = whole(voltage).item() * scale
        if 0.0 < kilovolts < HIGHEST_VOLTAGE_KV:
            return kilovolts, Fact(f"{kilovolts:g} kV", _source(voltage))
    return None, absent("no NXsource with voltage in kV or V")


def _angle(file: h5py.File, name: str) -> tuple[float | None, Fact]:
    for instrument in groups_of_class(file, "NXinstrument"):
        stated = scalar(instrument, name)
        if stated is None or stated.dtype.kind not in "uif":
            continue
        degrees = float(whole(stated).item())
        if 0.0 < degrees <= 90.0:
            return degrees, Fact(f"{degrees:g} degrees from the surface", _source(stated))
    return None, absent(f"no NXinstrument with {name}")


def _stated(file: h5py.File) -> dict[str, Fact]:
    """What an earlier file stated beyond the figures above, as this project's writer keeps it."""
    facts = {}
    for notes in groups_of_class(file, "NXcollection"):
        if notes.name.rpartition("/")[2] != STATED:
            continue
        for name in notes:
            note = scalar(notes, name)
            if note is not None:
                facts[name] = Fact(text_of(note), _source(note))
    return facts


def _pixel_size(dataset: h5py.Dataset) -> tuple[tuple[float, float] | None, Fact]:
    sides = []
    names = axis_names(dataset)
    if names:
        for name, pixels in zip(names[:2], dataset.shape[:2], strict=True):
            axis = dataset.parent.get(name)
            step = None if axis is None else _even_step(axis, pixels)
            if step is not None:
                sides.append(step)
    if len(sides) != 2:
        return None, absent(f"no evenly spaced axes with a unit of length beside {dataset.name}")
    size = (sides[0], sides[1])
    source = f"axes {names[0]} and {names[1]} of {dataset.parent.name}"
    origin = text_attribute(dataset.parent[names[0]], "source")
    if origin:
        source += f", which have it from {origin}"
    return size, Fact(size_in_words(size), source)


def _stage(
    dataset: h5py.Dataset, pixel_size: tuple[float, float] | None
) -> tuple[StagePlace | None, dict[str, Fact]]:
    """Where the pixels lie on the stage: as this project's writer keeps it, or from the axes.

    Axes that both start at 0 only say how far pixels are from the first one.
    """
    stated = near(dataset, STAGE_PLACE)
    if stated is not None and stated.shape == (3, 2) and stated.dtype.kind == "f":
        values = np.asarray(whole(stated), dtype=np.float64)
        if np.isfinite(values).all():
            first, down, across = ((float(y), float(x)) for y, x in values)
            place = StagePlace(first, down, across)
            return place, {fact.STAGE: Fact(stage_in_words(place), _source(stated))}
    if pixel_size is None or 1 in dataset.shape[:2]:
        return None, {}
    axes = [dataset.parent[name] for name in axis_names(dataset)[:2]]
    scale = [length_in_mm(text_attribute(axis, "units")) or 1.0 for axis in axes]
    row, column = (
        np.asarray(axis[:2], dtype=np.float64) * size
        for axis, size in zip(axes, scale, strict=True)
    )
    first = (float(row[0]), float(column[0]))
    if first == (0.0, 0.0):
        return None, {}
    down = (float(np.sign(row[1] - row[0])) * pixel_size[0], 0.0)
    across = (0.0, float(np.sign(column[1] - column[0])) * pixel_size[1])
    place = StagePlace(first, down, across)
    if _turned(dataset):
        place = StagePlace(first[::-1], down[::-1], across[::-1])
    source = f"axes {axes[0].name} and {axes[1].name}"
    return place, {fact.STAGE: Fact(stage_in_words(place), source)}


def _turned(dataset: h5py.Dataset) -> dict[str, Fact]:
    """A warning where the names of the axes say that x comes before y."""
    first, second = [name.lower() for name in axis_names(dataset)[:2]] or ["", ""]
    if "x" not in first or "y" in first or "y" not in second or "x" in second:
        return {}
    words = f"{first} down, {second} across, which --mirror y --rotate 90 exchanges"
    return {"axes as stored": Fact(words, f"axes of {dataset.parent.name}")}


def _even_step(axis: Any, pixels: int) -> float | None:
    """Distance between pixels in mm, None where the axis is none of length or is uneven."""
    scale = length_in_mm(text_attribute(axis, "units"))
    if scale is None or getattr(axis, "shape", None) != (pixels,) or axis.dtype.kind not in "uif":
        return None
    # an axis of one point has no step, but as this project's writer states it
    stated = axis.attrs.get(STEP) if pixels == 1 else None
    if isinstance(stated, float) and 0.0 < stated < math.inf:
        return stated * scale
    step = even_step(np.asarray(whole(axis), dtype=np.float64), UNEVEN)
    return None if step is None else step * scale


def _source(dataset: h5py.Dataset) -> str:
    """Where a figure was found, and where it came from before a conversion."""
    origin = text_attribute(dataset, "source")
    return f"{dataset.name}, which has it from {origin}" if origin else str(dataset.name)


FORMAT = ScanFormat(NAME, recognises, read, detectors)
