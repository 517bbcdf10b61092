"""The cube that identify_speed.py reads: the demo's board again and again, each with its own noise.

    python benchmarks/identify_speed_cube.py SCAN.h5 [--rows N] [--columns N]

writes it as `underpaint simulate` would. Noise is drawn for the first rows and repeated below: no
program that is timed here looks back at an earlier row.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.cli.simulate import scene_as_scan
from underpaint.paint import SceneScan, load_library, read_scene
from underpaint.scan import write_hdf5

SEED = 20_261_123
DRAWN_ROWS = 72


@dataclass(frozen=True, eq=False)
class RepeatedRows:
    """Counts of a scene, repeated downwards.

    Attributes
    ----------
    scan : the scene's
    rows : how many there are to be
    """

    scan: SceneScan
    rows: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """(y, x, channel)."""
        return (self.rows, *self.scan.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """As the scene's."""
        return self.scan.dtype

    @cached_property
    def _drawn(self) -> NDArray[Any]:
        return self.scan[:]

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        index = np.arange(*rows.indices(self.rows)) % len(self._drawn)
        return np.asarray(self._drawn[index])


def write_cube(path: Path, rows: int, columns: int) -> None:
    """Simulate and write the cube."""
    library = load_library()
    board = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))
    scene = read_scene(board, library)
    height, width = scene.shape
    drawn = min(rows, DRAWN_ROWS)
    where = np.tile(scene.where, (-(-drawn // height), -(-columns // width)))[:drawn, :columns]
    scan = SceneScan(replace(scene, where=where), library, SEED)
    write_hdf5(replace(scene_as_scan(scan, path), counts=RepeatedRows(scan, rows)), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--columns", type=int, default=500)
    options = parser.parse_args()
    write_cube(options.scan, options.rows, options.columns)


if __name__ == "__main__":
    main()
