"""The HDF5 that is written: complete, exact, readable by others, never over another file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from underpaint.errors import OutputError, ScanFileError
from underpaint.scan import Fact, open_scan, write_hdf5

STATED = {
    "anode": "Rh",
    "tube_voltage_kv": 40.0,
    "live_time_s": np.full((3, 4), 0.9),
    "real_time_s": np.linspace(1.0, 2.0, 12).reshape(3, 4),
    "pixel_size_mm": (0.5, 0.25),
    "incidence_deg": 60.0,
    "take_off_deg": 45.0,
}


@given(
    dtype=st.sampled_from(["u1", ">u2", "u4", "i2", "f4"]),
    shape=st.tuples(st.integers(2, 5), st.integers(2, 5), st.integers(64, 90)),
)
def test_counts_and_calibration_survive_the_round_trip(
    dtype: str, shape: tuple[int, int, int]
) -> None:
    builder = ScanBuilder(shape[0], shape[1], channels=shape[2]).typed(dtype)
    with TemporaryDirectory() as folder:
        scan = open_scan(builder.write_hdf5(Path(folder) / "a.h5"))
        np.testing.assert_array_equal(scan.counts[()], builder.counts)
        assert scan.counts.dtype == np.dtype(dtype).newbyteorder("=")
        assert scan.calibration is not None
        assert scan.calibration.zero == -0.05
        assert scan.calibration.gain == 0.03
        del scan


def test_known_facts_survive_with_their_source(tmp_path: Path) -> None:
    facts = {
        "anode": Fact("Rh", "label on the tube"),
        "energy calibration": Fact("…", "five points"),
        "operator": Fact("Ann", "notes.txt"),
    }
    scan = open_scan(ScanBuilder(facts=facts).write_hdf5(tmp_path / "a.h5", **STATED))
    assert scan.missing == ()
    assert scan.anode == "Rh"
    assert scan.tube_voltage_kv == 40.0
    assert (scan.incidence_deg, scan.take_off_deg) == (60.0, 45.0)
    assert scan.pixel_size_mm == pytest.approx((0.5, 0.25))
    assert scan.live_time_s is not None
    assert scan.real_time_s is not None
    np.testing.assert_array_equal(scan.live_time_s, STATED["live_time_s"])
    np.testing.assert_array_equal(scan.real_time_s, STATED["real_time_s"])
    assert "label on the tube" in scan.facts["anode"].source
    assert "five points" in scan.facts["energy calibration"].source
    assert scan.facts["operator"].value == "Ann"
    assert "notes.txt" in scan.facts["operator"].source


def test_a_converted_file_names_its_own_dataset(tmp_path: Path) -> None:
    first = open_scan(ScanBuilder().write_hdf5(tmp_path / "a.h5"))
    write_hdf5(first, tmp_path / "b.h5")
    assert open_scan(tmp_path / "b.h5").facts["spectra"].source == "the file's default plot"


def test_scan_without_calibration_stays_without(tmp_path: Path) -> None:
    scan = open_scan(ScanBuilder(calibration=None).write_hdf5(tmp_path / "a.h5"))
    assert scan.calibration is None
    assert len(scan.missing) == 8


def test_file_is_chunked_and_compressed(tmp_path: Path) -> None:
    with h5py.File(ScanBuilder().write_hdf5(tmp_path / "a.h5")) as file:
        counts = file["/scan/data/counts"]
        assert counts.compression == "gzip"
        assert counts.chunks == (1, 4, 64)


def test_pymca_opens_it_unaided(tmp_path: Path) -> None:
    stack = pytest.importorskip("PyMca5.PyMcaIO.HDF5Stack1D", reason="PyMca is not installed")
    builder = ScanBuilder(channels=100)
    path = builder.write_hdf5(tmp_path / "a.h5", **STATED)
    opened = stack.HDF5Stack1D([str(path)], {"x": [], "y": "/data/counts", "m": []})
    np.testing.assert_array_equal(opened.data, builder.counts)
    np.testing.assert_allclose(opened.info["McaCalib"], [-0.05, 0.03, 0.0])
    np.testing.assert_allclose(opened.info["McaLiveTime"], np.full(12, 0.9))


def test_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.h5"
    target.write_text("precious")
    with pytest.raises(OutputError, match=r"a\.h5 exists already"):
        ScanBuilder().write_hdf5(target)
    assert target.read_text() == "precious"


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is no folder; create it"):
        ScanBuilder().write_hdf5(tmp_path / "nowhere" / "a.h5")


def test_failed_conversion_leaves_nothing_behind(tmp_path: Path) -> None:
    builder = ScanBuilder().typed("f4")
    builder.counts[2, 1, 5] = np.nan
    with pytest.raises(ScanFileError, match="NaN"):
        builder.write_hdf5(tmp_path / "a.h5")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_gives_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are a Unix matter")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    builder = ScanBuilder(60, 60, channels=300)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        with pytest.raises(OutputError, match="cannot be written to its end"):
            builder.write_hdf5(tmp_path / "a.h5")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_every_row(tmp_path: Path) -> None:
    steps: list[int] = []
    write_hdf5(ScanBuilder(height=7).scan(), tmp_path / "a.h5", progress=steps.append)
    assert sum(steps) == 7


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_the_pixel_size_of_a_line_or_a_point_survives(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    scan = open_scan(ScanBuilder(*shape).write_hdf5(tmp_path / "a.h5"))
    write_hdf5(replace(scan, pixel_size_mm=(0.5, 0.25)), tmp_path / "b.h5")
    again = open_scan(tmp_path / "b.h5")
    assert again.pixel_size_mm == (0.5, 0.25) and again.stage is None
