"""Files of several detectors: added up unless one is asked for."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from builders import ScanBuilder
from underpaint.cli.app import app
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

COUNTS = ScanBuilder().typed("u2").counts
REAL = "aps_2xfm_0011_2xfm3__0.h5"


def write(path: Path, *gains: float) -> Path:
    with h5py.File(path, "w") as file:
        for number, gain in enumerate(gains):
            group = file.create_group(f"entry/xia_det{number:02d}")
            group["data"] = (number + 1) * COUNTS
            group["calibration"] = [-0.05, gain, 0.0]
            group["live_time"] = np.full((3, 4), 1.0 + number)
    return path


def test_real_detectors_are_added_up(data: Path) -> None:
    scan = open_scan(data / REAL)
    with h5py.File(data / REAL) as file:
        images = sum(file[f"MAPS_RAW/data_{letter}"][()].astype(int) for letter in "abcd")
        live = file["MAPS_RAW/livetime"][()].mean(axis=0)
    np.testing.assert_array_equal(scan.counts[:], np.moveaxis(images, 0, -1))
    assert scan.live_time_s is not None
    np.testing.assert_allclose(scan.live_time_s, live)
    assert scan.facts["detectors"].source == "data_a, data_b, data_c, data_d"


def test_one_detector_is_taken_on_request(data: Path) -> None:
    third = open_scan(data / REAL, 3)
    np.testing.assert_array_equal(third.counts[:], open_scan(f"{data / REAL}::data_c").counts[:])


def test_spectra_that_only_a_detectors_number_tells_apart_are_added_up(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", 0.03, 0.03, 0.03)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts[:], 6 * COUNTS)
    np.testing.assert_array_equal(np.asarray(scan.live_time_s), 2.0)
    for rows, block in scan.blocks(2):
        np.testing.assert_array_equal(block, 6 * COUNTS[rows])
    np.testing.assert_array_equal(open_scan(path, 2).counts[:], 2 * COUNTS)


def test_sums_do_not_overflow(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", 0.03, 0.03)
    with h5py.File(path, "a") as file:
        for number in range(2):
            file[f"entry/xia_det{number:02d}/data"][...] = 65535
    assert (open_scan(path).counts[:] == 2 * 65535).all()


def test_detectors_of_unlike_axes_are_not_added_up(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", 0.03, 0.0305)
    with pytest.raises(ScanFileError, match=r"axis off by 1\.\d channels.*--detector 1"):
        open_scan(path)
    assert open_scan(path, 2).shape == (3, 4, 64)


def test_spectra_that_are_no_detectors_are_named_as_before(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["1.1/spectra"] = file["2.1/spectra"] = COUNTS
        file["3.1/spectra"] = COUNTS
    with pytest.raises(ScanFileError, match="several sets of spectra"):
        open_scan(tmp_path / "a.h5")


def test_a_detector_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", 0.03, 0.03)
    with pytest.raises(ScanFileError, match="holds 2 detectors apart, so no detector 3"):
        open_scan(path, 3)
    with pytest.raises(ScanFileError, match="one set of spectra already"):
        open_scan(f"{path}::/entry/xia_det00/data", 1)
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    done = CliRunner().invoke(app, ["info", str(folder), "--detector", "1"])
    assert done.exit_code == 3
    assert "no detectors apart" in done.stderr


def write_stacked(path: Path, detectors: int) -> Path:
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/xspress3")
        each = [(number + 1) * COUNTS for number in range(detectors)]
        group.create_dataset("counts", data=np.stack(each, axis=2), chunks=(1, 4, 1, 64))
        group["energy"] = -0.05 + 0.03 * np.arange(64)
    return path


def test_detectors_in_one_dataset_are_added_up(tmp_path: Path) -> None:
    path = write_stacked(tmp_path / "a.h5", 2)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts[:], 3 * COUNTS)
    np.testing.assert_array_equal(open_scan(path, 2).counts[1:], 2 * COUNTS[1:])
    named = open_scan(f"{path}::/entry/xspress3/counts[:, :, 1]")
    np.testing.assert_array_equal(named.counts[:], 2 * COUNTS)
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.03)
    with pytest.raises(ScanFileError, match=r"2 detectors; name one, such as .*\[:, :, 0\]"):
        open_scan(f"{path}::/entry/xspress3/counts")
    with pytest.raises(ScanFileError, match=r"holds no '/entry/xspress3/counts\[:, :, 2\]'"):
        open_scan(f"{path}::/entry/xspress3/counts[:, :, 2]")


def test_a_dataset_of_a_single_detector_is_its_spectra(tmp_path: Path) -> None:
    scan = open_scan(write_stacked(tmp_path / "a.h5", 1))
    np.testing.assert_array_equal(scan.counts[:], COUNTS)


def test_pixels_are_not_taken_for_detectors(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["frames"] = COUNTS[np.newaxis]
    with pytest.raises(ScanFileError, match="holds no spectra"):
        open_scan(tmp_path / "a.h5")
