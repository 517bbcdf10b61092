"""ENVI maps in every interleave, with the energies that their header states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

ORDERS = {"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}
CODES = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13, "i8": 14, "u8": 15}


def write(
    path: Path,
    counts: np.ndarray,
    stored_by: str = "bip",
    offset: int = 0,
    data: str = ".dat",
    **changes: str,
) -> Path:
    """Write header and numbers; gives the header. "_" stands for a blank in `changes`."""
    stored = np.ascontiguousarray(counts.transpose(ORDERS[stored_by]))
    path.with_suffix(data).write_bytes(b"\xaa" * offset + stored.tobytes())
    energy = ", ".join(f"{0.02 * channel - 0.1:.4f}" for channel in range(counts.shape[2]))
    fields = {
        "samples": counts.shape[1],
        "lines": counts.shape[0],
        "bands": counts.shape[2],
        "header offset": offset,
        "data type": CODES[counts.dtype.str[1:]],
        "interleave": stored_by,
        "byte order": int(counts.dtype.str[0] == ">"),
        "wavelength": "{\n" + energy + "}",
    } | {key.replace("_", " "): value for key, value in changes.items()}
    lines = [f"{key} = {value}" for key, value in fields.items() if value != ""]
    path.write_text("\n".join(["ENVI", "description = {", "  a scan }", *lines]) + "\n")
    return path


@given(
    dtype=st.sampled_from(["u1", "<i2", ">u2", "<u4", ">f4", "<f8"]),
    interleave=st.sampled_from(["bip", "bil", "bsq"]),
    offset=st.integers(0, 100),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(64, 70)),
)
def test_counts_come_back_whatever_the_interleave(
    tmp_path_factory: pytest.TempPathFactory,
    dtype: str,
    interleave: str,
    offset: int,
    shape: tuple[int, int, int],
) -> None:
    counts = ScanBuilder(shape[0], shape[1], channels=shape[2]).typed(dtype).counts
    path = write(tmp_path_factory.mktemp("envi") / "a.hdr", counts, interleave, offset)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts, counts)
    np.testing.assert_array_equal(np.concatenate([b for _, b in scan.blocks(rows=2)]), counts)


COUNTS = ScanBuilder().typed("<u2").counts


def test_energies_give_the_axis(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.hdr", COUNTS, wavelength_units="keV"))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.1)
    assert scan.calibration.gain == pytest.approx(0.02)
    assert scan.facts["description"].value == "a scan"


@pytest.mark.parametrize(
    "changes",
    [{"wavelength_units": "Nanometers"}, {"wavelength": ""}, {"wavelength": "{1, 2}"}],
)
def test_what_is_no_energy_axis_is_missing(tmp_path: Path, changes: dict[str, str]) -> None:
    assert open_scan(write(tmp_path / "a.hdr", COUNTS, **changes)).calibration is None


@pytest.mark.parametrize("data", ["", ".bip", ".RAW"])
def test_the_numbers_may_end_in_any_way_and_be_named_themselves(tmp_path: Path, data: str) -> None:
    header = write(tmp_path / "a.hdr", COUNTS, data=data)
    np.testing.assert_array_equal(open_scan(header).counts, COUNTS)
    if data == ".bip":
        np.testing.assert_array_equal(open_scan(tmp_path / "a.bip").counts, COUNTS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bands": ""}, "does not state bands"),
        ({"bands": "x"}, "states bands as 'x'"),
        ({"bands": "65"}, "has 1536 bytes, not the 1560"),
        ({"lines": "999999999999"}, "has 1536 bytes"),
        ({"data_type": "6"}, "data type must be one of"),
        ({"interleave": "bxx"}, "interleave bip, bil or bsq"),
        ({"bands": "8", "lines": "24"}, "no spectrum's"),
    ],
)
def test_header_that_cannot_be_is_refused(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(ScanFileError, match=message):
        open_scan(write(tmp_path / "a.hdr", COUNTS, **changes))


def test_missing_halves_are_named(tmp_path: Path) -> None:
    header = write(tmp_path / "a.hdr", COUNTS, data=".bip")
    header.rename(tmp_path / "b.hdr")
    with pytest.raises(ScanFileError, match="lacks the numbers"):
        open_scan(tmp_path / "b.hdr")
    with pytest.raises(ScanFileError, match="lacks its header"):
        open_scan(tmp_path / "a.bip")


def test_another_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.hdr").write_text("NROWS 5\n")
    (tmp_path / "a.bil").write_bytes(b"123")
    with pytest.raises(ScanFileError, match="no ENVI header"):
        open_scan(tmp_path / "a.hdr")


@pytest.mark.parametrize("ending", [".dat", ".img", ".raw", ".bin", ""])
def test_the_numbers_may_be_named_instead_of_the_header(tmp_path: Path, ending: str) -> None:
    counts = ScanBuilder().typed("<u2").counts
    write(tmp_path / "a.hdr", counts, data=ending)
    np.testing.assert_array_equal(open_scan(tmp_path / f"a{ending}").counts, counts)


def test_numbers_beside_the_header_of_another_format_are_not_taken(tmp_path: Path) -> None:
    write(tmp_path / "a.hdr", ScanBuilder().typed("<u2").counts)
    (tmp_path / "a.hdr").write_text("BYTEORDER I\nNROWS 3\n")
    with pytest.raises(ScanFileError, match="of no known kind"):
        open_scan(tmp_path / "a.dat")
