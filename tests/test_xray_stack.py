"""Layered samples: compositions as they are given, impossible ones refused in one sentence."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from underpaint.errors import StackError
from underpaint.xray import ELEMENTS, StackBatch, composition, make_stacks

SHARES = st.dictionaries(
    st.sampled_from(["H", "C", "O", "Ca", "Fe", "Pb", "U"]), st.floats(0.01, 1.0), min_size=1
)


@given(raw=SHARES)
def test_fractions_stand_at_their_elements_and_add_up(raw: dict[str, float]) -> None:
    total = sum(raw.values())
    fractions = {symbol: share / total for symbol, share in raw.items()}
    dense = composition(fractions)
    assert float(dense.sum()) == pytest.approx(1.0, abs=1e-12)
    for symbol, share in fractions.items():
        assert float(dense[ELEMENTS.index(symbol)]) == pytest.approx(share, rel=1e-9)
    assert int((dense > 0.0).sum()) == len(fractions)


def test_small_rounding_is_put_right() -> None:
    assert float(composition({"Pb": 0.683, "O": 0.312}).sum()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("fractions", "sentence"),
    [
        ({"Xx": 1.0}, "'Xx' is not an element"),
        ({"Pb": 1.2, "O": -0.2}, "the weight fraction of O is -0.2, below zero"),
        ({"Pb": math.nan}, "the weight fraction of Pb is nan"),
        ({"Pb": 0.5, "O": 0.3}, "add up to 0.8 instead of 1"),
        ({"Pb": 86.6, "O": 13.4}, "add up to 100 instead of 1"),
        ({}, "add up to 0 instead of 1"),
    ],
)
def test_impossible_compositions_are_named(fractions: dict[str, float], sentence: str) -> None:
    with pytest.raises(StackError) as refusal:
        composition(fractions)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        ([], "at least one layer"),
        ([[]], "at least one layer"),
        ([[({"Pb": 1.0}, 0.1), ({"Ca": 1.0}, -0.1)]], "layer 2 has a mass thickness of -0.1"),
        ([[({"Pb": 1.0}, math.nan)]], "layer 1 has a mass thickness of nan"),
        ([[({"Pb": 1.0}, math.inf)]], "layer 1 has a mass thickness of inf"),
    ],
)
def test_impossible_samples_are_named(samples: Any, sentence: str) -> None:
    with pytest.raises(StackError) as refusal:
        make_stacks(samples)
    assert sentence in str(refusal.value)


def test_samples_of_fewer_layers_are_filled_with_nothing() -> None:
    stacks = make_stacks([[({"Pb": 1.0}, 0.1)], [({"Ca": 1.0}, 0.2), ({"C": 1.0}, 0.3)]])
    assert stacks.fractions.shape == (2, 2, len(ELEMENTS))
    torch.testing.assert_close(stacks.mass_thickness, torch.tensor([[0.1, 0.0], [0.2, 0.3]]))
    assert len(stacks) == 2


def test_shapes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(StackError, match="one thickness a layer"):
        StackBatch(torch.zeros(2, 3, len(ELEMENTS)), torch.zeros(2, 2))
