"""HDF5 of BLISS: points of a scan come to lie in rows and columns, if the file tells which."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import find_gaps, measured_pixels, open_scan

CUBE = 1 + ScanBuilder(3, 4, channels=128).counts.astype(np.uint32)
MESH = "amesh sampy 10 40 3 sampz 5 7 2 0.1"
LIVE = np.linspace(0.1, 0.2, 12)


def write(
    path: Path,
    title: str = MESH,
    *,
    counts: np.ndarray = CUBE,
    scan: str = "1.1",
    zigzag: bool = False,
    points: int = 12,
    detectors: int = 1,
    moved: bool = True,
    parameters: dict[str, Any] | None = None,
) -> Path:
    """Write a scan of 3 rows of 4 as BLISS does: what was measured in the group of each device,
    and links to it in `measurement`."""
    order = np.arange(12).reshape(3, 4)
    if zigzag:
        order[1::2] = order[1::2, ::-1]
    order = order.ravel()[:points]
    with h5py.File(path, "a") as file:
        entry = file.create_group(scan)
        entry["title"] = title
        if moved:
            add(entry, "sampy", "value", np.tile([10.0, 20.0, 30.0, 40.0], 3)[order], "um")
            add(entry, "sampz", "value", np.repeat([5.0, 6.0, 7.0], 4)[order], "um")
        for number in range(detectors):
            name = f"fx1_det{number}"
            spectra = counts.reshape(12, -1)[order] * (number + 1)
            add(entry, name, "data", spectra)
            add(entry, name, "live_time", LIVE[order], "s")
            add(entry, name, "elapsed_time", np.full(points, 300.0), "ms")
            add(entry, f"{name}_FeKa", "data", np.ones(points))
        add(entry, "basler1", "data", np.ones((points, 70, 80), dtype=np.uint8))
        for key, value in (parameters or {}).items():
            entry[f"instrument/fscan_parameters/{key}"] = value
    return path


def add(entry: h5py.Group, device: str, name: str, values: np.ndarray, unit: str = "") -> None:
    place = f"instrument/{device}/{name}"
    entry[place] = values
    if unit:
        entry[place].attrs["units"] = unit
    linked = device if name in ("data", "value") else f"{device}_{name}"
    entry[f"measurement/{linked}"] = h5py.SoftLink(f"{entry.name}/{place}")


@pytest.mark.parametrize("zigzag", [False, True])
def test_the_points_of_a_mesh_lie_in_rows_and_columns(tmp_path: Path, zigzag: bool) -> None:
    scan = open_scan(write(tmp_path / "a.h5", zigzag=zigzag))
    assert scan.format.startswith("HDF5 of BLISS")
    np.testing.assert_array_equal(scan.counts, CUBE)
    np.testing.assert_array_equal(np.concatenate([part for _, part in scan.blocks(1)]), CUBE)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scan.counts))[1:], CUBE[1:])
    assert scan.live_time_s is not None
    assert scan.real_time_s is not None
    np.testing.assert_allclose(scan.live_time_s, LIVE.reshape(3, 4))
    np.testing.assert_allclose(scan.real_time_s, 0.3)
    assert scan.facts["title"].value == MESH
    assert scan.facts["axes"].value == "sampz down, sampy across"
    assert ("rows measured backwards" in scan.facts) == zigzag


def test_positions_of_the_motors_give_pixel_size_and_place(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.h5"))
    assert scan.pixel_size_mm == pytest.approx((0.001, 0.01))
    assert scan.stage is not None
    assert scan.stage.at(2, 3) == pytest.approx((0.007, 0.04))
    bare = open_scan(write(tmp_path / "b.h5", moved=False))
    assert bare.stage is None
    assert "positions of sampz" in bare.facts["pixel size"].source


@pytest.mark.parametrize(("zigzag", "mode"), [(False, "REWIND"), (True, "ZIGZAG")])
@pytest.mark.parametrize("moved", [True, False])
def test_a_continuous_scan_tells_its_rows_among_its_parameters(
    tmp_path: Path, zigzag: bool, mode: str, moved: bool
) -> None:
    parameters = {
        "fast_motor": "sampy",
        "slow_motor": "sampz",
        "fast_npoints": 4,
        "slow_npoints": "3",
        "fast_motor_mode": mode,
    }
    title = "fscan2d sampz 5 1 3 sampy 10 10 4 0.1"
    path = write(
        tmp_path / "a.h5", title, zigzag=zigzag, moved=moved, parameters=parameters, points=9
    )
    counts = np.asarray(open_scan(path).counts)
    np.testing.assert_array_equal(counts.reshape(12, -1)[:9], CUBE.reshape(12, -1)[:9])
    assert not counts[2, 1:].any()


@pytest.mark.parametrize(
    ("zigzag", "points", "empty"),
    [(False, 6, [(1, 2), (1, 3)]), (True, 6, [(1, 0), (1, 1)]), (True, 5, [(1, 0), (1, 2)])],
)
def test_points_that_miss_at_the_end_are_pixels_that_were_not_measured(
    tmp_path: Path, zigzag: bool, points: int, empty: list[tuple[int, int]]
) -> None:
    scan = open_scan(write(tmp_path / "a.h5", zigzag=zigzag, points=points))
    counts = np.asarray(scan.counts)
    measured = counts.any(axis=2)
    assert measured.sum() == points
    np.testing.assert_array_equal(counts[measured], CUBE[measured])
    assert not any(measured[pixel] for pixel in empty)
    assert not measured[2].any()
    assert scan.live_time_s is not None
    np.testing.assert_array_equal(np.isfinite(scan.live_time_s), measured)
    assert scan.facts["points"].value == f"{points} of 12, the others were not measured"
    assert find_gaps(measured_pixels(counts.sum(axis=2))).pixels == 12 - points
    assert scan.pixel_size_mm == pytest.approx((0.001, 0.01))


@pytest.mark.parametrize(
    ("title", "shape"),
    [
        ("amesh sampy 10 40 5 sampz 5 7 2 0.1", (1, 12, 128)),
        ("amesh sampy 10 40 1 sampz 5 7 2 0.1", (1, 12, 128)),
        ("amesh sampy 10 40 9999999 sampz 5 7 9999999 0.1", (1, 12, 128)),
        ("loopscan 12 0.1", (1, 12, 128)),
        ("a3mesh sampy 10 40 3 sampz 5 7 2 sampx 0 1 1 0.1", (1, 12, 128)),
        ("", (1, 12, 128)),
        ("amesh sampy 10 40 4 sampz 5 7 3 0.1", (3, 4, 128)),
        ("kmap.dkmap( sampy, 10, 40, 4, sampz, 5, 7, 3, 0.1)", (3, 4, 128)),
        ("dkmap sampy 10 40 3 sampz 5 7 2 0.1", (3, 4, 128)),
        ("dkmap sampz 5 7 2 sampy 10 40 3 0.1", (1, 12, 128)),
        ("dkmap sampy 10 40 7 sampz 5 7 2 0.1", (1, 12, 128)),
    ],
)
def test_points_are_one_row_unless_the_title_fits_them(
    tmp_path: Path, title: str, shape: tuple[int, int, int]
) -> None:
    scan = open_scan(write(tmp_path / "a.h5", title))
    assert scan.shape == shape
    assert ("shape" in scan.facts) == (shape[0] == 1)
    if shape[0] == 1:
        np.testing.assert_array_equal(scan.counts[0], CUBE.reshape(12, -1))
        assert scan.facts["shape"].value == "12 points in one row, as they were measured"


def test_detectors_are_added_up_or_taken_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", detectors=2, zigzag=True)
    both = open_scan(path)
    np.testing.assert_array_equal(both.counts[:], 3 * CUBE)
    assert both.live_time_s is not None
    np.testing.assert_array_equal(open_scan(path, detector=2).counts[:], 2 * CUBE)
    for name in ("measurement/fx1_det1", "instrument/fx1_det1/data"):
        np.testing.assert_array_equal(open_scan(f"{path}::/1.1/{name}").counts[:], 2 * CUBE)
    np.testing.assert_array_equal(open_scan(f"{path}::/1.1").counts[:], 3 * CUBE)


def test_detectors_of_different_points_are_not_added_up(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", "loopscan 12 0.1", detectors=2)
    with h5py.File(path, "a") as file:
        spectra = file["1.1/instrument/fx1_det1/data"][:10]
        del file["1.1/instrument/fx1_det1/data"]
        file["1.1/instrument/fx1_det1/data"] = spectra
    with pytest.raises(ScanFileError, match=r"1 by 10 pixels and detector .* 1 by 12"):
        open_scan(path)
    assert open_scan(path, detector=2).shape == (1, 10, 128)


def test_detectors_of_different_devices_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["1.1/measurement/fx2_det0"] = file["1.1/instrument/fx1_det0/data"][()]
    with pytest.raises(ScanFileError, match=r"several devices .*\(fx1_det0, fx2_det0\); name one"):
        open_scan(path)
    assert open_scan(f"{path}::/1.1/measurement/fx2_det0").shape == (3, 4, 128)


def test_of_several_scans_the_only_map_is_taken_or_one_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", "loopscan 12 0.1", counts=CUBE + 1)
    assert open_scan(path).shape == (1, 12, 128)
    write(path, scan="2.1")
    np.testing.assert_array_equal(open_scan(path).counts[:], CUBE)
    write(path, scan="10.1", counts=CUBE + 2)
    with pytest.raises(ScanFileError, match=r"/1\.1 loopscan.*/2\.1 amesh.*/10\.1.*::/2\.1'"):
        open_scan(path)
    np.testing.assert_array_equal(open_scan(f"{path}::/10.1").counts[:], CUBE + 2)


def test_a_scan_behind_an_external_link_is_read_and_one_that_is_gone_is_named(
    tmp_path: Path,
) -> None:
    write(tmp_path / "scan.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["1.1"] = h5py.ExternalLink("scan.h5", "/1.1")
    counts = open_scan(tmp_path / "a.h5").counts
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(counts))[:], CUBE)
    (tmp_path / "scan.h5").unlink()
    with pytest.raises(ScanFileError, match=r"scan\.h5, which is not there"):
        open_scan(tmp_path / "a.h5")


def test_other_data_of_the_file_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5")
    assert open_scan(f"{path}::/1.1/measurement/basler1").shape == (12, 70, 80)
    with pytest.raises(ScanFileError, match=r"holds no '/1\.1/measurement/fx1_det7'"):
        open_scan(f"{path}::/1.1/measurement/fx1_det7")
