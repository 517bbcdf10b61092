"""`underpaint calibrate`: stated and found, in eV."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, family_spectrum
from underpaint.cli.app import app
from underpaint.elements import read_axis
from underpaint.spectrum import EnergyCalibration

STATED = EnergyCalibration(CALIBRATION.zero - 0.06, CALIBRATION.gain)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(0))
    builder = ScanBuilder(height=1, width=2, calibration=STATED).everywhere(counts)
    return builder.write_mca_folder(tmp_path / "scan")


def test_the_shift_is_told_in_electronvolts(folder: Path) -> None:
    done = CliRunner().invoke(app, ["calibrate", str(folder)])
    assert done.exit_code == 0, done.stderr
    assert "found less stated: +6" in done.stdout or "found less stated: +5" in done.stdout
    assert "Pb-L" in done.stdout


def test_json_has_found_stated_and_errors(folder: Path) -> None:
    done = CliRunner().invoke(app, ["calibrate", str(folder), "--json"])
    assert done.exit_code == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["shift_ev"]["5 keV"] == pytest.approx(60.0, abs=6.0)
    assert data["stated"]["gain_kev"] == pytest.approx(STATED.gain, rel=1e-6)
    assert 0.0 < data["uncertainty"]["zero_kev"] < 0.02


def test_the_families_are_the_clearest_and_those_that_elements_names(folder: Path) -> None:
    told = CliRunner().invoke(app, ["calibrate", str(folder)]).stdout
    by = next(line for line in told.splitlines() if line.startswith("by the lines of: "))
    families = by.removeprefix("by the lines of: ").split(", ")
    assert len(families) <= 6
    assert "Pb-L" in families
    data = json.loads(CliRunner().invoke(app, ["calibrate", str(folder), "--json"]).stdout)
    assert data["families"] == families
    assert f"calibrated by {', '.join(families)}, which" in data["message"]


def test_a_scan_without_peaks_is_an_input_error(tmp_path: Path) -> None:
    builder = ScanBuilder(height=1, width=2, calibration=STATED).everywhere(np.full(512, 3))
    folder = builder.write_mca_folder(tmp_path / "scan")
    done = CliRunner().invoke(app, ["calibrate", str(folder)])
    assert done.exit_code == 3
    assert "scan: the spectrum has no clear peaks" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_found_is_written_for_identify_to_read(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "axis.toml"
    done = CliRunner().invoke(app, ["calibrate", str(folder), "-o", str(file), "--json"])
    assert done.exit_code == 0, done.stderr
    axis, data = read_axis(file), json.loads(done.stdout)
    assert axis.zero == pytest.approx(data["zero_kev"], abs=1e-6)
    assert axis.gain == pytest.approx(data["gain_kev"], abs=1e-8)
    assert axis.noise == pytest.approx(data["noise_kev"], abs=1e-5)
    assert axis.fano == pytest.approx(data["fano"], abs=1e-5)
    again = CliRunner().invoke(app, ["calibrate", str(folder), "-o", str(file)])
    assert again.exit_code == 2
    assert "exists already" in again.stderr
