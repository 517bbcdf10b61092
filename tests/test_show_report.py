"""report.html: one file, offline, every word from the result."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from result_builder import build_large_result, build_provenance, build_result, with_changes
from underpaint.errors import OutputError
from underpaint.result import CANNOT_TELL, PRESENT, Result, read_result, write_result
from underpaint.show import render_report, write_report
from underpaint.show.map_remarks import chance_remark
from underpaint.show.report import shown_aspect
from underpaint.show.story import tell_story


class Page(HTMLParser):
    """What a page asks for, its images, anchors and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.anchors: set[str] = set()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset", "data") and v]
        self.anchors |= {values["id"]} if values.get("id") else set()
        if tag == "img":
            self.images.append(values)
        if tag not in ("img", "meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def html() -> str:
    return render_report(build_result())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def text_of(**changes: object) -> str:
    return Page(render_report(with_changes(build_result(), **changes))).text


def test_the_page_asks_for_nothing_outside_itself(html: str, page: Page) -> None:
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert "url(" not in html
    assert "@import" not in html
    assert "<script" not in html


def test_every_tag_is_closed_and_every_link_leads_somewhere(page: Page) -> None:
    assert page.open == []
    links = {address[1:] for address in page.addresses if address.startswith("#")}
    assert links <= page.anchors
    assert len(links) >= 6


def test_every_image_is_told_in_words(page: Page) -> None:
    assert len(page.images) > 30
    alternatives = [image["alt"] or "" for image in page.images]
    assert all(len(words) > 15 for words in alternatives)
    assert any("Verdicts for Vermilion: absent in" in words for words in alternatives)


def test_the_answer_comes_first(page: Page) -> None:
    told = page.text
    answer = told.index("Five pigment groups were found")
    assert answer < told.index("The file's energy axis") < told.index("Net counts")
    assert "Under other paint: Copper blue or green and Iron earth." in told
    assert "Three further groups can neither be named nor excluded everywhere." in told


def test_a_group_is_told_with_place_layer_amount_and_line(page: Page) -> None:
    assert "Present in 14 % of the scan, at the middle left and centre." in page.text
    assert (
        "There it lies in the uppermost paint that XRF can see. Mean amount there: 3.87 mg/cm²; "
        "one pixel is uncertain by 0.40." in page.text
    )
    assert "the Hg Lα₁ line at 9.99 keV, 214 times its uncertainty" in page.text


def test_what_lies_under_other_paint_is_told_with_what_else_it_could_be() -> None:
    result = build_result()
    buried = sum(
        bool(((result.verdict[k] == PRESENT) & (result.verdict_buried[k] == PRESENT)).any())
        for k in range(len(result.verdict))
    )
    assert buried > 0
    assert Page(render_report(result)).text.count("bare patches beside thicker paint") == buried


def test_the_layers_of_a_group_add_up() -> None:
    result = build_result()
    maps = {name: getattr(result, name).copy() for name in ("verdict", "verdict_top", "ground")}
    for values in maps.values():
        values[1] = 0
    maps["verdict"][1, 0, :25] = PRESENT
    maps["verdict_top"][1, 0, 0] = PRESENT
    told = tell_story(with_changes(result, **maps), 1).layers
    assert told == (
        "In one pixel it lies in the uppermost paint that XRF can see, so few that chance may "
        "explain it. In 96 % of these pixels its layer cannot be told."
    )
    maps["verdict"][1, :10] = PRESENT
    maps["verdict_top"][1, :5] = PRESENT
    told = tell_story(with_changes(result, **maps), 1).layers
    assert told == (
        "In 50 % of these pixels it lies in the uppermost paint that XRF can see. "
        "In 50 % of these pixels its layer cannot be told."
    )


def test_a_group_known_by_either_of_two_lines_is_shown_with_the_map_of_the_one_there() -> None:
    groups = list(build_result().groups)
    groups[3] = replace(groups[3], key_lines=("Mn-K|Fe-K",))
    page = Page(render_report(with_changes(build_result(), groups=tuple(groups))))
    maps = [image["alt"] for image in page.images if "Iron (Fe K)" in (image["alt"] or "")]
    assert len(maps) == 2


def test_a_map_in_words_rounds_no_pixel_away(page: Page) -> None:
    assert not any(" 0.0 %" in (image["alt"] or "") for image in page.images)


def test_rivals_and_the_method_that_settles_them_are_named(page: Page) -> None:
    assert "Gypsum: its sulphur lines lie under those of lead." in page.text
    assert "Infrared spectroscopy tells chalk from gypsum." in page.text


def test_a_ground_is_told_as_a_ground(page: Page) -> None:
    assert "it is probably in the ground, beneath all paint" in page.text
    unsure = np.array(build_result().verdict_buried)
    unsure[4] = CANNOT_TELL
    told = text_of(verdict_buried=unsure)
    assert "In these pixels it is probably in the ground; whether in paint as well" in told
    assert "it is probably in the ground, beneath all paint" not in told


def test_groups_are_found_open_or_absent_and_never_two_of_them(page: Page) -> None:
    told = page.text
    absent = told[told.index("Looked for and not found") : told.index("How sure this is")]
    undecided = told[told.index("What could not be decided") : told.index("Looked for and")]
    assert "Lead-tin yellow; Cadmium yellow." in absent
    assert "Cobalt blue" in undecided
    assert "Vermilion" not in absent + undecided


def test_an_open_group_stands_with_what_looks_alike_and_what_would_settle_it(page: Page) -> None:
    told = page.text
    undecided = told[told.index("What could not be decided") : told.index("Looked for and")]
    assert "Zinc white with smalt: the same cobalt and zinc lines." in undecided
    assert "What would settle it" in undecided and "reflectance" in undecided.lower()


def test_what_is_open_is_no_table_of_narrow_columns_on_a_phone(html: str) -> None:
    narrow = html[html.index("@media (max-width: 40rem)") : html.index("@media print")]
    assert ".stacked td { display: block; }" in narrow
    assert html.count('<table class="stacked">') == 1


def test_what_the_palette_rules_out_is_not_called_absent() -> None:
    groups = build_result().groups
    possible = [m for group in groups if group.name != "cadmium-sulfide" for m in group.members]
    palette = {"pigments": possible, "source": "a test"}
    told = text_of(provenance=build_provenance(palette=palette))
    absent = told[told.index("Looked for and not found") : told.index("Not looked for")]
    assert "Lead-tin yellow." in absent and "Cadmium yellow" not in absent
    assert "The palette rules out: Cadmium yellow." in told


def test_pigments_of_a_group_that_the_palette_rules_out_are_named_as_such(page: Page) -> None:
    possible = [m for group in build_result().groups for m in group.members if m != "massicot"]
    palette = {"pigments": possible, "source": "a test"}
    told = text_of(provenance=build_provenance(palette=palette))
    assert (
        "Pigments in this group: lead white or red lead (ruled out by the palette: massicot)."
        in told
    )
    assert "Pigments in this group: lead white, red lead or massicot." in page.text
    assert told.count("ruled out by the palette") == 1


def test_the_promise_is_put_in_pixels_of_this_scan(page: Page) -> None:
    assert "In this scan of 3,456 pixels, about 3 per group may still be wrong" in page.text


def test_what_chance_may_explain_is_said_beneath_its_pictures() -> None:
    result = build_result()
    rows = list(result.summary)
    rows[1] = replace(rows[1], share_present=20 / 3456)
    few = with_changes(result, summary=tuple(rows))
    assert chance_remark(few, rows[1].share_present) == (
        "In 0.6 % of the pixels only, which chance may explain."
    )
    assert chance_remark(result, result.summary[1].share_present) == ""


def test_facts_stand_with_their_source(page: Page) -> None:
    assert "tube voltage 30 kV file header" in page.text
    assert "live time not known not stated" in page.text


def test_unexplained_peaks_are_listed(page: Page) -> None:
    assert "17.44 7.2 sum spectrum none that is likely" in page.text
    assert "12.23 15.0 sum spectrum none: wider than a line" in page.text
    assert "Every peak that stands out of the sum spectrum is" in text_of(unexplained=())


def test_a_group_that_no_line_confirms_is_not_called_found() -> None:
    result = build_result()
    rows = list(result.summary)
    rows[1] = replace(rows[1], confirmed=False)
    told = text_of(summary=tuple(rows))
    assert "Four pigment groups were found" in told
    assert "What could not be decided" in told


def test_a_scan_without_any_pigment_says_so() -> None:
    result = build_result()
    rows = tuple(
        replace(r, share_present=0.0, share_top=0.0, share_buried=0.0, share_cannot_tell=0.0)
        for r in result.summary
    )
    none = np.zeros_like(result.verdict)
    told = text_of(summary=rows, verdict=none, verdict_top=none, verdict_buried=none)
    assert "No pigment could be named with the certainty that is asked for." in told
    assert "Each pigment" not in told


def test_groups_in_a_few_pixels_are_not_called_found() -> None:
    rows = list(build_result().summary)
    rows[1] = replace(rows[1], share_present=20 / 3456)
    told = text_of(summary=tuple(rows))
    assert "Four pigment groups were found" in told
    assert "In a few pixels, which chance may explain: Vermilion." in told
    assert "In 3,456 pixels, a group that is not there is named in" in told
    assert "chance may explain" not in text_of()


def test_little_under_other_paint_is_told_of_the_group_and_not_in_the_answer() -> None:
    rows = list(build_result().summary)
    rows[2] = replace(rows[2], share_buried=0.04 * rows[2].share_present)
    told = text_of(summary=tuple(rows))
    assert "Under other paint: Iron earth." in told
    assert "of these pixels it lies under other paint, " in told


def test_nothing_is_claimed_that_the_provenance_does_not_hold() -> None:
    told = text_of(provenance={})
    for claim in ("How sure this is", "energy axis", "Weights", "Identified", "mm"):
        assert claim not in told.replace("Mean amount", "")
    assert "the size of a pixel is not known" in told
    assert "20 pixels" in told


def test_names_from_a_file_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>"
    page = render_report(
        with_changes(build_result(), provenance=build_provenance(title=hostile), notes=(hostile,))
    )
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_report_of_a_file_is_that_of_the_result_in_memory(tmp_path: Path, html: str) -> None:
    stored = read_result(write_result(build_result(), tmp_path / "out"))
    assert without_ids(render_report(stored)) == without_ids(html)


def without_ids(page: str) -> str:
    """matplotlib gives the parts of an SVG random names."""
    return re.sub(r"data:image/svg[^\"]*", "", page)


def test_a_large_result_stays_a_small_file() -> None:
    result: Result = build_large_result()
    page = render_report(result)
    assert len(result.groups) == 40
    assert len(page.encode()) < 5_000_000
    assert "Maps are shown reduced to" in Page(page).text


@pytest.mark.parametrize(
    ("size", "shown"), [((30, 40), 0.75), ((384, 1), 8.0), ((1, 384), 0.25)], ids=str
)
def test_maps_of_a_line_scan_can_be_seen(size: tuple[float, float], shown: float) -> None:
    assert shown_aspect(*size) == shown


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(build_result(), tmp_path / "nowhere" / "report.html")
