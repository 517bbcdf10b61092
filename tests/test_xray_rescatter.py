"""Photons scattered twice: only in what is thick and light, softer than those scattered once."""

from __future__ import annotations

import pytest
import torch

from underpaint.spectrum import standard_bins
from underpaint.xray import MULTIPLE, Fineness, ForwardModel, Instrument, make_stacks

WOOD = {"C": 0.44, "H": 0.06, "O": 0.5}
NO_LINES = ("Xe",)


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    instrument = Instrument(atmosphere="vacuum", tail=0.0, shelf=0.0)
    return ForwardModel(instrument, standard_bins(), NO_LINES, dtype=torch.float64)


def multiple_over_single(model: ForwardModel, material: dict[str, float], mass: float) -> float:
    scatter = model.scatter(make_stacks([[(material, mass)]], torch.float64))[0]
    multiple = model.channels.of(MULTIPLE)
    return float(scatter[multiple].sum()) / float(scatter[~multiple].sum())


def test_a_film_scatters_twice_in_proportion_to_its_mass(model: ForwardModel) -> None:
    # the share grows a little faster than the mass, by the logarithm of flat paths
    thin, ten_times = (multiple_over_single(model, WOOD, mass) for mass in (1e-5, 1e-4))
    assert 8.0 < ten_times / thin < 10.5


def test_wood_scatters_twice_and_lead_hardly(model: ForwardModel) -> None:
    wood = multiple_over_single(model, WOOD, 1.0)
    lead = multiple_over_single(model, {"Pb": 1.0}, 1.0)
    assert 0.05 < wood < 0.5
    assert lead < 0.1 * wood


def test_it_fills_the_low_side_of_the_compton_peak(model: ForwardModel) -> None:
    """From 17.5 to 18.3 keV, below rhodium's Compton peak at 18.9, more than under Rayleigh."""
    stacks = make_stacks([[(WOOD, 1.0)]], torch.float64)
    scatter = model.scatter(stacks)[0]
    multiple = model.channels.of(MULTIPLE)
    centres = torch.from_numpy(model.bins.centres)

    def share(low: float, high: float) -> float:
        inside = (centres > low) & (centres < high)
        response = model.scatter_response[:, inside].sum(dim=1)
        return float((scatter * response)[multiple].sum() / (scatter * response).sum())

    assert share(17.9, 18.5) > 1.3 * share(18.7, 19.1)


def test_scattered_photons_excite() -> None:
    """Copper's line from a trace in wood, with and without photons that were scattered first."""
    traced = make_stacks([[({**WOOD, "C": 0.439, "Cu": 0.001}, 1.0)]], torch.float64)
    instrument = Instrument(atmosphere="vacuum")
    lines = [
        ForwardModel(instrument, standard_bins(), ("Cu",), torch.float64, fineness).lines(traced)
        for fineness in (Fineness(), None)
    ]
    more = float(lines[0].sum() / lines[1].sum()) - 1.0
    # fisx has 4.7 % for the coherent part alone, for 20 keV on carbon
    assert 0.03 < more < 0.3
