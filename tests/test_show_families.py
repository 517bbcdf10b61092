"""What the report says of families whose groups XRF cannot tell apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from result_builder import build_result, with_changes
from underpaint.result import PRESENT, answer_of
from underpaint.show import render_report
from underpaint.show.family_story import tell_family


def test_a_family_present_without_a_name_is_told_with_its_candidates() -> None:
    result = build_result()
    story = tell_family(result, result.family_index["cobalt"])
    assert story.title == "A cobalt pigment"
    assert story.where.startswith("In 33 % of the scan, along the top, it is there")
    assert "Co Kα₁" in story.why and "31 times" in story.why
    assert story.candidates == ("Cobalt blue: 55 % likely",)
    assert "reflectance" in story.advice.lower()


def test_share_map_and_candidates_of_a_family_are_of_the_pixels_without_a_name() -> None:
    result = build_result()
    cobalt, blue = result.family_index["cobalt"], result.group_index["cobalt-aluminate"]
    verdict, probability = np.array(result.verdict), np.array(result.probability)
    verdict[blue, :, :36], probability[blue, :, :36] = PRESENT, 1.0
    unnamed = np.array(result.verdict_family[cobalt] == PRESENT)
    unnamed[:, :36] = False
    story = tell_family(with_changes(result, verdict=verdict, probability=probability), cobalt)
    np.testing.assert_array_equal(story.unnamed, unnamed)
    mean = probability[blue][unnamed].mean()
    assert story.candidates == (f"Cobalt blue: {100 * mean:.0f} % likely",)


def test_the_report_shows_only_families_left_without_a_name() -> None:
    page = render_report(build_result())
    assert "A cobalt pigment" in page and "cobalt pigments that XRF cannot tell apart" in page
    assert "Probability of any cobalt pigment, where none is named" in page
    assert "A copper pigment" not in page


@pytest.mark.parametrize("change", [{"confirmed": False}, {"share_unnamed": 3 / 3456}])
def test_a_family_that_no_line_confirms_or_chance_explains_is_not_told(
    change: dict[str, float],
) -> None:
    result = build_result()
    rows = tuple(replace(row, **change) for row in result.family_summary)
    changed = with_changes(result, family_summary=rows)
    assert answer_of(changed).families == ()
    assert "cannot tell apart" not in render_report(changed)
