"""The documents: their links lead somewhere, and what they give to copy is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from underpaint.elements import read_axis
from underpaint.network import shipped_weights
from underpaint.xray import find_instrument, named_instruments

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
USING = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    files = [link for link in links if not link.startswith("http")]
    assert [link for link in files if not (page.parent / link).exists()] == []


def test_scanner_and_energy_axis_that_are_given_to_copy_are_read(tmp_path: Path) -> None:
    scanner, axis = re.findall(r"```toml\n(.*?)```", USING, re.DOTALL)
    (tmp_path / "scanner.toml").write_text(scanner, encoding="utf-8")
    (tmp_path / "axis.toml").write_text(axis, encoding="utf-8")
    assert find_instrument(str(tmp_path / "scanner.toml")).kv == 45.0
    assert read_axis(tmp_path / "axis.toml").gain == 0.02003


def test_all_that_comes_with_the_program_is_named() -> None:
    assert all(f"`{name}`" in USING for name in (*shipped_weights(), *named_instruments()))
