"""`underpaint limit`: what a scan would show, and what is wrong with the question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from underpaint.cli.app import app

LAYERS = """
title = "Vermilion under lead white"

[[layer]]
kind = "paint"
thickness_um = 100
pigments = { lead-white = 1.0 }

[[layer]]
kind = "paint"
thickness_um = 20
pigments = { vermilion = 0.9, carbon-black = 0.1 }
"""
SCANNER = ("--instrument", "bruker-m6-jetstream")
COUNTS = ("--counts", "30000")
PALETTE = ("--palette", "lead-white,vermilion,chalk,orpiment")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.toml"
    file.write_text(LAYERS, encoding="utf-8")
    return file


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["limit", *words])
    return result.exit_code, result.stdout, result.stderr


def test_a_line_for_each_group_and_position(plan: Path) -> None:
    status, out, _ = run(str(plan), *SCANNER, *COUNTS, *PALETTE)
    lines = out.strip().splitlines()
    assert status == 0
    assert lines[0] == "Vermilion under lead white: Bruker M6 Jetstream, 30,000 counts a pixel"
    rows = [line.split("\t") for line in lines[2:-1]]
    assert [row[1] for row in rows if row[0] == "Vermilion"] == ["anywhere", "paint below the top"]
    top = next(row for row in rows if row[1] == "top paint layer")
    assert top[2] == "would be seen"
    assert "Carbon black" in lines[-1]


def test_json_holds_the_rival_and_the_counts_needed(plan: Path) -> None:
    status, out, _ = run(str(plan), *SCANNER, *COUNTS, *PALETTE, "--json")
    data = json.loads(out)
    assert status == 0
    assert data["counts"] == 30_000
    vermilion = next(row for row in data["groups"] if row["group"] == "mercury-sulfide")
    assert vermilion["counts_for_D_5"] == pytest.approx(30_000 * (5 / vermilion["D"]) ** 2)
    assert all("vermilion" not in layer["pigments"] for layer in vermilion["rival_layers"])
    assert all(row["side_by_side"]["D"] <= row["D"] * 1.000001 for row in data["groups"])
    assert all(len(row["side_by_side"]["rival_layers"]) == 2 for row in data["groups"])


def test_what_only_an_even_pixel_shows_is_named(plan: Path) -> None:
    plan.write_text(LAYERS.replace("thickness_um = 100", "thickness_um = 30"), encoding="utf-8")
    status, out, _ = run(str(plan), *SCANNER, *COUNTS)
    line = next(line for line in out.splitlines() if line.startswith("Only where the pixel"))
    assert status == 0
    assert "Vermilion, paint below the top" in line and "Vermilion, anywhere" not in line


def test_what_the_file_states_need_not_be_given(plan: Path) -> None:
    text = 'counts = 5000\ninstrument = "bruker-m6-jetstream"\n' + LAYERS
    plan.write_text(text, encoding="utf-8")
    status, out, _ = run(str(plan), *PALETTE)
    assert status == 0
    assert "5,000 counts" in out.splitlines()[0]


def test_a_missing_scanner_is_asked_for(plan: Path) -> None:
    status, _, error = run(str(plan), *COUNTS)
    assert status == 3
    assert "--instrument" in error


def test_missing_counts_are_asked_for(plan: Path) -> None:
    status, _, error = run(str(plan), *SCANNER)
    assert status == 3
    assert "--counts" in error


def test_a_scene_is_refused(plan: Path) -> None:
    plan.write_text('title = "x"\nlabels = "x.png"\n', encoding="utf-8")
    status, _, error = run(str(plan), *SCANNER, *COUNTS)
    assert status == 3
    assert "scene" in error


def test_an_unknown_scanner_is_refused(plan: Path) -> None:
    status, _, error = run(str(plan), "--instrument", "bruker-m7", *COUNTS)
    assert status == 3
    assert "no instrument is called 'bruker-m7'" in error


def test_an_unknown_key_is_refused_by_name(plan: Path) -> None:
    plan.write_text("speed = 3\n" + LAYERS, encoding="utf-8")
    status, _, error = run(str(plan), *SCANNER, *COUNTS)
    assert status == 3
    assert "'speed'" in error
