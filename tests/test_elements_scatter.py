"""Anode and angle from scattered tube lines."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ScanBuilder
from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import find_elements, find_scatter
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


def test_lines_of_an_anode_that_the_file_states_are_the_tubes() -> None:
    expected = family_spectrum({"W-L": 20_000.0, "Ca-K": 9_000.0, "Fe-K": 12_000.0}).expectation()
    builder = ScanBuilder(height=4, width=4).everywhere(expected)
    scan = builder.poisson(np.random.default_rng(5)).scan(
        calibration=CALIBRATION, anode="W", tube_voltage_kv=TUBE_KV
    )
    counts = np.asarray(scan.counts, dtype=np.float64)
    spectra = [counts.sum(axis=(0, 1)), counts.max(axis=(0, 1))]
    found, _ = find_elements(scan, spectra, CALIBRATION, counts.sum(axis=2))
    marked = {family.name: family.from_tube for family in found.families}
    assert marked == {"W-L": True, "Ca-K": False, "Fe-K": False}
