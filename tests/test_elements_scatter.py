"""Anode and angle from scattered tube lines."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ScanBuilder
from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import find_elements, find_scatter, identify_elements
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


@pytest.mark.parametrize("family", ["W-L", "Au-L", "Cr-K", "Cu-K"])
def test_soft_humps_among_the_lines_of_paint_are_those_of_a_stated_anode(family: str) -> None:
    anode = family.split("-")[0]
    paint = {"Pb-L": 60000.0, "Ca-K": 90000.0, "Fe-K": 120000.0, "Zn-K": 60000.0}
    humps = compton_humps(family, 135.0, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum(paint | {family: 60000.0}).expectation()
    counts = np.random.default_rng(2).poisson(lines + 60000.0 * humps.mean(axis=0))
    stated = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV, anode=anode)
    assert stated.scatter is not None
    assert stated.scatter.family == family
    assert {found.name for found in stated.families if not found.from_tube} == set(paint)
    assert stated.unexplained == ()
    unstated = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV)
    assert unstated.scatter is None


def test_a_stated_anode_that_is_not_seen_gives_way_to_one_that_is() -> None:
    humps = compton_humps("Rh-K", 130.0, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum(PAINT | {"Rh-K": 6000.0}).expectation()
    counts = np.random.default_rng(4).poisson(lines + 30000.0 * humps.mean(axis=0))
    found = find_scatter(counts, CALIBRATION, TUBE_KV, "W")
    assert found is not None
    assert found.anode == "Rh"


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
