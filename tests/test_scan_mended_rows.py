"""Odd rows that are displaced: found, and moved back into line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import Scan, find_row_displacement, mend_rows

SUBPIXELS = 20
MARGIN = 10


def painted(generator: np.random.Generator, displacement: float) -> Scan:
    """A picture of soft spots, whose odd rows lie to the right by so many pixels."""
    height, width, channels = 40, 60, 64
    fine = generator.normal(size=(height, (width + 2 * MARGIN) * SUBPIXELS))
    picture = gaussian_filter(fine, (1.0, SUBPIXELS))
    picture /= picture.std()
    brightness = generator.exponential(20.0, channels)
    builder = ScanBuilder(height, width, channels=channels)
    for row in range(height):
        start = round((MARGIN - displacement * (row % 2)) * SUBPIXELS)
        seen = picture[row, start : start + width * SUBPIXELS].reshape(width, -1).mean(axis=1)
        builder.counts[row] = np.outer(np.clip(1.0 + 0.4 * seen, 0.05, None), brightness)
    return builder.poisson(generator).scan()


def cut(counts: NDArray[np.int64], displacement: int) -> NDArray[np.int64]:
    """Rows as a scanner gives them whose odd rows are displaced; the ends run into the next."""
    seen = counts.copy()
    seen[1::2] = np.roll(seen[1::2], displacement, axis=1)
    return seen


@pytest.mark.parametrize("displacement", [0.7, -1.4, 3.0])
def test_a_displacement_is_found_between_whole_pixels(
    displacement: float, rng: np.random.Generator
) -> None:
    found = find_row_displacement(painted(rng, displacement))
    assert found.clear
    assert found.pixels == pytest.approx(displacement, abs=0.08)
    assert found.sigma < 0.08
    assert found.whole_pixels == round(displacement)
    assert ("right" if displacement > 0 else "left") in found.words


def test_rows_in_line_are_left_alone(rng: np.random.Generator) -> None:
    found = find_row_displacement(painted(rng, 0.0))
    assert found.known
    assert not found.clear
    assert found.whole_pixels == 0
    assert found.words.startswith("none")


def test_noise_alone_tells_nothing(rng: np.random.Generator) -> None:
    scan = ScanBuilder(30, 40).everywhere(np.full(64, 3)).poisson(rng).scan()
    found = find_row_displacement(scan)
    assert not found.known
    assert "cannot be told" in found.words
    assert not find_row_displacement(ScanBuilder(3, 4).scan()).known


def test_a_few_rows_of_a_large_scan_are_enough(rng: np.random.Generator) -> None:
    found = find_row_displacement(painted(rng, 1.0), rows_at_most=24)
    assert found.pixels == pytest.approx(1.0, abs=0.1)


def test_the_mended_scan_is_in_line(rng: np.random.Generator) -> None:
    scan = painted(rng, 2.1)
    mended = mend_rows(scan, find_row_displacement(scan).whole_pixels)
    assert find_row_displacement(mended).whole_pixels == 0
    assert "left by 2 pixels" in (mended.facts["rows mended"].value or "")


@given(displacement=st.integers(-5, 5), rows=st.one_of(st.none(), st.integers(1, 4)))
def test_mending_undoes_the_displacement_where_pixels_are_left(
    displacement: int, rows: int | None
) -> None:
    builder = ScanBuilder(5, 7)
    seconds = np.arange(35.0).reshape(5, 7) + 1.0
    shifted = builder.scan(live_time_s=cut(seconds, displacement))
    object.__setattr__(shifted, "counts", cut(builder.counts, displacement))
    mended = mend_rows(shifted, displacement)
    inside = slice(max(-displacement, 0), 7 - max(displacement, 0))
    for taken, block in mended.blocks(rows):
        np.testing.assert_array_equal(block[:, inside], builder.counts[taken, inside])
    np.testing.assert_array_equal(mended.counts[::2], builder.counts[::2])
    assert mended.live_time_s is not None
    np.testing.assert_array_equal(mended.live_time_s[:, inside], seconds[:, inside])
    lost = np.ones(7, dtype=bool)
    lost[inside] = False
    assert not mended.counts[1::2][:, lost].any()
    assert np.isnan(mended.live_time_s[1::2][:, lost]).all()


def test_a_displacement_wider_than_the_scan_is_refused() -> None:
    with pytest.raises(ScanFileError, match="4 pixels wide"):
        mend_rows(ScanBuilder(3, 4).scan(), 4)
