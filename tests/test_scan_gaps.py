"""Pixels that were not measured: found, and said in words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from underpaint.scan import find_gaps


def test_dead_pixels_rows_columns_and_a_broken_end_are_told_apart() -> None:
    measured = np.ones((12, 6), dtype=bool)
    measured[2] = measured[3] = False
    measured[:, 5] = False
    measured[6, 1] = False
    measured[9, 3:] = measured[10:] = False
    gaps = find_gaps(measured)
    assert gaps.rows == (2, 3)
    assert gaps.columns == (5,)
    assert gaps.end == (9, 3)
    assert gaps.single == 1
    assert gaps.pixels == np.count_nonzero(~measured)
    assert gaps.words == (
        f"{gaps.pixels} of 72 pixels: the scan ends before row 10, column 4; nothing in rows 3 to "
        "4; nothing in column 6; 1 in other places"
    )


def test_a_whole_scan_has_no_gaps() -> None:
    assert find_gaps(np.ones((3, 4), dtype=bool)).words == "none"


@given(arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_every_pixel_that_is_missing_is_counted_and_told(measured: np.ndarray) -> None:
    gaps = find_gaps(measured)
    assert gaps.pixels == np.count_nonzero(~measured)
    assert gaps.single <= gaps.pixels
    told = measured.copy()
    told[list(gaps.rows)] = True
    told[:, list(gaps.columns)] = True
    if gaps.end is not None:
        told.reshape(-1)[gaps.end[0] * measured.shape[1] + gaps.end[1] :] = True
    assert np.count_nonzero(~told) == gaps.single
    assert (gaps.words == "none") == measured.all()
