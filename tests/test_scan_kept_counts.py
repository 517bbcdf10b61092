"""Counts kept in little room are the counts of the file, from whichever rows they are asked."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from underpaint.scan import Scan, keeping_counts, kept_counts, look_at_rows
from underpaint.scan.compact_rows import CompactRows
from underpaint.scan.formats.hdf5_counts import Hdf5Counts


def counts_like_spectra(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.uint32]:
    return rng.poisson(10.0 ** rng.uniform(-1.0, 4.5, shape)).astype(np.uint32)


def stored(path: Path, cube: NDArray[Any], **packing: Any) -> Scan:
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", data=cube, **packing)
    return Scan(Hdf5Counts(h5py.File(path)["counts"], path), path, "HDF5")


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 5), columns=st.integers(1, 9), channels=st.integers(1, 700))
def test_compact_rows_hold_every_count_and_add_up(rows: int, columns: int, channels: int) -> None:
    cube = counts_like_spectra(np.random.default_rng(channels), (rows, columns, channels))
    found = CompactRows.of(cube)
    assert found is not None
    np.testing.assert_array_equal(found.counts(), cube)
    spectra = cube.reshape(-1, channels)
    for pixels in (slice(None), slice(1, 3), slice(len(spectra) // 2, None)):
        np.testing.assert_array_equal(found.spectra(pixels), spectra[pixels].astype(np.float32))
    for some in (
        slice(channels // 3, channels),
        slice(None),
        slice(channels // 2, channels // 2 + 3),
    ):
        total, each, most = found.sums(some)
        np.testing.assert_array_equal(most, cube.max(axis=(0, 1)))
        np.testing.assert_array_equal(total, cube.sum(axis=(0, 1)))
        np.testing.assert_array_equal(each, cube[..., some].sum(axis=2))


@pytest.mark.parametrize("highest", [255, 2**17 + 1, 2**24 - 1, 2**24 + 1])
def test_sums_are_exact(highest: int) -> None:
    cube = np.full((7, 100, 2053), 255, dtype=np.uint32)
    cube[3, 40:] = highest
    found = CompactRows.of(cube)
    assert found is not None
    total, each, most = found.sums(slice(13, 1999))
    np.testing.assert_array_equal(most, cube.max(axis=(0, 1)))
    np.testing.assert_array_equal(total, cube.sum(axis=(0, 1), dtype=np.uint64))
    np.testing.assert_array_equal(each, cube[..., 13:1999].sum(axis=2, dtype=np.uint64))


def test_counts_that_are_not_whole_or_too_large_are_not_compact() -> None:
    assert CompactRows.of(np.full((1, 2, 3), 0.5)) is None
    assert CompactRows.of(np.full((1, 2, 3), 2**40)) is None
    assert CompactRows.of(np.full((1, 2, 3), -1)) is None


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<u4", "<i4", ">u4", "<u8"])
@pytest.mark.parametrize("chunks", [(1, 4, 70), (2, 4, 32), (3, 9, 70)])
def test_the_kept_scan_reads_like_the_file(
    tmp_path: Path, rng: np.random.Generator, dtype: str, chunks: tuple[int, ...]
) -> None:
    highest = min(2**20, np.iinfo(dtype).max)
    cube = np.minimum(counts_like_spectra(rng, (7, 9, 70)), highest).astype(dtype)
    scan = stored(tmp_path / "scan.h5", cube, chunks=chunks, compression="gzip", shuffle=True)
    with keeping_counts(scan, tmp_path) as kept:
        for rows in (slice(5, 7), slice(0, 2), slice(2, 5), slice(4, 6)):
            seen, plain = look_at_rows(kept, rows), look_at_rows(scan, rows)
            np.testing.assert_array_equal(seen.total, plain.total)
            np.testing.assert_array_equal(seen.maximum, plain.maximum)
            np.testing.assert_array_equal(seen.pixel_counts, plain.pixel_counts)
        damaged = Path(scan.path)
        damaged.write_bytes(b"no longer there")
        for rows in (slice(0, 7), slice(1, 3), slice(4, 6), slice(6, 7)):
            np.testing.assert_array_equal(kept.read(rows), cube[rows])


def test_digests_do_not_depend_on_how_the_counts_are_held(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    cube = counts_like_spectra(rng, (4, 5, 64))
    plain = stored(tmp_path / "plain.h5", cube.clip(0, 65_535).astype("u2"))
    found = {look_at_rows(plain, slice(0, 4), with_digests=True).digests}
    for number, (dtype, chunks) in enumerate([("u4", (1, 5, 64)), ("u2", (2, 2, 32))]):
        path = tmp_path / f"{number}.h5"
        scan = stored(path, cube.clip(0, 65_535).astype(dtype), chunks=chunks, compression="gzip",
                      shuffle=True)  # fmt: skip
        with keeping_counts(scan, tmp_path) as kept:
            found.add(look_at_rows(kept, slice(0, 4), with_digests=True).digests)
    assert len(found) == 1


def test_a_full_disk_means_reading_the_file_again(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    cube = counts_like_spectra(rng, (4, 5, 64))
    scan = stored(tmp_path / "scan.h5", cube, chunks=(1, 5, 64), compression="gzip", shuffle=True)
    monkeypatch.setattr("os.pwrite", full)
    with keeping_counts(scan, tmp_path) as kept:
        look_at_rows(kept, slice(0, 4))
        np.testing.assert_array_equal(kept.read(slice(1, 3)), cube[1:3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scan.h5"]


def test_threads_share_what_is_kept_and_processes_read_the_file(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    cube = counts_like_spectra(rng, (12, 5, 64))
    scan = stored(tmp_path / "scan.h5", cube, chunks=(1, 5, 64), compression="gzip", shuffle=True)
    with keeping_counts(scan, tmp_path) as kept, ThreadPoolExecutor(4) as executor:
        spans = [slice(y, y + 2) for y in range(0, 12, 2)]
        list(executor.map(lambda rows: look_at_rows(kept, rows), spans))
        for rows, found in zip(spans, executor.map(kept.read, spans), strict=True):
            np.testing.assert_array_equal(found, cube[rows])
        elsewhere = pickle.loads(pickle.dumps(kept))
        np.testing.assert_array_equal(elsewhere.read(slice(2, 5)), cube[2:5])


def test_what_would_wait_for_the_disk_is_read_again(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = counts_like_spectra(rng, (8, 5, 64))
    scan = stored(tmp_path / "scan.h5", cube, chunks=(1, 5, 64), compression="gzip", shuffle=True)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.setattr(kept_counts, "KEPT_SHARE", 3.5 * cube[0].nbytes / memory)
    written: list[int] = []
    write = kept_counts.write_at
    monkeypatch.setattr(
        kept_counts, "write_at", lambda *given: written.append(given[1].nbytes) or write(*given)
    )
    with keeping_counts(scan, tmp_path) as kept:
        for row in range(8):
            look_at_rows(kept, slice(row, row + 1))
        for rows in (slice(0, 8), slice(1, 3), slice(6, 8)):
            np.testing.assert_array_equal(kept.read(rows), cube[rows])
    assert 0 < sum(written) <= 3.5 * cube[0].nbytes
