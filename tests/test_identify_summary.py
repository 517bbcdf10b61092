"""A group's row says what else it may be: what is likely beside it, and what passes for it."""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np
import pytest

from underpaint.identify.evidence import NO_SUPPORT
from underpaint.identify.summary import Tally, summarise_groups
from underpaint.paint import Library, parse_palette

GROUP = "cobalt-zincate"


def tally_with(library: Library, group: str, verdict: str = "present") -> Tally:
    """Ten pixels, in four of which there is one verdict on one group."""
    groups, families = len(library.groups), len(library.families)
    shapes = {"candidates": (families, groups), "together": (groups, groups)}
    empty = {
        each.name: np.zeros(shapes.get(each.name, families if each.name in FAMILY_SUMS else groups))
        for each in fields(Tally)
        if each.name != "pixels"
    }
    empty[verdict][[each.name for each in library.groups].index(group)] = 4.0
    return Tally(**empty, pixels=10)


FAMILY_SUMS = ("family_present", "family_unsure", "unnamed")


def rivals(
    library: Library, palette: str | None, verdict: str = "present", group: str = GROUP
) -> tuple[str, ...]:
    counted = tally_with(library, group, verdict)
    lines = (NO_SUPPORT,) * len(library.groups)
    rows = summarise_groups(library, parse_palette(palette, library), counted, lines)
    assert all(not row.rivals for row in rows if row.name != group)
    return next(row.rivals for row in rows if row.name == group)


@pytest.mark.parametrize("verdict", ["present", "unsure"])
def test_mixtures_that_pass_for_a_group_are_named_where_it_is_present_or_open(
    library: Library, verdict: str
) -> None:
    found = rivals(library, None, verdict)
    unmixed, mixed = found
    assert unmixed.startswith("it looks to XRF nearly the same as Cobalt blue with Zinc white, or")
    assert mixed.startswith("as 20 % of a lead white paint it also looks to XRF nearly the")
    assert "Cobalt blue with Zinc white" not in mixed


def test_a_mixture_that_the_palette_rules_out_is_no_rival(library: Library) -> None:
    assert rivals(library, "cobalt-green,zinc-white,lead-white") == ()


def test_of_many_mixtures_the_likest_are_named_and_the_rest_counted(library: Library) -> None:
    (sentence,) = rivals(library, None, group="copper")
    assert sentence.count(", or as ") == 3
    assert re.search(r", or as \d+ more of the kind$", sentence)


def test_what_paint_and_ground_hold_besides_is_named_as_that(library: Library) -> None:
    assert "what else paint and ground hold" in rivals(library, None, group="calcium-carbonate")[0]


def test_a_group_that_is_likely_in_the_same_pixels_comes_first(library: Library) -> None:
    counted = tally_with(library, GROUP)
    order = [group.name for group in library.groups]
    counted.together[order.index(GROUP), order.index("cobalt-aluminate")] = 2.0
    lines = (NO_SUPPORT,) * len(order)
    rows = summarise_groups(library, parse_palette(None, library), counted, lines)
    found = rows[order.index(GROUP)].rivals
    assert "50 % likely" in found[0] and "looks to XRF nearly" in found[1]
