"""Anode and angle from scattered tube lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import ScanBuilder
from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import find_axis, find_elements, find_scatter, identify_elements
from underpaint.elements.needed import caution, is_before_anode
from underpaint.elements.scatter import Scatter, compton_humps, under_hump
from underpaint.elements.templates import brightest_kev
from underpaint.scan import open_scan
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import compton_kev


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


@pytest.mark.parametrize("metal", ["Sn", "Zr"])
def test_lines_that_a_heavy_metal_throws_back_are_no_other_anodes_humps(
    shared_data: Path, metal: str
) -> None:
    """Rhodium's K alpha lies where palladium's hump does, and tin scatters next to no Compton."""
    scan = open_scan(shared_data / "nist-m4" / f"{metal}_50kv_50_ma_Rh_vac_D1.msa")
    counts = scan.read(slice(0, 1))[0, 0].astype(np.float64)
    axis = find_axis(scan, counts).in_use
    found = find_elements(scan, [counts, counts], axis, counts.sum()[None, None])[0]
    assert found.scatter is None or found.scatter.anode == "Rh"
    assert "Rh-K" in found.names


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
    if anode in ("W", "Cu"):
        # no paint has tungsten, so that its lines tell of a tube; copper's hump does, beside them
        assert unstated.scatter == stated.scatter
        assert unstated.names == stated.names
    else:
        assert unstated.scatter is None


@pytest.mark.parametrize(("significance", "anode"), [(20.0, "W"), (50.0, "Rh")])
def test_tungsten_is_told_where_another_tube_is_not_clear(
    monkeypatch: pytest.MonkeyPatch, significance: float, anode: str
) -> None:
    def told(
        spectrum: NDArray[np.float64],
        calibration: EnergyCalibration,
        kv: float,
        stated: str | None = None,
        pairs: NDArray[np.float64] | None = None,
    ) -> Scatter | None:
        if stated is None:
            return Scatter("Rh", "Rh-K", 85.0, significance)
        return find_scatter(spectrum, calibration, kv, stated, pairs)

    monkeypatch.setattr("underpaint.elements.identify.find_scatter", told)
    humps = compton_humps("W-L", 150.0, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum({"Ca-K": 90_000.0, "W-L": 60_000.0}).expectation()
    counts = np.random.default_rng(6).poisson(lines + 60_000.0 * humps.mean(axis=0))
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV).scatter
    assert found is not None and found.anode == anode


def test_molybdenum_is_told_beside_much_lead_and_zirconium_and_its_humps_are_no_niobium() -> None:
    paint = {"Pb-L": 3e6, "Zr-K": 40_000.0, "Ca-K": 200_000.0, "Fe-K": 400_000.0}
    humps = compton_humps("Mo-K", 130.0, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum(paint | {"Mo-K": 40_000.0}).expectation()
    counts = np.random.default_rng(5).poisson(lines + 60_000.0 * humps.mean(axis=0))
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV)
    assert found.scatter is not None and found.scatter.anode == "Mo"
    assert set(found.names) == {*paint, "Mo-K"}
    assert found.unexplained == ()


@pytest.mark.parametrize(
    ("name", "anode", "before"),
    [("Nb-K", "Mo", True), ("Zr-K", "Mo", False), ("Pd-K", "Ag", True), ("Pd-L", "Ag", False),
     ("Ag-K", "Ag", False), ("Cd-K", "Ag", False)],
)  # fmt: skip
def test_the_element_before_the_anode_is_not_told(name: str, anode: str, before: bool) -> None:
    assert is_before_anode(name, Scatter(anode, f"{anode}-K", 130.0, 50.0)) is before
    assert not is_before_anode(name, None)


@pytest.mark.parametrize("kev", [16.4, 16.6, 16.9])
def test_no_peak_is_unexplained_in_the_hump_of_the_brightest_tube_line(kev: float) -> None:
    seen = Scatter("Mo", "Mo-K", 130.0, 50.0)
    assert under_hump(kev, seen.family, TUBE_KV, CALIBRATION)
    assert not under_hump(kev - 1.0, seen.family, TUBE_KV, CALIBRATION)


def test_copper_is_found_beside_the_humps_of_tungsten() -> None:
    paint = {"Pb-L": 60_000.0, "Ca-K": 90_000.0, "Cu-K": 20_000.0}
    humps = compton_humps("W-L", 150.0, CALIBRATION, CHANNELS, TUBE_KV)
    lines = family_spectrum(paint | {"W-L": 60_000.0}).expectation()
    counts = np.random.default_rng(6).poisson(lines + 60_000.0 * humps.mean(axis=0))
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV)
    assert set(found.names) == {*paint, "W-L"}


def test_more_is_asked_near_scattered_lines_and_not_between_them() -> None:
    """Zinc's line lies between what tungsten's L alpha and L beta scatter, copper's does not."""
    seen = Scatter("W", "W-L", 130.0, 50.0)
    asked = {
        name: caution(brightest_kev(name, TUBE_KV), TUBE_KV, seen) > 1.0
        for name in ("Fe-K", "Cu-K", "Zn-K", "As-K", "Sr-K")
    }
    assert asked == {"Fe-K": False, "Cu-K": True, "Zn-K": False, "As-K": True, "Sr-K": False}


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
