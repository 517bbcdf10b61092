"""What a user states of a scan."""

from __future__ import annotations

from dataclasses import replace

from builders import ScanBuilder
from underpaint.scan import Stated, place, with_stated


def test_it_goes_before_what_the_file_says_and_has_its_source() -> None:
    scan = ScanBuilder().scan(pixel_size_mm=(1.0, 1.0))
    stated = with_stated(scan, Stated(0.25, "Study of hands"))
    assert stated.pixel_size_mm == (0.25, 0.25)
    assert stated.title == "Study of hands"
    assert stated.facts["pixel size"].value == "0.25 mm high, 0.25 mm wide"
    assert {stated.facts[name].source for name in ("pixel size", "title")} == {"the user's request"}
    assert "pixel size" not in stated.missing


def test_nothing_changes_unless_asked() -> None:
    scan = ScanBuilder().scan(pixel_size_mm=(1.0, 0.5))
    same = with_stated(scan, Stated())
    assert (same.pixel_size_mm, same.stage, dict(same.facts)) == ((1.0, 0.5), None, {})
    assert same.title == ""


def test_pixels_of_another_size_lie_nowhere_known() -> None:
    placed = place(ScanBuilder().scan(pixel_size_mm=(1.0, 1.0)), (3.0, 4.0))
    assert with_stated(placed, Stated(title="A")).stage == placed.stage
    other = with_stated(placed, Stated(0.5))
    assert other.stage is None
    assert "stage coordinates" not in other.facts
    assert replace(other, facts={}).title == ""
