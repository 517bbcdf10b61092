"""Labelled spectra: simulated spectra in a file, with the stratigraphies that gave them.

Layout of a labelled file: `/spectra` (n, channel), `/energy` (channel,) keV, channel centres,
`/stacks` (n,) JSON strings, attribute `instrument`, JSON. A stack holds `layers`, top first. A
pixel on several stratigraphies has the largest one there, with its share as `area`, and the
others in `beside`, each with `area` and `layers`.

The scan of a scene carries its truth in `/truth`, pixel by pixel: `groups` (group,) names; `top`,
`buried`, `ground` (group, y, x) uint8; `amount` (group, y, x) float32, mg/cm2, and `top_share`,
weight fraction among the pigments of the top layer; `patches` (patch,) names, `stacks`
(patch,) JSON as above and `area` (patch, y, x) float32, share of each pixel's spot; attributes
`instrument`, JSON, `title`, `counts` and `seed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import Instrument

from .layers import stratigraphy_to_json

if TYPE_CHECKING:
    import h5py

    from .point import PointSpectrum
    from .scene_scan import SceneScan

LEAST_SHARE = 1e-4
"""Stratigraphies that a pixel's spot sees less of are left out of its stack."""
CHUNK_BYTES = 2**19
BLOCK_BYTES = 32 * 2**20
LEVEL = 2


def write_labelled_point(file: h5py.File, spectrum: PointSpectrum) -> None:
    """Write one spectrum as a labelled file."""
    point = spectrum.point
    dtype = np.uint32 if spectrum.noisy else np.float64
    file["spectra"] = spectrum.counts[None, :].astype(dtype)
    file["energy"] = spectrum.energy_kev
    _strings(file, "stacks", [json.dumps(stratigraphy_to_json(point.layers))])
    _state(file, point.instrument, point.title)


def write_labelled_scene(
    file: h5py.File, scan: SceneScan, progress: Callable[[int], None] | None = None
) -> None:
    """Write every pixel of a scene, row after row, as a labelled file.

    Parameters
    ----------
    progress : called with the number of rows after each block
    """
    import h5py

    height, width, channels = scan.shape
    size = (height * width, channels)
    together = max(1, min(size[0], CHUNK_BYTES // (channels * scan.dtype.itemsize)))
    spectra = file.create_dataset(
        "spectra", size, scan.dtype, chunks=(together, channels), compression="gzip",
        compression_opts=LEVEL, shuffle=True,
    )  # fmt: skip
    stacks = file.create_dataset("stacks", (height * width,), h5py.string_dtype())
    file["energy"] = scan.bins.centres
    layers = [stratigraphy_to_json(patch.layers) for patch in scan.scene.patches]
    rows = max(1, BLOCK_BYTES // (width * channels * scan.dtype.itemsize))
    for first in range(0, height, rows):
        block = slice(first, min(first + rows, height))
        pixels = slice(block.start * width, block.stop * width)
        spectra[pixels] = scan[block].reshape(-1, channels)
        areas = scan.areas(block)
        stacks[pixels] = [_mixed(layers, area) for area in areas.reshape(len(areas), -1).T]
        if progress is not None:
            progress(block.stop - block.start)
    _state(file, scan.scene.instrument, scan.scene.title)
    _state_counts(file, scan)


def write_truth(file: h5py.File, scan: SceneScan) -> None:
    """Write the truth of a scene into `/truth` of the file that holds its scan."""
    truth = file.create_group("truth")
    height, width, _ = scan.shape
    patches = scan.scene.patches
    _strings(truth, "groups", [group.name for group in scan.library.groups])
    _strings(truth, "patches", [patch.label for patch in patches])
    stacks = [json.dumps(stratigraphy_to_json(patch.layers)) for patch in patches]
    _strings(truth, "stacks", stacks)
    groups = len(scan.library.groups)
    kinds = (
        ("top", groups, np.uint8),
        ("buried", groups, np.uint8),
        ("ground", groups, np.uint8),
        ("amount", groups, np.float32),
        ("top_share", groups, np.float32),
        ("area", len(patches), np.float32),
    )
    one_row = sum(4 * width * count for _, count, _ in kinds)
    rows = max(1, min(height, BLOCK_BYTES // one_row))
    maps = {
        name: _map(truth, name, (count, height, width), rows, dtype) for name, count, dtype in kinds
    }
    maps["amount"].attrs["units"] = "mg/cm2"
    for first in range(0, height, rows):
        block = slice(first, min(first + rows, height))
        there = scan.truth(block)
        blocks = {
            name: getattr(there, name).T.reshape(groups, -1, width)
            for name in maps
            if name != "area"
        }
        for name, values in (blocks | {"area": scan.areas(block)}).items():
            for index in np.flatnonzero(values.any(axis=(1, 2))):
                maps[name][index, block] = values[index]
    _state(truth, scan.scene.instrument, scan.scene.title)
    _state_counts(truth, scan)


def _map(
    group: h5py.Group, name: str, shape: tuple[int, int, int], rows: int, dtype: Any
) -> h5py.Dataset:
    return group.create_dataset(
        name, shape, dtype, chunks=(1, rows, shape[2]), compression="gzip", compression_opts=LEVEL
    )


def _mixed(layers: list[dict[str, Any]], area: NDArray[np.float32]) -> str:
    """The stack of a pixel as JSON: its largest stratigraphy, and the others beside it."""
    seen = [int(i) for i in np.argsort(-area, kind="stable") if area[i] >= LEAST_SHARE]
    if len(seen) == 1:
        return json.dumps(layers[seen[0]])
    first, *others = ({"area": round(float(area[i]), 4)} | layers[i] for i in seen)
    return json.dumps(first | {"beside": others})


def _strings(group: h5py.Group, name: str, texts: list[str]) -> None:
    import h5py

    group.create_dataset(name, data=np.asarray(texts, dtype=object), dtype=h5py.string_dtype())


def _state(group: h5py.Group, instrument: Instrument, title: str) -> None:
    group.attrs["instrument"] = json.dumps(instrument.to_dict())
    group.attrs["title"] = title


def _state_counts(group: h5py.Group, scan: SceneScan) -> None:
    group.attrs["counts"] = scan.scene.counts
    if scan.seed is not None:
        group.attrs["seed"] = scan.seed
