"""Many non-negative fits at once equal scipy's one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from underpaint.elements.coordinate_descent import non_negative


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_same_as_one_by_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    parts = generator.random((6, 30))
    spectra = generator.normal(size=(8, 30)) + generator.random((8, 6)) @ parts
    gram, projected = parts @ parts.T, spectra @ parts.T
    start = np.linalg.solve(gram, projected.T).T
    found = non_negative(start.T, gram, projected.T).T
    for row, spectrum in zip(found, spectra, strict=True):
        expected, _ = nnls(parts.T, spectrum)
        np.testing.assert_allclose(row, expected, atol=2e-2)
    assert np.all(found >= 0.0)
