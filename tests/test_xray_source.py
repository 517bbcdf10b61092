"""What reaches the object: against the attenuation law, and what a stated tube spectrum changes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
import xraylib
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from underpaint.errors import InstrumentError
from underpaint.xray import ELEMENTS, Instrument
from underpaint.xray.source import (
    DENSITY_G_CM3,
    GASES,
    beam_transmission,
    continuum_density,
    gas_attenuation,
    optic_transmission,
    tube_line_beam,
    tube_line_energies,
)
from underpaint.xray.tube_spectrum import TubeSpectrum

BARE: dict[str, Any] = {"tube_window_um": 0.0, "path_in_cm": 0.0}
ENERGY = torch.tensor([1.7, 2.9, 5.3, 9.1, 17.7, 33.0], dtype=torch.float64)
STATED = TubeSpectrum(
    continuum=((2.0, 0.0), (4.0, 30.0), (10.0, 60.0), (40.0, 0.0)),
    lines=((2.7, 500.0), (20.2, 100.0)),
)


def depth(z: int, density: float, thickness_cm: float) -> list[float]:
    return [density * thickness_cm * xraylib.CS_Total(z, energy) for energy in ENERGY.tolist()]


def test_nothing_in_the_way_takes_nothing() -> None:
    assert torch.all(beam_transmission(Instrument(**BARE), ENERGY) == 1.0)


@pytest.mark.parametrize(
    ("instrument", "z", "density", "thickness_cm"),
    [
        pytest.param(Instrument(tube_window_um=125.0, path_in_cm=0.0), 4, 1.848, 0.0125, id="Be"),
        pytest.param(Instrument(filters=(("Al", 100.0),), **BARE), 13, 2.70, 0.01, id="Al"),
        pytest.param(Instrument(filters=(("Ti", 25.0),), **BARE), 22, 4.54, 0.0025, id="Ti"),
        pytest.param(Instrument(filters=(("Rh", 5.0),), **BARE), 45, 12.41, 0.0005, id="Rh"),
        pytest.param(Instrument(filters=(("Sn", 10.0),), **BARE), 50, 7.31, 0.001, id="Sn"),
        pytest.param(
            Instrument(tube_window_um=0.0, path_in_cm=9.0, atmosphere="helium"),
            2, 1.66e-4, 9.0, id="helium",
        ),
    ],
)  # fmt: skip
def test_walls_and_gas_follow_the_attenuation_law(
    instrument: Instrument, z: int, density: float, thickness_cm: float
) -> None:
    passed = -beam_transmission(instrument, ENERGY).log().numpy()
    np.testing.assert_allclose(passed, depth(z, density, thickness_cm), rtol=0.002)


def test_several_walls_multiply() -> None:
    together = Instrument(filters=(("Al", 100.0), ("Ti", 25.0)), **BARE)
    alone = [Instrument(filters=(wall,), **BARE) for wall in together.filters]
    product = beam_transmission(alone[0], ENERGY) * beam_transmission(alone[1], ENERGY)
    torch.testing.assert_close(beam_transmission(together, ENERGY), product)


@pytest.mark.parametrize(
    ("energy_kev", "published"),
    [(2.0, 527.9), (3.0, 162.5), (5.0, 40.27), (10.0, 5.120), (20.0, 0.7779)],
)
def test_air_attenuates_as_published(energy_kev: float, published: float) -> None:
    # NIST, Hubbell and Seltzer 1995 (doi 10.18434/T4D01F): dry air, cm2/g
    linear = gas_attenuation("air", torch.tensor([energy_kev], dtype=torch.float64))
    assert float(linear[0]) / 1.205e-3 == pytest.approx(published, rel=0.02)


def test_gases_are_whole() -> None:
    for density, fractions in GASES.values():
        assert not density or sum(fractions.values()) == pytest.approx(1.0, abs=1e-6)


def test_every_element_can_be_a_filter() -> None:
    assert set(DENSITY_G_CM3) == set(ELEMENTS)
    assert min(DENSITY_G_CM3.values()) > 0.0


@given(
    element=st.sampled_from(ELEMENTS),
    thickness=st.floats(0.0, 500.0),
    more=st.floats(0.1, 500.0),
)
def test_a_thicker_filter_never_lets_more_through(
    element: str, thickness: float, more: float
) -> None:
    thin = beam_transmission(Instrument(filters=((element, thickness),), **BARE), ENERGY)
    thick = beam_transmission(Instrument(filters=((element, thickness + more),), **BARE), ENERGY)
    assert torch.all(thick <= thin)


def test_an_optic_halves_at_its_cutoff_and_falls_with_its_power() -> None:
    optic = Instrument(optic_cutoff_kev=14.0, optic_power=4.0)
    at = torch.tensor([0.7, 14.0, 140.0, 280.0], dtype=torch.float64)
    low, half, high, higher = optic_transmission(optic, at).tolist()
    assert low == pytest.approx(1.0, abs=1e-4)
    assert half == pytest.approx(0.5)
    assert high / higher == pytest.approx(2.0**4, rel=0.001)


def test_no_optic_takes_nothing() -> None:
    assert torch.all(optic_transmission(Instrument(optic_cutoff_kev=0.0), ENERGY) == 1.0)


def test_stated_spectrum_takes_the_place_of_the_tube() -> None:
    instrument = Instrument(tube_spectrum=STATED, path_in_cm=0.0, kv=40.0, anode="W")
    at = torch.tensor([1.0, 3.0, 7.0, 25.0, 41.0], dtype=torch.float64)
    expected = torch.tensor([0.0, 15.0, 45.0, 30.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(continuum_density(instrument, at), expected)
    energies, photons = tube_line_beam(instrument)
    assert tuple(energies.tolist()) == tube_line_energies(instrument) == (2.7, 20.2)
    assert photons.tolist() == [500.0, 100.0]


def test_stated_spectrum_stands_behind_the_window_but_before_the_filters() -> None:
    thin, thick = (
        Instrument(tube_spectrum=STATED, tube_window_um=um, filters=(("Al", 50.0),))
        for um in (0.0, 500.0)
    )
    torch.testing.assert_close(continuum_density(thin, ENERGY), continuum_density(thick, ENERGY))
    _, filtered = tube_line_beam(thick)
    assert filtered[0] < 0.01 * 500.0
    assert 0.9 * 100.0 < filtered[1] < 100.0


def test_stated_spectrum_may_have_no_lines() -> None:
    energies, photons = tube_line_beam(Instrument(tube_spectrum=TubeSpectrum(STATED.continuum, ())))
    assert energies.shape == photons.shape == (0,)


def test_spectrum_of_another_voltage_is_refused() -> None:
    instrument = Instrument(tube_spectrum=STATED, kv=15.0)
    said = re.escape("photons of 20.2 keV, but the tube voltage is 15 kV")
    for ask in (lambda: continuum_density(instrument, ENERGY), lambda: tube_line_beam(instrument)):
        with pytest.raises(InstrumentError, match=said):
            ask()


def test_own_spectrum_stated_is_the_own_spectrum() -> None:
    own = Instrument(anode="Mo", kv=35.0, tube_window_um=200.0, path_in_cm=0.0)
    grid = torch.linspace(1.0, 34.9, 3391, dtype=torch.float64)
    energies, photons = tube_line_beam(own)
    stated = TubeSpectrum(
        tuple(zip(grid.tolist(), continuum_density(own, grid).tolist(), strict=True)),
        tuple(zip(energies.tolist(), photons.tolist(), strict=True)),
    )
    outside = {"path_in_cm": 2.0, "filters": (("Ti", 10.0),), "optic_cutoff_kev": 15.0}
    modelled, read = own.but(**outside), own.but(tube_spectrum=stated, **outside)
    at = torch.tensor([3.21, 7.777, 19.31], dtype=torch.float64)
    torch.testing.assert_close(
        continuum_density(read, at), continuum_density(modelled, at), rtol=1e-3, atol=0.0
    )
    torch.testing.assert_close(tube_line_beam(read)[1], tube_line_beam(modelled)[1])


NAMES = ("kv", "tube_window_um", "tube_incidence_deg", "tube_take_off_deg", "path_in_cm",
         "optic_cutoff_kev", "optic_power")  # fmt: skip
VALUES = (38.7, 125.0, 78.0, 12.0, 2.0, 15.0, 4.0)


@pytest.mark.parametrize("anode", ["Rh", "W"])
def test_beam_has_a_gradient_in_every_figure(anode: str) -> None:
    def beam(filter_um: Tensor, *figures: Tensor) -> Tensor:
        instrument = Instrument(
            anode=anode, filters=(("Al", filter_um),), **dict(zip(NAMES, figures, strict=True))
        )
        parts = continuum_density(instrument, ENERGY), tube_line_beam(instrument)[1]
        return torch.cat(parts)

    figures = [torch.tensor(value, dtype=torch.float64) for value in (30.0, *VALUES)]
    size = beam(*figures)
    for figure in figures:
        figure.requires_grad_()
    assert torch.autograd.gradcheck(lambda *each: beam(*each) / size, figures)


def test_stated_beam_has_a_gradient_in_the_energy_and_the_filter() -> None:
    energy = ENERGY[1:].clone().requires_grad_()
    thickness = torch.tensor(30.0, dtype=torch.float64, requires_grad=True)

    def beam(at: Tensor, filter_um: Tensor) -> Tensor:
        instrument = Instrument(tube_spectrum=STATED, filters=(("Al", filter_um),))
        return continuum_density(instrument, at)

    assert torch.autograd.gradcheck(beam, (energy, thickness))
