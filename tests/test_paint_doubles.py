"""What passes for a group: worked out for the shipped library, and named only where it is so."""

from __future__ import annotations

from importlib import resources

from underpaint.paint import Library, doubles_made_with, load_doubles


def groups(library: Library, name: str, *possible: str) -> list[set[str]]:
    allowed = possible or [group.name for group in library.groups]
    return [set(each.groups) for each in load_doubles(library, allowed).get(name, ())]


def test_doubles_belong_to_the_shipped_library(library: Library) -> None:
    made = doubles_made_with()
    assert made["library"] == library.version
    assert made["instruments"] and made["counts"] > 0.0


def test_the_table_stays_small() -> None:
    file = resources.files("underpaint.paint").joinpath("doubles.json")
    assert len(file.read_bytes()) < 100_000


def test_each_names_other_groups_that_one_pixel_does_not_tell_from_it(library: Library) -> None:
    doubles = load_doubles(library)
    known = {group.name for group in library.groups}
    assert len(doubles) > 10
    for name, each in doubles.items():
        assert [double.D for double in each] == sorted(double.D for double in each)
        for double in each:
            assert 0.0 <= double.D < doubles_made_with()["below"]
            assert name not in double.groups and known.issuperset(double.groups)
            assert 0.0 < double.share <= 1.0 and (double.host == "") == (double.share == 1.0)


def test_no_double_of_a_paint_holds_another_one_of_it(library: Library) -> None:
    for each in load_doubles(library).values():
        for one in each:
            smaller = [o for o in each if o.host == one.host and o.groups < one.groups]
            assert not [other for other in smaller if other.groups]


def test_zinc_white_with_cobalt_blue_passes_for_cobalt_green(library: Library) -> None:
    assert {"zinc", "cobalt-aluminate"} in groups(library, "cobalt-zincate")


def test_doubles_are_made_of_what_the_palette_holds(library: Library) -> None:
    few = ("cobalt-zincate", "lead", "zinc", "cobalt-phosphate")
    assert groups(library, "cobalt-zincate", *few)
    assert all(each <= set(few) for each in groups(library, "cobalt-zincate", *few))
    assert groups(library, "cobalt-zincate", "cobalt-zincate", "lead", "cobalt-phosphate") == []
    assert groups(library, "cobalt-zincate", "lead", "zinc", "cobalt-aluminate") == []


def test_what_passes_beside_lead_white_does_not_without_it(library: Library) -> None:
    few = ("lead-antimony", "antimony", "calcium-carbonate")
    assert groups(library, "lead-antimony", *few) == []
    assert {"antimony"} in groups(library, "lead-antimony", *few, "lead")


def test_doubles_are_named_where_the_palette_is_silent_on_grounds(library: Library) -> None:
    few = ("cobalt-zincate", "zinc", "cobalt-aluminate")
    assert {"zinc", "cobalt-aluminate"} in groups(library, "cobalt-zincate", *few)


def test_gold_has_no_double(library: Library) -> None:
    assert "gold" not in load_doubles(library)
