"""The highest energy that excites, from a spectrum's upper end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, family_spectrum
from underpaint.elements import identify_elements, tube_remark
from underpaint.elements.excitation import highest_excitation_kev
from underpaint.spectrum import EnergyCalibration

SHORT_KEV = 25.0


@pytest.mark.parametrize("overflow", [50, 5_000, 500_000])
def test_what_overflows_into_the_last_channel_does_not_count(overflow: int) -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(0)).astype(np.float64)
    counts[CALIBRATION.energy(np.arange(len(counts))) > SHORT_KEV] = 0.0
    without = identify_elements([counts], CALIBRATION)
    counts[-1] = overflow
    assert highest_excitation_kev(counts, CALIBRATION) == pytest.approx(SHORT_KEV, rel=0.05)
    found = identify_elements([counts], CALIBRATION)
    assert found.names == without.names
    assert found.unexplained == ()


def test_an_axis_that_ends_before_the_spectrum_leaves_room_beyond() -> None:
    short = EnergyCalibration(0.0, 0.01, 0.08, 0.115)
    counts = np.full(1024, 100.0)
    assert highest_excitation_kev(counts, short) == pytest.approx(1.2 * 10.22, rel=1e-3)


@pytest.mark.parametrize(
    ("stated", "why"), [(10.0, "is full of counts to its end"), (300.0, "ends already")]
)
def test_the_remark_on_the_tube_tells_where_a_cut_off_axis_ends(stated: float, why: str) -> None:
    channels = int(CALIBRATION.channel(14.0)) + 1
    builder = family_spectrum(PAINT, channels=channels, continuum=400.0)
    counts = builder.counts(np.random.default_rng(0))
    found = identify_elements([counts], CALIBRATION)
    scan = ScanBuilder(height=1, width=1).scan()
    told = tube_remark(replace(scan, tube_voltage_kv=stated), found)
    assert told is not None
    assert f"the energy axis {why} at 14.0 keV" in told
    assert "16.8 kV was used instead" in told


def test_the_remark_on_the_tube_tells_how_far_counts_reach() -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(0)).astype(np.float64)
    counts[CALIBRATION.energy(np.arange(len(counts))) > SHORT_KEV] = 0.0
    found = identify_elements([counts], CALIBRATION)
    scan = ScanBuilder(height=1, width=1).scan()
    told = tube_remark(replace(scan, tube_voltage_kv=10.0), found)
    assert told is not None
    assert f"counts reach up to {found.tube_kv:.1f} keV; that was used instead" in told
