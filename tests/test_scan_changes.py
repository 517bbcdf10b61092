"""Cropping, binning, mirroring and turning: of a scan as it is read, with all its figures."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import CALIBRATION, ScanBuilder
from underpaint.errors import OutputError, ScanFileError
from underpaint.scan import (
    Changes,
    Fact,
    Scan,
    StagePlace,
    bin_channels,
    bin_pixels,
    crop,
    mirror,
    open_scan,
    rotate,
    with_changes,
    write_hdf5,
)

HERE = Path()
SIZES = st.tuples(st.integers(1, 7), st.integers(1, 6))
ROWS = st.one_of(st.none(), st.integers(1, 4))
STAGE = StagePlace((10.0, 20.0), (0.5, 0.0), (0.0, -0.25))


def scan_of(height: int, width: int, **stated: object) -> Scan:
    builder = ScanBuilder(height, width, channels=64).typed("u2")
    live = np.arange(1.0, height * width + 1.0).reshape(height, width)
    fields = {"live_time_s": live, "pixel_size_mm": (0.5, 0.25), "stage": STAGE, **stated}
    return builder.scan(**fields)


def read_in_blocks(scan: Scan, rows: int | None) -> np.ndarray:
    return np.concatenate([block for _, block in scan.blocks(rows)])


def live(scan: Scan) -> np.ndarray:
    assert scan.live_time_s is not None
    return scan.live_time_s


def place_of_each(scan: Scan) -> np.ndarray:
    """Where every pixel lies on the stage, (y, x, 2)."""
    assert scan.stage is not None
    height, width, _ = scan.shape
    return np.array([[scan.stage.at(y, x) for x in range(width)] for y in range(height)])


@given(size=SIZES, rows=ROWS, data=st.data())
def test_cropping_then_reading_is_reading_then_cropping(
    size: tuple[int, int], rows: int | None, data: st.DataObject
) -> None:
    scan = scan_of(*size)
    ends = [sorted(data.draw(st.lists(st.integers(0, n), min_size=2, max_size=2))) for n in size]
    (y0, y1), (x0, x1) = ends
    if y0 == y1 or x0 == x1:
        return
    window = slice(y0, y1), slice(x0, x1)
    cropped = crop(scan, *window)
    np.testing.assert_array_equal(read_in_blocks(cropped, rows), scan.counts[window])
    np.testing.assert_array_equal(live(cropped), live(scan)[window])
    np.testing.assert_allclose(place_of_each(cropped), place_of_each(scan)[window])


@given(size=SIZES, rows=ROWS)
def test_four_quarter_turns_change_nothing(size: tuple[int, int], rows: int | None) -> None:
    scan = turned = scan_of(*size)
    for _ in range(4):
        turned = rotate(turned, 90, HERE)
    np.testing.assert_array_equal(read_in_blocks(turned, rows), scan.counts)
    np.testing.assert_array_equal(live(turned), live(scan))
    assert turned.pixel_size_mm == scan.pixel_size_mm
    np.testing.assert_allclose(place_of_each(turned), place_of_each(scan))


@given(size=SIZES, rows=ROWS, degrees=st.sampled_from([90, 180, 270]))
def test_a_turn_is_clockwise_and_takes_every_figure_along(
    size: tuple[int, int], rows: int | None, degrees: int
) -> None:
    scan = scan_of(*size)
    turned = rotate(scan, degrees, HERE)
    quarters = -degrees // 90
    np.testing.assert_array_equal(read_in_blocks(turned, rows), np.rot90(scan.counts, quarters))
    np.testing.assert_array_equal(live(turned), np.rot90(live(scan), quarters))
    np.testing.assert_allclose(place_of_each(turned), np.rot90(place_of_each(scan), quarters))
    assert turned.pixel_size_mm == ((0.25, 0.5) if degrees != 180 else (0.5, 0.25))


@given(size=SIZES, rows=ROWS, axis=st.sampled_from(["x", "y"]))
def test_mirroring_twice_changes_nothing_and_once_the_axis(
    size: tuple[int, int], rows: int | None, axis: str
) -> None:
    scan = scan_of(*size)
    mirrored = mirror(scan, axis)
    flipped = np.flip(scan.counts, "yx".index(axis))
    np.testing.assert_array_equal(read_in_blocks(mirrored, rows), flipped)
    np.testing.assert_array_equal(read_in_blocks(mirror(mirrored, axis), rows), scan.counts)
    places = np.flip(place_of_each(scan), "yx".index(axis))
    np.testing.assert_allclose(place_of_each(mirrored), places)


@given(size=st.tuples(st.integers(2, 7), st.integers(2, 6)), rows=ROWS)
def test_binned_pixels_hold_all_counts_and_times_of_theirs(
    size: tuple[int, int], rows: int | None
) -> None:
    scan = scan_of(*size)
    binned = bin_pixels(scan, 2)
    height, width = size[0] // 2, size[1] // 2
    squares = scan.counts[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 64)
    np.testing.assert_array_equal(read_in_blocks(binned, rows), squares.sum(axis=(1, 3)))
    assert live(binned)[0, 0] == live(scan)[:2, :2].sum()
    assert binned.pixel_size_mm == (1.0, 0.5)
    np.testing.assert_allclose(
        place_of_each(binned)[0, 0], place_of_each(scan)[:2, :2].mean((0, 1))
    )


def test_binned_channels_keep_their_energies() -> None:
    scan = scan_of(2, 3)
    binned = bin_channels(scan, 2)
    np.testing.assert_array_equal(binned.counts[:], scan.counts[:].reshape(2, 3, 32, 2).sum(axis=3))
    assert binned.calibration is not None
    middles = CALIBRATION.energy(np.arange(64)).reshape(32, 2).mean(axis=1)
    np.testing.assert_allclose(binned.calibration.energy(np.arange(32)), middles)


def test_binned_counts_do_not_overflow() -> None:
    full = ScanBuilder(4, 4).everywhere(np.full(64, 65535)).typed("u2").scan()
    assert (bin_pixels(full, 4).counts[:] == 16 * 65535).all()


def with_times(times: list[list[float]], empty: list[tuple[int, int]]) -> Scan:
    """A scan that states some times, (y, x) s, and of which some pixels have no counts."""
    seconds = np.array(times)
    builder = ScanBuilder(*seconds.shape, channels=64).typed("u2")
    for y, x in empty:
        builder.region(slice(y, y + 1), slice(x, x + 1), np.zeros(64, dtype="u2"))
    return builder.scan(live_time_s=seconds, facts={"live time": Fact("a", "the test")})


def test_pixels_that_were_not_measured_add_no_time() -> None:
    none = np.nan
    scan = with_times([[none, 2.0, none, none], [1.0, 3.0, none, none]], [(0, 0)])
    np.testing.assert_array_equal(live(bin_pixels(scan, 2)), [[6.0, none]])


def test_counts_without_a_live_time_leave_that_of_their_square_unknown() -> None:
    none = np.nan
    scan = with_times([[none, 2.0, 1.0, 1.0], [1.0, 3.0, 1.0, 1.0]], [])
    binned = bin_pixels(scan, 2)
    np.testing.assert_array_equal(live(binned), [[none, 4.0]])
    assert binned.facts["live time"].value == "4 s a pixel, where stated"


def test_where_no_live_time_is_left_it_is_missing() -> None:
    scan = with_times([[np.nan, 2.0], [np.nan, 2.0]], [])
    for changed in (crop(scan, slice(2), slice(1)), bin_pixels(scan, 2)):
        assert changed.live_time_s is None
        assert "live time" in changed.missing
        assert "of no pixel that is left" in changed.facts["live time"].source


def test_all_changes_together_are_made_in_the_order_that_is_promised() -> None:
    scan = scan_of(7, 6)
    asked = Changes(crop=(slice(1, 5), slice(None)), bin_pixels=2, mirror="x", rotate=90)
    changed = with_changes(scan, asked, HERE)
    step_by_step = rotate(
        mirror(bin_pixels(crop(scan, slice(1, 5), slice(None)), 2), "x"), 90, HERE
    )
    np.testing.assert_array_equal(changed.counts[:], step_by_step.counts[:])
    assert list(changed.facts) == ["cropped", "pixels binned", "mirrored", "rotated"]
    assert with_changes(scan, Changes(), HERE) is scan


def test_a_change_made_twice_is_told_twice() -> None:
    twice = crop(crop(scan_of(6, 6), slice(1, 6), slice(6)), slice(0, 2), slice(6))
    assert (twice.facts["cropped"].value or "").count("; then rows 0 to before 2") == 1


def test_changed_counts_can_be_read_in_another_process() -> None:
    turned = rotate(scan_of(3, 4), 90, HERE)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(turned)).counts[:], turned.counts[:])


def test_a_changed_scan_keeps_its_figures_in_a_file(tmp_path: Path) -> None:
    facts = {"live time": Fact("1 to 9 s", "the test"), "stage coordinates": Fact("a", "the test")}
    scan = replace(rotate(scan_of(4, 3), 90, tmp_path), facts=facts)
    scan = replace(scan, live_time_s=np.where(live(scan) == 2.0, np.nan, live(scan)))
    write_hdf5(scan, tmp_path / "turned.h5")
    opened = open_scan(tmp_path / "turned.h5")
    assert opened.stage == scan.stage
    assert opened.pixel_size_mm == pytest.approx(scan.pixel_size_mm)
    np.testing.assert_array_equal(live(opened), live(scan))
    assert "where stated" in (opened.facts["live time"].value or "")
    assert "stage_place" in opened.facts["stage coordinates"].source


def test_a_window_beyond_the_scan_is_refused() -> None:
    with pytest.raises(ScanFileError, match="columns 0 to 2, of which 1:9 are none"):
        crop(scan_of(4, 3), slice(None), slice(1, 9))
    with pytest.raises(ScanFileError, match="too few for squares of 4"):
        bin_pixels(scan_of(4, 3), 4)
    with pytest.raises(ScanFileError, match="leave too few"):
        bin_channels(scan_of(4, 3), 9)


def test_no_room_for_a_turned_scan_is_told_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from underpaint.scan import turned

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(turned, "write_at", full)
    with pytest.raises(OutputError, match="has no room for the turned counts"):
        rotate(scan_of(4, 3), 90, tmp_path).read(slice(0, 1))
