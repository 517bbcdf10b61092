"""Peaks are found, with their widths, on an unknown axis."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.elements.peaks import find_peaks


@pytest.mark.parametrize("sigma", [1.5, 4.0, 10.0])
def test_position_and_width_are_measured(sigma: float) -> None:
    channel = np.arange(1200)
    shape = np.exp(-0.5 * ((channel - 500.3) / sigma) ** 2)
    counts = np.random.default_rng(3).poisson(100 + 20000 * shape)
    peaks = find_peaks(counts)
    assert peaks.channel[0] == pytest.approx(500.3, abs=0.1 * sigma)
    assert peaks.fwhm[0] == pytest.approx(2.355 * sigma, rel=0.08, abs=0.5)


def test_noise_has_no_peaks() -> None:
    counts = np.random.default_rng(4).poisson(50.0, 4000)
    assert len(find_peaks(counts)) == 0


def test_peaks_below_the_first_channel_are_ignored() -> None:
    channel = np.arange(400)
    counts = 5 + 9000 * np.exp(-0.5 * ((channel - 60) / 3) ** 2)
    assert len(find_peaks(counts)) == 1
    assert len(find_peaks(counts, first=100)) == 0
