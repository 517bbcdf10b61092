"""`underpaint elements` with lines and an energy axis that the user gives."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from click.testing import Result
from typer.testing import CliRunner

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, family_spectrum, write_paint_scan
from underpaint.cli.app import app
from underpaint.elements import scan_elements


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_paint_scan(tmp_path_factory.mktemp("given") / "scan")


@pytest.fixture(scope="module")
def earlier(folder: Path) -> Path:
    run(folder, folder.parent / "earlier")
    return folder.parent / "earlier"


def asked(folder: Path, output: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["elements", str(folder), "-o", str(output), *options])


def run(folder: Path, output: Path, *options: str) -> str:
    done = asked(folder, output, *options)
    assert done.exit_code == 0, done.stderr
    return str(done.stdout)


def names_of(output: Path) -> set[str]:
    return {path.stem for path in (output / "maps").glob("*.tif")}


def provenance_of(output: Path) -> dict[str, Any]:
    with h5py.File(output / "elements.h5") as file:
        told: dict[str, Any] = json.loads(file.attrs["provenance"])
    return told


def write_axis(path: Path, zero: float, gain: float, more: str = "") -> Path:
    path.write_text(f"zero = {zero}\ngain = {gain}\n{more}", encoding="utf-8")
    return path


def test_lines_that_are_given_are_fitted_and_no_others_looked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_elements, "with_rare", None)
    out = tmp_path / "out"
    said = run(folder, out, "--only", "Pb-L, Fe-K,Fe-K,Au-L")
    assert names_of(out) == {"Pb-L", "Fe-K", "Au-L"}
    assert provenance_of(out)["families_given"] == ["Pb-L", "Fe-K", "Au-L"]
    assert "Au-L was asked for, but is not in the scan" in said
    # copper is there, and nothing that was given explains it
    assert "unexplained peak at 8.0" in said


def test_lines_of_earlier_maps_give_the_same_maps(
    folder: Path, earlier: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(folder, out, "--only", str(earlier))
    assert names_of(out) == names_of(earlier)
    assert provenance_of(earlier)["families_given"] is None
    for name in ("Pb-L", "Fe-K", "Ca-K"):
        one, other = (tifffile.imread(each / "maps" / f"{name}.tif") for each in (out, earlier))
        np.testing.assert_allclose(one, other, atol=1e-3 * float(other.max()))


def test_what_is_clear_in_a_few_pixels_alone_is_not_said_to_be_missing(tmp_path: Path) -> None:
    expectation = family_spectrum(PAINT, continuum=8.0).expectation()
    patch = family_spectrum(PAINT | {"Sr-K": 200.0}, continuum=8.0).expectation()
    builder = ScanBuilder(height=30, width=30, calibration=CALIBRATION).everywhere(expectation)
    made = builder.region(slice(7, 8), slice(3, 4), patch).poisson(np.random.default_rng(1))
    scan = made.write_mca_folder(tmp_path / "scan")
    said = run(scan, tmp_path / "out", "--only", "Pb-L,Pb-M,Ca-K,Fe-K,Cu-K,Zn-K,Ti-K,Sr-K")
    assert "not in the sum of all pixels, though clear in 1 pixel" in said
    with (tmp_path / "out" / "elements.csv").open() as file:
        rows = {row["family"]: row for row in csv.DictReader(file)}
    assert rows["Sr-K"]["pixels_above_5_sigma"] == "1"


def test_an_axis_that_is_given_is_not_looked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_elements, "find_calibration", None)
    axis = write_axis(tmp_path / "axis.toml", CALIBRATION.zero, CALIBRATION.gain, "noise = 0.1\n")
    out = tmp_path / "out"
    said = run(folder, out, "--calibration", str(axis))
    assert "calibrated by" not in said
    told = provenance_of(out)["energy_calibration"]
    assert told["source"] == "given by the user"
    assert told["standard_errors"] is None
    assert (told["zero_kev"], told["gain_kev"]) == (CALIBRATION.zero, CALIBRATION.gain)
    assert told["noise_kev"] == 0.1
    assert told["fano"] == pytest.approx(CALIBRATION.fano, rel=0.3)
    assert {"Pb-L", "Fe-K", "Ca-K", "Cu-K"} <= names_of(out)


def test_an_axis_that_is_given_holds_for_bins_of_its_channels(folder: Path, tmp_path: Path) -> None:
    axis = write_axis(tmp_path / "axis.toml", CALIBRATION.zero, CALIBRATION.gain)
    out = tmp_path / "out"
    run(folder, out, "--calibration", str(axis), "--bin-channels", "2")
    told = provenance_of(out)["energy_calibration"]
    assert told["gain_kev"] == 2.0 * CALIBRATION.gain
    assert told["zero_kev"] == pytest.approx(CALIBRATION.zero + CALIBRATION.gain / 2.0)
    assert {"Pb-L", "Fe-K", "Ca-K", "Cu-K"} <= names_of(out)


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--only", "Fe-K", "--families", "Fe-K"], 2, "leave one of them away"),
        (["--only", " , "], 2, "no family is named"),
        (["--only", "Fe"], 2, "Fe-K"),
        (["--only", "Fe-K,U-K"], 2, "U-K cannot be seen"),
        (["--only", "."], 3, "holds no element maps"),
        (["--calibration", "no-such.toml"], 3, "no-such.toml"),
    ],
)
def test_what_cannot_be_given_gets_one_sentence(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = asked(folder, tmp_path / "x", *options)
    assert done.exit_code == status
    assert words in " ".join(done.stderr.replace("│", "").split())
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("names", [None, [], ["nonsense"], 3.0])
def test_a_folder_whose_file_names_no_families_gets_one_sentence(
    folder: Path, tmp_path: Path, names: Any
) -> None:
    (tmp_path / "maps").mkdir()
    with h5py.File(tmp_path / "maps" / "elements.h5", "w") as file:
        if names is not None:
            file["elements/names"] = names
    done = asked(folder, tmp_path / "x", "--only", str(tmp_path / "maps"))
    assert done.exit_code == 3
    assert "elements.h5" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_broken_file_of_earlier_maps_gets_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "elements.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    done = asked(folder, tmp_path / "x", "--only", str(tmp_path / "maps"))
    assert done.exit_code == 3
    assert "is damaged" in " ".join(done.stderr.split())
