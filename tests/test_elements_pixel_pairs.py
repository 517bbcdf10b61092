"""Photons come together within a pixel, not within the sum of all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from element_spectra import CALIBRATION, TUBE_KV, family_spectrum
from underpaint.elements import identify_elements, spread_pixels
from underpaint.elements.blocks import ArrayBlocks
from underpaint.elements.pileup import coincidences, sum_peaks
from underpaint.elements.pixel_pairs import pixel_coincidences

ZINC_TWICE, IRON_AND_ZINC = 17.26, 15.03
SIZE = (16, 32)


def halves(piled_up: float = 0.0) -> NDArray[np.int64]:
    """A cube with zinc in its first columns, iron in the others, and so many of their own sums."""
    random = np.random.default_rng(3)
    columns = []
    for family in ("Zn-K", "Fe-K"):
        lines = family_spectrum({family: 20_000.0}, continuum=0.0).expectation()
        sums = sum_peaks(coincidences(lines), CALIBRATION, len(lines))
        mean = family_spectrum({family: 20_000.0}, continuum=15.0).expectation() + piled_up * sums
        columns.append(random.poisson(np.tile(mean, (SIZE[0], SIZE[1] // 2, 1))))
    return np.concatenate(columns, axis=1)


def about(pairs: NDArray[np.float64], kev: float) -> float:
    """Share of the sum peaks within 0.15 keV."""
    shape = sum_peaks(pairs, CALIBRATION, 2048)
    energy = CALIBRATION.energy(np.arange(2048))
    return float(shape[np.abs(energy - kev) < 0.15].sum())


def test_what_lies_in_different_pixels_does_not_pile_up() -> None:
    cube = halves()
    total = cube.sum(axis=(0, 1)).astype(np.float64)
    by_pixel = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION)
    by_sum = coincidences(total)
    assert about(by_sum, IRON_AND_ZINC) > 0.1
    assert about(by_pixel, IRON_AND_ZINC) < 0.01
    assert about(by_pixel, ZINC_TWICE) > 1.5 * about(by_sum, ZINC_TWICE)
    assert by_pixel.sum() == pytest.approx(1.0)


def test_noise_is_no_pair() -> None:
    """Few counts: a photon does not pile up with itself."""
    random = np.random.default_rng(5)
    mean = family_spectrum({"Zn-K": 30.0}, continuum=0.0).expectation()
    cube = random.poisson(np.tile(mean, (*SIZE, 1)))
    total = cube.sum(axis=(0, 1)).astype(np.float64)
    found = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION)
    truth = coincidences(mean)
    assert about(found, ZINC_TWICE) == pytest.approx(about(truth, ZINC_TWICE), rel=0.05)


def test_rows_side_by_side_and_pixels_left_out_change_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cube = halves()
    total = cube.sum(axis=(0, 1)).astype(np.float64)
    every = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION)
    with ThreadPoolExecutor(2) as executor:
        threads = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION, executor)
    np.testing.assert_array_equal(threads, every)
    monkeypatch.setattr(spread_pixels, "MOST_SPECTRA", 64)
    some = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION)
    for kev in (ZINC_TWICE, 12.8):
        assert about(some, kev) == pytest.approx(about(every, kev), rel=0.05)


def test_sum_peaks_of_pixels_are_explained() -> None:
    cube = halves(piled_up=400.0)
    total = cube.sum(axis=(0, 1)).astype(np.float64)
    spectra = [total, cube.max(axis=(0, 1)).astype(np.float64)]
    pairs = pixel_coincidences(ArrayBlocks(cube), total, CALIBRATION)
    found = identify_elements(spectra, CALIBRATION, tube_kv=TUBE_KV, pairs=pairs)
    assert set(found.names) == {"Zn-K", "Fe-K"} and not found.unexplained
    without = identify_elements(spectra, CALIBRATION, tube_kv=TUBE_KV)
    assert without.unexplained or set(without.names) > {"Zn-K", "Fe-K"}
