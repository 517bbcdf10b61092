"""Maps of PyXRF: the sum over detectors unless one is named, and what else is in them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

CUBE = ScanBuilder().counts.astype(np.float64)


def write(path: Path, **cubes: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, cube in cubes.items():
            file[f"xrfmap/{name}/counts"] = cube
        file["xrfmap/positions/pos"] = np.zeros((2, 3, 4)) + np.arange(4) * 0.5
        notes = file.create_group("xrfmap/scan_metadata")
        notes.attrs["instrument_mono_incident_energy"] = 12.5
    return path


def test_real_map_opens_as_it_is(shared_data: Path) -> None:
    path = shared_data / "synchrotron" / "srx_scan2D_16411_1.h5"
    scan = open_scan(path)
    assert scan.shape == (31, 31, 4096)
    assert scan.facts["spectra"].value == "/xrfmap/detsum/counts"
    assert "Au_M" in (scan.facts["element maps"].value or "")
    with h5py.File(path) as file:
        np.testing.assert_array_equal(scan.counts[3:5], file["xrfmap/detsum/counts"][3:5])
    for name in ("det1", "/xrfmap/det1/counts"):
        assert open_scan(f"{path}::{name}").facts["spectra"].value == "/xrfmap/det1/counts"


def test_the_sum_is_taken_and_what_else_there_is_is_named(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.h5", det1=CUBE, det2=CUBE, detsum=2 * CUBE))
    np.testing.assert_array_equal(scan.counts[()], 2 * CUBE)
    assert scan.facts["other spectra"].value == "det1, det2"
    assert scan.facts["beam energy"].value == "12.5 keV"
    assert scan.facts["steps"].value == "0 down, 0.5 across"
    assert "parameter file" in scan.facts["energy calibration"].source


def test_the_only_detector_is_taken_where_there_is_no_sum(tmp_path: Path) -> None:
    assert open_scan(write(tmp_path / "a.h5", det1=CUBE)).shape == (3, 4, 64)


def test_without_a_sum_the_detectors_are_added_up(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", det1=CUBE, det2=CUBE)
    np.testing.assert_array_equal(open_scan(path).counts[:], 2 * CUBE)
    assert open_scan(path).facts["detectors"].source == "det1, det2"
    with pytest.raises(ScanFileError, match="no spectra 'det9'"):
        open_scan(f"{path}::det9")
