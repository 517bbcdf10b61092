"""What a scan contradicts of what was stated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from board_builder import build_board_scan
from underpaint.elements import find_axis
from underpaint.identify import Plan, make_plan
from underpaint.identify.amiss import elements_without_pigment, find_amiss
from underpaint.identify.tube import instrument_remark, with_stated_tube
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.scan import CountSummary, RowDisplacement, Scan, summarise
from underpaint.xray import Instrument

IN_LINE = RowDisplacement(0.0, 0.01)


@pytest.fixture(scope="module")
def read() -> tuple[Scan, Plan, CountSummary]:
    library = load_library()
    scan = build_board_scan()
    seen = summarise(scan)
    weights = load_weights(find_weights(None), library)
    return scan, make_plan(scan, seen, library, weights, parse_palette(None, library), None), seen


def with_palette(plan: Plan, names: str, made: str | None = None) -> Plan:
    palette = parse_palette(names, plan.library, made)
    kept = [group.name in palette.groups for group in plan.library.groups]
    return replace(plan, palette=palette, palette_mask=plan.palette_mask & kept)


def test_nothing_is_amiss_where_all_is_as_stated(read: tuple[Scan, Plan, CountSummary]) -> None:
    scan, plan, seen = read
    assert find_amiss(scan, plan, seen, None, IN_LINE) == ()


def test_elements_that_no_possible_pigment_has_are_named(
    read: tuple[Scan, Plan, CountSummary],
) -> None:
    scan, plan, seen = read
    narrow = with_palette(plan, "lead-white,chalk")
    assert set(elements_without_pigment(scan, narrow, seen)) == {"Hg", "Zn"}
    (told,) = find_amiss(scan, narrow, seen, None, IN_LINE)
    assert "are in the scan, but no pigment held possible has them" in told
    assert "lead-white, chalk" in told
    whole = with_palette(plan, "lead-white,chalk,vermilion,zinc-white")
    assert elements_without_pigment(scan, whole, seen) == ()


def test_what_a_scanner_usually_shows_of_itself_is_not(
    read: tuple[Scan, Plan, CountSummary],
) -> None:
    scan, plan, seen = read
    narrow = with_palette(plan, "lead-white,chalk,vermilion")
    faint = tuple(
        replace(family, counts=1e-3 * family.counts) if family.name == "Zn-K" else family
        for family in plan.elements.families
    )
    hidden = replace(narrow, elements=replace(plan.elements, families=faint))
    assert elements_without_pigment(scan, narrow, seen) == ("Zn",)
    assert elements_without_pigment(scan, hidden, seen) == ()


@pytest.mark.parametrize(("kev", "told"), [(0.0, False), (0.06, True), (-0.06, True)])
def test_an_axis_that_was_given_is_held_against_the_peaks(
    read: tuple[Scan, Plan, CountSummary], kev: float, told: bool
) -> None:
    scan, plan, seen = read
    axis = plan.calibration
    off = replace(axis, zero=axis.zero + kev)
    remarks = find_amiss(scan, replace(plan, calibration=off, found=None), seen, None, IN_LINE)
    assert bool(remarks) == told
    if told:
        assert remarks[0].startswith("The energy axis that was given puts a line of ")
        assert "Without --calibration it is found from the peaks" in remarks[0]


def test_an_axis_of_the_file_that_cannot_be_right_is_told(
    read: tuple[Scan, Plan, CountSummary],
) -> None:
    scan, plan, seen = read
    assert plan.found is not None and scan.calibration is not None
    nonsense = replace(scan, calibration=replace(scan.calibration, zero=-50.0))
    let_go = replace(plan, found=find_axis(nonsense, seen.sum_spectrum))
    (told,) = find_amiss(nonsense, let_go, seen, None, IN_LINE)
    assert told.startswith("The energy axis that the file states cannot be right")


def test_displaced_rows_are_told_with_the_remedy(read: tuple[Scan, Plan, CountSummary]) -> None:
    scan, plan, seen = read
    (told,) = find_amiss(scan, plan, seen, None, RowDisplacement(-0.86, 0.02))
    assert told.startswith("Odd rows lie 0.86 ± 0.02 pixels to the left")
    assert "--mend-rows" in told


def test_an_instrument_with_another_tube_than_the_file_states_is_told() -> None:
    instrument = Instrument(anode="Cr", kv=10.0)
    scan = replace(build_board_scan(), anode="Rh", tube_voltage_kv=45.0)
    told = instrument_remark(with_stated_tube(scan, instrument), instrument)
    assert told is not None
    assert "Rh, not Cr; 45 kV, not 10 kV" in told
    bare = replace(scan, anode=None, tube_voltage_kv=45.0)
    told = instrument_remark(with_stated_tube(bare, instrument), instrument)
    assert told is not None
    assert "(45 kV, not 10 kV)" in told
    assert instrument_remark(scan, Instrument(anode="Rh", kv=45.4)) is None
    assert instrument_remark(scan, None) is None
