"""Counts unpacked outside the HDF5 library are what the library reads."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from underpaint.scan.formats.hdf5_counts import Hdf5Counts

PACKINGS: list[dict[str, Any]] = [
    {"compression": "gzip", "shuffle": True},
    {"compression": "gzip"},
    {"compression": "lzf", "shuffle": True},
    {"compression": "gzip", "shuffle": True, "fletcher32": True},
    {},
]


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<u4", "<i4", "<u8", "<f4", ">f8"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_rows_are_those_of_the_library(
    tmp_path: Path, rng: np.random.Generator, dtype: str, packing: dict[str, Any]
) -> None:
    for highest in (200, 60_000, 5_000_000):
        top = min(highest, np.iinfo(dtype).max) if dtype[-2] in "ui" else highest
        cube = rng.integers(0, top, (7, 9, 70)).astype(dtype)
        with h5py.File(tmp_path / f"{highest}.h5", "w") as file:
            file.create_dataset("counts", data=cube, chunks=(2, 4, 32), **packing)
        with h5py.File(tmp_path / f"{highest}.h5") as file:
            counts = Hdf5Counts(file["counts"], tmp_path / f"{highest}.h5")
            for rows in (slice(None), slice(3, 6), slice(6, 7), slice(4, 4)):
                np.testing.assert_array_equal(counts[rows], cube[rows])
            np.testing.assert_array_equal(counts[2, 3], cube[2, 3])
            assert counts[3:6].dtype == cube.dtype


def test_chunks_never_written_hold_the_fill_value(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "holes.h5", "w") as file:
        made = file.create_dataset(
            "counts", (6, 8, 64), "u4", chunks=(1, 4, 64), compression="gzip", fillvalue=3
        )
        made[2:4] = 9
    with h5py.File(tmp_path / "holes.h5") as file:
        counts = Hdf5Counts(file["counts"], tmp_path / "holes.h5")
        np.testing.assert_array_equal(counts[1:4, ...][:, 0, 0], [3, 9, 9])
        np.testing.assert_array_equal(counts[1:4][:, 0, 0], [3, 9, 9])


def test_a_damaged_chunk_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "damaged.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset(
            "counts", data=np.ones((2, 4, 64), "u4"), chunks=(1, 4, 64), compression="gzip"
        )
        offset = made.id.get_chunk_info_by_coord((1, 0, 0)).byte_offset
    with path.open("r+b") as raw:
        raw.seek(offset)
        raw.write(b"\xff" * 8)
    with h5py.File(path) as file, pytest.raises(OSError):
        Hdf5Counts(file["counts"], path)[0:2]


def test_a_copy_for_another_process_opens_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    cube = np.arange(2 * 4 * 64, dtype="u2").reshape(2, 4, 64)
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", data=cube, chunks=(1, 4, 64), compression="gzip")
    with h5py.File(path) as file:
        copy = pickle.loads(pickle.dumps(Hdf5Counts(file["counts"], path)))
    np.testing.assert_array_equal(copy[:], cube)
