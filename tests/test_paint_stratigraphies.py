"""Drawn stratigraphies are possible paint, and their truth is what their layers hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from underpaint.paint import (
    Painting,
    PaintPrior,
    Samples,
    Truth,
    joined,
    load_library,
    sample_painting,
    sample_stratigraphies,
)
from underpaint.paint.prior import WHITES, mixture_density, pigment_mass_share
from underpaint.paint.stratigraphies import COATS, PAINT_LAYERS, group_indices
from underpaint.xray import ELEMENTS

LIBRARY = load_library()
PRIOR = PaintPrior()
COUNT = 40
SEEDS = st.integers(0, 2**32 - 1)
PAINT = slice(1, 1 + PAINT_LAYERS)
GROUND = slice(1 + PAINT_LAYERS, 1 + PAINT_LAYERS + COATS)


def draw(seed: int, prior: PaintPrior = PRIOR) -> tuple[Painting, Samples]:
    random = np.random.default_rng(seed)
    painting = sample_painting(LIBRARY, prior, random)
    return painting, sample_stratigraphies(painting, prior, LIBRARY, COUNT, random)


def masses(samples: Samples) -> NDArray[np.float64]:
    return samples.stacks.mass_thickness.double().numpy()


def key_elements(painting: Painting) -> Iterator[tuple[int, int]]:
    """Visible groups of the palette with an element that no other material of it has."""
    groups = group_indices(painting, LIBRARY)
    others = [painting.binder, painting.support, *(coat.composition for coat in painting.coats)]
    if painting.varnish is not None:
        others.append(painting.varnish)
    for group in set(groups.tolist()) - {len(LIBRARY.groups)}:
        rest = np.sum([*painting.compositions[groups != group], *others], axis=0)
        own = painting.compositions[groups == group].min(axis=0)
        for element in np.nonzero((own > 0.0) & (rest == 0.0))[0]:
            yield int(group), int(element)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_fractions_add_up_wherever_there_is_mass(seed: int) -> None:
    _, samples = draw(seed)
    fractions = samples.stacks.fractions.double().numpy()
    assert fractions.shape == (COUNT, 2 + PAINT_LAYERS + COATS, len(ELEMENTS))
    assert np.all(fractions >= 0.0)
    np.testing.assert_allclose(fractions.sum(axis=2)[masses(samples) > 0.0], 1.0, atol=1e-5)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_layers_lie_one_upon_the_other_without_gaps(seed: int) -> None:
    painting, samples = draw(seed)
    mass = masses(samples)
    assert np.all(np.isfinite(mass)) and np.all(mass >= 0.0)
    paint = mass[:, PAINT] > 0.0
    assert np.all(paint[:, 0])
    assert np.all(paint[:, :-1] >= paint[:, 1:])
    assert np.all((mass[:, 0] > 0.0) == (painting.varnish is not None))
    coats = min(len(painting.coats), COATS)
    assert np.all((mass[:, GROUND] > 0.0).sum(axis=1) == coats)
    assert np.all(mass[:, -1] > 0.0)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_group_is_where_its_own_element_is(seed: int) -> None:
    painting, samples = draw(seed)
    fractions, mass = samples.stacks.fractions.numpy(), masses(samples)
    for group, element in key_elements(painting):
        held = (fractions[:, PAINT, element] > 0.0) & (mass[:, PAINT] > 0.0)
        np.testing.assert_array_equal(samples.truth.top[:, group], held[:, 0])
        np.testing.assert_array_equal(samples.truth.buried[:, group], held[:, 1:].any(axis=1))


def test_such_own_elements_are_common_enough_to_test_with() -> None:
    assert sum(len(list(key_elements(draw(seed)[0]))) for seed in range(10)) > 20


@given(seed=SEEDS)
@settings(max_examples=25)
def test_ground_is_what_the_coats_hold_and_nothing_else(seed: int) -> None:
    painting, samples = draw(seed)
    names = {name for coat in painting.coats[:COATS] for name in coat.pigments}
    groups = {LIBRARY.pigments[name].group for name in names}
    expected = [group.name in groups for group in LIBRARY.groups]
    np.testing.assert_array_equal(samples.truth.ground, np.tile(expected, (COUNT, 1)))


@given(seed=SEEDS)
@settings(max_examples=25)
def test_amounts_are_the_mass_of_pigment(seed: int) -> None:
    painting, samples = draw(seed)
    truth, mass = samples.truth, masses(samples)
    assert truth.amount.dtype == np.float32
    np.testing.assert_array_equal(truth.amount > 0.0, truth.anywhere)
    # an element of one group alone measures that group's pigment in all paint layers
    groups = group_indices(painting, LIBRARY)
    fractions = samples.stacks.fractions.double().numpy()
    for group, element in key_elements(painting):
        if (groups == group).sum() == 1:
            share = painting.compositions[groups == group][0, element]
            weighed = (fractions[:, PAINT, element] * mass[:, PAINT]).sum(axis=1) / share
            np.testing.assert_allclose(truth.amount[:, group], 1000.0 * weighed, rtol=1e-4)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_no_pigment_is_scarcer_than_the_least_share(seed: int) -> None:
    _, samples = draw(seed, replace(PRIOR, least_share=0.02))
    share = samples.truth.top_share
    assert np.all(share[share > 0.0] >= 0.02 - 1e-6)
    assert np.all(share.sum(axis=1) <= 1.0 + 1e-5)
    np.testing.assert_array_equal(share > 0.0, samples.truth.top)


def leaf_paintings(count: int) -> Iterator[tuple[Painting, np.random.Generator, int]]:
    """Paintings with one metal leaf on the palette, and the leaf's place on it."""
    found, seed = 0, 0
    while found < count:
        random = np.random.default_rng(seed)
        painting = sample_painting(LIBRARY, replace(PRIOR, stranger=0.0), random)
        leaves = [i for i, pigment in enumerate(painting.palette) if pigment.leaf_um]
        seed += 1
        if len(leaves) == 1:
            found += 1
            yield painting, random, leaves[0]


def test_leaf_lies_alone_and_without_binder() -> None:
    layers = 0
    for painting, random, leaf in leaf_paintings(8):
        samples = sample_stratigraphies(painting, PRIOR, LIBRARY, COUNT, random)
        pigment = painting.palette[leaf]
        assert pigment.leaf_um is not None
        metal = torch.from_numpy(painting.compositions[leaf]).float()
        key = int(metal.argmax())
        paint = samples.stacks.fractions[:, PAINT]
        alone = (paint - metal).abs().amax(dim=2) < 1e-6
        if (painting.compositions[:, key] > 0.0).sum() == 1:
            assert torch.equal(paint[..., key] > 0.0, alone)
        mass = samples.stacks.mass_thickness[:, PAINT][alone]
        thickness_um = mass[mass > 0.0].numpy() / pigment.density_g_cm3 * 1e4
        low, high = pigment.leaf_um
        assert np.all((thickness_um >= low * 0.999) & (thickness_um <= high * 1.001))
        layers += len(thickness_um)
    assert layers > 10


def test_paint_layers_mixtures_and_thickness_follow_the_prior() -> None:
    prior = replace(
        PRIOR,
        paint_layers=(0.0, 0.0, 1.0, 0.0),
        mixture=(1.0, 0.0, 0.0, 0.0),
        with_white=0.0,
        thickness_um=(10.0, 10.001),
    )
    drawn = (draw(seed, prior) for seed in range(100))
    painting, samples = next(
        each for each in drawn if not any(pigment.leaf_um for pigment in each[0].palette)
    )
    mass = masses(samples)[:, PAINT]
    assert np.all((mass > 0.0).sum(axis=1) == 3)
    assert np.all(samples.truth.top.sum(axis=1) <= 1)
    lightest, heaviest = painting.binder_density, max(p.density_g_cm3 for p in painting.palette)
    assert np.all((mass[mass > 0.0] > lightest * 9.99e-4) & (mass[mass > 0.0] < heaviest * 1e-3))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_draws_the_same(seed: int) -> None:
    (_, one), (_, same), (_, other) = draw(seed), draw(seed), draw(seed + 1)
    assert torch.equal(one.stacks.fractions, same.stacks.fractions)
    assert torch.equal(one.stacks.mass_thickness, same.stacks.mass_thickness)
    np.testing.assert_array_equal(one.truth.amount, same.truth.amount)
    assert not torch.equal(one.stacks.mass_thickness, other.stacks.mass_thickness)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_paintings_have_a_white_a_palette_and_whole_compositions(seed: int) -> None:
    painting = sample_painting(LIBRARY, PRIOR, np.random.default_rng(seed))
    names = [pigment.name for pigment in painting.palette]
    assert len(set(names)) == len(names)
    assert names[painting.white] in WHITES
    assert len({p.group for p in painting.palette}) <= PRIOR.palette_size[1] + 1
    np.testing.assert_allclose(painting.compositions.sum(axis=1), 1.0, atol=1e-9)
    for material in (painting.binder, painting.support, *(c.composition for c in painting.coats)):
        assert material.sum() == pytest.approx(1.0, abs=1e-9)


def test_truths_join_sample_after_sample() -> None:
    truths = [draw(seed)[1].truth for seed in (1, 2)]
    both = joined(truths)
    assert isinstance(both, Truth)
    np.testing.assert_array_equal(both.top[:COUNT], truths[0].top)
    np.testing.assert_array_equal(both.amount[COUNT:], truths[1].amount)


@given(pvc=st.floats(0.05, 0.95), pigment=st.floats(1.5, 8.0), binder=st.floats(0.9, 1.4))
def test_pigment_share_weighs_volumes_by_density(pvc: float, pigment: float, binder: float) -> None:
    share = pigment_mass_share(pvc, pigment, binder)
    volumes = share / pigment, (1.0 - share) / binder
    assert volumes[0] / sum(volumes) == pytest.approx(pvc, rel=1e-9)


def test_density_of_a_mixture_lies_between_its_parts() -> None:
    assert mixture_density([6.7, 2.7], [0.5, 0.5]) == pytest.approx(2 * 6.7 * 2.7 / (6.7 + 2.7))
    assert mixture_density([4.0], [1.0]) == pytest.approx(4.0)
