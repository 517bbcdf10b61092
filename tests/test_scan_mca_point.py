"""Single .mca files in the four ways that programs write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan


def test_a_pixel_of_a_map_opens_and_says_that_there_are_more(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    scan = open_scan(folder / "None_2.mca")
    np.testing.assert_array_equal(np.asarray(scan.counts)[0, 0], ScanBuilder().counts[0, 1])
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.03)
    assert scan.real_time_s is not None
    assert "live time" in scan.missing
    assert scan.facts["beside it"].value == "11 more .mca files"


def test_real_file_of_four_detectors_of_unlike_axes_asks_for_one(data: Path) -> None:
    path = data / "srm1832.mca"
    with pytest.raises(ScanFileError, match=r"2\.6 channels, unlike detector 1 .*--detector 1"):
        open_scan(path)
    np.testing.assert_array_equal(open_scan(path, 2).counts, open_scan(f"{path}::2").counts)
    scan = open_scan(f"{path}::2")
    assert scan.shape == (1, 1, 2048)
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.01463605)
    assert scan.live_time_s is not None
    assert scan.live_time_s[0, 0] == pytest.approx(96.160698)
    with pytest.raises(ScanFileError, match="no '5'"):
        open_scan(f"{path}::5")


def test_real_column_of_counts_opens_without_an_axis(shared_data: Path) -> None:
    scan = open_scan(shared_data / "pymca" / "XRFSpectrum.mca")
    assert scan.shape[:2] == (1, 1)
    assert scan.calibration is None


def test_spec_text_is_read_with_its_calibration_and_times(tmp_path: Path) -> None:
    text = "#S 1 mca\n#@CALIB -0.1 0.02 0\n#@CTIME 30 28 30.5\n@A 1 2 3\\\n 4 5 6\n"
    (tmp_path / "a.mca").write_text(text)
    scan = open_scan(tmp_path / "a.mca")
    assert np.asarray(scan.counts)[0, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert scan.calibration is not None
    assert scan.calibration.zero == -0.1
    assert scan.live_time_s is not None
    assert scan.live_time_s[0, 0] == 28.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#S 1\n@A 1 2\n#S 2\n@A 3 4\n", "holds 2 spectra"),
        ("Dear colleague,\nenclosed the scan\n", "no spectrum that is known"),
        ("1\n", "holds no spectrum"),
        ("1\n-2\n", "negative"),
        ("VERSION: 3.1\nCHANNELS: 3\nDATA:\n1 2\n3 4\n", "cut off"),
        ("VERSION: 3.1\nDATA:\n1 2\n3\n", "cut off"),
        ("VERSION: 3.1\nCHANNELS: 3\n", "cut off"),
    ],
)
def test_what_is_no_single_spectrum_gives_a_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "a.mca").write_text(text)
    with pytest.raises(ScanFileError, match=message):
        open_scan(tmp_path / "a.mca")


@pytest.mark.parametrize(
    ("label", "points", "told"),
    [
        ("Channel", "20 200\n640 6400", "unit not stated, eV by its size"),
        ("eV", "20 200\n640 6400", "within 0 eV of it"),
        ("keV", "20 0,2\n640 6,4", "within 0 eV of it"),
    ],
)
def test_points_in_ev_make_the_same_axis_as_points_in_kev(
    tmp_path: Path, label: str, points: str, told: str
) -> None:
    builder = ScanBuilder(1, 1, calibration=None)
    text = builder.mca_text(builder.counts[0, 0], 1.0, 2.0).replace(
        "<<DATA>>", f"<<CALIBRATION>>\nLABEL - {label}\n{points}\n<<DATA>>"
    )
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "a1.mca").write_text(text)
    (tmp_path / "scan" / "size.txt").write_text("rows 1\ncolumns 1\n")
    for path in (tmp_path / "scan", tmp_path / "scan" / "a1.mca"):
        scan = open_scan(path)
        assert scan.calibration is not None
        assert scan.calibration.zero == pytest.approx(0.0, abs=1e-9)
        assert scan.calibration.gain == pytest.approx(0.01)
        assert scan.facts["energy calibration"].source.endswith(told)


def test_axis_of_a_part_of_the_channels_starts_where_the_part_does(tmp_path: Path) -> None:
    text = "#S 1 mca\n#@CHANN 3 100 102 1\n#@CALIB -0.1 0.02 0\n@A 1 2 3\n"
    (tmp_path / "a.mca").write_text(text)
    scan = open_scan(tmp_path / "a.mca")
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(1.9)
    assert scan.calibration.gain == pytest.approx(0.02)


def test_an_axis_of_channels_that_were_put_together_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a.mca").write_text("#S 1\n#@CHANN 3 0 5 2\n#@CALIB -0.1 0.02 0\n@A 1 2 3\n")
    scan = open_scan(tmp_path / "a.mca")
    assert scan.calibration is None
    assert "reduction of 2" in scan.facts["energy calibration"].source
