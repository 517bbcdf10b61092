"""`underpaint elements`: maps in a folder that appears when it is finished."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, family_spectrum, write_paint_scan
from underpaint.cli.app import app
from underpaint.elements import rare, scan_elements, unexplained
from underpaint.result.publication import ELEMENT_MAPS, strangers
from underpaint.scan import open_scan, summarise


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_paint_scan(tmp_path_factory.mktemp("elements") / "scan")


@pytest.fixture(scope="module")
def output(folder: Path) -> Path:
    out = folder.parent / "out"
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(out)])
    assert done.exit_code == 0, done.stderr
    assert "Fe-K" in done.stdout
    return out


def test_hdf5_holds_every_map_with_its_errors(output: Path) -> None:
    with h5py.File(output / "elements.h5") as file:
        names = [name.decode() for name in file["elements/names"][()]]
        assert {"Pb-L", "Fe-K", "Ca-K", "Cu-K"} <= set(names)
        iron = file["elements/Fe-K"]
        assert iron.attrs["NX_class"] == "NXdata"
        assert iron["counts"].shape == iron["counts_errors"].shape == (3, 4)
        assert iron["counts"][()].mean() == pytest.approx(PAINT["Fe-K"] / 5.0, rel=0.06)


def test_tiff_png_and_table_agree_with_it(output: Path) -> None:
    with h5py.File(output / "elements.h5") as file:
        iron = file["elements/Fe-K/counts"][()]
    picture = tifffile.imread(output / "maps" / "Fe-K.tif")
    assert picture.dtype == np.float32
    np.testing.assert_array_equal(picture, iron)
    assert (output / "maps" / "Fe-K.png").read_bytes().startswith(b"\x89PNG")
    with (output / "elements.csv").open() as file:
        rows = {row["family"]: row for row in csv.DictReader(file)}
    assert float(rows["Fe-K"]["total_counts"]) == pytest.approx(iron.sum(), abs=1.0)


def test_sum_spectrum_lies_beside_its_model(folder: Path, output: Path) -> None:
    counts = np.asarray(summarise(open_scan(folder)).sum_spectrum)
    with h5py.File(output / "elements.h5") as file:
        spectrum = file["sum_spectrum"]
        assert spectrum.attrs["signal"] == "counts"
        np.testing.assert_array_equal(spectrum["counts"][()], counts)
        inside = slice(100, 1500)
        model = spectrum["model"][inside]
        away = (counts[inside] - model) / np.sqrt(model)
        assert np.mean(away**2) < 1.5
        assert {spectrum[name].attrs["units"] for name in spectrum} == {"keV", "counts"}


def test_provenance_tells_the_axis_and_the_tube(output: Path) -> None:
    with h5py.File(output / "elements.h5") as file:
        provenance = json.loads(file.attrs["provenance"])
    axis = provenance["energy_calibration"]
    assert axis["source"] == "peaks of the sum spectrum"
    assert axis["zero_kev"] == pytest.approx(CALIBRATION.zero, abs=0.003)
    assert 0.0 < axis["standard_errors"]["zero"] < 0.01
    assert axis["doubtful"] is False
    assert provenance["tube"]["highest_energy_kev"] == pytest.approx(40.0, rel=0.1)
    assert provenance["tube"]["anode_stated"] is None


def test_what_one_pixel_holds_is_told_apart_from_what_the_sum_shows(tmp_path: Path) -> None:
    expectation = family_spectrum(PAINT, continuum=8.0).expectation()
    defect = family_spectrum(PAINT | {"Sr-K": 3000.0}, continuum=8.0).expectation()
    builder = ScanBuilder(height=30, width=30, calibration=CALIBRATION).everywhere(expectation)
    made = builder.region(slice(7, 8), slice(3, 4), defect).poisson(np.random.default_rng(1))
    scan = made.write_mca_folder(tmp_path / "scan")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["elements", str(scan), "-o", str(out)])
    assert done.exit_code == 0, done.stderr
    assert "not in the sum of all pixels: Sr-K (clear in 1 pixel)" in done.stdout
    with (out / "elements.csv").open() as file:
        rows = {row["family"]: row for row in csv.DictReader(file)}
    assert rows["Sr-K"]["found_in"] == "some pixels"
    assert rows["Sr-K"]["pixels_above_5_sigma"] == "1"
    assert rows["Fe-K"]["found_in"] == "sum"
    assert rows["Fe-K"]["pixels_above_5_sigma"] == "900"


def test_pictures_name_the_scan_and_what_their_bars_show(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def keep(path: Path, *told: object, subtitle: str) -> None:
        drawn.append((path.stem, told[-1], subtitle))

    monkeypatch.setattr("underpaint.elements.map_files.write_picture", keep)
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.stderr
    assert ("Fe-K", "counts", "scan") in drawn


def test_maps_are_scaled_to_the_mean_live_time_on_request(folder: Path, tmp_path: Path) -> None:
    command = ["elements", str(folder), "-o", str(tmp_path / "a"), "--normalise"]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 3
    assert "no live time" in refused.stderr
    assert not (tmp_path / "a.partial").exists()


def test_signed_maps_keep_noise_below_zero(folder: Path, tmp_path: Path) -> None:
    asked = ["elements", str(folder), "--families", "Fe-K,Zn-K", "-o"]
    maps = {}
    for name, more in (("cut", []), ("signed", ["--signed"])):
        done = CliRunner().invoke(app, [*asked, str(tmp_path / name), *more])
        assert done.exit_code == 0, done.stderr
        with h5py.File(tmp_path / name / "elements.h5") as file:
            maps[name] = file["elements/Zn-K/counts"][()]
            assert json.loads(file.attrs["provenance"])["signed"] == bool(more)
    assert maps["cut"].min() == 0.0
    assert maps["signed"].min() < 0.0
    with h5py.File(tmp_path / "signed" / "elements.h5") as file:
        error = np.sqrt(np.sum(file["elements/Zn-K/counts_errors"][()] ** 2))
    assert abs(maps["signed"].sum()) < 3.0 * error


def test_nothing_unfinished_is_left(output: Path) -> None:
    assert not output.with_name("out.partial").exists()


def test_an_existing_folder_is_kept_unless_told(folder: Path, output: Path) -> None:
    before = (output / "elements.h5").read_bytes()
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(output)])
    assert done.exit_code == 2
    assert "--overwrite" in done.stderr
    assert (output / "elements.h5").read_bytes() == before
    arguments = ["elements", str(folder), "-o", str(output), "--overwrite", "--families", "Fe-K"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in (output / "maps").glob("*.tif")] == ["Fe-K.tif"]


def test_chosen_maps_are_those_of_the_whole_fit(folder: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    arguments = ["elements", str(folder), "-o", str(some), "--families", "Ca-K"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    whole = tmp_path / "whole"
    assert CliRunner().invoke(app, ["elements", str(folder), "-o", str(whole)]).exit_code == 0
    one, other = (tifffile.imread(each / "maps" / "Ca-K.tif") for each in (some, whole))
    np.testing.assert_allclose(one, other, atol=1e-3 * float(other.max()))


def test_a_folder_of_something_else_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letter.txt").write_text("mine")
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(precious), "--overwrite"])
    assert done.exit_code == 2
    assert (precious / "letter.txt").read_text() == "mine"


def test_an_overwrite_keeps_the_users_own_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["elements", str(folder), "-o", str(out), "--roi", "Hg-La=9.8-10.2", "--misfit"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert strangers(out, ELEMENT_MAPS) == []
    (out / "letter.txt").write_text("mine")
    (out / "maps" / "photo.png").write_text("mine as well")
    done = CliRunner().invoke(app, [*command[:4], "--overwrite"])
    assert done.exit_code == 0, done.stderr
    assert (out / "letter.txt").read_text() == "mine"
    assert (out / "maps" / "photo.png").read_text() == "mine as well"
    assert not (out / "maps" / "misfit.png").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_an_interrupted_identification_is_not_cleared_away(folder: Path, tmp_path: Path) -> None:
    job = tmp_path / "out.partial" / "job"
    job.parent.mkdir()
    job.write_text("of days")
    for more in ([], ["--overwrite"]):
        done = CliRunner().invoke(
            app, ["elements", str(folder), "-o", str(tmp_path / "out"), *more]
        )
        assert done.exit_code == 2
        assert "out.partial is in the way" in " ".join(done.stderr.split())
    assert job.read_text() == "of days"


def test_a_file_of_the_folders_name_is_left_alone(folder: Path, tmp_path: Path) -> None:
    plain = tmp_path / "out"
    plain.write_text("mine")
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(plain), "--overwrite"])
    assert done.exit_code == 2
    assert "leaves it alone" in " ".join(done.stderr.split())
    assert plain.read_text() == "mine"


def test_a_scan_without_any_element_is_mapped_and_said_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unexplained, "UNEXPLAINED_SIGMA", 1e9)
    monkeypatch.setattr(rare, "CANDIDATES", ())
    monkeypatch.setattr(scan_elements, "CANDIDATES", ())
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(out), "--misfit"])
    assert done.exit_code == 0, done.stderr
    assert "no element was found" in done.stdout
    assert "families mapped" not in done.stdout
    assert {path.name for path in (out / "maps").iterdir()} == {"misfit.png", "misfit.tif"}


def test_a_family_asked_for_that_is_not_there_is_said_to_be_missing(
    folder: Path, tmp_path: Path
) -> None:
    arguments = ["elements", str(folder), "-o", str(tmp_path / "x"), "--families", "Au-L,Fe-K,Fe-K"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    assert "families mapped: Au-L, Fe-K\n" in done.stdout
    said = re.findall(r"(\S+) was asked for, but is not in the scan \((.+) sigma\)", done.stdout)
    assert [name for name, _ in said] == ["Au-L"]
    assert 0.0 <= float(said[0][1]) < 6.5


@pytest.mark.parametrize("families", ["", " , "])
def test_an_empty_list_of_families_is_wrong_use(
    folder: Path, tmp_path: Path, families: str
) -> None:
    arguments = ["elements", str(folder), "-o", str(tmp_path / "x"), "--families", families]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "no family is named" in done.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("stated", "unit", "centres"),
    [((), "pixel", [0.0, 1.0, 2.0]), (("--pixel-size", "0.5"), "mm", [0.25, 0.75, 1.25])],
)
def test_axes_hold_the_centres_of_the_pixels(
    folder: Path, tmp_path: Path, stated: tuple[str, ...], unit: str, centres: list[float]
) -> None:
    out = tmp_path / "x"
    done = CliRunner().invoke(app, ["elements", str(folder), "-o", str(out), *stated])
    assert done.exit_code == 0, done.stderr
    with h5py.File(out / "elements.h5") as file:
        rows = file["elements/Fe-K/y"]
        assert rows.attrs["units"] == unit
        np.testing.assert_allclose(rows[()], centres)


def test_a_name_that_is_no_family_is_wrong_use(folder: Path, tmp_path: Path) -> None:
    arguments = ["elements", str(folder), "-o", str(tmp_path / "x"), "--families", "Fe"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Fe-K" in done.stderr


def test_a_family_that_the_scan_cannot_show_is_wrong_use(folder: Path, tmp_path: Path) -> None:
    arguments = ["elements", str(folder), "-o", str(tmp_path / "x"), "--families", "Fe-K,U-K"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "U-K cannot be seen" in " ".join(done.stderr.split())
    assert not (tmp_path / "x").exists()


def test_a_pixel_without_counts_is_no_number_in_the_maps(folder: Path, tmp_path: Path) -> None:
    from underpaint.scan import write_hdf5

    scan = open_scan(folder)
    scan.counts[1, 2] = 0  # type: ignore[index]
    write_hdf5(scan, tmp_path / "gap.h5")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["elements", str(tmp_path / "gap.h5"), "-o", str(out)])
    assert done.exit_code == 0, done.stderr
    assert "not measured: 1 of 12 pixels" in done.stdout
    iron = tifffile.imread(out / "maps" / "Fe-K.tif")
    assert np.argwhere(np.isnan(iron)).tolist() == [[1, 2]]
    with (out / "elements.csv").open() as file:
        rows = {row["family"]: row for row in csv.DictReader(file)}
    assert float(rows["Fe-K"]["total_counts"]) == pytest.approx(np.nansum(iron), abs=1.0)
