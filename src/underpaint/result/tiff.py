"""32-bit TIFF maps that ImageJ opens with their size in millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .called import CalledMap, called_maps
from .result import Result


def write_tiffs(result: Result, folder: Path | str) -> tuple[Path, ...]:
    """Write a float32 TIFF of each map with anything present, and return their paths.

    Names are GROUP_POSITION_QUANTITY.tif. Amounts and their standard deviations are in mg/cm2 and
    NaN where the group is not called present.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for called in called_maps(result):
        written.append(folder / f"{called.stem}.tif")
        _write(written[-1], called, result.pixel_size_mm)
    return tuple(written)


def _write(path: Path, called: CalledMap, pixel_size_mm: tuple[float, float] | None) -> None:
    import tifffile

    words = [f"{called.label}, {called.position}, {called.quantity}"]
    if called.unit:
        words.append(f"{called.unit}, NaN where not called present")
    metadata = {"axes": "YX", "Info": "; ".join(words)}
    resolution = None
    if pixel_size_mm is not None:
        metadata["unit"] = "mm"
        resolution = (1.0 / pixel_size_mm[0], 1.0 / pixel_size_mm[1])
    values = np.ascontiguousarray(called.values, dtype=np.float32)
    tifffile.imwrite(path, values, imagej=True, metadata=metadata, resolution=resolution)
