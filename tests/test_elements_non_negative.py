"""Many non-negative fits at once equal scipy's one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import nnls

from underpaint.elements.non_negative import non_negative


def one_by_one(
    parts: NDArray[np.float64], spectra: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Solutions (part, n), by what is tested and by scipy."""
    gram = parts @ parts.T
    found = non_negative(np.linalg.solve(gram, parts @ spectra.T), gram)
    expected = np.array([nnls(parts.T, spectrum)[0] for spectrum in spectra]).T
    return found, expected


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_same_as_one_by_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    parts = generator.random((6, 30))
    spectra = generator.normal(size=(8, 30)) + generator.random((8, 6)) @ parts
    found, expected = one_by_one(parts, spectra)
    np.testing.assert_allclose(found, expected, atol=2e-2)
    assert np.all(found >= 0.0)


@pytest.mark.parametrize("wrong", [0, 3])
def test_same_where_some_parts_are_strong(wrong: int) -> None:
    # strong parts are left free at first, but a few spectra have less than none of them
    generator = np.random.default_rng(5)
    parts = generator.random((6, 30))
    amplitudes = generator.normal(size=(400, 6))
    amplitudes[:, :3] += 40.0
    amplitudes[:wrong, :3] = -20.0
    found, expected = one_by_one(parts, amplitudes @ parts + generator.normal(size=(400, 30)))
    np.testing.assert_allclose(found, expected, atol=2e-2)
    assert np.all(found >= 0.0)
    assert np.any(found[3:] == 0.0)


def test_parts_that_no_channel_sees_stay_at_zero() -> None:
    gram = np.diag([1.0, 0.0, 2.0])
    free = np.array([[1.0, -1.0], [0.0, 0.0], [-3.0, 2.0]])
    np.testing.assert_allclose(non_negative(free, gram), [[1, 0], [0, 0], [0, 2]], atol=1e-3)
