"""D of pigments falls with what lies above, grows with counts, and rests on a rival one can see."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import nnls
from scipy.stats import norm

from paint_over_chalk import found_in, over_chalk, paint
from underpaint.errors import LibraryError, StackError
from underpaint.paint import (
    Detectability,
    Library,
    Stratigraphy,
    detectability,
    ideal_recall,
    paint_layer,
    parse_palette,
    truth_of,
)
from underpaint.paint.rival_materials import rival_slots
from underpaint.paint.rival_quadratic import least_quadratic
from underpaint.paint.rival_search import deviance, two_scales
from underpaint.paint.rival_space import space_of
from underpaint.paint.rival_spectra import RivalSpectra
from underpaint.xray import ELEMENTS, Instrument, find_instrument, make_stacks

PALETTE = (
    "lead-white,vermilion,viridian,zinc-white,cobalt-blue,cobalt-green,azurite,malachite,chalk"
)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return find_instrument("bruker-m6-jetstream")


@pytest.fixture(scope="module")
def cases(library: Library, instrument: Instrument) -> dict[str, list[Detectability]]:
    """All that the tests look at, in one go."""
    stacks = {
        f"vermilion under {um}": over_chalk(
            library, paint(library, um, lead_white=1.0), paint(library, 20.0, vermilion=1.0)
        )
        for um in (10.0, 40.0, 150.0)
    }
    stacks["viridian under 60"] = over_chalk(
        library, paint(library, 60.0, lead_white=1.0), paint(library, 20.0, viridian=1.0)
    )
    stacks["vermilion"] = over_chalk(library, paint(library, 20.0, vermilion=1.0))
    stacks["azurite"] = over_chalk(library, paint(library, 20.0, azurite=0.2, lead_white=0.8))
    stacks["cobalt green"] = over_chalk(library, paint(library, 20.0, cobalt_green=1.0))
    palette = parse_palette(PALETTE, library)
    answers = detectability(list(stacks.values()), instrument, library, palette)
    return dict(zip(stacks, answers, strict=True))


def test_more_paint_above_makes_a_buried_pigment_harder_to_see(
    cases: dict[str, list[Detectability]],
) -> None:
    thin, middle, thick = (
        found_in(cases[f"vermilion under {um}"], "mercury-sulfide", "buried").D
        for um in (10.0, 40.0, 150.0)
    )
    assert thin > middle > thick


def test_chromium_under_thick_lead_white_cannot_be_seen(
    cases: dict[str, list[Detectability]],
) -> None:
    assert found_in(cases["viridian under 60"], "chromium-oxide", "buried").D < 0.5


def test_lead_white_right_above_the_ground_may_be_the_ground(
    library: Library, instrument: Instrument
) -> None:
    layers = over_chalk(
        library,
        paint(library, 12.0, yellow_ochre=0.33, carbon_black=0.67),
        paint(library, 0.3, gold_leaf=1.0),
        paint(library, 54.0, lead_white=0.85, umber=0.15),
    )
    found = found_in(detectability([layers], instrument, library)[0], "lead", "buried")
    assert found.D < 1.0
    assert any(layer.kind == "ground" and "lead-white" in layer.pigments for layer in found.rival)


def test_a_group_with_strong_lines_of_its_own_is_seen(
    cases: dict[str, list[Detectability]],
) -> None:
    assert found_in(cases["vermilion"], "mercury-sulfide", "anywhere").D > 50.0


def test_a_mixture_of_the_same_elements_passes_for_a_pigment(
    cases: dict[str, list[Detectability]],
) -> None:
    green = found_in(cases["cobalt green"], "cobalt-zincate", "anywhere")
    assert green.D < 3.0
    assert set(green.substitutes) == {"zinc", "cobalt-aluminate"}


def test_groups_of_equal_elements_cannot_be_told_apart(
    library: Library, instrument: Instrument
) -> None:
    layers = over_chalk(library, paint(library, 20.0, naples_yellow=0.2, lead_white=0.8))
    palette = parse_palette("lead-white,naples-yellow,antimony-white,chalk", library)
    found = detectability([layers], instrument, library, palette, positions=("anywhere",))[0]
    assert found_in(found, "lead-antimony", "anywhere").D < 0.5


def test_a_glaze_that_xrf_cannot_see_leaves_what_is_beneath_on_top(
    library: Library, instrument: Instrument
) -> None:
    bare = over_chalk(library, paint(library, 20.0, vermilion=1.0))
    glazed = over_chalk(
        library, paint(library, 5.0, red_lake=1.0), paint(library, 20.0, vermilion=1.0)
    )
    palette = parse_palette(f"{PALETTE},red-lake", library, None)
    plain, covered = (
        found_in(each, "mercury-sulfide", "top")
        for each in detectability([bare, glazed], instrument, library, palette)
    )
    assert pytest.approx(plain.D, rel=0.2) == covered.D
    assert not any(
        each.position == "buried"
        for each in detectability([glazed], instrument, library, palette)[0]
    )


def test_fewer_rivals_never_lower_the_limit(
    library: Library, instrument: Instrument, cases: dict[str, list[Detectability]]
) -> None:
    layers = over_chalk(library, paint(library, 20.0, cobalt_green=1.0))
    few = parse_palette("cobalt-green,lead-white,chalk", library)
    alone = detectability([layers], instrument, library, few, positions=("anywhere",))[0]
    many = found_in(cases["cobalt green"], "cobalt-zincate", "anywhere")
    assert found_in(alone, "cobalt-zincate", "anywhere").D > 10.0 * many.D


def held_in(layers: Stratigraphy, position: str, library: Library) -> set[str]:
    """Groups that a stratigraphy has in a position."""
    paints = [layer for layer in layers if layer.kind == "paint"]
    places = {
        "anywhere": [layer for layer in layers if layer.pigments],
        "top": paints[:1],
        "buried": paints[1:],
    }[position]
    return {library.pigment(name).group for layer in places for name in layer.pigments}


def test_rivals_lack_the_group_where_it_is_asked_for(
    library: Library, cases: dict[str, list[Detectability]]
) -> None:
    for each in (answer for answers in cases.values() for answer in answers):
        assert each.group not in held_in(each.rival, each.position, library)


def test_what_is_asked_is_what_the_stratigraphy_holds(
    cases: dict[str, list[Detectability]],
) -> None:
    asked = [(each.group, each.position) for each in cases["vermilion under 10.0"]]
    assert asked == [
        ("calcium-carbonate", "anywhere"),
        ("lead", "anywhere"),
        ("lead", "top"),
        ("mercury-sulfide", "anywhere"),
        ("mercury-sulfide", "buried"),
    ]


def test_the_rivals_spectrum_has_the_distance_that_is_reported(
    cases: dict[str, list[Detectability]],
) -> None:
    for each in (answer for answers in cases.values() for answer in answers):
        again = deviance(each.expected, each.rival_expected[None])[0]
        assert np.sqrt(max(again, 0.0)) == pytest.approx(each.D, rel=1e-6, abs=1e-6)
        assert each.expected.sum() == pytest.approx(each.counts)


def test_the_rivals_layers_give_its_spectrum(
    library: Library, instrument: Instrument, cases: dict[str, list[Detectability]]
) -> None:
    each = found_in(cases["vermilion under 40.0"], "mercury-sulfide", "buried")
    above, below = paint(library, 40.0, lead_white=1.0), paint(library, 20.0, vermilion=1.0)
    true = over_chalk(library, above, below)
    elements = sorted({e for layer in (*each.rival, *true) for e in layer.weight_fractions})
    spectra = RivalSpectra(instrument, elements)
    recorded = spectra.expected(_masses(each.rival, elements))
    emitted = spectra.emitted(_masses(true, elements))
    free = spectra.free_shapes(emitted, spectra.recorded(emitted)[0])
    shapes = np.concatenate([recorded.numpy(), free])
    weight = 1.0 / np.sqrt(each.expected.clip(min=1e-3))
    target = each.rival_expected * weight
    fitted, *_ = np.linalg.lstsq((shapes * weight).T, target, rcond=None)
    assert np.square(fitted @ (shapes * weight) - target).sum() < 0.5


def test_the_limit_goes_with_the_square_root_of_the_counts(
    library: Library, instrument: Instrument, cases: dict[str, list[Detectability]]
) -> None:
    each = found_in(cases["azurite"], "copper", "anywhere")
    layers = over_chalk(library, paint(library, 20.0, azurite=0.2, lead_white=0.8))
    palette = parse_palette(PALETTE, library)
    more = detectability([layers], instrument, library, palette, 120_000.0, ("anywhere",))[0]
    assert pytest.approx(2.0 * each.D, rel=1e-3) == found_in(more, "copper", "anywhere").D
    assert pytest.approx(2.0 * each.D) == each.at(120_000.0).D
    assert pytest.approx(2.0 * each.side_by_side.D) == each.at(120_000.0).side_by_side.D
    assert pytest.approx(5.0) == each.at(each.counts_for(5.0)).D


def test_primary_lines_and_single_scatter_are_those_of_the_forward_model(
    library: Library, instrument: Instrument
) -> None:
    layers = over_chalk(library, paint(library, 15.0, lead_white=0.5, vermilion=0.5))
    elements = sorted({e for layer in layers for e in layer.weight_fractions})
    spectra = RivalSpectra(instrument, elements)
    stacks = make_stacks([[layer.for_model for layer in layers]])
    masses = stacks.fractions[..., _indices(elements)] * stacks.mass_thickness[..., None]
    theirs = spectra.model.expected(stacks)[0].double()
    ours = spectra.expected(masses)[0]
    assert float((ours - theirs).abs().sum() / theirs.sum()) < 0.01


def _masses(layers: Stratigraphy, elements: list[str]) -> torch.Tensor:
    rows = [
        [layer.mass_thickness * layer.weight_fractions.get(e, 0.0) for e in elements]
        for layer in layers
    ]
    return torch.tensor(rows, dtype=torch.float32)[None]


def _indices(elements: list[str]) -> list[int]:
    return [ELEMENTS.index(element) for element in elements]


def test_derivatives_are_those_of_the_spectra(library: Library, instrument: Instrument) -> None:
    slots = rival_slots(
        over_chalk(library, paint(library, 15.0, lead_white=0.5, vermilion=0.5)),
        library,
        ("lead-white", "vermilion", "chalk"),
    )
    space = space_of(slots, frozenset(group.name for group in library.groups))
    spectra = RivalSpectra(instrument, space.elements)
    masses = torch.from_numpy(space.masses(space.truth[None]))
    jacobian = spectra.jacobian(masses[0], torch.from_numpy(space.rows))
    flat = masses.flatten()
    visible = jacobian.norm(dim=1) * flat[space.rows] > 1e-2 * spectra.expected(masses).norm()
    for row in visible.nonzero()[:, 0].tolist():
        step = torch.zeros_like(flat)
        step[space.rows[row]] = 0.02 * flat[space.rows[row]]
        step = step.reshape(masses.shape)
        change = (spectra.expected(masses + step) - spectra.expected(masses - step))[0]
        change = change / (2.0 * float(step.sum()))
        assert float((change - jacobian[row]).norm() / change.norm()) < 0.02


def test_ideal_recall_is_that_of_a_normal_test() -> None:
    D = np.array([0.0, 1.0, 2.326, 5.0])
    expected = norm.cdf(D - norm.ppf(0.99))
    assert ideal_recall(D) == pytest.approx(expected)
    assert float(ideal_recall(0.0, 0.05)) == pytest.approx(0.05)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        ideal_recall(1.0, 0.0)


def test_a_quadratic_is_minimised_over_what_is_allowed(rng: np.random.Generator) -> None:
    shapes, target = rng.normal(size=(60, 25)), rng.normal(size=60)
    gram = shapes.T @ shapes
    allowed = np.arange(25) % 5 > 0
    found = least_quadratic(
        gram, -shapes.T @ target, np.zeros(25), allowed, 1e-12, np.diag(gram).copy()
    )
    wanted = np.zeros(25)
    wanted[allowed] = nnls(shapes[:, allowed], target)[0]
    assert found == pytest.approx(wanted, abs=1e-6)


def test_two_scales_are_the_best_that_are_not_below_zero(rng: np.random.Generator) -> None:
    own, other = rng.normal(size=(400, 3)), rng.normal(size=3)
    target = 0.3 * other + rng.normal(size=3)
    found = np.stack(two_scales(own, other, target), axis=1)
    wanted = np.array([nnls(np.stack([each, other], axis=1), target)[0] for each in own])
    assert found == pytest.approx(wanted, abs=1e-9)
    kinds = {(a > 0.0, b > 0.0) for a, b in wanted.tolist()}
    assert kinds == {(True, True), (True, False), (False, True)}


def test_what_cannot_be_is_refused(library: Library, instrument: Instrument) -> None:
    empty = (paint(library, 0.0, vermilion=1.0),)
    with pytest.raises(StackError, match="some thickness"):
        detectability([empty], instrument, library)
    blacks = parse_palette("carbon-black", library)
    with pytest.raises(LibraryError, match="no pigment that XRF can see"):
        detectability([empty], instrument, library, blacks)


def test_a_filter_that_stops_all_soft_photons_still_gives_a_limit(
    library: Library, instrument: Instrument
) -> None:
    filtered = instrument.but(filters=(("Al", 3_000.0),))
    red = over_chalk(library, paint(library, 20.0, vermilion=1.0))
    found = detectability([red], filtered, library, parse_palette(PALETTE, library))[0]
    assert found_in(found, "mercury-sulfide", "top").D > 10.0


def test_a_family_is_seen_where_its_groups_pass_for_each_other(
    library: Library, instrument: Instrument
) -> None:
    layers = over_chalk(
        library, paint(library, 30.0, lead_white=1.0), paint(library, 20.0, azurite=1.0)
    )
    palette = parse_palette("lead-white,azurite,brochantite,egyptian-blue,chalk", library)
    positions = ("anywhere", "family")
    found = detectability([layers], instrument, library, palette, positions=positions)[0]
    copper = found_in(found, "copper", "family")
    assert copper.D > 10.0 > 3.0 > found_in(found, "copper", "anywhere").D
    coppers = {group.name for group in library.groups if "copper" in group.families}
    assert not held_in(copper.rival, "anywhere", library) & coppers
    families = {each.group for each in found if each.position == "family"}
    assert families == {"copper", "calcium"}


def test_paint_beneath_a_ground_is_buried(library: Library, instrument: Instrument) -> None:
    ground = paint_layer(library, "ground", 30.0, {"chalk": 1.0}, "animal-glue")
    layers = (ground, paint(library, 20.0, vermilion=1.0))
    found = detectability([layers], instrument, library, parse_palette(PALETTE, library))[0]
    places = {each.position for each in found if each.group == "mercury-sulfide"}
    assert places == {"anywhere", "buried"}
    assert truth_of([layers], library).buried.any()


def test_two_paints_side_by_side_are_never_harder_to_take_for_a_third_than_one(
    cases: dict[str, list[Detectability]],
) -> None:
    for each in (answer for answers in cases.values() for answer in answers):
        assert 0.0 <= each.side_by_side.D <= each.D * (1.0 + 1e-9)
        assert 0.0 <= each.side_by_side.share <= 1.0


def test_bare_patches_pass_for_paint_beneath(cases: dict[str, list[Detectability]]) -> None:
    beneath = found_in(cases["vermilion under 40.0"], "mercury-sulfide", "buried")
    assert beneath.D > 5.0
    assert beneath.side_by_side.D < 0.65 * beneath.D
    assert 0.0 < beneath.side_by_side.share < 1.0
    anywhere = found_in(cases["vermilion under 40.0"], "mercury-sulfide", "anywhere")
    assert anywhere.side_by_side.D > 0.9 * anywhere.D


def test_neither_of_two_rivals_side_by_side_has_the_group_where_it_is_asked_for(
    library: Library, cases: dict[str, list[Detectability]]
) -> None:
    for each in (answer for answers in cases.values() for answer in answers):
        for rival in each.side_by_side.rivals:
            assert each.group not in held_in(rival, each.position, library)


def test_two_rivals_in_their_shares_give_the_distance_that_is_reported(
    library: Library, instrument: Instrument, cases: dict[str, list[Detectability]]
) -> None:
    each = found_in(cases["vermilion under 40.0"], "mercury-sulfide", "buried")
    both = each.side_by_side
    true = over_chalk(
        library, paint(library, 40.0, lead_white=1.0), paint(library, 20.0, vermilion=1.0)
    )
    layers = (*both.rivals[0], *both.rivals[1], *true)
    elements = sorted({e for layer in layers for e in layer.weight_fractions})
    spectra = RivalSpectra(instrument, elements)
    one, other = (spectra.expected(_masses(rival, elements))[0].numpy() for rival in both.rivals)
    mixed = (1.0 - both.share) * one + both.share * other
    emitted = spectra.emitted(_masses(true, elements))
    free = spectra.free_shapes(emitted, spectra.recorded(emitted)[0])
    shapes = np.concatenate([mixed[None], free])
    weight = 1.0 / np.sqrt(each.expected.clip(min=1e-3))
    fitted, *_ = np.linalg.lstsq((shapes * weight).T, each.expected * weight, rcond=None)
    again = deviance(each.expected, (fitted @ shapes)[None])[0]
    assert np.sqrt(max(again, 0.0)) == pytest.approx(both.D, rel=0.02, abs=0.05)
