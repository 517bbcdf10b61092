"""The prior is one file: the shipped one is what the classes default to, and mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import ConfigError
from underpaint.network.prior_file import default_prior, find_prior, read_prior
from underpaint.paint import load_library
from underpaint.settings import shipped_prior_path

SHIPPED = shipped_prior_path().read_text(encoding="utf-8")


def edited(tmp_path: Path, old: str, new: str) -> Path:
    assert SHIPPED.count(old) == 1, old
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.replace(old, new), encoding="utf-8")
    return path


def test_the_shipped_file_is_what_the_classes_default_to() -> None:
    assert read_prior(shipped_prior_path()) == default_prior() == find_prior("shipped")


def test_a_copy_with_other_figures_is_another_prior(tmp_path: Path) -> None:
    path = edited(tmp_path, "any_date = 0.35", "any_date = 1")
    prior = find_prior(str(path))
    assert prior.paint.any_date == 1.0
    assert prior.scan == default_prior().scan


def test_a_mock_up_is_like_a_painting_but_for_what_its_table_says(tmp_path: Path) -> None:
    prior = read_prior(edited(tmp_path, "varnished = 0.6", "varnished = 0.7"))
    assert prior.board.glaze_um == prior.paint.glaze_um
    assert prior.board.retouched == 0.0 < prior.paint.retouched
    assert (prior.paint.varnished, prior.board.varnished) == (0.7, 0.1)
    other = read_prior(edited(tmp_path, "varnished = 0.1", "varnished = 0.2"))
    assert (other.paint.varnished, other.board.varnished) == (0.6, 0.2)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("any_date = 0.35", "any_dates = 0.35", "unknown key 'any_dates'"),
        ("any_date = 0.35", "", "the key 'any_date' is missing"),
        ("any_date = 0.35", "any_date = 1.35", "any_date: 1.35 is no share"),
        ("any_date = 0.35", "any_date = 'often'", "any_date: 'often' is of the wrong type"),
        ("glaze_um = [3.0, 30.0]", "glaze_um = [30.0, 3.0]", "glaze_um"),
        ("glaze_um = [3.0, 30.0]", "glaze_um = [3.0]", "glaze_um: needs 2 values"),
        ("smalt                = [0.15,", "smalt = [0.1, 0.15,", "smalt: needs 6 figures"),
        ("smalt                = [", "smelt = [", "the library has no 'smelt'"),
        ("copper-plate   = [", "tin-plate = [", "the library has no 'tin-plate'"),
        ('"Rb", "Y",', '"Rb", "Yy",', "'Yy' is no element"),
        ("bruker-crono = 0.15", "bruker-chrono = 0.15", "no instrument is called 'bruker-chrono'"),
        ("Pd = 0.05", "Na = 0.05", "'Na' is no metal that a tube can have"),
        ("Ag = [5.0, 50.0]", "Xx = [5.0, 50.0]", "filters: 'Xx' is not known"),
        ("[scan]\n", "[scans]\n", "unknown table [scans]"),
        ("pile_up = [1e-4, 0.04]", "pile_up = [0.0, 0.04]", "pile_up"),
        ("palette_size = [5, 40]", "palette_size = [40, 5]", "palette_size"),
        ("uneven = 0.2 ", "unevn = 0.2 ", "unknown key 'unevn'"),
        ("peaks = 3 ", "peaks = 0 ", "peaks: 0 must be 1 or more"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = edited(tmp_path, old, new)
    with pytest.raises(ConfigError) as raised:
        read_prior(path)
    assert named in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED[: SHIPPED.index("[scan]\n")], encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the table \[scan\] is missing"):
        read_prior(path)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("any_date is 1")
    with pytest.raises(ConfigError, match=r"mine\.toml: cannot be read as TOML"):
        read_prior(path)


def test_the_table_names_every_pigment_ground_support_and_binder_of_the_library() -> None:
    library, paint = load_library(), default_prior().paint
    assert set(paint.pigments) == set(library.pigments)
    assert set(paint.grounds) == set(library.grounds)
    assert set(paint.supports) == set(library.supports)
    assert set(paint.binders) == set(library.binders)


def test_no_pigment_has_a_frequency_in_a_period_outside_its_dates() -> None:
    library, paint = load_library(), default_prior().paint
    for name, row in paint.pigments.items():
        for often, (first, last, _) in zip(row, paint.periods.values(), strict=True):
            assert often == 0.0 or library.pigments[name].used_between(first, last - 1), name
