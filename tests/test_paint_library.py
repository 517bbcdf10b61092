"""The pigment library is complete, consistent, and refuses what cannot be."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from underpaint.errors import LibraryError
from underpaint.paint.formula import mass_fractions, mixed, varied_mass_fractions
from underpaint.paint.library import Library, Pigment, alternatives, load_library
from underpaint.xray.lines import family_lines

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

GROUPS = {
    "aluminosilicate": "kaolin",
    "antimony": "antimony-white",
    "arsenic-sulfide": "orpiment realgar",
    "barium-chromate": "barium-yellow",
    "barium-sulfate": "barium-white",
    "brass": "brass-powder",
    "bromine-lake": "eosin-lake",
    "cadmium-selenide": "cadmium-red",
    "cadmium-sulfide": "cadmium-yellow cadmium-zinc-yellow",
    "calcium-carbonate": "chalk",
    "calcium-phosphate": "bone-black",
    "calcium-sulfate": "gypsum",
    "chromium-oxide": "viridian chromium-oxide-green",
    "cobalt-aluminate": "cobalt-blue",
    "cobalt-nitrite": "cobalt-yellow",
    "cobalt-phosphate": "cobalt-violet",
    "cobalt-stannate": "cerulean-blue",
    "cobalt-zincate": "cobalt-green",
    "copper": "azurite malachite verdigris copper-resinate phthalocyanine-blue",
    "copper-arsenite": "emerald-green scheeles-green",
    "copper-calcium-silicate": "egyptian-blue",
    "copper-chloride": "atacamite",
    "copper-sulfate": "brochantite",
    "gold": "gold-leaf",
    "green-earth": "green-earth",
    "iron-manganese": "umber",
    "iron-oxide": "yellow-ochre red-ochre sienna magnetite-black",
    "iron-phosphate": "vivianite",
    "lead": "lead-white red-lead massicot",
    "lead-antimony": "naples-yellow",
    "lead-chromate": "chrome-yellow chrome-red",
    "lead-tin": "lead-tin-yellow lead-tin-yellow-ii",
    "lithopone": "lithopone",
    "manganese": "manganese-black",
    "manganese-barium": "manganese-blue",
    "mercury-sulfide": "vermilion",
    "no-signature": "carbon-black indigo red-lake",
    "phthalocyanine-green": "phthalocyanine-green",
    "prussian-blue": "prussian-blue",
    "silver": "silver-leaf",
    "smalt": "smalt",
    "strontium-chromate": "strontium-yellow",
    "tin-sulfide": "mosaic-gold",
    "titanium": "titanium-white",
    "ultramarine": "ultramarine",
    "zinc": "zinc-white",
    "zinc-chromate": "zinc-yellow",
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names.split()}

SYMBOLS = {
    "antimony": "Sb", "arsenic": "As", "barium": "Ba", "bromine": "Br", "cadmium": "Cd",
    "calcium": "Ca", "chlorine": "Cl", "chromium": "Cr", "cobalt": "Co", "copper": "Cu",
    "gold": "Au", "iron": "Fe", "lead": "Pb", "manganese": "Mn", "mercury": "Hg",
    "phosphorus": "P", "potassium": "K", "selenium": "Se", "silicon": "Si", "silver": "Ag",
    "strontium": "Sr", "tin": "Sn", "titanium": "Ti", "zinc": "Zn",
}  # fmt: skip

# Mass fractions worked out by hand from the formula and the atomic weights.
KNOWN_FRACTIONS = [
    ("2PbCO3·Pb(OH)2", "Pb", 0.8014),
    ("HgS", "Hg", 0.8622),
    ("Fe4(Fe(CN)6)3", "Fe", 0.4550),
    ("CaSO4·2H2O", "Ca", 0.2328),
    ("Cu(CH3COO)2·3Cu(AsO2)2", "As", 0.4434),
    ("K2O·4ZnCrO4·3H2O", "Cr", 0.2380),
]


def lab(colour: str) -> np.ndarray:
    """CIE L*a*b* of an sRGB colour."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest_colours(colours: list[str]) -> float:
    points = [lab(colour) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(points, 2))


def test_holds_exactly_the_named_pigments_in_their_groups(library: Library) -> None:
    assert {pigment.name: pigment.group for pigment in library.pigments.values()} == GROUP_OF


def test_agrees_with_the_table_of_pigment_names(library: Library) -> None:
    table = SHARED / "pigments.csv"
    if not table.exists():
        pytest.skip("the table of pigment names, shared/pigments.csv, is not here")
    with table.open(encoding="utf-8") as rows:
        named = {row["pigment"]: row["group"] for row in csv.DictReader(rows)}
    assert {pigment.name: pigment.group for pigment in library.pigments.values()} == named


def test_groups_are_in_alphabetical_order_and_unseen_ones_apart(library: Library) -> None:
    names = [group.name for group in library.groups]
    assert names == sorted(names)
    assert [group.name for group in library.unseen] == ["no-signature"]
    assert set(names) | {"no-signature"} == set(GROUPS)


def test_every_group_has_members_and_advice(library: Library) -> None:
    for group in (*library.groups, *library.unseen):
        assert library.members(group.name), group.name
        assert len(group.advice) > 40, group.name


def test_mass_fractions_add_up_to_one_and_are_positive(library: Library) -> None:
    materials = [library.pigments, library.binders, library.varnishes, library.supports]
    for material in itertools.chain.from_iterable(items.values() for items in materials):
        assert sum(material.mass_fractions.values()) == pytest.approx(1.0, abs=1e-9), material.name
        assert min(material.mass_fractions.values()) > 0.0


@pytest.mark.parametrize(("formula", "element", "expected"), KNOWN_FRACTIONS)
def test_formulae_give_known_mass_fractions(formula: str, element: str, expected: float) -> None:
    assert mass_fractions(formula)[element] == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("formula", ["", "·", "Xx2O3", "Pb(CO3", "lead"])
def test_a_formula_that_is_none_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="chemical formula"):
        mass_fractions(formula)


def test_key_lines_exist_and_their_element_is_in_every_member(library: Library) -> None:
    for group in library.groups:
        for key_line in group.key_lines:
            pairs = alternatives(key_line)
            assert any(family_lines(element, family, 45.0) for element, family in pairs), key_line
            for pigment in library.members(group.name):
                most = max(pigment.mass_fractions.get(element, 0.0) for element, _ in pairs)
                assert most > 0.005, (pigment.name, key_line)


def test_key_lines_still_exist_for_a_tube_at_25_kv(library: Library) -> None:
    for group in library.groups:
        for key_line in group.key_lines:
            pairs = alternatives(key_line)
            assert any(family_lines(element, family, 24.0) for element, family in pairs), key_line


def test_no_pigment_without_signature_has_a_heavy_element(library: Library) -> None:
    heavy = set(SYMBOLS.values()) - {"Ca", "Cl", "K", "P", "Si"}
    for group in library.unseen:
        assert not group.key_lines
        for pigment in library.members(group.name):
            assert not heavy & set(pigment.mass_fractions), pigment.name


def test_families_are_named_after_elements_of_the_key_lines(library: Library) -> None:
    assert set(library.families) == {name for group in library.groups for name in group.families}
    assert set(library.families) <= set(SYMBOLS)
    for group in library.groups:
        elements = {element for line in group.key_lines for element, _ in alternatives(line)}
        assert {SYMBOLS[family] for family in group.families} <= elements, group.name
        assert group.families


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("arsenic", {"arsenic-sulfide", "copper-arsenite"}),
        (
            "barium",
            {"barium-chromate", "barium-sulfate", "lithopone", "manganese-barium"},
        ),
        ("zinc", {"brass", "cobalt-zincate", "lithopone", "zinc", "zinc-chromate"}),
        ("tin", {"cobalt-stannate", "lead-tin", "tin-sulfide"}),
    ],
)
def test_families_gather_the_groups_that_share_an_element(
    library: Library, family: str, members: set[str]
) -> None:
    assert {group.name for group in library.groups if family in group.families} == members


def test_colours_can_be_told_apart_and_none_is_white(library: Library) -> None:
    assert nearest_colours([group.colour for group in (*library.groups, *library.unseen)]) > 8.0
    assert nearest_colours([pigment.colour for pigment in library.pigments.values()]) > 6.0
    for item in (*library.groups, *library.pigments.values()):
        assert lab(item.colour)[0] < 97.0, item.name


def test_figures_of_every_pigment_are_plausible_and_referenced(library: Library) -> None:
    sources = {"crystal", "phases", "estimate", *library.references}
    for pigment in library.pigments.values():
        assert pigment.references, pigment.name
        assert pigment.density_source in sources, pigment.name
        assert pigment.variation and pigment.formula and pigment.label
        assert 1.0 < pigment.density_g_cm3 < 20.0
        assert pigment.pvc[0] < pigment.pvc[1] <= 1.0
        assert sum(pigment.impurities.values()) < 0.2, pigment.name
        assert max(pigment.impurities.values()) <= 0.06, pigment.name


def test_every_reference_is_cited(library: Library) -> None:
    cited = {key for pigment in library.pigments.values() for key in pigment.references}
    cited |= {pigment.density_source for pigment in library.pigments.values()}
    assert set(library.references) <= cited


@pytest.mark.parametrize(
    ("name", "year", "in_use"),
    [
        ("prussian-blue", 1650, False),
        ("prussian-blue", 1720, True),
        ("titanium-white", 1900, False),
        ("lead-tin-yellow", 1600, True),
        ("lead-tin-yellow", 1850, False),
        ("vermilion", 1200, True),
        ("emerald-green", 1890, True),
    ],
)
def test_dates_of_use(library: Library, name: str, year: int, in_use: bool) -> None:
    assert library.pigments[name].used_between(year, year) is in_use


def test_grounds_are_made_of_library_paint(library: Library) -> None:
    assert {"chalk-glue", "gesso", "lead-oil", "lead-chalk", "double-ground"} <= set(
        library.grounds
    )
    for ground in library.grounds.values():
        for layer in ground.layers:
            assert set(layer.pigments) <= set(library.pigments)
            assert sum(layer.pigments.values()) == pytest.approx(1.0)
            assert layer.binder in library.binders
            assert 0.0 < layer.thickness_um[0] < layer.thickness_um[1]


def test_double_ground_has_lead_above_red_earth(library: Library) -> None:
    upper, lower = library.grounds["double-ground"].layers
    assert max(upper.pigments, key=upper.pigments.__getitem__) == "lead-white"
    assert max(lower.pigments, key=lower.pigments.__getitem__) == "red-ochre"


def test_supports_and_varnishes_have_a_thickness_and_binders_none(library: Library) -> None:
    for layer in (*library.supports.values(), *library.varnishes.values()):
        assert layer.thickness_um is not None and layer.thickness_um[0] < layer.thickness_um[1]
    assert all(binder.thickness_um is None for binder in library.binders.values())


def test_metal_leaf_is_thin_and_other_pigments_are_powders(library: Library) -> None:
    leaves = {name for name, pigment in library.pigments.items() if pigment.leaf_um is not None}
    assert leaves == {"gold-leaf", "silver-leaf"}


@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(sorted(GROUP_OF)))
def test_a_varied_specimen_is_whole_and_keeps_within_its_limits(seed: int, name: str) -> None:
    pigment = load_library().pigments[name]
    fractions = varied_mass_fractions(
        pigment.phases, pigment.impurities, np.random.default_rng(seed)
    )
    assert sum(fractions.values()) == pytest.approx(1.0, abs=1e-9)
    assert set(fractions) >= set(pigment.impurities)
    own = {element for phase in pigment.phases for element in phase.mass_fractions}
    for element, upper in pigment.impurities.items():
        if element not in own:
            assert 0.0 < fractions[element] <= upper


@given(
    weights=st.lists(st.floats(0.01, 1.0), min_size=2, max_size=4),
    scale=st.floats(0.1, 10.0),
)
def test_a_mixture_depends_on_the_ratio_of_weights_only(weights: list[float], scale: float) -> None:
    parts = [mass_fractions(formula) for formula in ("HgS", "PbO", "CaCO3", "Fe2O3")]
    once = mixed(list(zip(weights, parts, strict=False)))
    again = mixed([(scale * weight, part) for weight, part in zip(weights, parts, strict=False)])
    assert once == pytest.approx(again)


def iron_as_oxide(pigment: Pigment, weights: list[float]) -> float:
    total = sum(weights)
    pairs = zip(weights, pigment.phases, strict=True)
    iron = sum(weight * phase.mass_fractions.get("Fe", 0.0) for weight, phase in pairs)
    return iron / total / mass_fractions("Fe2O3")["Fe"]


@pytest.mark.parametrize(
    ("name", "element", "lowest", "highest"),
    [("smalt", "Co", 0.02, 0.065), ("lithopone", "Zn", 0.08, 0.42), ("umber", "Mn", 0.02, 0.15)],
)
def test_specimens_scatter_about_the_typical_one(
    library: Library, name: str, element: str, lowest: float, highest: float
) -> None:
    pigment = library.pigments[name]
    random = np.random.default_rng(2)
    drawn = [
        varied_mass_fractions(pigment.phases, pigment.impurities, random)[element]
        for _ in range(1000)
    ]
    assert np.median(drawn) == pytest.approx(pigment.mass_fractions[element], rel=0.15)
    assert lowest < np.percentile(drawn, 1)
    assert np.percentile(drawn, 99) < highest
    assert np.std(drawn) > 0.1 * np.mean(drawn)


def test_yellow_ochre_ranges_from_poor_to_rich_in_iron(library: Library) -> None:
    ochre = library.pigments["yellow-ochre"]
    random = np.random.default_rng(1)
    iron = [
        varied_mass_fractions(ochre.phases, ochre.impurities, random)["Fe"]
        / mass_fractions("Fe2O3")["Fe"]
        for _ in range(2000)
    ]
    assert np.percentile(iron, 1) < 0.20
    assert 0.50 < np.percentile(iron, 99) < 0.75
    assert iron_as_oxide(ochre, [phase.weight for phase in ochre.phases]) == pytest.approx(
        0.40, abs=0.03
    )


def test_metals_agree_with_the_monte_carlo_stacks(library: Library) -> None:
    file = SHARED / "data" / "xmimsim" / "dev-rh40.h5"
    if not file.exists():
        pytest.skip("the Monte Carlo stacks, shared/data/xmimsim/dev-rh40.h5, are not here")
    h5py = pytest.importorskip("h5py")
    with h5py.File(file) as source:
        stacks = [json.loads(text) for text in source["stacks"].asstr()[:]]
    layers = {
        next(iter(layer["pigments"])): layer["weight_fractions"]
        for stack in stacks
        for layer in stack["layers"]
        if len(layer.get("pigments", {})) == 1
    }
    assert len(layers) > 10
    for name, theirs in layers.items():
        ours = library.pigments[name].mass_fractions
        shared_binder = {"C", "H", "O", "N", "S"}
        metals = {element: value for element, value in theirs.items() if value > 0.04}
        metals = {
            element: value for element, value in metals.items() if element not in shared_binder
        }
        if not metals:
            continue
        main = max(metals, key=metals.__getitem__)
        for element, value in metals.items():
            ratio = (ours.get(element, 0.0) / ours[main]) / (value / metals[main])
            assert 0.6 < ratio < 1.7, (name, element, ratio)


def test_version_is_semantic_with_a_content_hash_and_stable(library: Library) -> None:
    semantic, digest = library.version.split("+")
    assert len(semantic.split(".")) == 3
    assert len(digest) == 12
    assert load_library() is library


def test_unknown_names_are_answered_with_close_ones(library: Library) -> None:
    with pytest.raises(LibraryError, match="did you mean azurite"):
        library.pigment("azurit")
    with pytest.raises(LibraryError, match="did you mean titanium"):
        library.group("titanum")


def test_every_family_has_lines_that_can_confirm_it(library: Library) -> None:
    for family in library.families:
        assert library.family_key_lines(family), family
    assert library.family_key_lines("silicon") == ("Si-K",)
    assert library.family_key_lines("lead") == ("Pb-L",)
