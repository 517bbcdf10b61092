"""What the report says of families whose groups XRF cannot tell apart."""

from __future__ import annotations

from dataclasses import replace

from result_builder import build_result, with_changes
from underpaint.show import render_report
from underpaint.show.family_story import is_untold, tell_family


def test_a_family_present_without_a_name_is_told_with_its_candidates() -> None:
    result = build_result()
    story = tell_family(result, result.family_index["cobalt"])
    assert story.title == "A cobalt pigment"
    assert story.where.startswith("Present in 12 % of the scan")
    assert "Co Kα₁" in story.why and "31 times" in story.why
    assert story.candidates[0] == "Cobalt blue: 55 % likely there"
    assert "reflectance" in story.advice.lower()


def test_the_report_shows_only_families_left_without_a_name() -> None:
    page = render_report(build_result())
    assert "A cobalt pigment" in page and "cobalt pigments that XRF cannot tell apart" in page
    assert "A copper pigment" not in page


def test_a_family_that_no_line_confirms_is_not_told() -> None:
    result = build_result()
    rows = [replace(row, confirmed=False, share_unnamed=0.5) for row in result.family_summary]
    assert not any(is_untold(row) for row in rows)
    assert "cannot tell apart" not in render_report(
        with_changes(result, family_summary=tuple(rows))
    )
