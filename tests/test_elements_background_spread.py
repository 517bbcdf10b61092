"""A background that keeps together from pixel to pixel lends lines less of its noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from element_spectra import CALIBRATION, CHANNELS, TUBE_KV, family_spectrum
from underpaint.elements import Design, build_design, fit_design
from underpaint.elements.background_spread import FEWEST_PIXELS, hold_background, moments
from underpaint.elements.blocks import ArrayBlocks

FAMILIES = ("Pb-L", "Pb-M", "Ca-K", "P-K", "S-K", "Si-K", "Rh-L")
HEIGHT, WIDTH = 40, 60
PATCH = 24


@pytest.fixture(scope="module")
def counts() -> NDArray[np.int64]:
    """Pixels of lead over a continuum that differs in brightness and a little in slope, none of
    phosphorus; the first of them under twice as steep a one."""
    random = np.random.default_rng(3)
    pixels = HEIGHT * WIDTH
    lines = family_spectrum(
        {"Pb-L": 4000.0, "Pb-M": 500.0, "Ca-K": 200.0, "Rh-L": 150.0}, continuum=0.0
    ).expectation()
    energy = np.maximum(CALIBRATION.energy(np.arange(CHANNELS)), 0.5)
    bright = random.lognormal(0.0, 0.4, (pixels, 1))
    slope = 12.0 * random.lognormal(0.0, 0.05, (pixels, 1))
    slope[:PATCH] = 6.0
    continuum = 4.0 * bright * np.exp(-energy / slope)
    return random.poisson(lines + continuum).reshape(HEIGHT, WIDTH, CHANNELS)


@pytest.fixture(scope="module")
def free(counts: NDArray[np.int64]) -> Design:
    total = counts.sum(axis=(0, 1)).astype(np.float64)
    return build_design(total, CALIBRATION, FAMILIES, pixels=HEIGHT * WIDTH, tube_kv=TUBE_KV)


@pytest.fixture(scope="module")
def held(counts: NDArray[np.int64], free: Design) -> Design:
    return hold_background(free, ArrayBlocks(counts))


def phosphorus(counts: NDArray[np.int64], design: Design) -> tuple[NDArray[np.float32], ...]:
    """Counts of P-K in each pixel, which has none, and their errors."""
    fit = fit_design(counts.reshape(-1, CHANNELS), design, nonnegative=False)
    place = FAMILIES.index("P-K")
    return fit.counts[:, place], fit.sigma[:, place]


def test_noise_of_crowded_lines_is_less_and_their_mean_the_same(
    counts: NDArray[np.int64], free: Design, held: Design
) -> None:
    before, _ = phosphorus(counts, free)
    after, sigma = phosphorus(counts, held)
    assert after.std() < 0.85 * before.std()
    assert abs(after.mean()) < abs(before.mean()) + 3.0 * after.std() / np.sqrt(after.size)
    assert 0.8 < after.std() / np.median(sigma) < 1.3


def test_a_small_place_of_another_background_is_hardly_misread(
    counts: NDArray[np.int64], free: Design, held: Design
) -> None:
    before, sigma = phosphorus(counts, free)
    after, _ = phosphorus(counts, held)
    off = after[:PATCH].mean() - before[:PATCH].mean()
    assert abs(off) < 0.5 * sigma[:PATCH].mean()


def test_few_pixels_leave_it_free(counts: NDArray[np.int64], free: Design) -> None:
    few = counts.reshape(-1, CHANNELS)[: FEWEST_PIXELS - 1]
    assert hold_background(free, ArrayBlocks(few[None])) is free


def test_empty_pixels_do_not_count(counts: NDArray[np.int64], free: Design) -> None:
    some = counts[0].astype(np.float64)
    seen = moments(free, some)
    with_gaps = moments(free, np.concatenate([np.zeros_like(some), some]))
    assert seen.pixels == with_gaps.pixels == WIDTH
    np.testing.assert_allclose(seen.squares, with_gaps.squares)
