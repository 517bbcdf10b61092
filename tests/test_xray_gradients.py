"""Gradients of whole spectra: with respect to the sample, and to every figure of the scanner."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from underpaint.spectrum import Bins
from underpaint.xray import ELEMENTS, ForwardModel, Instrument, StackBatch, make_stacks

COARSE = Bins(np.linspace(0.9, 24.0, 9))
EMITTING = ("S", "Ca", "Cu", "Pb")
SCANNER = Instrument(
    kv=38.0,
    filters=(("Al", 20.0),),
    optic_cutoff_kev=15.0,
    incidence_deg=70.0,
    take_off_deg=50.0,
    azimuth_deg=120.0,
    path_in_cm=1.5,
    view_cm=0.4,
    count_rate_kcps=20.0,
    pulse_pair_us=0.5,
    dead_time_us=2.0,
)
FIGURES = (
    "kv", "tube_incidence_deg", "tube_take_off_deg", "tube_window_um", "tube_k_lines",
    "tube_l_lines", "optic_cutoff_kev", "optic_power", "incidence_deg", "take_off_deg",
    "azimuth_deg", "acceptance_deg", "path_in_cm", "path_out_cm", "view_cm", "crystal_um",
    "dead_layer_um", "detector_window_um", "noise", "fano", "tail", "tail_kev", "shelf",
    "count_rate_kcps", "pulse_pair_us", "dead_time_us",
)  # fmt: skip
SAMPLE = [
    [
        ({"Pb": 0.5, "S": 0.1, "O": 0.2, "C": 0.2}, 0.004),
        ({"Ca": 0.3, "Cu": 0.1, "O": 0.4, "C": 0.2}, 0.02),
        ({"C": 0.45, "H": 0.05, "O": 0.5}, 0.2),
    ]
]


def spectrum(instrument: Instrument, stacks: StackBatch) -> Tensor:
    model = ForwardModel(instrument, COARSE, EMITTING, dtype=torch.float64)
    return model.expected(stacks)


@pytest.fixture(scope="module")
def plain() -> Tensor:
    return spectrum(SCANNER, make_stacks(SAMPLE, torch.float64))


@pytest.mark.parametrize("name", FIGURES)
def test_spectra_follow_every_figure_of_the_scanner(name: str, plain: Tensor) -> None:
    stacks = make_stacks(SAMPLE, torch.float64)

    def logarithm(relative: Tensor) -> Tensor:
        # so that faint bins count as much as bright ones
        changed = SCANNER.but(**{name: getattr(SCANNER, name) * relative})
        return (spectrum(changed, stacks) / plain).log()

    one = torch.ones((), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(logarithm, (one,), eps=1e-5, atol=1e-6, rtol=1e-3)
    (gradient,) = torch.autograd.functional.jacobian(logarithm, (one.detach(),))
    assert gradient.abs().max() > 1e-7


def test_spectra_follow_the_thickness_of_a_filter(plain: Tensor) -> None:
    stacks = make_stacks(SAMPLE, torch.float64)

    def logarithm(thickness_um: Tensor) -> Tensor:
        return (spectrum(SCANNER.but(filters=(("Al", thickness_um),)), stacks) / plain).log()

    thickness = torch.tensor(20.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(logarithm, (thickness,), eps=1e-4, atol=1e-8, rtol=1e-3)


def test_spectra_follow_composition_and_thickness(plain: Tensor) -> None:
    model = ForwardModel(SCANNER, COARSE, EMITTING, dtype=torch.float64)
    stacks = make_stacks(SAMPLE, torch.float64)
    held = torch.tensor([ELEMENTS.index(symbol) for symbol in ("H", "C", "O", *EMITTING)])

    def logarithm(share: Tensor, mass: Tensor) -> Tensor:
        fractions = torch.zeros_like(stacks.fractions).index_copy(2, held, share[None])
        return (model.expected(StackBatch(fractions, mass[None])) / plain).log()

    # an element that a layer holds only a trace of, so that a step down is one of composition
    share = stacks.fractions[0][:, held] + 1e-3
    inputs = (share.requires_grad_(), stacks.mass_thickness[0].clone().requires_grad_())
    assert torch.autograd.gradcheck(logarithm, inputs, eps=1e-7, atol=1e-5, rtol=1e-3)


def test_tables_first_used_without_gradients_serve_gradients_later() -> None:
    # another kv asks for tables that no other test has made
    with torch.inference_mode():
        spectrum(SCANNER.but(kv=27.0), make_stacks(SAMPLE, torch.float64))
    kv = torch.tensor(27.0, dtype=torch.float64, requires_grad=True)
    expected = spectrum(SCANNER.but(kv=kv), make_stacks(SAMPLE, torch.float64))
    (gradient,) = torch.autograd.grad(expected.sum(), kv)
    assert torch.isfinite(gradient)
    assert gradient != 0.0


@pytest.mark.parametrize("name", ["incidence_deg", "take_off_deg", "azimuth_deg"])
def test_gradients_are_finite_where_beam_and_detector_stand_upright(name: str) -> None:
    angle = torch.tensor(180.0 if name == "azimuth_deg" else 90.0, dtype=torch.float64)
    upright = SCANNER.but(incidence_deg=90.0, take_off_deg=90.0, azimuth_deg=180.0)
    changed = upright.but(**{name: angle.requires_grad_()})
    expected = spectrum(changed, make_stacks(SAMPLE, torch.float64))
    (gradient,) = torch.autograd.grad(expected.sum(), angle)
    assert torch.isfinite(gradient)
