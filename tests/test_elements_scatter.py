"""Anode and angle from scattered tube lines."""

from __future__ import annotations

import numpy as np
import pytest

from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import find_scatter
from underpaint.elements.scatter import compton_humps, compton_kev


@pytest.mark.parametrize(("anode", "angle"), [("Rh", 130.0), ("Ag", 110.0), ("Mo", 150.0)])
def test_anode_and_angle_are_found(anode: str, angle: float) -> None:
    family = f"{anode}-K"
    humps = compton_humps(family, angle, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum(PAINT | {family: 6000.0}).expectation()
    counts = np.random.default_rng(0).poisson(lines + 30000.0 * humps.mean(axis=0))
    found = find_scatter(counts, CALIBRATION, TUBE_KV)
    assert found is not None
    assert found.anode == anode
    assert found.angle_deg == pytest.approx(angle, abs=10.0)


def test_paint_alone_scatters_nothing() -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(1))
    assert find_scatter(counts, CALIBRATION, TUBE_KV) is None


def test_silver_at_138_degrees_lies_at_20_6_kev() -> None:
    assert compton_kev(np.array([22.163]), 138.0)[0] == pytest.approx(20.60, abs=0.02)
