"""What is settled before the first pixel is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from board_builder import build_board_scan
from underpaint.elements import find_axis, scan_elements, tube_remark
from underpaint.identify import Plan, make_plan
from underpaint.identify.amiss import find_amiss
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.scan import RowDisplacement, Scan, find_gaps, measured_pixels, summarise
from underpaint.spectrum import EnergyCalibration, StatedAxis
from underpaint.xray import Instrument


def plan_of(
    scan: Scan, axis: StatedAxis | None = None, instrument: Instrument | None = None
) -> Plan:
    library = load_library()
    weights = load_weights(find_weights(None), library)
    seen = summarise(scan)
    palette = parse_palette(None, library)
    return make_plan(scan, seen, library, weights, palette, axis, instrument)


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
    monkeypatch.setattr(scan_elements, "find_axis", in_doubt)
    plan = plan_of(scan)
    assert plan.calibration == scan.calibration
    seen = summarise(scan)
    amiss = find_amiss(scan, plan, seen, None, RowDisplacement(0.0, 0.01))
    assert "the file's own was used" in amiss[0]


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


def test_a_pixel_with_a_zero_peak_alone_is_not_counted_as_measured() -> None:
    scan = build_board_scan()
    counts = scan.read(slice(0, 8)).copy()
    counts[2, 3] = 0
    counts[2, 3, :10] = 500
    seen = summarise(replace(scan, counts=counts))
    assert find_gaps(measured_pixels(seen.pixel_counts)).pixels == 1
    assert seen.sum_spectrum[:10].sum() >= 5000


def test_resolution_is_found_where_only_zero_and_gain_are_stated() -> None:
    scan = build_board_scan()
    plan = plan_of(scan, StatedAxis(-0.05, 0.03))
    assert (plan.calibration.zero, plan.calibration.gain) == (-0.05, 0.03)
    assert plan.found is None
    truth = EnergyCalibration(-0.05, 0.03, 0.09, 0.116)
    assert plan.calibration.fwhm(5.9) == pytest.approx(float(truth.fwhm(5.9)), abs=0.006)


def test_the_network_is_told_of_the_tube_that_the_file_states() -> None:
    scan = replace(build_board_scan(), anode="Rh", tube_voltage_kv=40.0)
    right, wrong = (
        plan_of(scan, None, Instrument(anode=a, kv=kv)) for a, kv in (("Rh", 40.0), ("Cr", 10.0))
    )
    np.testing.assert_array_equal(wrong.scanner, right.scanner)
    assert right.scanner.any()
    assert not plan_of(scan).scanner.any()
