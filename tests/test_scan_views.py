"""A scan mended, cropped, mirrored, turned, and with pixels added up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from underpaint.cli.app import app
from underpaint.errors import ScanFileError
from underpaint.scan import (
    Scan,
    added_up,
    cropped,
    find_row_displacement,
    mirrored,
    open_scan,
    turned,
    with_odd_rows_moved,
)

sizes = st.integers(1, 7)


def scan_of(counts: np.ndarray) -> Scan:
    """A scan with a live time of its own in each pixel."""
    times = np.arange(counts.shape[0] * counts.shape[1], dtype=float).reshape(counts.shape[:2])
    return Scan(counts, Path("made"), "made", live_time_s=times, pixel_size_mm=(1.0, 2.0))


def numbered(rows: int, columns: int, channels: int = 3) -> Scan:
    """A scan whose counts are all different."""
    counts = np.arange(rows * columns * channels, dtype=np.uint32)
    return scan_of(counts.reshape(rows, columns, channels))


@given(sizes, sizes, st.integers(-9, 9))
def test_turning_is_that_of_the_cube_and_of_the_times(rows: int, columns: int, quarters: int):
    scan = numbered(rows, columns)
    other = turned(scan, quarters)
    np.testing.assert_array_equal(other.counts[:], np.rot90(scan.counts, quarters))
    np.testing.assert_array_equal(other.live_time_s, np.rot90(scan.live_time_s, quarters))
    assert other.pixel_size_mm == ((2.0, 1.0) if quarters % 2 else (1.0, 2.0))


@given(sizes, sizes, st.booleans(), st.booleans())
def test_mirroring_twice_is_the_scan(rows: int, columns: int, across: bool, down: bool) -> None:
    scan = numbered(rows, columns)
    twice = mirrored(mirrored(scan, across=across, down=down), across=across, down=down)
    np.testing.assert_array_equal(twice.counts[:], scan.counts)
    np.testing.assert_array_equal(twice.live_time_s, scan.live_time_s)


@given(sizes, sizes, st.data())
def test_a_block_of_a_view_is_the_block_of_the_whole(rows: int, columns: int, data: st.DataObject):
    scan = numbered(rows, columns)
    shift = data.draw(st.integers(1 - columns, columns - 1))
    first = data.draw(st.integers(0, rows - 1))
    stop = data.draw(st.integers(first + 1, rows))
    left = data.draw(st.integers(0, columns - 1))
    right = data.draw(st.integers(left + 1, columns))
    moved = with_odd_rows_moved(scan, shift)
    for view, whole in (
        (moved, moved.counts[:]),
        (mirrored(scan, across=True, down=True), np.asarray(scan.counts)[::-1, ::-1]),
    ):
        np.testing.assert_array_equal(view.counts[first:stop], whole[first:stop])
    part = cropped(scan, slice(first, stop), slice(left, right))
    np.testing.assert_array_equal(part.counts[:], scan.counts[first:stop, left:right])


@given(sizes, st.integers(3, 9), st.integers(-2, 2))
def test_rows_that_were_displaced_lie_in_line_again(rows: int, columns: int, shift: int) -> None:
    whole = np.asarray(numbered(rows, columns).counts)
    displaced = whole.copy()
    displaced[1::2] = np.roll(displaced[1::2], shift, axis=1)
    mended = with_odd_rows_moved(scan_of(displaced), shift).counts[:]
    kept = slice(0, columns - shift) if shift > 0 else slice(-shift, columns)
    np.testing.assert_array_equal(mended[:, kept], whole[:, kept])
    lost = np.delete(mended[1::2], range(*kept.indices(columns)), axis=1)
    assert not lost.any()


def test_pixels_added_up_keep_all_counts_and_time() -> None:
    scan = numbered(5, 7)
    other = added_up(scan, 2)
    assert other.shape == (2, 3, 3)
    expected = np.asarray(scan.counts)[:4, :6].reshape(2, 2, 3, 2, 3).sum(axis=(1, 3))
    np.testing.assert_array_equal(other.counts[:], expected)
    assert other.live_time_s is not None and scan.live_time_s is not None
    assert other.live_time_s.sum() == scan.live_time_s[:4, :6].sum()
    assert other.pixel_size_mm == (2.0, 4.0)


def test_what_was_done_is_among_the_facts() -> None:
    scan = turned(mirrored(numbered(4, 5), across=True), 1)
    words = scan.facts["changed after reading"].value
    assert words == "left and right exchanged; turned by 90 degrees counter-clockwise"


@pytest.mark.parametrize(
    "change",
    [
        lambda scan: cropped(scan, slice(9, 12), slice(None)),
        lambda scan: with_odd_rows_moved(scan, 5),
        lambda scan: added_up(scan, 6),
    ],
)
def test_what_leaves_nothing_is_refused(change) -> None:
    with pytest.raises(ScanFileError):
        change(numbered(4, 5))


@pytest.mark.parametrize("shift", [-2, 0, 1])
def test_a_displacement_is_found(shift: int) -> None:
    random = np.random.default_rng(4)
    paint = random.normal(size=(40, 50))
    smooth = sum(np.roll(paint, (y, x), (0, 1)) for y in range(-3, 4) for x in range(-2, 3))
    brightness = np.clip(1.0 + 0.08 * smooth, 0.1, None)
    counts = random.poisson(40.0 * brightness[..., None] * random.random(64)).astype(np.uint16)
    counts[1::2] = np.roll(counts[1::2], shift, axis=1)
    found = find_row_displacement(scan_of(counts))
    assert found.known and abs(found.pixels - shift) < 0.3
    assert found.whole_pixels == shift


def test_nothing_is_found_in_noise() -> None:
    random = np.random.default_rng(5)
    scans = [scan_of(random.poisson(5.0, (30, 30, 64)).astype(np.uint16)) for _ in range(10)]
    assert not any(find_row_displacement(scan).clear for scan in scans)


def test_convert_does_what_is_asked_in_its_order(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    counts = random.poisson(3.0, (6, 8, 64)).astype(np.uint16)
    np.savez(tmp_path / "a.npz", counts=counts, energy=0.02 * np.arange(64))
    asked = ["--move-odd-rows", "1", "--crop", "1:,0:6", "--mirror", "x", "--rotate", "90"]
    out = tmp_path / "b.h5"
    done = CliRunner().invoke(app, ["convert", str(tmp_path / "a.npz"), "-o", str(out), *asked])
    assert done.exit_code == 0, done.output
    moved = counts.copy()
    moved[1::2, :-1] = counts[1::2, 1:]
    moved[1::2, -1] = 0
    np.testing.assert_array_equal(open_scan(out).counts[:], np.rot90(moved[1:, :6][:, ::-1]))


@pytest.mark.parametrize(
    "wrong",
    [["--rotate", "45"], ["--mirror", "z"], ["--crop", "a:b"], ["--crop", "1:2"],
     ["--mend-rows", "--move-odd-rows", "1"]],
)  # fmt: skip
def test_what_cannot_be_asked_is_wrong_use(tmp_path: Path, wrong: list[str]) -> None:
    done = CliRunner().invoke(app, ["convert", "a.npz", "-o", str(tmp_path / "b.h5"), *wrong])
    assert done.exit_code == 2


def test_the_real_scan_of_a_painting_is_displaced(shared_data: Path, tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(next((shared_data / "painting-scan").glob("*.tar.xz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    found = find_row_displacement(open_scan(tmp_path / "hands-of-adam"))
    assert found.clear and -1.0 < found.pixels < -0.5
