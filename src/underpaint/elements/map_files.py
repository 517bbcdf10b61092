"""Element maps on disk: HDF5 for PyMca and silx, TIFF for ImageJ, PNG to look at, a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.partial_file import new_hdf5
from underpaint.scan import in_order

from ..picture import write_picture
from .identify import Identification
from .maps import ElementMaps
from .table import write_table
from .windows import MISFIT


def write_maps(
    folder: Path,
    maps: ElementMaps,
    found: Identification,
    *,
    title: str = "",
    pixel_size_mm: tuple[float, float] | None = None,
    provenance: dict[str, Any] | None = None,
    executor: Executor | None = None,
) -> None:
    """Write elements.h5, elements.csv, and a TIFF and a PNG a map into an empty folder.

    Parameters
    ----------
    folder : exists and is empty
    maps : net counts and their errors; NaN where not measured
    found : what was identified, with significances and unexplained peaks
    title : of the object or scan, for the pictures
    pixel_size_mm : height and width of a pixel, mm
    provenance : kept as JSON in elements.h5
    executor : threads that write files side by side; here, one after the other, if None
    """
    pictures = folder / "maps"
    pictures.mkdir()
    told = provenance or {}
    files: list[Callable[[], None]] = [
        partial(_write_hdf5, folder / "elements.h5", maps, found, pixel_size_mm, told),
        partial(write_table, folder / "elements.csv", maps, found),
    ]
    for name, values in chain(zip(maps.names, maps.counts, strict=True), maps.beside.items()):
        files.append(partial(_write_pictures, pictures, title, pixel_size_mm, name, values))
    for _ in in_order(executor, _write, files):
        pass


def _write(file: Callable[[], None]) -> None:
    file()


def _write_pictures(
    folder: Path,
    title: str,
    pixel_size_mm: tuple[float, float] | None,
    name: str,
    values: NDArray[np.float32],
) -> None:
    unit = "times noise" if name == MISFIT else "counts"
    _write_tiff(folder / f"{name}.tif", name, values, pixel_size_mm, unit)
    write_picture(folder / f"{name}.png", name, values, pixel_size_mm, unit, subtitle=title)


def _write_hdf5(
    path: Path,
    maps: ElementMaps,
    found: Identification,
    pixel_size_mm: tuple[float, float] | None,
    provenance: dict[str, Any],
) -> None:
    with new_hdf5(path) as file:
        file.attrs["NX_class"] = "NXroot"
        file.attrs["default"] = "elements"
        file.attrs["provenance"] = json.dumps(provenance, ensure_ascii=False)
        entry = file.create_group("elements")
        entry.attrs["NX_class"] = "NXentry"
        entry.attrs["default"] = maps.names[0] if maps.names else ""
        entry["names"] = list(maps.names)
        for name, values, errors in zip(maps.names, maps.counts, maps.sigma, strict=True):
            data = entry.create_group(name)
            data.attrs["NX_class"] = "NXdata"
            data.attrs["signal"] = "counts"
            data.attrs["axes"] = ["y", "x"]
            for key, cut in (("counts", values), ("counts_errors", errors)):
                # bare: the last bits of counts are noise, and packing it gains a third at most
                data[key] = cut
                data[key].attrs["units"] = "counts"
            _write_axes(data, values.shape, pixel_size_mm)
        for name, values in maps.beside.items():
            data = file.create_group(f"beside/{name}")
            data.attrs.update(NX_class="NXdata", signal="values", axes=["y", "x"])
            data["values"] = values
            _write_axes(data, values.shape, pixel_size_mm)
        spectrum = file.create_group("sum_spectrum")
        spectrum.attrs["NX_class"] = "NXdata"
        spectrum.attrs["signal"] = "counts"
        spectrum.attrs["auxiliary_signals"] = ["model", "continuum", "scatter", "sum_peaks"]
        spectrum.attrs["axes"] = ["energy"]
        fit = found.fit
        spectrum["energy"] = maps.calibration.energy(np.arange(len(fit.model)))
        spectrum["energy"].attrs["units"] = "keV"
        rows = {
            "counts": fit.measured,
            "model": fit.model,
            "continuum": fit.continuum,
            "scatter": fit.compton,
            "sum_peaks": fit.pile_up,
        }
        for key, row in rows.items():
            spectrum[key] = row
            spectrum[key].attrs["units"] = "counts"


def _write_axes(
    data: Any, shape: tuple[int, ...], pixel_size_mm: tuple[float, float] | None
) -> None:
    """Centres of the pixels, mm from the map's corner, or their numbers."""
    unit, first = ("mm", 0.5) if pixel_size_mm is not None else ("pixel", 0.0)
    for axis, count, size in zip("yx", shape, pixel_size_mm or (1.0, 1.0), strict=True):
        data[axis] = (np.arange(count) + first) * size
        data[axis].attrs["units"] = unit


def _write_tiff(
    path: Path,
    name: str,
    values: NDArray[np.float32],
    pixel_size_mm: tuple[float, float] | None,
    unit: str,
) -> None:
    import tifffile

    metadata: dict[str, Any] = {"axes": "YX", "Info": f"{name}, {unit}"}
    resolution = None
    if pixel_size_mm is not None:
        metadata["unit"] = "mm"
        resolution = (1.0 / pixel_size_mm[1], 1.0 / pixel_size_mm[0])
    tifffile.imwrite(
        path, np.ascontiguousarray(values), imagej=True, metadata=metadata, resolution=resolution
    )
