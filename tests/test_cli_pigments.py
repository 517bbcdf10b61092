"""`underpaint pigments` answers what the library holds, and checks a user's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from underpaint.cli.app import app

OWN_PIGMENT = """
[[pigment]]
name = "han-blue"
label = "Han blue"
group = "copper"
composition = [{ phase = "effenbergerite", formula = "BaCuSi4O10" }]
density_g_cm3 = 3.6
pvc = [0.3, 0.5]
colour = "#3355aa"
"""


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["pigments", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.toml"
    file.write_text(OWN_PIGMENT, encoding="utf-8")
    return file


def test_list_has_a_line_a_pigment() -> None:
    status, out, _ = run("list")
    lines = [line.split("\t") for line in out.strip().splitlines()]
    assert status == 0
    assert len(lines) == 64
    assert ["lead-tin-yellow", "lead-tin", "Pb-L, Sn-K|Sn-L", "Pb2SnO4", "1300 to 1750"] in lines


def test_list_as_json_holds_groups_and_pigments() -> None:
    status, out, _ = run("list", "--json")
    data = json.loads(out)
    assert status == 0
    assert len(data["groups"]) == 46
    assert [group["name"] for group in data["unseen"]] == ["no-signature"]
    azurite = next(pigment for pigment in data["pigments"] if pigment["name"] == "azurite")
    assert azurite["colour_index"] == "PB30"
    assert azurite["used_from"] is None


def test_list_with_own_pigments_holds_them(own: Path) -> None:
    _, out, _ = run("list", "--with", str(own))
    assert any(line.startswith("han-blue\tcopper") for line in out.splitlines())


def test_show_gives_composition_rivals_and_references() -> None:
    status, out, _ = run("show", "smalt")
    assert status == 0
    for part in ("PB32", "Co 4.3%", "Spring", "1480 to 1900", "Co-K", "cobalt potash glass"):
        assert part.lower() in out.lower(), part


def test_show_says_what_a_pigment_is_not_told_apart_from() -> None:
    _, out, _ = run("show", "azurite")
    rivals = next(line for line in out.splitlines() if line.startswith("not told apart from"))
    assert "malachite" in rivals and "azurite" not in rivals


def test_show_of_a_group_names_its_members() -> None:
    status, out, _ = run("show", "iron-oxide")
    assert status == 0
    assert "sienna" in out and "Fe-K" in out


def test_show_of_an_unseen_pigment_says_that_xrf_cannot_see_it() -> None:
    _, out, _ = run("show", "indigo")
    assert "XRF cannot see it" in out


def test_show_as_json_is_json() -> None:
    assert json.loads(run("show", "gold-leaf", "--json")[1])["leaf_um"] == [0.08, 1.0]
    assert json.loads(run("show", "copper", "--json")[1])["key_lines"] == ["Cu-K"]


def test_show_of_an_unknown_name_suggests_close_ones() -> None:
    status, _, err = run("show", "ultramarin")
    assert status == 3
    assert "did you mean ultramarine" in err
    assert "Traceback" not in err


def test_check_says_what_was_read(own: Path) -> None:
    status, out, _ = run("check", str(own))
    assert status == 0
    assert "han-blue: group copper, key lines Cu-K" in out
    assert "Ba 29.0%" in out
    assert "1 pigment read" in out


def test_check_of_a_faulty_file_fails_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN_PIGMENT.replace("density_g_cm3", "densty"), encoding="utf-8")
    status, out, err = run("check", str(file))
    assert status == 3
    assert "'density_g_cm3' missing" in err and "own.toml" in err
    assert "read" not in out


def test_check_of_an_absent_file_fails_with_the_path(tmp_path: Path) -> None:
    status, _, err = run("check", str(tmp_path / "absent.toml"))
    assert status == 3
    assert "absent.toml" in err
