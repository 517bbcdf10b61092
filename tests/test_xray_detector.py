"""The silicon detector: how many photons it counts, where, and how wide their peaks are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import xraylib
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration
from underpaint.xray import Instrument
from underpaint.xray.detector import (
    SILICON_KA_KEV,
    efficiency,
    escape_probability,
    fwhm,
    line_response,
)

FINE = torch.linspace(-4.0, 60.0, 12_801, dtype=torch.float64)
PLAIN = Instrument(atmosphere="vacuum", tail=0.0, shelf=0.0)
DETECTORS = st.builds(
    Instrument,
    noise=st.floats(0.05, 0.15),
    fano=st.floats(0.1, 0.13),
    tail=st.floats(0.0, 0.1),
    tail_kev=st.floats(0.02, 0.2),
    shelf=st.floats(0.0, 0.1),
)


def at(*energy_kev: float) -> Tensor:
    return torch.tensor(energy_kev, dtype=torch.float64)


def response(instrument: Instrument, energy_kev: float, extra_kev: float = 0.0) -> Tensor:
    return line_response(instrument, at(energy_kev), at(extra_kev), FINE)[0]


def test_escape_is_that_of_fisx() -> None:
    fisx = pytest.importorskip("fisx", reason="fisx, which checks this, is missing")
    library = fisx.Elements(pytest.importorskip("fisx.DataDir").FISX_DATA_DIR)
    library.initializeAsPyMca()
    for energy in (2.0, 2.5, 3.0, 4.0, 6.4, 8.0, 10.0, 15.0):
        published = sum(peak["rate"] for peak in library.getEscape({"Si": 1.0}, energy).values())
        assert float(escape_probability(at(energy))) == pytest.approx(published, rel=0.03)


def test_escape_begins_at_the_silicon_edge_and_falls_with_energy() -> None:
    chance = escape_probability(at(1.7, 1.83, 1.85, 2.5, 4.0, 8.0, 20.0))
    assert not chance[:2].any()
    assert torch.all(chance[2:].diff() < 0.0)
    assert 0.01 < chance[2] < 0.02


def test_escape_peak_stands_a_silicon_line_below_its_parent() -> None:
    row = response(PLAIN.but(noise=0.05), 8.048)
    centres = 0.5 * (FINE[1:] + FINE[:-1])
    low = (centres > 5.8) & (centres < 6.8)
    place = float((centres * row)[low].sum() / row[low].sum())
    assert place == pytest.approx(8.048 - SILICON_KA_KEV, abs=0.005)
    share = float(row[low].sum() / row[centres > 7.0].sum())
    assert share == pytest.approx(float(escape_probability(at(8.048))), rel=1e-3)


@given(instrument=DETECTORS, energy_kev=st.floats(3.0, 40.0), extra_kev=st.floats(0.0, 0.5))
def test_every_photon_stopped_is_counted_once(
    instrument: Instrument, energy_kev: float, extra_kev: float
) -> None:
    row = response(instrument, energy_kev, extra_kev)
    assert torch.all(row >= -1e-12)
    assert float(row.sum()) == pytest.approx(
        float(efficiency(instrument, at(energy_kev))), rel=1e-6
    )


@given(energy_kev=st.floats(2.5, 40.0), extra_kev=st.floats(0.0, 0.3), noise=st.floats(0.05, 0.15))
def test_peak_is_as_wide_as_asked(energy_kev: float, extra_kev: float, noise: float) -> None:
    instrument = PLAIN.but(noise=noise)
    row = response(instrument, energy_kev, extra_kev)
    centres = 0.5 * (FINE[1:] + FINE[:-1])
    above = centres[row > 0.5 * row.max()]
    own = float(EnergyCalibration(0.0, 0.01, noise, instrument.fano).fwhm(energy_kev))
    # the grid is 5 eV wide
    assert float(above[-1] - above[0]) == pytest.approx(math.hypot(own, extra_kev), abs=0.011)
    assert float(fwhm(instrument, at(energy_kev))) == pytest.approx(own, rel=1e-9)
    assert float(centres[row.argmax()]) == pytest.approx(energy_kev, abs=0.006)


def test_tail_and_shelf_hold_their_shares_below_the_peak() -> None:
    energy_kev, below_kev = 20.0, 1.0
    narrow = PLAIN.but(noise=0.05)
    tailed = narrow.but(tail=0.05, tail_kev=0.3)
    shelved = narrow.but(shelf=0.02)
    counted = float(efficiency(narrow, at(energy_kev)))
    low = FINE[1:] <= energy_kev - below_kev
    plain, tail, shelf = (
        float(response(each, energy_kev)[low].sum()) / counted for each in (narrow, tailed, shelved)
    )
    # an exponential as long as the tail and the peak's sigma together, smeared by the peak
    sigma = float(fwhm(narrow, at(energy_kev))) / FWHM_PER_SIGMA
    slope = 0.3 + sigma
    expected = 0.05 * math.exp(-below_kev / slope + 0.5 * (sigma / slope) ** 2)
    assert tail - plain == pytest.approx(expected, rel=0.01)
    assert shelf - plain == pytest.approx(0.02 * (1.0 - below_kev / energy_kev), rel=0.01)


def test_efficiency_is_what_window_air_and_crystal_make_it() -> None:
    instrument = Instrument(path_out_cm=2.0, dead_layer_um=0.2, detector_window_um=25.0)
    air = {7: 0.755, 8: 0.232, 18: 0.0129, 6: 0.0001}
    for energy in (1.2, 2.3, 6.4, 20.2):
        lost = 1.848 * 25e-4 * xraylib.CS_Total(4, energy)
        lost += 2.33 * 0.2e-4 * xraylib.CS_Total(14, energy)
        lost += 2.0 * 1.205e-3 * sum(w * xraylib.CS_Total(z, energy) for z, w in air.items())
        stopped = 2.33 * 450e-4 * xraylib.CS_Photo(14, energy)
        expected = math.exp(-lost) * -math.expm1(-stopped)
        assert float(efficiency(instrument, at(energy))) == pytest.approx(expected, rel=2e-3)


@given(instrument=DETECTORS)
def test_efficiency_is_a_share(instrument: Instrument) -> None:
    share = efficiency(instrument, torch.from_numpy(np.geomspace(1.0, 50.0, 60)))
    assert torch.all((share > 0.0) & (share < 1.0))


def test_a_thicker_crystal_counts_more_hard_photons() -> None:
    thin, thick = (efficiency(PLAIN.but(crystal_um=um), at(6.4, 25.0)) for um in (300.0, 1000.0))
    assert thick[1] > 2.0 * thin[1]
    assert float(thick[0] / thin[0]) == pytest.approx(1.0, abs=1e-3)
