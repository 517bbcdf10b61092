"""The cube that identify_speed.py reads: the demo's board again and again, each with its own noise.

    python benchmarks/identify_speed_cube.py SCAN.h5 [--rows N] [--columns N]

writes it as `underpaint simulate` would.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np

from underpaint.cli.simulate import scene_as_scan
from underpaint.paint import SceneScan, load_library, read_scene
from underpaint.scan import write_hdf5

SEED = 20_261_123


def write_cube(path: Path, rows: int, columns: int) -> None:
    """Simulate and write the cube."""
    library = load_library()
    board = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))
    scene = read_scene(board, library)
    height, width = scene.shape
    where = np.tile(scene.where, (-(-rows // height), -(-columns // width)))[:rows, :columns]
    write_hdf5(scene_as_scan(SceneScan(replace(scene, where=where), library, SEED), path), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--columns", type=int, default=500)
    options = parser.parse_args()
    write_cube(options.scan, options.rows, options.columns)


if __name__ == "__main__":
    main()
