"""Diffraction peaks are narrow, rare, and of the strength that the prior says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from underpaint.network.disturbances import diffracted, draw_crystals
from underpaint.network.scan_prior import ScanPrior, sample_dose
from underpaint.spectrum import standard_bins
from underpaint.xray import Instrument

BINS = standard_bins()
ALWAYS = replace(ScanPrior(), diffraction=1.0, diffracting=(0.3, 0.31))


def test_most_scans_have_no_crystals() -> None:
    prior, random = ScanPrior(), np.random.default_rng(0)
    drawn = [draw_crystals(Instrument(), BINS, prior, random) for _ in range(400)]
    share = np.mean([crystals.share > 0.0 for crystals in drawn])
    assert 0.5 * prior.diffraction < share < 1.7 * prior.diffraction
    none = next(crystals for crystals in drawn if crystals.share == 0.0)
    assert not diffracted(none, prior, 5, random).any()


def test_peaks_are_narrow_and_stand_below_the_tube_voltage() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        crystals = draw_crystals(Instrument(kv=30.0), BINS, ALWAYS, random)
        np.testing.assert_allclose(crystals.shapes.sum(axis=1), 1.0, rtol=1e-4)
        for shape in crystals.shapes:
            place = (shape * BINS.centres).sum()
            width = np.sqrt((shape * (BINS.centres - place) ** 2).sum())
            assert 1.9 < place < 30.0
            assert width < 0.35


def test_as_many_pixels_diffract_as_the_scan_says_and_as_strongly() -> None:
    random = np.random.default_rng(2)
    crystals = draw_crystals(Instrument(), BINS, ALWAYS, random)
    added = diffracted(crystals, ALWAYS, 2000, random).sum(dim=1).numpy()
    assert 0.25 < (added > 0.0).mean() < 0.36
    low, high = ALWAYS.peak_share
    struck = added[added > 0.0]
    assert struck.min() >= 0.99 * low
    assert struck.max() <= 1.01 * ALWAYS.peaks * high


def test_doses_are_mostly_those_of_scans_and_sometimes_far_larger() -> None:
    prior, random = ScanPrior(), np.random.default_rng(3)
    dose = np.array([sample_dose(prior, random) for _ in range(3000)])
    assert prior.counts[0] <= dose.min() and dose.max() <= prior.counts[1]
    beyond = (dose > prior.usual_counts[1]).mean()
    assert 0.03 < beyond < 0.25
