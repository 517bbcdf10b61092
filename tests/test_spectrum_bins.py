"""Bins follow the resolution; spectra of any gain come onto them with their counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from underpaint.spectrum import Bins, EnergyCalibration, rebin, standard_bins
from underpaint.spectrum.bins import BINS_PER_FWHM, HIGHEST_KEV, LOWEST_KEV, TYPICAL

GAINS = st.floats(0.004, 0.06)
ZEROS = st.floats(-0.3, 0.3)
SEEDS = st.integers(0, 2**32 - 1)


def test_standard_bins_ascend_and_cover_the_range() -> None:
    bins = standard_bins()
    assert np.all(bins.widths > 0.0)
    assert bins.edges[0] == LOWEST_KEV
    assert bins.edges[-1] >= HIGHEST_KEV
    assert len(bins) == len(bins.centres) == len(bins.widths) == len(bins.edges) - 1


def test_three_bins_make_one_line_width_everywhere() -> None:
    bins = standard_bins()
    np.testing.assert_allclose(
        TYPICAL.fwhm(bins.edges[:-1]) / bins.widths, BINS_PER_FWHM, rtol=1e-9
    )


def test_standard_bins_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        standard_bins().edges[0] = 0.0


@given(gain=GAINS, zero=ZEROS, channels=st.integers(16, 2048), seed=SEEDS)
def test_counts_inside_the_bins_are_conserved(
    gain: float, zero: float, channels: int, seed: int
) -> None:
    axis = EnergyCalibration(zero, gain)
    counts = np.random.default_rng(seed).poisson(50.0, channels)
    edges = axis.edges(channels)
    wide = Bins(np.array([edges[0] - 1.0, *np.linspace(edges[1], edges[-2], 37), edges[-1] + 1.0]))
    assert rebin(counts, axis, wide).sum() == pytest.approx(counts.sum(), rel=1e-6)


@given(gain=GAINS, zero=ZEROS, channels=st.integers(4, 512), seed=SEEDS)
def test_bins_that_are_the_channels_give_the_same_counts(
    gain: float, zero: float, channels: int, seed: int
) -> None:
    axis = EnergyCalibration(zero, gain)
    counts = np.random.default_rng(seed).integers(0, 10_000, (3, channels))
    same = rebin(counts, axis, Bins(axis.edges(channels)))
    np.testing.assert_allclose(same, counts, atol=1e-3)


@given(gain=st.floats(0.004, 0.02), zero=ZEROS, factor=st.integers(2, 5))
def test_bins_of_whole_channels_sum_them(gain: float, zero: float, factor: int) -> None:
    axis = EnergyCalibration(zero, gain)
    counts = np.arange(60 * factor) % 101
    coarse = Bins(axis.edges(60 * factor)[::factor])
    expected = counts.reshape(60, factor).sum(axis=1)
    np.testing.assert_allclose(rebin(counts, axis, coarse), expected, atol=1e-3)


@given(gain=GAINS, zero=ZEROS, seed=SEEDS)
def test_fine_bins_share_each_channel_by_width(gain: float, zero: float, seed: int) -> None:
    axis = EnergyCalibration(zero, gain)
    counts = np.random.default_rng(seed).integers(0, 1000, 40)
    fine = Bins(np.linspace(*axis.edges(40)[[0, -1]], 40 * 4 + 1))
    np.testing.assert_allclose(rebin(counts, axis, fine), np.repeat(counts / 4.0, 4), atol=1e-3)


@given(gain=GAINS, zero=ZEROS, channels=st.integers(64, 4096))
def test_bins_outside_the_measured_range_are_empty_and_not_covered(
    gain: float, zero: float, channels: int
) -> None:
    axis = EnergyCalibration(zero, gain)
    bins = standard_bins()
    filled = rebin(np.ones(channels), axis, bins)
    first, last = axis.edges(channels)[[0, -1]]
    outside = (bins.edges[1:] < first) | (bins.edges[:-1] > last)
    assert not filled[outside].any()
    covered = bins.covered(axis, channels)
    assert not covered[outside].any()
    np.testing.assert_allclose(filled[covered], bins.widths[covered] / gain, rtol=1e-5)


def test_every_pixel_of_a_cube_is_rebinned_by_itself(rng: np.random.Generator) -> None:
    axis = EnergyCalibration(-0.02, 0.02)
    cube = rng.poisson(3.0, (4, 5, 2048)).astype(np.uint16)
    together = rebin(cube, axis, standard_bins())
    assert together.shape == (4, 5, len(standard_bins()))
    assert together.dtype == np.float32
    alone = rebin(cube[2, 3], axis, standard_bins())
    np.testing.assert_allclose(together[2, 3], alone, rtol=1e-6)


@given(gain=GAINS, zero=ZEROS, channels=st.integers(64, 4096), seed=SEEDS)
def test_bins_hold_differences_of_the_running_sum(
    gain: float, zero: float, channels: int, seed: int
) -> None:
    axis, bins = EnergyCalibration(zero, gain), standard_bins()
    counts = np.random.default_rng(seed).integers(0, 70_000, channels)
    running = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    at_edges = np.interp(axis.channel(bins.edges) + 0.5, np.arange(channels + 1), running)
    np.testing.assert_allclose(rebin(counts, axis, bins), np.diff(at_edges), rtol=1e-5, atol=0.05)
