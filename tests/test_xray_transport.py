"""Fluorescence through layers: against fisx with its own atomic data, and invariants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from transport_cases import (
    ANGLES,
    BEAM,
    HEAVY,
    Layers,
    arguments,
    make_reference,
    random_stacks,
)
from underpaint.xray import ForwardModel, Instrument, make_stacks
from underpaint.xray.fluorescence import primary_lines
from underpaint.xray.scatter import scattered

if TYPE_CHECKING:
    from fisx_reference import FisxReference

LAYERS = st.lists(
    st.tuples(st.sampled_from(HEAVY), st.floats(0.05, 0.9), st.floats(1e-4, 0.05)),
    min_size=1,
    max_size=4,
)


def layers_of(drawn: Sequence[tuple[str, float, float]]) -> Layers:
    return [
        ({e: share, "C": (1.0 - share) / 2, "O": (1.0 - share) / 2}, m) for e, share, m in drawn
    ]


@pytest.fixture(scope="module")
def reference() -> FisxReference:
    return make_reference()


@pytest.mark.parametrize("beam", [BEAM, {20.0: 1.0}, {14.0: 1.0}, {8.0: 1.0}], ids=str)
def test_layers_absorb_and_emit_as_in_fisx(
    reference: FisxReference, beam: dict[float, float]
) -> None:
    stacks = random_stacks(20)
    found = (
        4.0
        * math.pi
        * primary_lines(make_stacks(stacks, torch.float64), *arguments(reference, beam), *ANGLES)
    )
    errors = []
    for i, layers in enumerate(stacks):
        rates = reference.emission(layers, beam, ANGLES, secondary=0)
        brightest = max(line.primary for line in rates.values())
        for at, line in rates.items():
            if line.primary > 1e-6 * brightest:
                errors.append(abs(float(found[i, at]) / line.primary - 1.0))
    assert len(errors) > 100
    assert np.median(errors) <= 1e-6
    assert np.max(errors) <= 1e-4


def test_what_fisx_does_not_see_this_model_does_not_emit(reference: FisxReference) -> None:
    stack = make_stacks([[({"Fe": 0.5, "Pb": 0.5}, 0.01)]], torch.float64)
    found = primary_lines(stack, *arguments(reference, {8.0: 1.0}), *ANGLES)[0]
    emitting = {peak[:2] for peak, line in zip(reference.peaks, found, strict=True) if line > 0.0}
    assert emitting == {("Fe", "K"), *(("Pb", f"M{i}") for i in range(1, 6))}


@pytest.fixture(scope="module")
def model() -> ForwardModel:
    from underpaint.spectrum import standard_bins

    return ForwardModel(Instrument(atmosphere="vacuum"), standard_bins(), dtype=torch.float64)


@pytest.fixture(scope="module")
def first_only() -> ForwardModel:
    from underpaint.spectrum import standard_bins

    vacuum = Instrument(atmosphere="vacuum")
    return ForwardModel(vacuum, standard_bins(), dtype=torch.float64, fineness=None)


def lines_of(model: ForwardModel, *stacks: Layers) -> Tensor:
    return model.lines(make_stacks(stacks, torch.float64))


@settings(max_examples=25)
@given(drawn=LAYERS, cover=st.sampled_from(["Fe", "Zn", "Pb", "C"]), mass=st.floats(0.0, 0.02))
def test_more_overlayer_never_raises_a_buried_line(
    first_only: ForwardModel, drawn: list[tuple[str, float, float]], cover: str, mass: float
) -> None:
    # so far as it does not shine on what lies under it
    layers = layers_of(drawn)
    buried = [i for i, group in enumerate(first_only.exits) if group.element != cover]
    thin, thick = lines_of(
        first_only, [({cover: 1.0}, mass), *layers], [({cover: 1.0}, mass * 1.5 + 1e-5), *layers]
    )[:, buried]
    assert torch.all(thick <= thin * (1.0 + 1e-12))
    assert thick.sum() < thin.sum() or not thin.any()


@settings(max_examples=25)
@given(drawn=LAYERS, share=st.floats(0.0, 1.0), which=st.integers(0, 3))
def test_a_layer_cut_in_two_is_the_same_layer(
    model: ForwardModel,
    first_only: ForwardModel,
    drawn: list[tuple[str, float, float]],
    share: float,
    which: int,
) -> None:
    layers = layers_of(drawn)
    at = which % len(layers)
    material, mass = layers[at]
    cut = [*layers[:at], (material, share * mass), (material, mass - share * mass)]
    samples = (layers, [*cut, *layers[at + 1 :]])
    whole, halves = lines_of(first_only, *samples)
    # lines that hardly get out may be left out of one layer and not of its lower half
    torch.testing.assert_close(halves, whole, rtol=1e-6, atol=1e-6 * float(whole.max()))
    whole, halves = lines_of(model, *samples)
    # what lines excite is worked out in slices, and these are other ones now
    torch.testing.assert_close(halves, whole, rtol=0.01, atol=1e-3 * float(whole.max()))


@settings(max_examples=25)
@given(drawn=LAYERS, where=st.integers(0, 4))
def test_a_layer_without_mass_changes_nothing(
    model: ForwardModel, drawn: list[tuple[str, float, float]], where: int
) -> None:
    layers = layers_of(drawn)
    nothing = ({"Pb": 1.0}, 0.0)
    plain, padded = lines_of(model, layers, [*layers[:where], nothing, *layers[where:]])
    torch.testing.assert_close(padded, plain, rtol=1e-12, atol=0.0)


@settings(max_examples=25)
@given(drawn=LAYERS, data=st.data())
def test_the_order_of_elements_in_a_layer_is_of_no_account(
    model: ForwardModel, drawn: list[tuple[str, float, float]], data: st.DataObject
) -> None:
    layers = layers_of(drawn)
    shuffled = [
        (dict(data.draw(st.permutations(list(material.items())))), mass)
        for material, mass in layers
    ]
    plain, other = lines_of(model, layers, shuffled)
    torch.testing.assert_close(other, plain, rtol=1e-12, atol=0.0)


@given(drawn=LAYERS, factor=st.floats(1e-3, 1e6))
@settings(max_examples=25)
def test_lines_and_scatter_scale_with_the_photons(
    first_only: ForwardModel, drawn: list[tuple[str, float, float]], factor: float
) -> None:
    stacks = make_stacks([layers_of(drawn)], torch.float64)
    model = first_only
    angles = (model.instrument.incidence_deg, model.instrument.take_off_deg)
    lines = primary_lines(
        stacks,
        factor * model.emission.photons,
        model.emission.attenuation_in,
        model.emission.sections,
        model.emission.attenuation_out,
        model.emission.exit_element,
        *angles,
    )
    torch.testing.assert_close(lines, factor * first_only.lines(stacks), rtol=1e-12, atol=0.0)
    back = scattered(
        stacks,
        factor * model.emission.channel_photons,
        model.emission.channel_sections,
        model.emission.channel_in,
        model.emission.channel_out,
        *angles,
    )
    once = first_only.scatter(stacks)[:, : back.shape[1]]
    torch.testing.assert_close(back, factor * once, rtol=1e-12, atol=0.0)


def test_thin_films_shine_in_proportion_to_their_mass(model: ForwardModel) -> None:
    material = {"Cu": 0.5, "Pb": 0.3, "O": 0.2}
    one, ten = lines_of(model, [(material, 1e-9)], [(material, 1e-8)])
    torch.testing.assert_close(ten, 10.0 * one, rtol=1e-4, atol=0.0)


@pytest.mark.parametrize("element", ["Ca", "Fe", "Cd", "Pb"])
def test_a_thick_sample_becomes_the_infinite_one(
    model: ForwardModel, first_only: ForwardModel, element: str
) -> None:
    material = {element: 0.6, "O": 0.4}
    thick, thicker = lines_of(model, [(material, 10.0)], [(material, 1000.0)])
    torch.testing.assert_close(thick, thicker, rtol=1e-6, atol=0.0)

    model = first_only
    thick, thicker = lines_of(model, [(material, 10.0)], [(material, 1000.0)])
    torch.testing.assert_close(thick, thicker, rtol=1e-6, atol=0.0)

    fractions = make_stacks([[(material, 1.0)]], torch.float64).fractions[0, 0]
    sine_in = math.sin(math.radians(model.instrument.incidence_deg))
    sine_out = math.sin(math.radians(model.instrument.take_off_deg))
    absorbed = (fractions @ model.emission.attenuation_in)[None, :] / sine_in
    absorbed = absorbed + (fractions @ model.emission.attenuation_out)[:, None] / sine_out
    excited = (model.emission.sections * model.emission.photons / absorbed).sum(dim=1)
    infinite = fractions[model.emission.exit_element] * excited / (4.0 * math.pi * sine_in)
    torch.testing.assert_close(thicker, infinite, rtol=1e-6, atol=0.0)
