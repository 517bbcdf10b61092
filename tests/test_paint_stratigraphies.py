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
from underpaint.paint.layer_order import GROUND, LAYERS, PAINT, SUPPORT, VARNISH
from underpaint.paint.prior import WHITES, mixture_density, pigment_mass_share
from underpaint.xray import ELEMENTS

LIBRARY = load_library()
PRIOR = PaintPrior()
COUNT = 40
SEEDS = st.integers(0, 2**32 - 1)
PLAIN = replace(PRIOR, beneath=0.0, retouched=0.0, imprimatura=0.0)


def draw(seed: int, prior: PaintPrior = PRIOR) -> tuple[Painting, Samples]:
    random = np.random.default_rng(seed)
    painting = sample_painting(LIBRARY, prior, random)
    return painting, sample_stratigraphies(painting, prior, LIBRARY, COUNT, random)


def masses(samples: Samples) -> NDArray[np.float64]:
    return samples.stacks.mass_thickness.double().numpy()


def palette_groups(painting: Painting) -> NDArray[np.intp]:
    """Index of each palette pigment's group; the number of groups where XRF cannot see it."""
    order = {group.name: i for i, group in enumerate(LIBRARY.groups)}
    return np.array([order.get(pigment.group, len(order)) for pigment in painting.palette])


def seen_layers(samples: Samples) -> NDArray[np.bool_]:
    """Paint and grounds that hold a pigment XRF can see, (sample, layer)."""
    visible = {group.name for group in LIBRARY.groups}
    seen = [LIBRARY.pigments[name].group in visible for name in samples.names]
    return np.asarray((samples.pigments[..., seen] > 0.0).any(axis=2))


def key_elements(painting: Painting) -> Iterator[tuple[int, int]]:
    """Visible groups of the palette with an element that no other material of it has."""
    groups = palette_groups(painting)
    others = [painting.binder, painting.support, *(coat.composition for coat in painting.coats)]
    if painting.between is not None:
        others.append(painting.between.composition)
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
    assert fractions.shape == (COUNT, LAYERS, len(ELEMENTS))
    assert np.all(fractions >= 0.0)
    np.testing.assert_allclose(fractions.sum(axis=2)[masses(samples) > 0.0], 1.0, atol=1e-5)


@given(seed=SEEDS)
@settings(max_examples=40)
def test_layers_lie_one_upon_the_other_without_gaps(seed: int) -> None:
    painting, samples = draw(seed)
    mass = masses(samples)
    assert np.all(np.isfinite(mass)) and np.all(mass >= 0.0)
    np.testing.assert_array_equal(mass > 0.0, samples.kind > 0)
    held = mass[:, :-1] > 0.0
    assert np.all(held[:, :-1] >= held[:, 1:])
    assert np.all(samples.kind[:, -1] == SUPPORT)
    assert np.all((samples.kind == PAINT).any(axis=1))
    assert np.all((samples.kind == VARNISH).any(axis=1) == (painting.varnish is not None))


@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_plain_painting_is_varnish_paint_ground_and_support(seed: int) -> None:
    painting, samples = draw(seed, PLAIN)
    order = np.array([0, 1, 2, 3, 5])[samples.kind[:, :-1]]
    order[order == 0] = 4
    assert np.all(np.diff(order, axis=1) >= 0)
    assert np.all((samples.kind == GROUND).sum(axis=1) == len(painting.coats))


@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_group_is_where_its_own_element_is(seed: int) -> None:
    painting, samples = draw(seed)
    fractions = samples.stacks.fractions.numpy()
    seen = seen_layers(samples)
    paint, number = seen & (samples.kind == PAINT), np.cumsum(seen, axis=1)
    uppermost, below = paint & (number == 1), paint & (number > 1)
    for group, element in key_elements(painting):
        held = (fractions[..., element] > 0.0) & (masses(samples) > 0.0)
        np.testing.assert_array_equal(samples.truth.top[:, group], (held & uppermost).any(axis=1))
        np.testing.assert_array_equal(samples.truth.buried[:, group], (held & below).any(axis=1))


def test_such_own_elements_are_common_enough_to_test_with() -> None:
    assert sum(len(list(key_elements(draw(seed)[0]))) for seed in range(10)) > 20


@given(seed=SEEDS)
@settings(max_examples=25)
def test_ground_is_what_the_coats_hold_and_nothing_else(seed: int) -> None:
    painting, samples = draw(seed, PLAIN)
    names = {name for coat in painting.coats for name in coat.pigments}
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
    groups = palette_groups(painting)
    fractions = samples.stacks.fractions.double().numpy()
    paint = samples.kind == PAINT
    for group, element in key_elements(painting):
        if (groups == group).sum() == 1 and not truth.ground[:, group].any():
            share = painting.compositions[groups == group][0, element]
            weighed = (fractions[..., element] * mass * paint).sum(axis=1) / share
            np.testing.assert_allclose(truth.amount[:, group], 1000.0 * weighed, rtol=1e-4)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_no_pigment_is_scarcer_than_the_least_share(seed: int) -> None:
    _, samples = draw(seed, replace(PRIOR, least_share=0.02))
    share, below = samples.truth.top_share, samples.truth.buried_share
    for each in (share, below):
        assert np.all(each[each > 0.0] >= 0.02 - 1e-6)
        assert np.all(each <= 1.0 + 1e-5)
    assert np.all(share.sum(axis=1) <= 1.0 + 1e-5)
    np.testing.assert_array_equal(share > 0.0, samples.truth.top)
    np.testing.assert_array_equal(below > 0.0, samples.truth.buried)


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
        column = samples.names.index(pigment.name)
        held = (samples.kind == PAINT) & (samples.pigments[..., column] > 0.0)
        np.testing.assert_array_equal(samples.pigments[held][:, column], 1.0)
        metal = torch.from_numpy(painting.compositions[leaf]).float()
        assert torch.all((samples.stacks.fractions[held] - metal).abs() < 1e-6)
        low, high = pigment.leaf_um
        thickness = samples.thickness_um[held]
        assert np.all((thickness >= low * 0.999) & (thickness <= high * 1.001))
        layers += len(thickness)
    assert layers > 10


def test_paint_layers_mixtures_and_thickness_follow_the_prior() -> None:
    prior = replace(
        PLAIN,
        paint_layers=(0.0, 0.0, 1.0, 0.0),
        mixture=(1.0, 0.0, 0.0, 0.0),
        with_white=0.0,
        glaze=0.0,
        thickness_um=(10.0, 10.001),
    )
    drawn = (draw(seed, prior) for seed in range(100))
    painting, samples = next(
        each for each in drawn if not any(pigment.leaf_um for pigment in each[0].palette)
    )
    paint = samples.kind == PAINT
    mass = masses(samples)[paint]
    assert np.all(paint.sum(axis=1) == 3)
    assert np.all(samples.truth.top.sum(axis=1) <= 1)
    lightest, heaviest = painting.binder_density, max(p.density_g_cm3 for p in painting.palette)
    assert np.all((mass > lightest * 9.99e-4) & (mass < heaviest * 1.001e-3))


@pytest.mark.parametrize("seed", range(6))
def test_a_painting_beneath_is_buried_with_its_own_ground(seed: int) -> None:
    prior = replace(PLAIN, beneath=1.0, beneath_ground=1.0, no_ground=0.0)
    painting, samples = draw(seed, prior)
    if painting.between is None:
        pytest.skip("the library has no ground of that year")
    grounds = (samples.kind == GROUND).sum(axis=1)
    np.testing.assert_array_equal(grounds, 1 + len(painting.coats))
    first, last = (
        np.array([np.nonzero(row == GROUND)[0][end] for row in samples.kind]) for end in (0, -1)
    )
    between = [
        (row[a:b] == PAINT).any() for row, a, b in zip(samples.kind, first, last, strict=True)
    ]
    assert any(between)
    assert samples.truth.buried[np.array(between)].any()


def test_retouching_lies_on_the_varnish_or_fills_a_loss() -> None:
    prior = replace(
        PLAIN, retouched=1.0, retouched_area=(0.4, 0.41), varnished=1.0, over_varnish=0.5
    )
    for seed in range(5):
        painting, samples = draw(seed, prior)
        over = samples.kind[:, 0] == PAINT
        assert 0 < over.sum() < COUNT
        assert np.all(samples.kind[over, 1] == VARNISH)
        upper = {p.name for p, w in zip(painting.palette, painting.weights, strict=True) if w}
        later = [i for i, name in enumerate(samples.names) if name not in upper]
        paint = samples.kind == PAINT
        foreign = (samples.pigments[..., later] > 0.0).any(axis=2) & paint
        alone = paint.sum(axis=1) == 1
        assert np.all(foreign[~over].any(axis=1) <= alone[~over])


def test_an_imprimatura_is_a_thin_coat_on_the_ground() -> None:
    prior = replace(PLAIN, imprimatura=1.0, no_ground=0.0)
    painting = sample_painting(LIBRARY, prior, np.random.default_rng(0))
    low, high = prior.imprimatura_um
    assert len(painting.coats) >= 2
    assert low <= painting.coats[0].usual_um <= high
    assert set(painting.coats[0].pigments) <= set(prior.imprimatura_pigments)


def test_an_underpaint_is_of_earths_more_often_than_other_paint() -> None:
    prior = replace(PLAIN, underpaint=1.0, any_date=0.0, paint_layers=(0.0, 1.0, 0.0, 0.0))
    iron = next(i for i, group in enumerate(LIBRARY.groups) if group.name == "iron-oxide")
    truths = joined([draw(seed, prior)[1].truth for seed in range(40)])
    assert truths.buried[:, iron].mean() > 1.3 * truths.top[:, iron].mean()


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
    assert (painting.weights > 0.0).sum() <= PRIOR.palette_size[1] + 1
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
