"""Element maps: in and out of Datamuncher's .dms and HDF5, and named by `info`."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from builders import ScanBuilder
from underpaint.cli.app import app
from underpaint.errors import OutputError, ScanFileError
from underpaint.scan import MapStack, open_maps, open_scan, write_dms, write_hdf5_maps

NAMES = ("Fe-K", "Pb-L")
MAPS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def stack(path: Path = Path("made")) -> MapStack:
    return MapStack(NAMES, MAPS, path, "made")


def test_a_file_laid_out_as_documented_is_read(tmp_path: Path) -> None:
    body = b"2\n4 3 2\n" + MAPS.astype("<f4").tobytes() + b"Fe-K\r\nPb-L\r\n"
    (tmp_path / "a.dms").write_bytes(body)
    maps = open_maps(tmp_path / "a.dms")
    assert maps is not None
    assert maps.names == NAMES
    np.testing.assert_array_equal(maps.maps, MAPS)


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5)),
    value=st.floats(width=32, allow_nan=False),
)
def test_maps_survive_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, int, int], value: float
) -> None:
    folder = tmp_path_factory.mktemp("maps")
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    values[0, 0, 0] = value
    made = MapStack(tuple(f"E{n}-K" for n in range(shape[0])), values, Path("made"), "made")
    write_dms(made, folder / "a.dms")
    write_hdf5_maps(made, folder / "a.h5")
    for name in ("a.dms", "a.h5"):
        found = open_maps(folder / name)
        assert found is not None
        assert found.names == made.names
        np.testing.assert_array_equal(found.maps, values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\nworld\n", "no .dms of Datamuncher"),
        (b"2\n4 3\n", "no .dms of Datamuncher"),
        (b"2\n4 3 0\n", "no .dms of Datamuncher"),
        (b"2\n4 3 2\n" + bytes(90), "is cut off"),
        (b"2\n400000000 400000000 400000000\n", "is cut off"),
        (b"2\n4 3 2\n" + bytes(96) + b"Fe-K\n", "2 maps and 1 names"),
    ],
)
def test_what_is_no_dms_gives_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.dms").write_bytes(content)
    with pytest.raises(ScanFileError, match=message):
        open_maps(tmp_path / "a.dms")


def test_spectra_are_not_found_in_maps(tmp_path: Path) -> None:
    write_dms(stack(), tmp_path / "a.dms")
    with pytest.raises(ScanFileError, match="holds element maps and no spectra"):
        open_scan(tmp_path / "a.dms")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.dms").write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        write_dms(stack(), tmp_path / "a.dms")
    assert (tmp_path / "a.dms").read_text() == "precious"


def test_a_file_in_which_no_family_was_found_is_not_called_damaged(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "elements.h5", "w") as file:
        file.create_dataset("elements/names", data=[], dtype=h5py.string_dtype())
    with pytest.raises(ScanFileError, match="holds no element maps: no line family was found"):
        open_maps(tmp_path / "elements.h5")


def test_info_says_that_there_are_only_maps(tmp_path: Path) -> None:
    write_dms(stack(), tmp_path / "a.dms")
    done = CliRunner().invoke(app, ["info", str(tmp_path / "a.dms")])
    assert done.exit_code == 0
    assert "holds: element maps only, no spectra" in done.stdout
    assert "Pb-L: 12 to 23" in done.stdout
    done = CliRunner().invoke(app, ["info", "--json", str(tmp_path / "a.dms")])
    assert json.loads(done.stdout)["maps"]["Fe-K"] == {"least": 0.0, "most": 11.0}


def test_convert_takes_maps_in_and_out(tmp_path: Path) -> None:
    write_dms(stack(), tmp_path / "a.dms")
    for source, target in (("a.dms", "b.h5"), ("b.h5", "c.dms")):
        arguments = ["convert", str(tmp_path / source), "-o", str(tmp_path / target)]
        assert CliRunner().invoke(app, arguments).exit_code == 0
    assert (tmp_path / "c.dms").read_bytes() == (tmp_path / "a.dms").read_bytes()
    with h5py.File(tmp_path / "b.h5") as file:
        assert file["elements/Fe-K"].attrs["signal"] == "counts"


def test_spectra_do_not_become_a_dms(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    done = CliRunner().invoke(app, ["convert", str(path), "-o", str(tmp_path / "a.dms")])
    assert done.exit_code == 3
    assert "underpaint elements" in done.stderr


def test_fitted_maps_of_a_real_synchrotron_are_read(shared_data: Path) -> None:
    maps = open_maps(shared_data / "synchrotron" / "srx_scan2D_16411_1.h5")
    assert maps is not None
    assert maps.maps.shape == (11, 31, 31)
    assert "Au_M" in maps.names
