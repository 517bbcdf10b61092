"""Reading a scan block by block, and adding it up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import CALIBRATION, ScanBuilder, SpectrumBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import counted_channels, summarise


@given(height=st.integers(1, 9), rows=st.one_of(st.none(), st.integers(1, 12)))
def test_blocks_cover_every_row_once_and_in_order(height: int, rows: int | None) -> None:
    builder = ScanBuilder(height=height)
    copy = np.full_like(builder.counts, -1)
    stops = [0]
    for taken, block in builder.scan().blocks(rows):
        assert taken.start == stops[-1]
        stops.append(taken.stop)
        copy[taken] = block
    np.testing.assert_array_equal(copy, builder.counts)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4"])
def test_sum_and_maximum_are_those_of_the_cube(dtype: str) -> None:
    builder = ScanBuilder(height=5).typed(dtype)
    scan = builder.scan()
    np.testing.assert_array_equal(scan.sum_spectrum(), builder.counts.sum(axis=(0, 1), dtype=float))
    np.testing.assert_array_equal(scan.maximum_spectrum(), builder.counts.max(axis=(0, 1)))


def test_sums_do_not_overflow_small_integers() -> None:
    scan = ScanBuilder(height=9, width=9).everywhere(np.full(64, 255)).typed("u1").scan()
    assert (scan.sum_spectrum() == 81 * 255).all()
    assert summarise(scan).pixel_counts.min() == 255 * len(range(64)[counted_channels(scan)])


@pytest.mark.parametrize(
    ("bad", "message"), [(np.nan, "NaN"), (np.inf, "infinite"), (-1.0, "negative counts")]
)
def test_counts_that_cannot_be_are_refused_with_their_rows(bad: float, message: str) -> None:
    builder = ScanBuilder(height=6).typed("f8")
    builder.counts[4, 0, 0] = bad
    with pytest.raises(ScanFileError, match=f"{message}.*between rows 4 and 6"):
        for _ in builder.scan().blocks(rows=3):
            pass


def test_negative_integers_are_refused() -> None:
    builder = ScanBuilder().typed("i2")
    builder.counts[1, 1, 1] = -5
    with pytest.raises(ScanFileError, match=r"negative counts \(down to -5\)"):
        summarise(builder.scan())


def test_summary_counts_from_1_kev_to_the_tube_voltage() -> None:
    pixel = SpectrumBuilder(channels=1024).flat(1).expectation()
    scan = ScanBuilder(2, 2).everywhere(pixel).scan(tube_voltage_kv=20.0)
    summary = summarise(scan)
    energy = CALIBRATION.energy(np.arange(1024))
    inside = np.count_nonzero((energy >= 1.0) & (energy < 20.0))
    np.testing.assert_array_equal(summary.pixel_counts, np.full((2, 2), float(inside)))


def test_without_calibration_all_channels_count() -> None:
    assert counted_channels(ScanBuilder(calibration=None).scan()) == slice(0, 64)


def test_impossible_shapes_are_refused() -> None:
    builder = ScanBuilder()
    with pytest.raises(ValueError, match="times must be"):
        builder.scan(live_time_s=np.ones((4, 3)))
    with pytest.raises(ValueError, match="counts must be"):
        ScanBuilder(height=0).scan()


def test_built_lines_lie_where_they_should_with_their_counts() -> None:
    spectrum = SpectrumBuilder().line(6.4, 1000.0).expectation()
    energy = CALIBRATION.energy(np.arange(1024))
    assert spectrum.sum() == pytest.approx(1000.0, rel=1e-4)
    assert (spectrum * energy).sum() / spectrum.sum() == pytest.approx(6.4, abs=1e-4)
