"""Layers as people state them: what they hold, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from underpaint.errors import InstrumentError, StackError
from underpaint.paint import Library, paint_layer, stratigraphy_from_json
from underpaint.paint.layers import stated_layer
from underpaint.spectrum import standard_bins
from underpaint.xray import ForwardModel, Instrument


def test_a_metal_leaf_has_no_binder(library: Library) -> None:
    leaf = paint_layer(library, "paint", 0.3, {"gold-leaf": 1.0})
    assert "C" not in leaf.weight_fractions
    assert leaf.density_g_cm3 == pytest.approx(library.pigment("gold-leaf").density_g_cm3)


@pytest.mark.parametrize("name", ["phthalocyanine-blue", "lead-white", "prussian-blue"])
def test_paint_that_states_no_concentration_has_a_usual_one(library: Library, name: str) -> None:
    pigment = library.pigment(name)
    oil = library.binders["linseed-oil"].density_g_cm3
    layer = paint_layer(library, "paint", 10.0, {name: 1.0})
    pvc = (layer.density_g_cm3 - oil) / (pigment.density_g_cm3 - oil)
    assert pigment.pvc[0] - 1e-9 <= pvc <= pigment.pvc[1] + 1e-9
    assert pvc == pytest.approx(0.4) or any(pvc == pytest.approx(end) for end in pigment.pvc)


def test_weights_below_zero_are_named(library: Library) -> None:
    with pytest.raises(StackError, match=r"chalk = -0\.5 must not be below zero"):
        paint_layer(library, "paint", 10.0, {"lead-white": 1.5, "chalk": -0.5})
    with pytest.raises(StackError, match=r"O = -0\.5 must not be below zero"):
        stated_layer("support", 10.0, {"Pb": 1.5, "O": -0.5}, 2.0)
    with pytest.raises(StackError, match="must be above 0 and at most 1"):
        paint_layer(library, "paint", 10.0, {"chalk": 1.0}, pvc=0.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight_fractions": {"Pb": 0.0}}, "zero or more, with some above"),
        ({"weight_fractions": {"Pb": 1.2, "O": -0.2}}, "zero or more, with some above"),
        ({"weight_fractions": {}}, "zero or more, with some above"),
        ({"weight_fractions": ["Pb"]}, "cannot be read"),
        ({"thickness_um": "x"}, "cannot be read"),
        ({"kind": None}, "lacks 'kind'"),
    ],
)
def test_an_impossible_labelled_layer_is_refused(changes: dict[str, Any], words: str) -> None:
    layer = {"kind": "paint", "thickness_um": 10.0, "density_g_cm3": 2.0,
             "weight_fractions": {"Pb": 1.0}} | changes  # fmt: skip
    stack = {"layers": [{key: value for key, value in layer.items() if value is not None}]}
    with pytest.raises(StackError, match=words):
        stratigraphy_from_json(stack)


def test_a_filter_that_stops_every_photon_is_named() -> None:
    opaque = Instrument(kv=15.0, filters=(("Pb", 10_000.0),))
    with pytest.raises(InstrumentError, match="take thinner ones"):
        ForwardModel(opaque, standard_bins())
