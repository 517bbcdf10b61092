"""What passes for a group: sets of others that are enough, and no larger than they need be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from underpaint.paint import (
    Library,
    Lookalikes,
    PlainCase,
    lookalike_spectra,
    painted,
    parse_palette,
    plain_cases,
)
from underpaint.paint.limit_confusions import MOST_GROUPS
from underpaint.paint.rival_spectra import RivalSpectra
from underpaint.xray import find_instrument

BELOW = 3.0
GREENS = "cobalt-green,zinc-white,cobalt-blue,cobalt-violet,lithopone,lead-white,chalk,vermilion"
GREEN = PlainCase("cobalt-zincate", "cobalt-green", 1.0, "", "chalk-glue")


@pytest.fixture(scope="module")
def spectra(library: Library) -> RivalSpectra:
    return lookalike_spectra(library, find_instrument("bruker-m6-jetstream"))


@pytest.fixture(scope="module")
def alike(library: Library, spectra: RivalSpectra) -> Callable[..., Lookalikes]:
    def made(case: PlainCase, palette: str, counts: float = 30_000.0) -> Lookalikes:
        names = parse_palette(palette, library).pigments
        return Lookalikes(library, case, spectra, counts, names)

    return made


def test_every_visible_group_is_painted_over_two_grounds_without_it(library: Library) -> None:
    cases = list(plain_cases(library))
    for group in library.groups:
        own = [case for case in cases if case.group == group.name]
        assert len({case.ground for case in own}) == 2
        for case in own:
            *paint, ground, _ = painted(library, case)
            held = {library.pigment(name).group for name in ground.pigments}
            assert group.name not in held
            assert case.pigment in {name for layer in paint for name in layer.pigments}
            assert library.pigment(case.pigment).leaf_um is None or case.share == 1.0


def test_mixtures_of_the_same_elements_pass_for_a_pigment(
    alike: Callable[..., Lookalikes],
) -> None:
    found = [set(each.groups) for each in alike(GREEN, GREENS).smallest_sets(BELOW)]
    assert {"cobalt-aluminate", "zinc"} in found and {"cobalt-phosphate", "zinc"} in found


def test_every_set_is_enough_and_no_part_of_it_is(alike: Callable[..., Lookalikes]) -> None:
    asked = alike(GREEN, GREENS)
    found = asked.smallest_sets(BELOW)
    assert [each.D for each in found] == sorted(each.D for each in found)
    for each in found:
        assert len(each.groups) <= MOST_GROUPS and GREEN.group not in each.groups
        assert each.D == asked.distance(each.groups) < BELOW
        for size in range(len(each.groups)):
            assert all(asked.distance(p) >= BELOW for p in combinations(each.groups, size))


def test_what_the_palette_lacks_passes_for_nothing(alike: Callable[..., Lookalikes]) -> None:
    assert alike(GREEN, "cobalt-green,zinc-white,lead-white,chalk").smallest_sets(BELOW) == ()


def test_more_counts_tell_more(alike: Callable[..., Lookalikes]) -> None:
    few, many = alike(GREEN, GREENS), alike(GREEN, GREENS, 3_000_000.0)
    pair = ("cobalt-aluminate", "zinc")
    assert many.distance(pair) == pytest.approx(10.0 * few.distance(pair))


def test_a_pigment_with_lines_of_its_own_has_nothing_that_passes_for_it(
    alike: Callable[..., Lookalikes],
) -> None:
    red = PlainCase("mercury-sulfide", "vermilion", 0.2, "lead-white", "chalk-glue")
    assert alike(red, GREENS).smallest_sets(BELOW) == ()
