"""What is settled before the first pixel is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from board_builder import build_board_scan
from underpaint.elements import find_axis, tube_remark
from underpaint.identify import Plan, Support, make_plan, survey
from underpaint.identify import plan as plan_module
from underpaint.identify.notes import write_notes
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.result import GroupSummary
from underpaint.scan import Scan
from underpaint.spectrum import EnergyCalibration


def plan_of(scan: Scan) -> Plan:
    library = load_library()
    weights = load_weights(find_weights(None), library)
    seen = survey(scan, lambda _rows: None)
    return make_plan(scan, seen, library, weights, parse_palette(None, library), None)


def test_an_axis_that_the_file_misstates_is_found() -> None:
    scan = build_board_scan()
    off = replace(scan, calibration=EnergyCalibration(zero=-0.11, gain=0.0302))
    found = plan_of(off).calibration
    assert found.energy(300) == pytest.approx(-0.05 + 0.03 * 300, abs=0.012)


def test_where_the_peaks_leave_doubt_the_stated_axis_is_kept_and_the_reader_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_doubt(*arguments: object) -> object:
        found = find_axis(*arguments)  # type: ignore[arg-type]
        return replace(found, doubtful=True)

    scan = build_board_scan()
    monkeypatch.setattr(plan_module, "find_axis", in_doubt)
    plan = plan_of(scan)
    assert plan.calibration == scan.calibration
    groups = plan.library.groups
    nothing = tuple(
        GroupSummary(group.name, 0.0, 0.0, 0.0, 1.0, None, None, (), False, (), "")
        for group in groups
    )
    seen = survey(scan, lambda _rows: None)
    notes = write_notes(scan, plan, seen, 1e4, nothing, (Support(False, (), ()),) * len(groups))
    assert "the file's own was used" in notes[0]


@pytest.mark.parametrize(("stated", "believed"), [(5.0, False), (300.0, False), (45.0, True)])
def test_a_tube_voltage_that_the_counts_contradict_is_not_believed_and_said_so(
    stated: float, believed: bool
) -> None:
    plain = build_board_scan()
    scan = replace(plain, tube_voltage_kv=stated)
    plan = plan_of(scan)
    told = tube_remark(scan, plan.elements)
    assert (plan.elements.tube_kv == stated) == believed
    assert (told is None) == believed
    if not believed:
        assert told is not None
        assert f"{stated:g} kV" in told
        assert "Pb-L" in plan.elements.names
