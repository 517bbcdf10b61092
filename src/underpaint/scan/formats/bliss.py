"""HDF5 files of BLISS, the control system of the ESRF: one spectrum a point of a scan."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ScanFileError
from .. import fact
from ..detectors import add_detectors
from ..figures import Figures
from ..scan import Scan
from ..stage_place import StagePlace
from . import nexus
from .bliss_raster import Raster, find_raster, holds, one_row, positions_of, title_of
from .hdf5_access import BROKEN, damage_named, looks_like_hdf5, open_hdf5, require_readable
from .hdf5_points import Hdf5Points
from .nexus_energy import find_calibration
from .nexus_spectra import NUMBER
from .nexus_tree import follow, length_in_mm, missing_target, text_attribute, time_in_s
from .scan_format import ONE_DETECTOR, Detectors, ScanFormat
from .spectral_axis import FEWEST_CHANNELS
from .stage_grid import TOLERANCE, even_step

if TYPE_CHECKING:
    import h5py

NAME = "HDF5 of BLISS, ESRF (.h5)"
SCAN = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
"""Name of a scan in a file: its number, and that of a part of it."""
NAMED_AT_MOST = 6


def recognises(path: Path) -> bool:
    """An HDF5 file with spectra (point, channel) in the measurement of a numbered scan."""
    if not looks_like_hdf5(path):
        return False
    try:
        with open_hdf5(path) as file:
            return any(_spectra(file, name) for name in _scan_names(file))
    except (ScanFileError, *BROKEN):
        return False


def read(path: Path, inside: str = "") -> Scan:
    """Read a scan; the counts stay on disk until they are sliced.

    Parameters
    ----------
    inside : a scan such as /2.1, or the spectra of one detector, /2.1/measurement/fx1_det0; ""
        for the only scan, or the only one with rows and columns

    Raises
    ------
    ScanFileError
        The file is damaged, or holds several scans, or no such spectra.
    """
    file = open_hdf5(path)
    with damage_named(path):
        scan, names = _chosen(file, path, inside)
        if not names:
            return nexus.read(path, inside)
        if not _alike(file, scan, names):
            raise ScanFileError(
                f"{path} holds the spectra of several devices in scan {scan} ({', '.join(names)}); "
                f"name one, such as '{path}::/{scan}/measurement/{names[0]}'."
            )
        read = [_read_detector(file, path, scan, name) for name in names]
    return read[0] if len(read) == 1 else add_detectors(read, names)


def detectors(path: Path) -> Detectors:
    """The detectors of the scan that is read where none is named."""
    with damage_named(path), open_hdf5(path) as file:
        scan, names = _chosen(file, path, "")
        if len(names) < 2 or not _alike(file, scan, names):
            return ONE_DETECTOR
    return Detectors(tuple(f"/{scan}/measurement/{name}" for name in names))


def _scan_names(file: h5py.File) -> list[str]:
    names = [name for name in file if SCAN.fullmatch(name)]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")])


def _spectra(file: h5py.File, scan: str) -> dict[str, h5py.Dataset]:
    """Spectra (point, channel) of a scan by the name of their detector."""
    measurement = follow(file, f"/{scan}/measurement")
    found = {}
    for name in measurement if hasattr(measurement, "keys") else ():
        if not NUMBER.search(name) or missing_target(measurement, name):
            continue
        own = follow(file, f"/{scan}/instrument/{name}/data")
        node = measurement.get(name) if own is None else own
        if _is_spectra(node):
            found[name] = node
    return found


def _alike(file: h5py.File, scan: str, names: list[str]) -> bool:
    """Whether only a number tells detectors apart, so that their counts may be added up."""
    spectra = _spectra(file, scan)
    return len({(NUMBER.sub(r"\1#", name), spectra[name].shape[1]) for name in names}) == 1


def _is_spectra(node: Any) -> bool:
    shape: tuple[int, ...] = getattr(node, "shape", None) or ()
    fits = len(shape) == 2 and shape[0] > 0 and shape[1] >= FEWEST_CHANNELS
    return fits and node.dtype.kind in "uif"


def _chosen(file: h5py.File, path: Path, inside: str) -> tuple[str, list[str]]:
    """The scan that is meant, and its detectors; none where something else is meant."""
    if inside:
        scan, *rest = inside.strip("/").split("/")
        names = list(_spectra(file, scan)) if SCAN.fullmatch(scan) else []
        if rest:
            wanted = rest[1] if len(rest) > 1 and rest[0] in ("measurement", "instrument") else ""
            names = [name for name in names if name == wanted]
        return scan, names
    held = {scan: found for scan in _scan_names(file) if (found := _spectra(file, scan))}
    maps = [scan for scan, found in held.items() if _raster(file, scan, found) is not None]
    if len(held) > 1 and len(maps) != 1:
        titled = [f"/{scan} {title_of(file[scan])}".strip() for scan in held]
        more = f" and {len(titled) - NAMED_AT_MOST} more" if len(titled) > NAMED_AT_MOST else ""
        raise ScanFileError(
            f"{path} holds several scans ({'; '.join(titled[:NAMED_AT_MOST])}{more}); name one, "
            f"such as '{path}::/{(maps or list(held))[0]}'."
        )
    scan = maps[0] if len(held) > 1 else next(iter(held), "")
    return scan, list(held.get(scan, ()))


def _raster(file: h5py.File, scan: str, spectra: dict[str, h5py.Dataset]) -> Raster | None:
    return find_raster(file[scan], next(iter(spectra.values())).shape[0])


def _read_detector(file: h5py.File, path: Path, scan: str, name: str) -> Scan:
    dataset, entry = _spectra(file, scan)[name], file[scan]
    require_readable(dataset, path)
    figures = Figures("the files of BLISS do not state it")
    for figure in (fact.ANODE, fact.TUBE_VOLTAGE):
        figures.lack(figure, "a synchrotron has none")
    figures.note("spectra", f"/{scan}/measurement/{name}", f"scan {scan}")
    title = title_of(entry)
    figures.note("title", title, f"/{scan}/title")
    raster = find_raster(entry, dataset.shape[0])
    if raster is None:
        raster = one_row(dataset.shape[0])
        words = f"{raster.points:,} points in one row, as they were measured"
        figures.note("shape", words, f"no rows and columns that fit them in {title!r}")
    _note_points(figures, raster, f"/{scan}")
    line, said = find_calibration(dataset)
    if line is None or said.value is None:
        figures.lack(fact.ENERGY_CALIBRATION, said.source)
    else:
        figures.calibration(line, said.value, said.source)
    _times(figures, entry, name, raster)
    _stage(figures, entry, raster)
    return figures.scan(Hdf5Points(dataset, Path(dataset.file.filename), raster), path, NAME)


def _note_points(figures: Figures, raster: Raster, source: str) -> None:
    if raster.motors is not None:
        figures.note("axes", "{} down, {} across".format(*raster.motors), source)
    pixels = raster.shape[0] * raster.shape[1]
    if raster.points < pixels:
        words = f"{raster.points:,} of {pixels:,}, the others were not measured"
        figures.note("points", words, source)
    if raster.backwards.any():
        words = f"{np.count_nonzero(raster.backwards):,}, put in order"
        figures.note("rows measured backwards", words, source)


def _times(figures: Figures, scan: h5py.Group, detector: str, raster: Raster) -> None:
    """Times of each point, beside the spectra of their detector."""
    for figure, names in ((fact.LIVE_TIME, nexus.LIVE), (fact.REAL_TIME, nexus.REAL)):
        for name in names:
            places = (f"instrument/{detector}/{name}", f"measurement/{detector}_{name}")
            for found in filter(None, map(scan.get, places)):
                scale = time_in_s(text_attribute(found, "units"))
                if figures.has(figure) or scale is None or not holds(found, raster.points):
                    continue
                seconds = raster.whole(found[: raster.points]) * scale
                figures.times(figure, seconds, raster.shape, str(found.name))


def _stage(figures: Figures, scan: h5py.Group, raster: Raster) -> None:
    """Pixel size and place on the stage, where both motors went in even steps of a length."""
    if raster.motors is None:
        return
    firsts, steps = [], []
    for motor, other in zip(raster.motors, (1, 0), strict=True):
        stated = positions_of(scan, motor, raster.points)
        unit = None if stated is None else length_in_mm(text_attribute(stated, "units"))
        if stated is None or unit is None:
            figures.lack(fact.PIXEL_SIZE, f"positions of {motor} with a unit of length are missing")
            return
        places = raster.whole(stated[: raster.points]) * unit
        along = np.nanmedian(places[~np.isnan(places).all(axis=1)], axis=other)
        step = even_step(along, TOLERANCE)
        if step is None:
            figures.lack(fact.PIXEL_SIZE, f"{motor} did not go in even steps")
            return
        firsts.append(float(along[0]))
        steps.append(float(np.sign(along[-1] - along[0])) * step)
    source = "positions of {} and {}".format(*raster.motors)
    figures.pixel_size(abs(steps[0]), abs(steps[1]), source)
    place = StagePlace((firsts[0], firsts[1]), (steps[0], 0.0), (0.0, steps[1]))
    figures.stage(place, source)


FORMAT = ScanFormat(NAME, recognises, read, detectors)
