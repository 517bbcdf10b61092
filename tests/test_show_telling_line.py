"""The line that tells a group from the others, and the lines that it lacks."""

from __future__ import annotations

from dataclasses import replace

from result_builder import build_provenance, build_result, with_changes
from underpaint.result import GroupInfo, LineEvidence
from underpaint.show.story import why_open
from underpaint.show.telling_line import key_elements, missing_lines, sign_words

LEAD = LineEvidence("Pb La1", 10.55, 9e6, 209.0)
CHROMIUM = LineEvidence("Cr Ka1", 5.41, 4e3, 41.4)
CADMIUM_K = LineEvidence("Cd Ka1", 23.17, 1e5, 235.0)
CADMIUM_L = LineEvidence("Cd La1", 3.13, 1e3, 33.0)


def group(name: str, *key_lines: str) -> GroupInfo:
    """A group of which only its name and key lines matter."""
    return GroupInfo(name, name, "#000000", (), (), key_lines, "")


CHROME_YELLOW = group("lead-chromate", "Pb-L", "Cr-K")
WHITE, GREEN = group("lead", "Pb-L"), group("chromium-oxide", "Cr-K")


def test_the_line_that_no_other_group_found_has_comes_first() -> None:
    words = sign_words(CHROME_YELLOW, (LEAD, CHROMIUM), [WHITE])
    assert words == (
        "Most telling: the Cr Kα₁ line at 5.41 keV, 41 times its uncertainty in the pixels taken "
        "together; also Pb Lα₁."
    )
    assert sign_words(CHROME_YELLOW, (LEAD, CHROMIUM), [GREEN]).startswith("Most telling: the Pb")


def test_of_lines_of_its_own_the_weakest_comes_first() -> None:
    assert sign_words(CHROME_YELLOW, (LEAD, CHROMIUM), []).startswith("Most telling: the Cr")


def test_a_group_whose_lines_are_all_those_of_others_is_told_to_be_so() -> None:
    words = sign_words(CHROME_YELLOW, (LEAD, CHROMIUM), [WHITE, GREEN])
    assert words.startswith("Most telling: the Cr")
    assert words.endswith("Other groups that were found have the same elements.")


def test_of_alternatives_the_strongest_counts() -> None:
    yellow = group("cadmium-sulfide", "Cd-K|Cd-L")
    assert sign_words(yellow, (CADMIUM_K, CADMIUM_L), []).startswith("Most telling: the Cd Kα₁")
    assert missing_lines(yellow, (CADMIUM_K, replace(CADMIUM_L, sigma=2.0)), 5.0) == ()
    assert key_elements(yellow) == {"Cd"}


def test_without_lines_nothing_is_told() -> None:
    assert sign_words(CHROME_YELLOW, (), [WHITE]) == ""


def test_missing_lines_are_named_with_what_they_reach() -> None:
    naples = group("lead-antimony", "Pb-L", "Sb-K|Sb-L")
    assert missing_lines(naples, (LEAD,), 5.0) == ("Sb K or Sb L",)
    weak = replace(CHROMIUM, sigma=3.5)
    assert missing_lines(CHROME_YELLOW, (LEAD, weak), 5.0) == ("Cr K (3.5 sigma)",)


def test_an_open_group_is_told_by_what_it_lacks_and_not_by_what_it_has() -> None:
    result = build_result()
    index = result.group_index["lead-tin"]
    rows = list(result.summary)
    rows[index] = replace(rows[index], lines=(LEAD,), share_cannot_tell=0.3)
    changed = with_changes(result, summary=tuple(rows))
    told = why_open(changed, index)
    assert "; where it is suspected it lacks Sn K and Sn L." in told
    assert "Pb" not in told
    bare = with_changes(changed, provenance=build_provenance(verdict_rule={}))
    assert "lacks" not in why_open(bare, index)
