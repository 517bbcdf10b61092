"""Fits on trial axes: how what is left over changes with the axis."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.elements.axis_fit import AxisFit
from underpaint.elements.refine import ALL, refine
from underpaint.elements.templates import branch_shares, family_templates
from underpaint.spectrum import EnergyCalibration

TRUE = EnergyCalibration(-0.05, 0.02, 0.09, 0.115)
FAMILIES = ("Fe-K", "Cu-K", "Pb-L", "Sr-K")
CHANNELS, FIRST, TUBE_KV = 1500, 100, 40.0
BEGIN = np.array([0.0, 0.0, TRUE.noise, TRUE.fano])


def spectrum() -> np.ndarray:
    lines = family_templates(FAMILIES, TRUE, CHANNELS, TUBE_KV)
    return np.array([3e5, 1e5, 2e5, 5e4]) @ lines + 200.0


def fit_of(slack: tuple[str, ...]) -> tuple[AxisFit, np.ndarray]:
    channels = slice(FIRST, CHANNELS)
    fit = AxisFit.of(spectrum(), TRUE, FAMILIES, channels, TUBE_KV, slack, False)
    return fit, np.full(sum(len(branch_shares(name, TUBE_KV)) for name in fit.loose), 1e-3)


@pytest.mark.parametrize("slack", [(), ("Pb-L",)])
def test_slopes_are_those_of_fits_nearby(slack: tuple[str, ...]) -> None:
    # where nearly nothing is left over, Kaufman's slopes are those of the whole problem
    fit, ties = fit_of(slack)
    slopes = fit.slopes(fit.solve(BEGIN, ties), ALL)
    bins = len(fit.binned)
    assert slopes.shape == (bins + len(ties), 4)
    for number in range(4):
        step = np.zeros(4)
        step[number] = 2e-4
        ahead, behind = (fit.solve(BEGIN + sign * step, ties).left for sign in (1.0, -1.0))
        nearby = (ahead - behind) / (2 * step[number])
        off = np.linalg.norm(slopes[:, number] - nearby) / np.linalg.norm(nearby)
        assert off < 0.03
    width = np.array([False, False, True, True])
    of_width = fit.slopes(fit.solve(BEGIN, ties), width)
    np.testing.assert_allclose(of_width, slopes[:, 2:], rtol=1e-6, atol=1e-6)


def test_slopes_lead_from_a_wrong_axis_to_the_right_one() -> None:
    wrong = EnergyCalibration(TRUE.zero + 0.03, TRUE.gain * 1.002, 0.10, 0.118)
    found = refine(spectrum(), wrong, FAMILIES, FIRST, CHANNELS, TUBE_KV)
    channel = np.array([300.0, 700.0, 1200.0])
    assert found.calibration.energy(channel) == pytest.approx(TRUE.energy(channel), abs=5e-4)
    assert found.calibration.fwhm(6.4) == pytest.approx(TRUE.fwhm(6.4), rel=0.01)
