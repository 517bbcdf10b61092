"""Rivals may be impure or unusual specimens of the paint's own pigments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paint_over_chalk import found_in, over_chalk, paint
from underpaint.paint import Library, detectability, parse_palette
from underpaint.paint.formula import extreme_mass_fractions, varied_mass_fractions
from underpaint.paint.limit_words import describe_rival
from underpaint.paint.rival_materials import rival_slots
from underpaint.paint.rival_space import space_of
from underpaint.xray import ELEMENTS, Instrument, find_instrument


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return find_instrument("bruker-m6-jetstream")


def test_impurities_of_the_paint_itself_may_bring_the_element_of_a_trace(
    library: Library, instrument: Instrument
) -> None:
    """Copper of an impure lead white, and of a little azurite."""
    traced = over_chalk(library, paint(library, 20.0, lead_white=0.9985, azurite=0.0015))
    palette = parse_palette("lead-white,azurite,chalk", library)
    pure = {"lead-white": replace(library.pigment("lead-white"), impurities={})}
    purer = replace(library, pigments={**library.pigments, **pure})
    impure, never = (
        found_in(detectability([traced], instrument, each, palette,
                               positions=("anywhere",))[0], "copper", "anywhere")
        for each in (library, purer)
    )  # fmt: skip
    assert impure.D < 1.0 < 3.0 < never.D
    assert impure.impurities == ("Cu",)
    assert never.impurities == ()
    assert describe_rival(impure, library).endswith("; with impurities of Cu")


def test_specimens_are_as_far_from_typical_as_the_library_says(library: Library) -> None:
    yellow = library.pigment("lead-tin-yellow")
    typical, *others = (
        dict.fromkeys(ELEMENTS, 0.0) | each
        for each in (
            yellow.mass_fractions,
            *extreme_mass_fractions(yellow.phases, yellow.impurities),
        )
    )
    assert all(sum(each.values()) == pytest.approx(1.0) for each in others)
    assert max(e["Sb"] for e in others) == pytest.approx(yellow.impurities["Sb"], rel=0.01)
    ratios = [each["Pb"] / each["Sn"] for each in others]
    random = np.random.default_rng(3)
    drawn = [varied_mass_fractions(yellow.phases, yellow.impurities, random) for _ in range(300)]
    lowest, *_, highest = sorted(each["Pb"] / each["Sn"] for each in drawn)
    assert min(ratios) < lowest < typical["Pb"] / typical["Sn"] < highest < max(ratios)


def test_a_rival_becomes_typical_with_the_same_pigments(library: Library) -> None:
    layers = over_chalk(library, paint(library, 15.0, lead_white=0.5, umber=0.5))
    names = ("lead-white", "umber", "chalk")
    space = space_of(rival_slots(layers, library, names), frozenset({"lead", "iron-manganese"}))
    columns = np.random.default_rng(2).uniform(0.0, 1e-3, len(space.truth))
    typical = space.typically(columns)
    assert not typical[~space.typical].any()
    for slot in np.unique(space.slot):
        for pigment in names:
            same = (space.slot == slot) & (space.pigments == pigment)
            assert typical[same].sum() == pytest.approx(columns[same].sum())
    assert space.typically(space.truth) == pytest.approx(space.truth)
