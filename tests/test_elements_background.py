"""SNIP: the continuum stays, the peaks go."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from element_spectra import CALIBRATION, family_spectrum
from underpaint.elements.background import continuum, running_mean, snip


def test_continuum_beneath_peaks_is_found_to_a_few_percent() -> None:
    smooth = family_spectrum({}, continuum=200.0).expectation()
    peaked = family_spectrum({"Fe-K": 20000.0, "Cu-K": 5000.0}, continuum=200.0).expectation()
    found = continuum(peaked, CALIBRATION)
    iron = slice(300, 370)
    assert np.abs(found[iron] / smooth[iron] - 1.0).max() < 0.08


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_snip_never_lies_above_the_counts(seed: int, width: int) -> None:
    counts = np.random.default_rng(seed).poisson(20.0, 200)
    assert np.all(snip(counts, np.full(200, width)) <= counts + 1e-9)


def test_many_spectra_give_what_each_alone_gives() -> None:
    counts = np.random.default_rng(0).poisson(
        family_spectrum({"Fe-K": 900.0}).expectation(), (3, 2048)
    )
    together = continuum(counts, CALIBRATION)
    for row, alone in zip(together, counts, strict=True):
        np.testing.assert_allclose(row, continuum(alone, CALIBRATION))


def test_running_mean_keeps_a_level_at_the_ends() -> None:
    np.testing.assert_allclose(running_mean(np.full(9, 4.0), 3), 4.0)
