"""The resolution where only zero and gain are stated."""

from __future__ import annotations

import numpy as np
import pytest

from element_spectra import CALIBRATION, PAINT, family_spectrum
from underpaint.elements.resolution import with_resolution
from underpaint.spectrum import EnergyCalibration, StatedAxis


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    return family_spectrum(PAINT).counts(np.random.default_rng(0))


def test_it_is_found_and_the_axis_left_alone(counts: np.ndarray) -> None:
    found = with_resolution(counts, StatedAxis(CALIBRATION.zero, CALIBRATION.gain))
    assert (found.zero, found.gain) == (CALIBRATION.zero, CALIBRATION.gain)
    assert found.fwhm(5.9) == pytest.approx(float(CALIBRATION.fwhm(5.9)), abs=0.003)


def test_what_is_stated_of_it_holds(counts: np.ndarray) -> None:
    half = StatedAxis(CALIBRATION.zero, CALIBRATION.gain, noise=CALIBRATION.noise + 0.01)
    assert with_resolution(counts, half).noise == half.noise
    whole = StatedAxis(CALIBRATION.zero, CALIBRATION.gain, 0.2, 0.2)
    assert with_resolution(counts, whole) == EnergyCalibration(
        CALIBRATION.zero, CALIBRATION.gain, 0.2, 0.2
    )


def test_it_is_usual_where_there_is_no_peak() -> None:
    flat = with_resolution(np.zeros(1024), StatedAxis(0.0, 0.02))
    assert flat == EnergyCalibration(0.0, 0.02)
