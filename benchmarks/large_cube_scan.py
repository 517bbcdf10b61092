"""The cube that large_cube.py reads: the demo's board tiled over a large painting, in uint16.

    python benchmarks/large_cube_scan.py SCAN.h5 [--rows N] [--columns N] [--channels N]

Noise is drawn for the first rows; their packed chunks are repeated below as they are, so that a
cube of 17 GB is written in minutes. Every row lies in a place of its own on the disk, and is read
and unpacked from there.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from underpaint.cli.simulate import scene_as_scan
from underpaint.paint import SceneScan, load_library, read_scene
from underpaint.scan import write_hdf5

SEED = 20_261_126
DRAWN_ROWS = 36
ROWS, COLUMNS, CHANNELS = 1273, 1662, 4096
COUNTS = "scan/data/counts"
ALONG_Y = "scan/data/y"


@dataclass(frozen=True, eq=False)
class TwoByteCounts:
    """Counts of a scene as a scanner with two bytes a channel writes them.

    Attributes
    ----------
    scan : the scene's
    """

    scan: SceneScan

    @property
    def shape(self) -> tuple[int, int, int]:
        """(y, x, channel)."""
        return self.scan.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint16."""
        return np.dtype(np.uint16)

    def __getitem__(self, rows: slice) -> NDArray[np.uint16]:
        return np.minimum(self.scan[rows], np.iinfo(np.uint16).max).astype(np.uint16)


def write_large_cube(
    path: Path, rows: int = ROWS, columns: int = COLUMNS, channels: int = CHANNELS
) -> None:
    """Simulate the first rows and write the cube."""
    library = load_library()
    board = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))
    scene = read_scene(board, library)
    height, width = scene.shape
    drawn = min(rows, DRAWN_ROWS)
    finer = scene.channels / channels
    scene = replace(
        scene,
        where=np.tile(scene.where, (-(-drawn // height), -(-columns // width)))[:drawn, :columns],
        channels=channels,
        calibration=replace(scene.calibration, gain=scene.calibration.gain * finer),
    )
    scan = SceneScan(scene, library, SEED)
    first = path.with_name(path.name + ".first-rows")
    first.unlink(missing_ok=True)
    write_hdf5(replace(scene_as_scan(scan, path), counts=TwoByteCounts(scan)), first)
    unfinished = path.with_name(path.name + ".unfinished")
    with h5py.File(first) as source, h5py.File(unfinished, "w") as target:
        _copy_all_else(source, target, rows)
        _repeat_chunks(source[COUNTS], target, rows)
    first.unlink()
    unfinished.replace(path)


def _copy_all_else(source: h5py.File, target: h5py.File, rows: int) -> None:
    source.copy("scan", target, "scan", shallow=True)
    target.attrs.update(source.attrs)
    for name in source["scan"]:
        if name != "data":
            del target["scan"][name]
            source.copy(f"scan/{name}", target["scan"], name)
    del target["scan/data"]
    data = target["scan"].create_group("data")
    data.attrs.update(source["scan/data"].attrs)
    for name in source["scan/data"]:
        if f"scan/data/{name}" not in (COUNTS, ALONG_Y):
            source.copy(f"scan/data/{name}", data, name)
    if ALONG_Y in source:
        along = source[ALONG_Y]
        step = along[1] - along[0]
        data["y"] = step * np.arange(rows)
        data["y"].attrs.update(along.attrs)


def _repeat_chunks(source: h5py.Dataset, target: h5py.File, rows: int) -> None:
    drawn, columns, channels = source.shape
    counts = target.create_dataset(
        COUNTS, (rows, columns, channels), source.dtype, chunks=source.chunks,
        compression=source.compression, compression_opts=source.compression_opts, shuffle=True,
    )  # fmt: skip
    counts.attrs.update(source.attrs)
    corners = range(0, columns, source.chunks[1])
    for row in range(rows):
        for x in corners:
            _, packed = source.id.read_direct_chunk((row % drawn, x, 0))
            counts.id.write_direct_chunk((row, x, 0), packed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--channels", type=int, default=CHANNELS)
    options = parser.parse_args()
    write_large_cube(options.scan, options.rows, options.columns, options.channels)


if __name__ == "__main__":
    main()
