"""NumPy arrays of counts: lazy, in either order, alone or with what belongs to them."""

from __future__ import annotations

import contextlib
import gc
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

BUILDER = ScanBuilder().typed("u2")


@given(
    dtype=st.sampled_from(["u1", "<u2", ">u4", "i8", "f4", ">f8"]),
    order=st.sampled_from(["C", "F"]),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(64, 70)),
)
def test_arrays_come_back_in_any_type_and_order(
    tmp_path_factory: pytest.TempPathFactory, dtype: str, order: Any, shape: tuple[int, int, int]
) -> None:
    counts = ScanBuilder(shape[0], shape[1], channels=shape[2]).counts.astype(dtype, order=order)
    path = tmp_path_factory.mktemp("numpy") / "a.npy"
    np.save(path, counts)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts, counts)
    np.testing.assert_array_equal(np.concatenate([b for _, b in scan.blocks(rows=2)]), counts)
    assert not isinstance(scan.counts, np.ndarray)


def test_one_spectrum_is_a_scan_of_one_pixel(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(64))
    assert open_scan(tmp_path / "a.npy").shape == (1, 1, 64)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_may_hold_the_figures_too(tmp_path: Path, save: Any) -> None:
    save(
        tmp_path / "a.npz",
        counts=BUILDER.counts,
        energy=-0.1 + 0.02 * np.arange(64),
        live_time=np.full((3, 4), 0.5),
        real_time=1.0,
        pixel_size_mm=[0.5, 0.4],
        other=np.ones(5),
    )
    scan = open_scan(tmp_path / "a.npz")
    np.testing.assert_array_equal(scan.counts, BUILDER.counts)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.1)
    assert scan.pixel_size_mm == (0.5, 0.4)
    assert scan.live_time_s is not None
    assert scan.live_time_s.shape == (3, 4)
    assert scan.facts["energy calibration"].source.startswith("array energy")
    assert set(scan.missing) == {"anode", "tube voltage", "incidence angle", "take-off angle"}


def test_what_was_unpacked_goes_with_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    np.savez_compressed(tmp_path / "a.npz", counts=BUILDER.counts)
    scan = open_scan(tmp_path / "a.npz")
    assert len(list(room.iterdir())) == 1
    del scan
    gc.collect()
    assert list(room.iterdir()) == []


def test_several_arrays_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", left=BUILDER.counts, right=BUILDER.counts + 1)
    with pytest.raises(ScanFileError, match=r"2 arrays of spectra .*left, right\); name one"):
        open_scan(tmp_path / "a.npz")
    scan = open_scan(f"{tmp_path / 'a.npz'}::right")
    np.testing.assert_array_equal(scan.counts, BUILDER.counts + 1)
    with pytest.raises(ScanFileError, match="holds no 'middle', but left, right"):
        open_scan(f"{tmp_path / 'a.npz'}::middle")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((3, 4)), "no spectra, but 3 x 4"),
        (np.ones((64, 3, 4)), "whose last axis is no spectrum's"),
        (np.ones((512, 3, 65), dtype=np.uint8), "looks like 512 images, one a channel"),
        (np.array(5.0), "a single number"),
        (np.array(["a"] * 64), "no counts"),
        (np.ones(64, dtype=complex), "no counts"),
        (np.ones((0, 3, 64)), "no spectra"),
    ],
)
def test_arrays_that_are_no_spectra_give_a_sentence(
    tmp_path: Path, array: Any, message: str
) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ScanFileError, match=message):
        open_scan(tmp_path / "a.npy")


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object))
    with pytest.raises(ScanFileError, match="holds object"):
        open_scan(tmp_path / "a.npy")


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_truncated_files_give_a_sentence(tmp_path: Path, name: str) -> None:
    if name == "a.npy":
        np.save(tmp_path / name, BUILDER.counts)
    else:
        np.savez(tmp_path / name, counts=BUILDER.counts)
    content = (tmp_path / name).read_bytes()
    for keep in (4, 60, 300, len(content) - 1):
        (tmp_path / name).write_bytes(content[:keep])
        with pytest.raises(ScanFileError):
            open_scan(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
@given(data=st.data())
def test_damaged_files_give_counts_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("numpy") / name
    if name == "a.npy":
        np.save(path, BUILDER.counts)
    else:
        np.savez_compressed(path, counts=BUILDER.counts)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(content), 300) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(ScanFileError):
        open_scan(path).sum_spectrum()


def test_a_negative_shape_is_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, BUILDER.counts)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(3, 4,", b"(3,-4,"))
    assert path.read_bytes() != whole
    with pytest.raises(ScanFileError, match="damaged"):
        open_scan(path)


def test_counts_that_cannot_be_are_refused_when_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((2, 2, 64), np.nan))
    with pytest.raises(ScanFileError, match="no numbers"):
        open_scan(tmp_path / "a.npy").sum_spectrum()


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_a_pixel_without_a_live_time_leaves_those_of_the_others(
    tmp_path: Path, nothing: float
) -> None:
    seconds = np.full((3, 4), 0.5)
    seconds[2, 1] = nothing
    np.savez(tmp_path / "a.npz", counts=BUILDER.counts, live_time=seconds)
    scan = open_scan(tmp_path / "a.npz")
    assert scan.live_time_s is not None
    assert np.argwhere(np.isnan(scan.live_time_s)).tolist() == [[2, 1]]
    assert scan.live_time_s[0, 0] == 0.5


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_times_that_cannot_be_are_missing(tmp_path: Path, wrong: float) -> None:
    np.savez(tmp_path / "a.npz", counts=BUILDER.counts, live_time=wrong)
    scan = open_scan(tmp_path / "a.npz")
    assert scan.live_time_s is None
    assert "no time that can be" in scan.facts["live time"].source
