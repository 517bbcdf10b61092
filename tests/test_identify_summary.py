"""A group's row says what else it may be: what is likely beside it, and what passes for it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from underpaint.identify.evidence import NO_SUPPORT
from underpaint.identify.summary import Tally, summarise
from underpaint.paint import Library, load_library, parse_palette

GROUP = "cobalt-zincate"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def tally_with(library: Library, group: str) -> Tally:
    """Ten pixels, in four of which one group is present."""
    groups, families = len(library.groups), len(library.families)
    shapes = {"candidates": (families, groups), "together": (groups, groups)}
    empty = {
        each.name: np.zeros(shapes.get(each.name, families if each.name in FAMILY_SUMS else groups))
        for each in fields(Tally)
        if each.name != "pixels"
    }
    empty["present"][[each.name for each in library.groups].index(group)] = 4.0
    return Tally(**empty, pixels=10)


FAMILY_SUMS = ("family_present", "family_unsure", "unnamed")


def rivals(library: Library, palette: str | None) -> tuple[str, ...]:
    counted = tally_with(library, GROUP)
    lines = (NO_SUPPORT,) * len(library.groups)
    rows = summarise(library, parse_palette(palette, library), counted, lines)
    assert all(not row.rivals for row in rows if row.name != GROUP)
    return next(row.rivals for row in rows if row.name == GROUP)


def test_a_mixture_that_passes_for_the_group_is_named_with_its_distance(library: Library) -> None:
    (sentence,) = rivals(library, None)
    assert "Zinc white" in sentence and "Cobalt blue" in sentence
    assert "together pass for it" in sentence and "(D 0." in sentence


def test_a_mixture_that_the_palette_rules_out_is_no_rival(library: Library) -> None:
    assert rivals(library, "cobalt-green,zinc-white,lead-white") == ()


def test_a_group_that_is_likely_in_the_same_pixels_comes_first(library: Library) -> None:
    counted = tally_with(library, GROUP)
    order = [group.name for group in library.groups]
    counted.together[order.index(GROUP), order.index("cobalt-aluminate")] = 2.0
    lines = (NO_SUPPORT,) * len(order)
    rows = summarise(library, parse_palette(None, library), counted, lines)
    found = rows[order.index(GROUP)].rivals
    assert "50 % likely" in found[0] and "pass for it" in found[1]
