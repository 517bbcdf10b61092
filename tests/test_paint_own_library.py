"""A user's own pigments: read from TOML, joined to the library, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import LibraryError
from underpaint.paint.library import Library, load_library

OWN_PIGMENT = """
[[pigment]]
name = "han-blue"
label = "Han blue"
group = "copper"
formula = "BaCuSi4O10"
composition = [{ phase = "effenbergerite", formula = "BaCuSi4O10" }]
density_g_cm3 = 3.6
pvc = [0.3, 0.5]
colour = "#3355aa"
used_until = 300
"""


def test_own_pigment_joins_a_group_and_changes_the_version(
    library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN_PIGMENT, encoding="utf-8")
    larger = load_library(file)
    assert set(larger.pigments) - set(library.pigments) == {"han-blue"}
    assert larger.pigments["han-blue"].mass_fractions["Ba"] == pytest.approx(0.2904, abs=1e-3)
    assert larger.groups == library.groups
    assert larger.version != library.version
    assert load_library().version == library.version


def test_own_group_joins_in_alphabetical_order(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        OWN_PIGMENT.replace('group = "copper"', 'group = "barium-copper-silicate"')
        + """
[[group]]
name = "barium-copper-silicate"
label = "Han blue"
colour = "#3355aa"
families = ["barium", "copper"]
key_lines = ["Cu-K", "Ba-L|Ba-K"]
advice = "Raman."
""",
        encoding="utf-8",
    )
    names = [group.name for group in load_library(file).groups]
    assert names == sorted(names)
    assert "barium-copper-silicate" in names


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("density_g_cm3", "density", "'density_g_cm3' missing"),
        ('formula = "BaCuSi4O10"\n', 'formulae = "BaCuSi4O10"\n', "unknown key 'formulae'"),
        ("3.6", "360", "between 0.5 and 23"),
        ("3.6", '"heavy"', "should be a number"),
        ("3.6", "nan", "between 0.5 and 23"),
        ("[0.3, 0.5]", "[0.5, 0.3]", "lower number first"),
        ("[0.3, 0.5]", "0.4", r"\[lowest, highest\]"),
        ('"#3355aa"', '"blue"', "#1f4fa3"),
        ('"han-blue"', '"azurite"', "pigment of this name already"),
        ('"han-blue"', '"copper"', "a group has this name already"),
        ('"han-blue"', '"Han blue"', "lower-case"),
        ('"copper"', '"coper"', "did you mean copper"),
        ('"copper"', '"lead"', "named by Pb-L"),
        ("BaCuSi4O10", "BaQqSi4O10", "cannot be read as a chemical formula"),
        ("used_until = 300", "used_from = 1900\nused_until = 300", "later than"),
        ("used_until = 300", "used_until = 300.5", "should be a year"),
        ("used_until = 300", "impurities = { Zz = 0.1 }", "'Zz' is not the symbol"),
        ("used_until = 300", "impurities = { Fe = 2.0 }", "between 0 and 1"),
        ("used_until = 300", 'references = ["Nobody1999"]', "'Nobody1999' is not in"),
        ('"BaCuSi4O10" }', '"BaCuSi4O10", weight = 0.4 }', "add up to 1, not 0.4"),
        ('"BaCuSi4O10" }', '"BaCuSi4O10", range = [0.1, 0.2] }', "outside 'range'"),
        ("[[pigment]]", "[[pigmant]]", "no \\[\\[pigment\\]\\] table"),
        ('"han-blue"', "han-blue", "not valid TOML"),
    ],
)
def test_a_faulty_own_file_is_refused_with_file_and_reason(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in OWN_PIGMENT
    file = tmp_path / "own.toml"
    file.write_text(OWN_PIGMENT.replace(old, new), encoding="utf-8")
    with pytest.raises(LibraryError, match=message) as caught:
        load_library(file)
    assert "own.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_missing_keys_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[pigment]]\nname = "new"\n', encoding="utf-8")
    with pytest.raises(LibraryError) as caught:
        load_library(file)
    for key in ("label", "group", "composition", "density_g_cm3", "pvc", "colour"):
        assert f"'{key}'" in str(caught.value)
    assert "pigment 'new'" in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="check the path"):
        load_library(tmp_path / "absent.toml")
