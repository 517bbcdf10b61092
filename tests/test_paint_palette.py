"""A palette is what the user names, and what was in use at the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from underpaint.errors import LibraryError
from underpaint.paint.library import load_library
from underpaint.paint.palette import Palette, parse_palette, parse_years

LIBRARY = load_library()
NAMES = sorted(LIBRARY.pigments)
YEARS = st.integers(1000, 2000)


@given(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=12), data=st.data())
def test_named_pigments_come_out_once_in_library_order(
    names: list[str], data: st.DataObject
) -> None:
    blanks = st.sampled_from(["", " ", "  "])
    spec = ",".join(f"{data.draw(blanks)}{name}{data.draw(blanks)}" for name in names)
    palette = parse_palette(spec, LIBRARY)
    assert set(palette.pigments) == set(names)
    assert list(palette.pigments) == [name for name in LIBRARY.pigments if name in names]
    assert palette.dropped == ()


@given(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))
def test_groups_are_those_of_the_pigments_in_network_order(names: list[str]) -> None:
    palette = parse_palette(",".join(names), LIBRARY)
    groups = {LIBRARY.pigments[name].group for name in names}
    expected = [group.name for group in LIBRARY.groups if group.name in groups]
    assert list(palette.groups) == expected


@given(first=YEARS, length=st.integers(0, 300), more=st.integers(0, 100))
def test_a_longer_period_never_loses_a_pigment(first: int, length: int, more: int) -> None:
    last = min(first + length, 2100)
    narrow = parse_palette(None, LIBRARY, f"{first}-{last}")
    wide = parse_palette(None, LIBRARY, f"{max(1, first - more)}-{min(last + more, 2100)}")
    assert set(narrow.pigments) <= set(wide.pigments)


@given(first=YEARS, length=st.integers(0, 300))
def test_kept_and_dropped_pigments_share_out_the_library(first: int, length: int) -> None:
    last = min(first + length, 2100)
    palette = parse_palette(None, LIBRARY, f"{first}-{last}")
    assert sorted(palette.pigments + palette.dropped) == NAMES
    for name in palette.pigments:
        pigment = LIBRARY.pigments[name]
        assert (pigment.used_from or 0) <= last
        assert (pigment.used_until or 2100) >= first


@given(spec=st.text(max_size=40))
@example(spec="\0/")
def test_any_text_is_understood_or_answered_with_one_sentence(spec: str) -> None:
    try:
        palette = parse_palette(spec, LIBRARY)
    except LibraryError as error:
        assert str(error)
    else:
        assert palette.pigments


def test_names_may_be_written_as_reports_have_them() -> None:
    written = parse_palette("Lead White, AZURITE", LIBRARY)
    assert written.pigments == parse_palette("lead-white,azurite", LIBRARY).pigments


def test_no_palette_means_the_whole_library() -> None:
    palette = parse_palette(None, LIBRARY)
    assert palette.pigments == tuple(LIBRARY.pigments)
    assert palette.groups == tuple(group.name for group in LIBRARY.groups)


def test_a_group_stands_for_its_members() -> None:
    palette = parse_palette("iron-oxide", LIBRARY)
    assert set(palette.pigments) == {"yellow-ochre", "red-ochre", "sienna", "magnetite-black"}
    assert palette.groups == ("iron-oxide",)


def test_an_unseen_group_gives_pigments_and_no_classes() -> None:
    palette = parse_palette("no-signature", LIBRARY)
    assert set(palette.pigments) == {"carbon-black", "indigo", "red-lake"}
    assert palette.groups == ()


def test_dates_drop_what_was_not_in_use_and_say_so() -> None:
    palette = parse_palette("lead-white,prussian-blue,titanium-white", LIBRARY, "1650-1660")
    assert palette.pigments == ("lead-white",)
    assert palette.dropped == ("titanium-white", "prussian-blue")
    assert "1650-1660" in palette.source


def test_a_single_year_and_an_en_dash_are_understood() -> None:
    assert parse_years("1896") == (1896, 1896)
    assert parse_years(" 1890–1905 ") == (1890, 1905)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("c. 1890", "not a year"),
        ("1890-", "not a year"),
        ("", "not a year"),
        ("1905-1890", "ends before it begins"),
        ("0-100", "outside 1 to 2100"),
        ("1900-9999", "outside 1 to 2100"),
    ],
)
def test_years_that_make_no_sense_are_refused(made: str, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        parse_palette(None, LIBRARY, made)


def test_an_unknown_name_is_answered_with_close_ones() -> None:
    with pytest.raises(LibraryError, match="'vermillion'; did you mean vermilion"):
        parse_palette("lead-white,vermillion", LIBRARY)


@pytest.mark.parametrize("spec", ["", " , ,"])
def test_an_empty_palette_is_refused(spec: str) -> None:
    with pytest.raises(LibraryError, match="palette is empty"):
        parse_palette(spec, LIBRARY)


def test_a_palette_with_nothing_in_use_is_refused() -> None:
    with pytest.raises(LibraryError, match="was in use in 1500"):
        parse_palette("titanium-white,phthalocyanine-blue", LIBRARY, "1500")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_is_read(tmp_path: Path, as_text: bool) -> None:
    file = tmp_path / "palette.toml"
    file.write_text('pigments = ["lead-white", "copper"]\nmade = "1600-1610"\n', encoding="utf-8")
    palette = parse_palette(str(file) if as_text else file, LIBRARY)
    assert palette.groups == ("copper", "lead")
    assert "phthalocyanine-blue" in palette.dropped
    assert "palette.toml" in palette.source


def test_years_given_directly_override_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "palette.toml"
    file.write_text('pigments = ["copper"]\nmade = "1600"\n', encoding="utf-8")
    palette = parse_palette(file, LIBRARY, "1950")
    assert "phthalocyanine-blue" in palette.pigments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('pigment = ["lead-white"]', "'pigments' missing"),
        ('pigments = ["lead-white"]\ncolours = 3', "unknown key 'colours'"),
        ('pigments = "lead-white"', "list of names"),
        ("pigments = [", "not valid TOML"),
        ("pigments = []", "palette is empty"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "palette.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError, match=message):
        parse_palette(file, LIBRARY)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="check the path"):
        parse_palette(str(tmp_path / "absent.toml"), LIBRARY)


def test_a_palette_can_be_compared_and_kept() -> None:
    again = parse_palette("zinc-white, lead-white", LIBRARY)
    assert again == parse_palette("zinc-white, lead-white", LIBRARY)
    assert isinstance(again, Palette)
    assert hash(again) == hash(parse_palette("zinc-white, lead-white", LIBRARY))
