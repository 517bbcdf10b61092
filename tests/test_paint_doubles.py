"""What passes for a group: worked out for the shipped library, and named only where it is so."""

from __future__ import annotations

import pytest

from underpaint.paint import (
    Library,
    doubles_version,
    load_doubles,
    load_library,
)
from underpaint.paint.doubles import SMALL_D


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_doubles_belong_to_the_shipped_library(library: Library) -> None:
    assert doubles_version() == library.version


def test_each_names_other_groups_that_one_pixel_does_not_tell_from_it(library: Library) -> None:
    doubles = load_doubles(library)
    groups = {group.name for group in library.groups}
    assert len(doubles) > 10
    for name, double in doubles.items():
        assert 0.0 <= double.D < SMALL_D
        assert name not in double.substitutes and groups.issuperset(double.substitutes)


def test_zinc_white_with_cobalt_blue_passes_for_cobalt_green(library: Library) -> None:
    assert {"zinc", "cobalt-aluminate"} <= set(load_doubles(library)["cobalt-zincate"].substitutes)


def test_gold_has_no_double(library: Library) -> None:
    assert "gold" not in load_doubles(library)
