"""`underpaint info`: every figure with its source, and what is missing by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from builders import ScanBuilder
from result_builder import build_result
from underpaint.cli.app import app
from underpaint.result import write_result
from underpaint.spectrum import EnergyCalibration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ScanBuilder().write_mca_folder(tmp_path / "scan")


def test_plain_text_in_a_pipe_says_what_and_from_where(folder: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(folder)])
    assert done.exit_code == 0
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert lines["shape"] == "3 rows by 4 columns, 64 channels"
    assert "<<CALIBRATION>> of None_1.mca" in lines["energy calibration"]
    assert lines["live time"].startswith("not stated: LIVE_TIME is 0")
    assert "\x1b" not in done.stdout


def test_json_has_the_figures_and_the_counts(tmp_path: Path) -> None:
    calibration = EnergyCalibration(zero=-0.06, gain=0.03)
    folder = ScanBuilder(calibration=calibration).write_mca_folder(tmp_path / "scan")
    done = CliRunner().invoke(app, ["info", str(folder), "--json"])
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert (data["rows"], data["columns"], data["channels"]) == (3, 4, 64)
    assert data["energy_calibration"]["gain_kev"] == pytest.approx(0.03)
    assert data["live_time_s"] is None
    assert data["real_time_s"]["mean"] == 3.0
    assert "live time" in data["missing"]
    first, last = data["counts"]["channels"]
    counts = ScanBuilder().counts[..., first:last].sum(axis=2)
    assert (first, last) == (36, 64)
    assert data["counts"]["total"] == counts.sum()
    assert data["counts"]["pixel_least"] == counts.min()
    assert data["counts"]["pixel_most"] == counts.max()
    assert data["facts"]["rows and columns"]["source"] == "colonneXrighe.txt"


def test_table_on_a_terminal_has_the_same_lines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from underpaint.cli import info

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(info.sys.stdout, "isatty", lambda: True, raising=False)
    info.info(str(folder))
    shown = capsys.readouterr().out
    assert "figure" in shown
    assert "colonneXrighe.txt" in shown
    assert "pixel size" in shown


def test_nan_counts_are_an_input_error(tmp_path: Path) -> None:
    builder = ScanBuilder().typed("f4")
    builder.counts[0, 0, 0] = float("nan")
    path = builder.write_rpl(tmp_path / "a.rpl")
    done = CliRunner().invoke(app, ["info", str(path)])
    assert done.exit_code == 3
    assert "NaN" in done.stderr


def test_missing_scan_is_an_input_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(tmp_path / "nowhere.rpl")])
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert "does not exist" in done.stderr


def test_what_the_counts_show_to_be_amiss_is_told(tmp_path: Path) -> None:
    builder = ScanBuilder()
    builder.counts[0, 1] = 0
    folder = builder.write_mca_folder(tmp_path / "scan")
    told = CliRunner().invoke(app, ["info", str(folder)]).stdout
    assert "pixels without counts: 1 of 12 pixels: here and there" in told
    assert "displacement of odd rows: cannot be told" in told
    data = json.loads(CliRunner().invoke(app, ["info", str(folder), "--json"]).stdout)
    assert data["pixels_without_counts"]["single_pixels"] == 1
    assert data["counts"]["pixel_least"] > 0
    assert data["displacement_of_odd_rows"]["whole_pixels"] == 0


def test_a_result_is_told_from_a_scan_and_from_element_maps(tmp_path: Path) -> None:
    file = write_result(build_result(), tmp_path / "out")
    done = CliRunner().invoke(app, ["info", str(file)])
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert f"underpaint report {file}" in done.stderr
