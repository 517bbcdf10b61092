"""Pixels mix stratigraphies by area, and their truth follows the areas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from underpaint.paint import (
    PaintPrior,
    Pixels,
    load_library,
    sample_painting,
    sample_pixels,
    sample_strokes,
)

LIBRARY = load_library()
PRIOR = PaintPrior()
COUNT = 40
SEEDS = st.integers(0, 2**32 - 1)


def draw(seed: int, prior: PaintPrior = PRIOR) -> Pixels:
    random = np.random.default_rng(seed)
    painting = sample_painting(LIBRARY, prior, random)
    return sample_pixels(painting, prior, LIBRARY, COUNT, random)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_areas_add_up(seed: int) -> None:
    pixels = draw(seed)
    assert pixels.area.shape == (COUNT, len(pixels.stacks))
    assert np.all(pixels.area >= 0.0)
    np.testing.assert_allclose(pixels.area.sum(axis=1), 1.0, atol=1e-5)


@given(seed=SEEDS)
@settings(max_examples=25)
def test_every_truth_of_a_pixel_comes_from_its_stratigraphies(seed: int) -> None:
    pixels = draw(seed)
    truth = pixels.truth
    assert truth.top.shape == truth.amount.shape == (COUNT, len(LIBRARY.groups))
    # a group that is named covers enough area to have an amount
    assert np.all(truth.amount[truth.anywhere] > 0.0)
    assert np.all(truth.top_share[truth.top] > 0.0)
    assert np.all(truth.top_share.sum(axis=1) <= 1.0 + 1e-5)


def test_unmixed_pixels_are_single_stratigraphies() -> None:
    pixels = draw(4, replace(PRIOR, mixed_pixel=0.0))
    np.testing.assert_array_equal(np.sort(pixels.area, axis=1)[:, -2:], [[0.0, 1.0]] * COUNT)
    assert len(set(pixels.area.argmax(axis=1))) == COUNT
    np.testing.assert_array_equal(pixels.truth.amount > 0.0, pixels.truth.anywhere)


def test_mixed_pixels_hold_two_or_more_stratigraphies() -> None:
    pixels = draw(4, replace(PRIOR, mixed_pixel=1.0))
    assert np.all((pixels.area > 0.0).sum(axis=1) >= 2)
    assert np.all(pixels.area < 1.0)


def test_a_sliver_of_a_stratigraphy_is_not_called_present(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mixed = replace(PRIOR, mixed_pixel=1.0)
    fine = draw(5, mixed).truth
    monkeypatch.setattr("underpaint.paint.pixels.LEAST_AREA", 0.2)
    coarse = draw(5, mixed).truth
    np.testing.assert_array_equal(coarse.amount, fine.amount)
    assert np.all(coarse.anywhere <= fine.anywhere)
    assert ((coarse.amount > 0.0) & ~coarse.anywhere).any()


def test_uneven_strokes_are_the_same_layers_in_another_thickness() -> None:
    random = np.random.default_rng(6)
    painting = sample_painting(LIBRARY, PRIOR, random)
    strokes = sample_strokes(painting, PRIOR, LIBRARY, 50, random)
    twins = np.nonzero(strokes.twin < np.arange(50))[0]
    assert len(twins) == 10
    mass = strokes.stacks.mass_thickness
    whole = worn = 0
    for twin in twins:
        origin = int(strokes.twin[twin])
        assert strokes.twin[origin] == twin
        assert torch.equal(strokes.stacks.fractions[twin], strokes.stacks.fractions[origin])
        assert mass[twin, -1] == mass[origin, -1]
        held = mass[origin, :-1] > 0.0
        changed = ~torch.isclose(mass[twin, :-1][held], mass[origin, :-1][held])
        whole += bool(changed.all())
        worn += int(changed.sum()) == 1
        amount = strokes.truth.amount
        np.testing.assert_array_equal(amount[twin] > 0.0, amount[origin] > 0.0)
    assert whole + worn >= 10 and whole > 0 and worn > 0


def test_the_same_seed_draws_the_same() -> None:
    one, same, other = draw(1), draw(1), draw(2)
    np.testing.assert_array_equal(one.area, same.area)
    assert torch.equal(one.stacks.mass_thickness, same.stacks.mass_thickness)
    np.testing.assert_array_equal(one.truth.amount, same.truth.amount)
    assert not np.array_equal(one.area, other.area)
