"""Tables printed by a benchmark take the place of those in a document, and nothing else does."""

from __future__ import annotations

import pytest

from identification_docs import with_tables

REPORT = (
    "\n### One\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n### Two\n\n| c |\n|---|\n| 5 |\n"
)
DOCUMENT = "# All\n\nwords\n\n### One\n\nbefore\n\n| a | b |\n|---|---|\n| 0 | 0 |\n\nafter\n"


def test_tables_under_the_same_heading_are_replaced_and_words_stay() -> None:
    text, unmatched = with_tables(DOCUMENT, REPORT)
    assert text == DOCUMENT.replace("| 0 | 0 |", "| 1 | 2 |\n| 3 | 4 |")
    assert unmatched == []


@pytest.mark.parametrize("heading", ["### Three", "### Two and a half"])
def test_tables_that_the_report_lacks_are_named_and_left(heading: str) -> None:
    document = DOCUMENT.replace("### One", heading)
    assert with_tables(document, REPORT) == (document, [heading])
