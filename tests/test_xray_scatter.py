"""Scatter of tube photons: cross sections, energies, and what a sample sends back."""

from __future__ import annotations

import math

import pytest
import torch
import xraylib
from hypothesis import given
from hypothesis import strategies as st

from underpaint.spectrum import standard_bins
from underpaint.xray import ELEMENTS, ForwardModel, Instrument, StackBatch, make_stacks
from underpaint.xray.scatter import make_channels
from underpaint.xray.scatter_sections import compton_energy, differential_sections
from underpaint.xray.source import continuum_density


def cosine(degrees: float) -> torch.Tensor:
    return torch.tensor(math.cos(math.radians(degrees)), dtype=torch.float64)


@pytest.mark.parametrize("symbol", ["C", "O", "Ca", "Cu", "Pb"])
@pytest.mark.parametrize("scatter_deg", [60.0, 90.0, 135.0, 170.0])
def test_sections_are_those_of_xraylib(symbol: str, scatter_deg: float) -> None:
    energies = torch.tensor([3.0, 8.0, 20.2, 40.0], dtype=torch.float64)
    rayleigh, compton = differential_sections(energies, cosine(scatter_deg).expand(4))
    z, angle = ELEMENTS.index(symbol) + 1, math.radians(scatter_deg)
    for i, energy in enumerate(energies.tolist()):
        for ours, published in ((rayleigh, xraylib.DCS_Rayl), (compton, xraylib.DCS_Compt)):
            expected = published(z, energy, angle)
            assert float(ours[z - 1, i]) == pytest.approx(expected, rel=0.01)


@given(energy_kev=st.floats(1.0, 60.0), scatter_deg=st.floats(1.0, 180.0))
def test_compton_photons_lose_energy_by_compton_s_formula(
    energy_kev: float, scatter_deg: float
) -> None:
    after = compton_energy(torch.tensor(energy_kev, dtype=torch.float64), cosine(scatter_deg))
    longer = 12.39842 / float(after) - 12.39842 / energy_kev
    compton_wavelength = 0.02426310
    expected = compton_wavelength * (1.0 - math.cos(math.radians(scatter_deg)))
    assert longer == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_compton_peak_of_rhodium_stands_where_it_is_measured() -> None:
    at_90_degrees = float(compton_energy(torch.tensor(20.216, dtype=torch.float64), cosine(90.0)))
    assert at_90_degrees == pytest.approx(19.447, abs=0.002)


@pytest.mark.parametrize("scatter_deg", [70.0, 135.0, 180.0])
def test_no_continuum_photon_is_made_or_lost_by_its_change_of_energy(scatter_deg: float) -> None:
    instrument = Instrument(
        incidence_deg=scatter_deg / 2.0, take_off_deg=scatter_deg / 2.0, tube_window_um=2000.0
    )
    channels = make_channels(instrument)
    after = channels.continuum & channels.compton
    out = torch.trapezoid(channels.photons[after], channels.energy_out_kev[after])
    energy = torch.linspace(1.0, instrument.kv, 20_001, dtype=torch.float64)
    arriving = torch.trapezoid(continuum_density(instrument, energy), energy)
    assert float(out / arriving) == pytest.approx(1.0, abs=0.01)


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    return ForwardModel(Instrument(atmosphere="vacuum"), standard_bins(), dtype=torch.float64)


def once_scattered(model: ForwardModel, stacks: StackBatch) -> torch.Tensor:
    return model.scatter(stacks)[:, : len(model.emission.channel_photons)]


def test_a_thick_sample_sends_back_what_the_closed_formula_says(model: ForwardModel) -> None:
    material = {"C": 0.44, "H": 0.06, "O": 0.5}
    stacks = make_stacks([[(material, 1e4)]], torch.float64)
    fractions = stacks.fractions[0, 0]
    sine_in = math.sin(math.radians(model.instrument.incidence_deg))
    sine_out = math.sin(math.radians(model.instrument.take_off_deg))
    tables = model.emission
    absorbed = fractions @ tables.channel_in / sine_in + fractions @ tables.channel_out / sine_out
    expected = tables.channel_photons * (fractions @ tables.channel_sections) / sine_in / absorbed
    torch.testing.assert_close(once_scattered(model, stacks)[0], expected, rtol=1e-9, atol=0.0)


@given(cut=st.floats(0.0, 1.0))
def test_a_layer_cut_in_two_scatters_the_same(model: ForwardModel, cut: float) -> None:
    wood, paint = {"C": 0.5, "O": 0.5}, {"Pb": 0.6, "O": 0.4}
    whole = [(paint, 0.01), (wood, 0.2)]
    halves = [(paint, cut * 0.01), (paint, 0.01 - cut * 0.01), (wood, 0.2)]
    stacks = make_stacks([whole, halves], torch.float64)
    one, other = once_scattered(model, stacks)
    torch.testing.assert_close(one, other, rtol=1e-9, atol=0.0)
    one, other = model.scatter(stacks)
    # what is scattered twice is worked out in slices, and these are other ones now
    torch.testing.assert_close(one.sum(), other.sum(), rtol=2e-3, atol=0.0)


def test_wood_scatters_hard_lines_more_than_lead_and_inelastically(model: ForwardModel) -> None:
    samples = [[({"C": 0.44, "H": 0.06, "O": 0.5}, 1.0)], [({"Pb": 1.0}, 1.0)]]
    wood, lead = once_scattered(model, make_stacks(samples, torch.float64))
    channels = make_channels(model.instrument)
    hard = ~channels.continuum & (channels.energy_in_kev > 15.0)
    assert wood[hard].sum() > 20.0 * lead[hard].sum()
    inelastic = [
        float(each[hard & channels.compton].sum() / each[hard & ~channels.compton].sum())
        for each in (wood, lead)
    ]
    assert inelastic[0] > 2.0 > 0.5 > inelastic[1]
