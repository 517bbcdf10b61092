"""`underpaint convert`: one scan in, one HDF5 file out, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from builders import ScanBuilder
from underpaint.cli.app import app
from underpaint.scan import open_scan


def test_scan_is_converted_and_announced(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target)])
    assert done.exit_code == 0
    assert str(target) in done.stdout
    np.testing.assert_array_equal(open_scan(target).counts[()], ScanBuilder().counts)


def test_existing_output_is_refused_with_status_2(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    target.write_text("precious")
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target)])
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert target.read_text() == "precious"


@pytest.mark.parametrize("name", ["scan.csv", "scan.rpl", "scan"])
def test_a_name_of_another_format_is_refused(tmp_path: Path, name: str) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan.mca")
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(tmp_path / name)])
    assert done.exit_code == 2
    assert "ends in .h5" in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / name).exists()


def test_several_scans_are_stitched_where_the_user_says(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "whole.h5"
    command = ["convert", str(folder), str(folder), "-o", str(target), "--at", "0:0", "--at", "3:1"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    whole, part = open_scan(target), ScanBuilder().counts
    assert whole.shape == (6, 5, 64)
    np.testing.assert_array_equal(whole.counts[0:3, 0:4], part)
    np.testing.assert_array_equal(whole.counts[3:6, 1:5], part)
    assert "2 scans" in (whole.facts["stitched"].value or "")


def test_scans_without_a_place_are_not_stitched(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    command = ["convert", str(folder), str(folder), "-o", str(tmp_path / "c.h5")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 3
    assert "--at Y:X" in done.stderr
    assert CliRunner().invoke(app, [*command, "--at", "0:0"]).exit_code == 2
    assert CliRunner().invoke(app, [*command, "--at", "0", "--at", "1"]).exit_code == 2
    assert CliRunner().invoke(app, [*command, "--overlap", "last"]).exit_code == 2


def test_broken_input_leaves_no_output(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    (folder / "None_3.mca").unlink()
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(tmp_path / "c.h5")])
    assert done.exit_code == 3
    assert "None_3.mca" in done.stderr
    assert not (tmp_path / "c.h5").exists()


def test_changes_that_are_asked_for_are_made_and_told(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    asked = ["--crop", "1:3,:", "--mirror", "x", "--rotate", "90"]
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target), *asked])
    assert done.exit_code == 0, done.stderr
    opened = open_scan(target)
    expected = np.rot90(ScanBuilder().counts[1:3, ::-1], -1)
    np.testing.assert_array_equal(opened.counts[()], expected)
    assert opened.facts["rotated"].value == "by 90 degrees clockwise"
    assert [each for each in tmp_path.iterdir() if each.name not in ("scan", "scan.h5")] == []


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--crop", "3", "10:40,0:80"),
        ("--rotate", "45", "90, 180 or 270"),
        ("--mirror", "z", "x, y or xy"),
        ("--crop", "0:1", "10:40,0:80"),
        ("--mend-rows", "--move-odd-rows=1", "not both"),
    ],
)
def test_changes_that_make_no_sense_are_wrong_use(
    tmp_path: Path, option: str, value: str, sentence: str
) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    command = ["convert", str(folder), "-o", str(tmp_path / "a.h5"), option, value]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())


def test_a_window_that_the_scan_does_not_have_is_an_input_error(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    command = ["convert", str(folder), "-o", str(tmp_path / "a.h5"), "--crop", "0:9,0:2"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 3
    assert "rows 0 to 2, of which 0:9 are none" in done.stderr


def test_missing_element_maps_are_said_to_be_missing(tmp_path: Path) -> None:
    missing = tmp_path / "elements" / "elements.h5"
    done = CliRunner().invoke(app, ["convert", str(missing), "-o", str(tmp_path / "maps.dms")])
    assert done.exit_code == 3
    assert done.stderr == (
        f"underpaint: {missing} does not exist; check the spelling and the folder.\n"
    )


def test_what_the_user_states_goes_along(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    stated = ["--pixel-size", "0.4", "--title", "Study of hands"]
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target), *stated])
    assert done.exit_code == 0, done.stderr
    scan = open_scan(target)
    assert scan.pixel_size_mm == pytest.approx((0.4, 0.4))
    assert scan.title == "Study of hands"
    assert "the user's request" in scan.facts["pixel size"].source
    assert "the user's request" in scan.facts["title"].source


def test_stitched_scans_have_the_pixels_that_are_stated(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "whole.h5"
    command = ["convert", str(folder), str(folder), "-o", str(target), "--at", "0:0"]
    command += ["--at", "1.5:0", "--pixel-size", "0.5", "--title", "Study of hands"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    whole = open_scan(target)
    assert whole.shape == (6, 4, 64)
    assert whole.pixel_size_mm == (0.5, 0.5)
    assert whole.title == "Study of hands"
