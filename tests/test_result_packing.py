"""Chunks packed outside the HDF5 library are what the library reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from result_builder import HEIGHT, build_result
from underpaint.result import read_result
from underpaint.result.frame import PIXEL_ARRAYS
from underpaint.result.hdf5 import write_file
from underpaint.result.packing import chunk_shape, count_step, pack_slab, rounded, slabs_of

ROWS = 7


@pytest.mark.parametrize("workers", [0, 2])
def test_arrays_come_back_whatever_the_chunks(tmp_path: Path, workers: int) -> None:
    result = build_result()
    with h5py.File(tmp_path / "arrays.h5", "w") as file:
        for name in PIXEL_ARRAYS:
            shape = result.frame.array_shape(name)
            file.create_dataset(
                name, shape, getattr(result, name).dtype, compression="gzip", shuffle=True,
                chunks=chunk_shape(name, shape, ROWS),
            )  # fmt: skip
        chunks = {name: file[name].chunks for name in PIXEL_ARRAYS}
        for slab in slabs_of(result.blocks(rows=5), ROWS, result.frame):
            for name, corner, data in pack_slab(slab, chunks)[1]:
                file[name].id.write_direct_chunk(corner, data)
        for name in PIXEL_ARRAYS:
            wanted = getattr(result, name)
            wanted = rounded(wanted, count_step(wanted)) if name == "binned" else wanted
            np.testing.assert_array_equal(file[name][...], wanted)
    with ThreadPoolExecutor(max(workers, 1)) as executor:
        pool = executor if workers else None
        blocks = result.blocks(rows=3)
        write_file(tmp_path / "result.h5", result.frame, result.findings, blocks, pool)
    np.testing.assert_array_equal(read_result(tmp_path).top[...], result.top)


def test_slabs_hold_the_rows_in_order() -> None:
    result = build_result()
    slabs = list(slabs_of(result.blocks(rows=5), ROWS, result.frame))
    assert [slab.rows for slab in slabs] == [ROWS] * (HEIGHT // ROWS) + [HEIGHT % ROWS]
    joined = np.concatenate([slab.verdict for slab in slabs], axis=1)
    np.testing.assert_array_equal(joined, result.verdict)


def test_blocks_with_a_gap_are_refused() -> None:
    result = build_result()
    blocks = list(result.blocks(rows=5))
    with pytest.raises(ValueError, match="missing"):
        list(slabs_of([blocks[0], blocks[2]], ROWS, result.frame))


def test_rounding_of_spectra_is_finer_than_their_noise(rng: np.random.Generator) -> None:
    counts = (10.0 ** rng.uniform(-1.0, 6.0, (40, 500))).astype(np.float32)
    moved = np.abs(rounded(counts, count_step(counts)) - counts)
    assert (moved / np.sqrt(np.maximum(counts, 1.0))).max() < 0.5
    low = counts[counts < 60.0]
    np.testing.assert_allclose(rounded(low, count_step(low)), low, rtol=1 / 2048)
    assert rounded(np.zeros((0, 5), dtype=np.float32), 0.0).shape == (0, 5)
