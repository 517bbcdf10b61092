"""Maps of the Advanced Photon Source: one image a channel, given as spectra."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

COUNTS = ScanBuilder().counts.astype(np.float32)
REAL = "aps_2xfm_0011_2xfm3__0.h5"


def test_real_map_gives_the_spectra_of_a_detector(data: Path) -> None:
    scan = open_scan(f"{data / REAL}::data_b")
    assert scan.shape == (11, 9, 2048)
    with h5py.File(data / REAL) as file:
        images = file["MAPS_RAW/data_b"][()]
        live = file["MAPS_RAW/livetime"][1]
    np.testing.assert_array_equal(scan.counts[()], np.moveaxis(images, 0, -1))
    np.testing.assert_array_equal(scan.counts[2:4, 3], np.moveaxis(images, 0, -1)[2:4, 3])
    assert scan.live_time_s is not None
    np.testing.assert_allclose(scan.live_time_s, live)
    assert scan.facts["live time"].source == "/MAPS_RAW/livetime, detector b"
    assert scan.sum_spectrum().sum() == images.sum(dtype=float)


@pytest.mark.parametrize("group", ["MAPS", "MAPS/Spectra"])
@pytest.mark.parametrize("axis", ["energies", "calibration"])
def test_spectra_of_all_detectors_are_taken_with_their_axis(
    tmp_path: Path, group: str, axis: str
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file[f"{group}/mca_arr"] = np.moveaxis(COUNTS, -1, 0)
        file["MAPS/channel_names"] = [b"Fe", b"Pb_L"]
        if axis == "energies":
            file[f"{group}/energy"] = -0.1 + 0.02 * np.arange(64)
        else:
            file[f"{group}/energy_calib"] = [-0.1, 0.02, 0.0]
    scan = open_scan(tmp_path / "a.h5")
    np.testing.assert_array_equal(scan.counts[()], COUNTS)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.1)
    assert scan.facts["element maps"].value == "Fe, Pb_L"


def test_file_without_spectra_gives_a_sentence(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["MAPS/XRF_roi"] = np.ones((3, 4, 5))
    with pytest.raises(ScanFileError, match="holds no spectra, though it is of MAPS"):
        open_scan(tmp_path / "a.h5")
    with pytest.raises(ScanFileError, match="no spectra 'data_z'"):
        open_scan(f"{tmp_path / 'a.h5'}::data_z")


def test_energy_of_one_channel_makes_no_axis_and_no_fault(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["MAPS/mca_arr"] = np.ones((1, 3, 4), dtype=np.float32)
        file["MAPS/energy"] = [1.0]
    scan = open_scan(tmp_path / "a.h5")
    assert scan.calibration is None
    assert "makes no energy axis" in scan.facts["energy calibration"].source


def test_detectors_of_maps_that_differ_in_size_are_not_added_up(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["MAPS_RAW/data_a"] = np.moveaxis(COUNTS, -1, 0)
        file["MAPS_RAW/data_b"] = np.moveaxis(COUNTS[:2], -1, 0)
    with pytest.raises(ScanFileError, match="has 2 by 4 pixels and detector data_a 3 by 4; read"):
        open_scan(tmp_path / "a.h5")
