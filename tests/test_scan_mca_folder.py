"""Folders of PMCA text files: read exactly, and refused in one clear sentence."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ScanBuilder().write_mca_folder(tmp_path / "scan" / "10264")


def test_counts_come_back_exactly_in_row_major_order(folder: Path) -> None:
    scan = open_scan(folder)
    assert scan.shape == (3, 4, 64)
    assert scan.counts.dtype.kind == "u"
    np.testing.assert_array_equal(scan.counts, ScanBuilder().counts)


def test_outer_folder_gives_the_same_scan_as_the_inner(folder: Path) -> None:
    (folder / "colonneXrighe.txt").rename(folder.parent / "colonneXrighe.txt")
    for given in (folder, folder.parent):
        np.testing.assert_array_equal(open_scan(given).counts, ScanBuilder().counts)


def test_calibration_is_the_line_through_the_points(folder: Path) -> None:
    scan = open_scan(folder)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.05)
    assert scan.calibration.gain == pytest.approx(0.03)
    assert "<<CALIBRATION>> of None_1.mca" in scan.facts["energy calibration"].source
    assert "3 points" in scan.facts["energy calibration"].source


def test_live_time_of_zero_is_named_as_missing(folder: Path) -> None:
    scan = open_scan(folder)
    assert scan.live_time_s is None
    assert "live time" in scan.missing
    assert "LIVE_TIME is 0" in scan.facts["live time"].source
    assert scan.real_time_s is not None
    np.testing.assert_array_equal(scan.real_time_s, np.full((3, 4), 3.0))


def test_stated_live_time_is_kept(tmp_path: Path) -> None:
    scan = open_scan(ScanBuilder().write_mca_folder(tmp_path / "scan", live_time_s=2.5))
    assert scan.live_time_s is not None
    assert (scan.live_time_s == 2.5).all()


def test_missing_calibration_is_named_not_invented(tmp_path: Path) -> None:
    scan = open_scan(ScanBuilder(calibration=None).write_mca_folder(tmp_path / "scan"))
    assert scan.calibration is None
    assert "energy calibration" in scan.missing


@pytest.mark.parametrize("points", ["219 6.4", "219 6.4\n219 8", "100 9\n200 1", "a b\nc d"])
def test_impossible_calibration_leaves_the_scan_without_one(folder: Path, points: str) -> None:
    first = folder / "None_1.mca"
    before, _, after = first.read_text().partition("LABEL - Channel")
    first.write_text(f"{before}LABEL - Channel\n{points}\n<<DATA>>{after.partition('<<DATA>>')[2]}")
    scan = open_scan(folder)
    assert scan.calibration is None
    assert "makes no energy axis" in scan.facts["energy calibration"].source


def test_side_file_in_english_is_understood(folder: Path) -> None:
    (folder / "colonneXrighe.txt").unlink()
    (folder / "size.txt").write_text("rows: 3\ncolumns: 4\n")
    assert open_scan(folder).shape == (3, 4, 64)


def test_pixels_counted_from_zero_are_understood(folder: Path) -> None:
    for number in range(1, 13):
        (folder / f"None_{number}.mca").rename(folder / f"None_{number - 1}.mca")
    np.testing.assert_array_equal(open_scan(folder).counts, ScanBuilder().counts)


def test_spot_measurement_beside_the_map_is_left_out_and_named(folder: Path) -> None:
    (folder / "SPOT_1.mca").write_text((folder / "None_1.mca").read_text())
    scan = open_scan(folder)
    assert scan.shape == (3, 4, 64)
    assert scan.facts["other files"].value == "SPOT_1.mca"


def test_missing_pixel_is_named(folder: Path) -> None:
    (folder / "None_7.mca").unlink()
    with pytest.raises(ScanFileError, match=r"None_7\.mca is missing of 12"):
        open_scan(folder)


def test_too_many_pixels_for_the_stated_size_are_refused(folder: Path) -> None:
    (folder / "None_13.mca").write_text((folder / "None_1.mca").read_text())
    with pytest.raises(ScanFileError, match="13 pixels, but 3 rows by 4 columns"):
        open_scan(folder)


def test_missing_side_file_says_how_to_write_it(folder: Path) -> None:
    (folder / "colonneXrighe.txt").unlink()
    with pytest.raises(ScanFileError, match=r"colonneXrighe\.txt of two lines, such as 'rows"):
        open_scan(folder)


def test_side_files_that_differ_are_refused(folder: Path) -> None:
    (folder / "size.txt").write_text("rows 4\ncolumns 3\n")
    with pytest.raises(ScanFileError, match="state different numbers of rows"):
        open_scan(folder)


def test_side_file_with_impossible_size_is_refused(folder: Path) -> None:
    (folder / "colonneXrighe.txt").write_text("righe 0\ncolonne vier\n")
    with pytest.raises(ScanFileError, match="whole numbers of 1 or more"):
        open_scan(folder)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<<END>>", "", r"None_5\.mca is cut off"),
        ("<<DATA>>\n", "<<DATA>>\n1\n", r"None_5\.mca has 65 channels, but the first pixel has 64"),
        ("<<DATA>>\n", "<<DATA>>\nNaN ", r"None_5\.mca holds 'NaN' among its counts"),
        ("<<DATA>>\n", "<<DATA>>\n-", r"None_5\.mca holds '-\d+' among its counts"),
        ("<<DATA>>\n", "<<DATA>>\n9999999999", "cannot be"),
        ("<<PMCA SPECTRUM>>", "hello", r"None_5\.mca is no PMCA spectrum"),
    ],
)
def test_broken_pixel_is_named(folder: Path, old: str, new: str, message: str) -> None:
    _edit(folder / "None_5.mca", old, new)
    with pytest.raises(ScanFileError, match=message):
        open_scan(folder)


def test_any_white_space_parts_counts(folder: Path) -> None:
    before = open_scan(folder).counts[:]
    path = folder / "None_5.mca"
    head, data = path.read_bytes().split(b"<<DATA>>")
    path.write_bytes(head + b"<<DATA>>" + data.replace(b"\n", b"\v", 3).replace(b"\n", b"\f", 3))
    np.testing.assert_array_equal(open_scan(folder).counts[:], before)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanFileError, match="is an empty folder"):
        open_scan(tmp_path)


def test_folder_of_several_scans_names_them(tmp_path: Path) -> None:
    for name in ("left", "right"):
        ScanBuilder().write_mca_folder(tmp_path / name)
    with pytest.raises(ScanFileError, match=r"several scans \(left, right\)"):
        open_scan(tmp_path)


def test_real_scan_of_a_painting_is_read_exactly(shared_data: Path, tmp_path: Path) -> None:
    archive = shared_data / "painting-scan" / "hands-of-adam-45x80.tar.xz"
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    scan = open_scan(next(path for path in tmp_path.iterdir() if path.is_dir()))
    assert scan.shape == (45, 80, 1024)
    for row, column in ((0, 0), (17, 3), (44, 79)):
        file = next(tmp_path.rglob(f"None_{row * 80 + column + 1}.mca"))
        text = file.read_text()
        words = text[text.index("<<DATA>>") + 8 : text.index("<<END>>")].split()
        np.testing.assert_array_equal(scan.counts[row, column], np.array(words, dtype=int))
    assert scan.calibration is not None
    assert scan.calibration.energy(219) == pytest.approx(6.4, abs=0.1)
    assert scan.real_time_s is not None
    assert scan.real_time_s[0, 0] == 3.013
    assert scan.facts["other files"].value == "SPOT_1.mca"


def test_a_pixel_without_a_live_time_leaves_those_of_the_others(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan", live_time_s=2.5)
    pixel = folder / "None_6.mca"
    pixel.write_text(pixel.read_text().replace("LIVE_TIME - 2.5", "LIVE_TIME - 0"))
    scan = open_scan(folder)
    assert scan.live_time_s is not None
    assert np.argwhere(np.isnan(scan.live_time_s)).tolist() == [[1, 1]]
    assert scan.facts["live time"].value == "2.5 s a pixel, where stated"
    assert scan.facts["live time"].source.endswith("0 or absent in 1 of them")
