"""HDF5 files of PyMca and NeXus: the spectra and their energy axis are found, or asked for."""

from __future__ import annotations

import math
import os
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import Changes, open_scan, with_changes

CUBE = ScanBuilder(channels=128).counts.astype(np.uint16)
MAP = np.ones((12, 3, 4), dtype=np.float32)


def write(path: Path, content: dict[str, Any]) -> Path:
    """Write datasets by path; a key "path@name" is an attribute."""
    with h5py.File(path, "w") as file:
        for key, value in content.items():
            place, _, attribute = key.partition("@")
            if attribute:
                file.require_group(place) if place not in file else None
                file[place].attrs[attribute] = value
            else:
                file[place] = value
    return path


LAYOUTS: dict[str, dict[str, Any]] = {
    "PyMca's MCA group": {
        "/1.1/measurement/mca_0/data": CUBE,
        "/1.1/measurement/mca_0/info/calibration": [-0.1, 0.02, 0.0],
        "/1.1/measurement/mca_0/info/live_time": np.full((3, 4), 0.5),
        "/1.1/measurement/roi": MAP,
    },
    "NXdata with an energy axis in keV": {
        "/entry/data/counts": CUBE,
        "/entry/data/energy": -0.1 + 0.02 * np.arange(128),
        "/entry/data/energy@units": "keV",
        "/entry/data@NX_class": "NXdata",
        "/entry/data@signal": "counts",
        "/entry/data@axes": ["y", "x", "energy"],
        "/entry/other/counts": CUBE,
    },
    "NXdata with an energy axis in eV": {
        "/entry/data/counts": CUBE,
        "/entry/data/emission": -100 + 20.0 * np.arange(128),
        "/entry/data/emission@units": "eV",
        "/entry/data@signal": "counts",
        "/entry/data@axes": [".", ".", "emission"],
    },
    "interpretation spectrum": {
        "/a/counts": CUBE,
        "/a/counts@interpretation": "spectrum",
        "/a/energy": -0.1 + 0.02 * np.arange(128),
        "/a/images": np.ones((3, 4, 128)),
        "/a/images@interpretation": "image",
    },
    "NXdetector with calibration beside the NXdata": {
        "/entry/detector@NX_class": "NXdetector",
        "/entry/detector/calibration": [-0.1, 0.02],
        "/entry/detector/spectra/data": CUBE,
    },
    "the only cube": {"/counts": CUBE, "/calibration": [-0.1, 0.02, 0.0], "/maps": MAP},
    "default chain among several": {
        "/@default": "b",
        "/b@default": "plot",
        "/b/plot@signal": "counts",
        "/b/plot/counts": CUBE,
        "/b/plot/calibration": [-0.1, 0.02, 0.0],
        "/a/plot@signal": "counts",
        "/a/plot/counts": CUBE + 1,
    },
    "channels that do not start at 0": {
        "/a/counts": CUBE,
        "/a/channels": 5 + np.arange(128),
        "/a/calibration": [-0.2, 0.02, 0.0],
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_spectra_and_energy_axis_are_found(tmp_path: Path, layout: str) -> None:
    scan = open_scan(write(tmp_path / "a.h5", LAYOUTS[layout]))
    np.testing.assert_array_equal(scan.counts[()], CUBE)
    assert not isinstance(scan.counts, np.ndarray)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.1)
    assert scan.calibration.gain == pytest.approx(0.02)


def test_a_soft_link_is_no_second_set_of_spectra(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"/scan/counts": CUBE})
    with h5py.File(path, "a") as file:
        file["/alias"] = h5py.SoftLink("/scan/counts")
        file["/broken"] = h5py.SoftLink("/nowhere")
        file["/outside"] = h5py.ExternalLink("gone.h5", "/data")
    assert open_scan(path).facts["spectra"].value == "/scan/counts"


def test_times_and_tube_are_read_with_their_units(tmp_path: Path) -> None:
    content = {
        "/e/counts": CUBE,
        "/e/live_time": 500.0,
        "/e/live_time@units": "ms",
        "/e/real_time": np.linspace(1.0, 2.0, 12),
        "/e/source@NX_class": "NXsource",
        "/e/source/voltage": 50000,
        "/e/source/voltage@units": "V",
        "/e/source/target_material": "Rh",
    }
    scan = open_scan(write(tmp_path / "a.h5", content))
    assert scan.live_time_s is not None
    assert scan.real_time_s is not None
    assert (scan.live_time_s == 0.5).all()
    np.testing.assert_allclose(scan.real_time_s.ravel(), np.linspace(1.0, 2.0, 12))
    assert scan.tube_voltage_kv == 50.0
    assert scan.anode == "Rh"
    assert "/e/source/voltage" in scan.facts["tube voltage"].source


def test_what_the_file_does_not_state_is_missing(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.h5", {"/counts": CUBE}))
    assert set(scan.missing) == {
        "energy calibration",
        "anode",
        "tube voltage",
        "incidence angle",
        "take-off angle",
        "live time",
        "real time",
        "pixel size",
    }


def test_curved_energy_axis_says_how_far_it_is_from_a_line(tmp_path: Path) -> None:
    content = {"/counts": CUBE, "/calibration": [0.0, 0.02, 1e-5]}
    scan = open_scan(write(tmp_path / "a.h5", content))
    assert "curved axis" in scan.facts["energy calibration"].source


def test_falling_energy_axis_is_not_taken(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.h5", {"/counts": CUBE, "/calibration": [0.0, -0.02, 0.0]}))
    assert scan.calibration is None
    assert "makes no energy axis" in scan.facts["energy calibration"].source


def test_several_sets_of_spectra_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"/det1/counts": CUBE, "/detsum/counts": CUBE + 1})
    with pytest.raises(ScanFileError, match=r"/det1/counts, /detsum/counts\); name one"):
        open_scan(path)
    chosen = open_scan(f"{path}::/detsum/counts")
    np.testing.assert_array_equal(chosen.counts[()], CUBE + 1)


def test_dataset_named_by_the_user_must_exist_and_be_a_cube(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"/counts": CUBE, "/flat": [1, 2]})
    with pytest.raises(ScanFileError, match="holds no '/nowhere'"):
        open_scan(f"{path}::/nowhere")
    with pytest.raises(ScanFileError, match=r"holds no spectra .*\(2,\)"):
        open_scan(f"{path}::/flat")


def test_file_without_spectra_says_what_it_has_instead(tmp_path: Path) -> None:
    with pytest.raises(ScanFileError, match=r"holds no spectra .* only /maps \(12, 3, 4\)"):
        open_scan(write(tmp_path / "a.h5", {"/maps": MAP}))


def test_signature_counts_and_not_the_ending(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "scan.data", {"/counts": CUBE}))
    assert scan.shape == (3, 4, 128)


def test_compression_that_cannot_be_read_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", data=CUBE, compression="gzip")
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda _code: False)
    with pytest.raises(ScanFileError, match="pip install hdf5plugin"):
        open_scan(path)


def test_compression_of_a_synchrotron_is_read(tmp_path: Path) -> None:
    hdf5plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("counts", data=CUBE, **hdf5plugin.Bitshuffle())
    np.testing.assert_array_equal(open_scan(tmp_path / "a.h5").counts[()], CUBE)


def test_spectra_behind_an_external_link_are_read(tmp_path: Path) -> None:
    write(tmp_path / "detector.h5", {"/raw/counts": CUBE})
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["/scan/counts"] = h5py.ExternalLink("detector.h5", "/raw/counts")
    for name in ("a.h5", "a.h5::/scan/counts"):
        scan = open_scan(tmp_path / name)
        np.testing.assert_array_equal(scan.counts[()], CUBE)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(scan.counts))[:], CUBE)


@pytest.mark.parametrize("name", ["a.h5", "a.h5::/scan/counts"])
@pytest.mark.parametrize("target", ["gone.h5", "pipe"])
def test_external_link_to_a_file_that_is_not_there_is_named(
    tmp_path: Path, name: str, target: str
) -> None:
    if target == "pipe":
        os.mkfifo(tmp_path / target)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["/scan/counts"] = h5py.ExternalLink(target, "/raw/counts")
    with pytest.raises(ScanFileError, match=f"{target}, which is not there"):
        open_scan(tmp_path / name)


def test_virtual_spectra_are_read_and_never_made_of_zeros(tmp_path: Path) -> None:
    write(tmp_path / "detector.h5", {"/raw/counts": CUBE})
    layout = h5py.VirtualLayout(CUBE.shape, CUBE.dtype)
    layout[:] = h5py.VirtualSource("detector.h5", "/raw/counts", CUBE.shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("counts", layout)
    np.testing.assert_array_equal(open_scan(tmp_path / "a.h5").counts[()], CUBE)
    (tmp_path / "detector.h5").unlink()
    with pytest.raises(ScanFileError, match=r"keeps its spectra in detector\.h5, which is not"):
        open_scan(tmp_path / "a.h5")


def test_external_numbers_that_are_not_there_are_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        place = [(str(tmp_path / "numbers.bin"), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset("counts", CUBE.shape, CUBE.dtype, external=place)[...] = CUBE
    np.testing.assert_array_equal(open_scan(tmp_path / "a.h5").counts[()], CUBE)
    (tmp_path / "numbers.bin").unlink()
    with pytest.raises(ScanFileError, match=r"numbers\.bin, which is not there"):
        open_scan(tmp_path / "a.h5")


def test_impossible_sizes_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("counts", (2, 10**6, 10**6), "u2", chunks=(1, 1, 1024))
    with pytest.raises(ScanFileError, match="more than any scanner makes"):
        open_scan(tmp_path / "a.h5")


@pytest.mark.parametrize("inside", ["", "::/entry/data/counts"])
@pytest.mark.parametrize(
    "stated",
    [
        {"/entry/data@signal": "counts", "/entry/data@axes": ["energy", "y", "x"]},
        {
            "/entry/data@signal": "counts",
            "/entry/data@axes": ["channel", "y", "x"],
            "/entry/data/channel": 0.01 * np.arange(100),
            "/entry/data/channel@units": "keV",
        },
        {"/entry/data/energy": 0.01 * np.arange(100)},
    ],
)
def test_images_one_a_channel_are_not_taken_for_spectra(
    tmp_path: Path, stated: dict[str, Any], inside: str
) -> None:
    images = np.zeros((100, 65, 66), dtype=np.uint16)
    write(tmp_path / "a.h5", {"/entry/data/counts": images, **stated})
    with pytest.raises(ScanFileError, match=r"\(100, 65, 66\), whose channels do not run along"):
        open_scan(f"{tmp_path / 'a.h5'}{inside}")


def test_spectra_at_several_beam_energies_are_spectra(tmp_path: Path) -> None:
    content = {
        "/entry/data/counts": CUBE,
        "/entry/data@signal": "counts",
        "/entry/data@axes": ["incident_energy", "x", "channel"],
    }
    np.testing.assert_array_equal(open_scan(write(tmp_path / "a.h5", content)).counts, CUBE)


@pytest.mark.parametrize(
    ("material", "anode"), [("rh", "Rh"), (np.array([b"Rh"]), "Rh"), ("n/a", None)]
)
def test_anode_is_an_element_or_missing(tmp_path: Path, material: Any, anode: str | None) -> None:
    content = {
        "/entry/counts": CUBE,
        "/entry/source/target_material": material,
        "/entry/source/voltage": np.array([50.0]),
        "/entry/source/voltage@units": "kV",
        "/entry/source@NX_class": "NXsource",
    }
    scan = open_scan(write(tmp_path / "a.h5", content))
    assert scan.anode == anode
    assert scan.tube_voltage_kv == 50.0


def test_a_pixel_of_no_live_time_leaves_those_of_the_others(tmp_path: Path) -> None:
    seconds = np.full((3, 4), 0.5)
    seconds[0, 3] = 0.0
    path = write(tmp_path / "a.h5", {"/e/counts": CUBE, "/e/live_time": seconds})
    scan = open_scan(path)
    assert scan.live_time_s is not None
    assert np.argwhere(np.isnan(scan.live_time_s)).tolist() == [[0, 3]]
    assert scan.facts["live time"].value == "0.5 s a pixel, where stated"


@pytest.mark.parametrize("shape", [(), (1,), (12,), (3, 4), (3, 4, 1)])
def test_live_times_of_the_scans_shape_are_its_own(tmp_path: Path, shape: tuple[int, ...]) -> None:
    seconds = 1.0 + np.arange(math.prod(shape)).reshape(shape)
    scan = open_scan(write(tmp_path / "a.h5", {"/e/counts": CUBE, "/e/live_time": seconds}))
    assert scan.live_time_s is not None
    np.testing.assert_array_equal(scan.live_time_s, np.resize(seconds, (3, 4)))


def test_live_times_of_columns_by_rows_are_not_taken(tmp_path: Path) -> None:
    content = {"/e/counts": CUBE, "/e/live_time": np.ones((4, 3))}
    assert open_scan(write(tmp_path / "a.h5", content)).live_time_s is None


def test_x_before_y_is_told_with_its_place_on_the_stage_and_the_remedy(tmp_path: Path) -> None:
    content = {
        "/e/counts": CUBE.transpose(1, 0, 2),
        "/e@signal": "counts",
        "/e@axes": ["samx", "samy", "channel"],
        "/e/samx": 10.0 + 0.5 * np.arange(4),
        "/e/samx@units": "mm",
        "/e/samy": 20.0 - 0.4 * np.arange(3),
        "/e/samy@units": "mm",
    }
    scan = open_scan(write(tmp_path / "a.h5", content))
    assert scan.pixel_size_mm == pytest.approx((0.5, 0.4))
    assert scan.stage is not None
    assert scan.stage.at(3, 2) == pytest.approx((19.2, 11.5))
    assert scan.facts["axes as stored"].value == (
        "samx down, samy across, which --mirror y --rotate 90 exchanges"
    )
    turned = with_changes(scan, Changes(mirror="y", rotate=90), tmp_path)
    np.testing.assert_array_equal(turned.counts[:], CUBE)
    assert turned.stage is not None
    assert turned.stage.at(2, 3) == pytest.approx((19.2, 11.5))


def test_old_nexus_names_the_signal_and_its_axes_with_the_dataset(tmp_path: Path) -> None:
    content = {
        "/entry/data/counts": CUBE,
        "/entry/data/counts@signal": 1,
        "/entry/data/counts@axes": "y:x:emission",
        "/entry/data/emission": -0.1 + 0.02 * np.arange(128),
        "/entry/data/emission@units": "keV",
        "/entry/other/counts": CUBE + 1,
    }
    scan = open_scan(write(tmp_path / "a.h5", content))
    np.testing.assert_array_equal(scan.counts, CUBE)
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.02)


def test_unmarked_images_one_a_channel_are_told_by_their_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", {"/images": np.zeros((1024, 65, 66), dtype=np.uint8)})
    with pytest.raises(ScanFileError, match="holds no spectra"):
        open_scan(path)
    assert open_scan(f"{path}::/images").shape == (1024, 65, 66)


def test_an_axis_that_goes_to_and_fro_is_no_even_one(tmp_path: Path) -> None:
    content = {
        "/e/counts": CUBE,
        "/e@signal": "counts",
        "/e@axes": ["y", "x", "channel"],
        "/e/y": 0.5 * np.arange(3),
        "/e/y@units": "mm",
        "/e/x": np.array([0.0, 0.5, 0.0, 0.5]),
        "/e/x@units": "mm",
    }
    assert open_scan(write(tmp_path / "a.h5", content)).pixel_size_mm is None
