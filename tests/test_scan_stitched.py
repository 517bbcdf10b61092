"""Scans stitched by where they lie: every pixel in its place, gaps without counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import Scan, StagePlace, crop, mirror, place, stitch
from underpaint.spectrum import EnergyCalibration

STAGE = StagePlace((3.0, 4.0), (0.5, 0.0), (0.0, 0.25))


def board(height: int = 6, width: int = 8, **stated: object) -> Scan:
    live = np.arange(1.0, height * width + 1.0).reshape(height, width)
    fields = {"live_time_s": live, "pixel_size_mm": (0.5, 0.25), "stage": STAGE, **stated}
    scan = ScanBuilder(height, width).scan(**fields)
    scan.counts[...] += 1  # type: ignore[index]
    return scan


def times(scan: Scan) -> np.ndarray:
    assert scan.live_time_s is not None
    return scan.live_time_s


@given(
    cut=st.integers(1, 5),
    shared=st.integers(0, 2),
    rows=st.one_of(st.none(), st.integers(1, 3)),
    swapped=st.booleans(),
)
def test_a_scan_cut_in_two_is_whole_again(
    cut: int, shared: int, rows: int | None, swapped: bool
) -> None:
    scan = board()
    upper = crop(scan, slice(0, min(cut + shared, 6)), slice(None))
    lower = crop(scan, slice(cut, 6), slice(None))
    whole = stitch([lower, upper] if swapped else [upper, lower])
    assert whole.shape == scan.shape
    read = np.concatenate([block for _, block in whole.blocks(rows)])
    np.testing.assert_array_equal(read, scan.counts)
    np.testing.assert_array_equal(times(whole), times(scan))
    assert whole.stage is not None
    assert whole.stage.first == pytest.approx(STAGE.first)


def test_what_no_scan_measured_has_no_counts() -> None:
    scan = board()
    left, right = crop(scan, slice(0, 3), slice(0, 4)), crop(scan, slice(2, 6), slice(5, 8))
    whole = stitch([left, right])
    measured = np.zeros((6, 8), dtype=bool)
    measured[0:3, 0:4] = measured[2:6, 5:8] = True
    np.testing.assert_array_equal(whole.counts[:].any(axis=2), measured)
    np.testing.assert_array_equal(np.isfinite(times(whole)), measured)
    assert f"{np.count_nonzero(~measured)} pixels lie in none" in str(whole.facts["stitched"].value)


def test_the_first_with_counts_is_taken_where_scans_overlap() -> None:
    first, second = board(), board()
    first.counts[4:] = 0  # type: ignore[index]
    second.counts[...] += 100  # type: ignore[index]
    whole = stitch([first, second])
    np.testing.assert_array_equal(whole.counts[0:4], first.counts[0:4])
    np.testing.assert_array_equal(whole.counts[4:6], second.counts[4:6])


def test_overlaps_are_added_up_on_request_times_as_well() -> None:
    scan = board()
    whole = stitch([scan, crop(scan, slice(2, 4), slice(None))], "sum")
    np.testing.assert_array_equal(whole.counts[2:4], 2 * scan.counts[2:4])
    np.testing.assert_array_equal(whole.counts[0:2], scan.counts[0:2])
    np.testing.assert_array_equal(times(whole)[2:4], 2 * times(scan)[2:4])


def test_stage_axes_may_run_against_the_pixels() -> None:
    scan = board(stage=StagePlace((3.0, 4.0), (-0.5, 0.0), (0.0, -0.25)))
    whole = stitch([crop(scan, slice(3, 6), slice(None)), crop(scan, slice(0, 3), slice(None))])
    np.testing.assert_array_equal(whole.counts[:], scan.counts)


def test_a_place_in_pixels_will_do_where_no_size_is_known() -> None:
    bare = board(pixel_size_mm=None, stage=None)
    whole = stitch([place(bare, (0.0, 0.0)), place(bare, (0.0, 8.0))])
    np.testing.assert_array_equal(whole.counts[:], np.concatenate([bare.counts[:]] * 2, axis=1))
    assert whole.stage is None
    assert "stage coordinates" not in whole.facts


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"stage": None}, "does not state where it lies.*--at Y:X"),
        ({"calibration": EnergyCalibration(zero=-0.05, gain=0.0301)}, "axis off by 0.2 channels"),
        ({"calibration": None}, "stated for only one"),
        ({"tube_voltage_kv": 30.0}, "tube voltage in kV 30.0 and not 50.0"),
        ({"stage": StagePlace((3.0, 4.0), (0.7, 0.0), (0.0, 0.25))}, "another size"),
        ({"stage": StagePlace((9e6, 4.0), (0.5, 0.0), (0.0, 0.25))}, "so far apart"),
    ],
)
def test_scans_that_do_not_fit_are_refused(changed: dict[str, object], sentence: str) -> None:
    scan = board(tube_voltage_kv=50.0)
    with pytest.raises(ScanFileError, match=sentence):
        stitch([scan, replace(scan, **changed)])  # type: ignore[arg-type]


def test_a_mirrored_scan_does_not_fit_one_that_is_not() -> None:
    with pytest.raises(ScanFileError, match="another direction"):
        stitch([board(), mirror(board(), "x")])


def test_scans_of_other_channels_are_refused() -> None:
    other = ScanBuilder(6, 8, channels=32).scan(pixel_size_mm=(0.5, 0.25), stage=STAGE)
    with pytest.raises(ScanFileError, match="32 channels and not 64"):
        stitch([board(), other])
