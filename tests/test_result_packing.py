"""Chunks packed outside the HDF5 library are what the library reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from result_builder import HEIGHT, build_result
from underpaint.result import dtype_of, pixel_arrays
from underpaint.result.packing import (
    SLAB_PIXELS,
    SPECTRA_ROWS,
    chunk_shape,
    count_step,
    pack_block,
    packing,
    rounded,
    rows_together,
    slabs_of,
)

ROWS = 7


@pytest.mark.parametrize("height", [HEIGHT, 45])
def test_arrays_come_back_whatever_the_chunks(tmp_path: Path, height: int) -> None:
    result = build_result()
    block = next(result.blocks(rows=height))
    frame = replace(result.frame, shape=(height, result.shape[1]))
    with h5py.File(tmp_path / "arrays.h5", "w") as file:
        for name in pixel_arrays(as_whole=False):
            shape = frame.array_shape(name)
            file.create_dataset(
                name, shape, dtype_of(name), **packing(name),
                chunks=chunk_shape(name, shape, rows_together(frame.shape)),
            )  # fmt: skip
        for slab in slabs_of([block], rows_together(frame.shape), frame):
            for chunk in pack_block(slab, frame).chunks:
                file[chunk.name].id.write_direct_chunk(chunk.corner, chunk.data)
        for name, wanted in block.arrays.items():
            wanted = rounded(wanted, count_step(wanted)) if name == "binned" else wanted
            np.testing.assert_array_equal(file[name][...], wanted)


def test_maps_that_are_nothing_but_0_take_no_room() -> None:
    result = build_result()
    slab = next(result.blocks(rows=rows_together(result.frame.shape)))
    empty = replace(slab, ground=np.zeros_like(slab.ground))
    names = {chunk.name for chunk in pack_block(empty, result.frame).chunks}
    assert "ground" not in names and "probability" in names


@given(height=st.integers(1, 5000), width=st.integers(1, 20_000))
def test_slabs_are_few_and_bounded(height: int, width: int) -> None:
    rows = rows_together((height, width))
    assert 1 <= rows <= height
    assert rows == 1 or rows * width <= SLAB_PIXELS
    assert rows <= SPECTRA_ROWS or rows % SPECTRA_ROWS == 0


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
