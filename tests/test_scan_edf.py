"""EDF stacks: one cube, many frames, or a folder of one file a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

COUNTS = ScanBuilder().typed("<u4").counts
NAMES = {"u1": "UnsignedByte", "u2": "UnsignedShort", "u4": "UnsignedInteger", "f4": "FloatValue"}


def frame(values: NDArray[np.generic], **changes: str) -> bytes:
    """One frame with its header, padded as ESRF's programs pad it."""
    fields = {
        "HeaderID": "EH:000001:000000:000000",
        "ByteOrder": "HighByteFirst" if values.dtype.str[0] == ">" else "LowByteFirst",
        "DataType": NAMES[values.dtype.str[1:]],
        **{f"Dim_{n}": str(side) for n, side in enumerate(reversed(values.shape), start=1)},
        "Size": str(values.nbytes),
    }
    fields |= {key.replace("_of_", " "): value for key, value in changes.items()}
    text = "{\n" + "".join(f"{key} = {value} ;\n" for key, value in fields.items())
    return (text.ljust(510) + "}\n").encode() + values.tobytes()


def write_folder(folder: Path, counts: NDArray[np.generic], prefix: str = "scan_xia00_") -> Path:
    folder.mkdir(exist_ok=True)
    for number, row in enumerate(counts):
        (folder / f"{prefix}{number:04d}.edf").write_bytes(frame(row))
    return folder


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<u4", ">f4"])
@pytest.mark.parametrize("layout", ["cube", "frames", "folder"])
def test_counts_come_back_in_every_layout(tmp_path: Path, dtype: str, layout: str) -> None:
    counts = COUNTS.astype(dtype)
    path = tmp_path / "a.edf"
    if layout == "cube":
        path.write_bytes(frame(counts))
    elif layout == "frames":
        path.write_bytes(b"".join(frame(row) for row in counts))
    else:
        path = write_folder(tmp_path / "folder", counts)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts, counts)
    np.testing.assert_array_equal(scan.counts[1:3], counts[1:3])
    np.testing.assert_array_equal(scan.counts[1, 2], counts[1, 2])
    np.testing.assert_array_equal(scan.counts[::2, 1:, 3], counts[::2, 1:, 3])
    assert not isinstance(scan.counts, np.ndarray)


@pytest.mark.parametrize("dtype", ["u2", "u4", "f4"])
def test_files_of_fabio_are_read(tmp_path: Path, dtype: str) -> None:
    edf = pytest.importorskip("fabio.edfimage", reason="fabio is not installed")
    for number, row in enumerate(COUNTS.astype(dtype)):
        header = {"MCA a": "-0.1", "MCA b": "0.02", "MCA c": "0"}
        edf.EdfImage(data=row, header=header).write(str(tmp_path / f"a_{number}.edf"))
    scan = open_scan(tmp_path)
    np.testing.assert_array_equal(scan.counts, COUNTS)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.1)


def test_statistics_beside_the_spectra_are_left_out(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", COUNTS)
    write_folder(folder, COUNTS[..., :6], "scan_xiast_")
    assert open_scan(folder).shape == (3, 4, 64)


def test_several_detectors_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", COUNTS)
    write_folder(folder, COUNTS + 1, "scan_xia01_")
    with pytest.raises(ScanFileError, match=r"2 series .*scan_xia00_, scan_xia01_\); name one"):
        open_scan(folder)
    np.testing.assert_array_equal(open_scan(f"{folder}::scan_xia01_").counts, COUNTS + 1)
    with pytest.raises(ScanFileError, match="no series 'other'"):
        open_scan(f"{folder}::other")


def test_missing_row_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", COUNTS)
    (folder / "scan_xia00_0001.edf").unlink()
    with pytest.raises(ScanFileError, match="lacks row 1 of the series"):
        open_scan(folder)


def test_row_of_another_size_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", COUNTS)
    (folder / "scan_xia00_0002.edf").write_bytes(frame(COUNTS[2, :3]))
    with pytest.raises(ScanFileError, match=r"0002\.edf holds 3 x 64"):
        open_scan(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (frame(COUNTS)[:-1], "is cut off"),
        (frame(COUNTS)[:100], "no EDF file"),
        (frame(COUNTS[..., 0].copy()), "images of 3 x 4 and no spectra"),
        (frame(COUNTS, Dim_1="0"), "Dim_1 as '0'"),
        (frame(COUNTS, Dim_1="9999999999"), "is cut off"),
        (frame(COUNTS, DataType="Complex"), "type of its numbers"),
        (frame(COUNTS, Compression="gzip"), "compressed EDF"),
        (frame(COUNTS) + frame(COUNTS), "2 cubes of spectra"),
        (frame(COUNTS[0]) + frame(COUNTS[0, :2]), "holds 2 x 64"),
        (b"{" + b" " * 3_000_000, "no EDF file"),
    ],
)
def test_what_cannot_be_gives_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.edf").write_bytes(content)
    with pytest.raises(ScanFileError, match=message):
        open_scan(tmp_path / "a.edf")


def test_padding_after_the_last_frame_is_no_frame(tmp_path: Path) -> None:
    (tmp_path / "a.edf").write_bytes(frame(COUNTS) + b"\0" * 100)
    assert open_scan(tmp_path / "a.edf").shape == (3, 4, 64)


def test_element_maps_with_titles_are_not_taken_for_spectra(tmp_path: Path) -> None:
    image = np.ones((70, 80), dtype="<f4")
    path = tmp_path / "a.edf"
    path.write_bytes(b"".join(frame(image, Title=name) for name in ("Fe K", "Pb L")))
    with pytest.raises(ScanFileError, match=r"images of their own titles \(Fe K, Pb L\)"):
        open_scan(path)


@pytest.mark.parametrize("titles", [("scan 3", "scan 3"), ("row 1", "row 2")])
def test_rows_of_spectra_may_have_titles(tmp_path: Path, titles: tuple[str, str]) -> None:
    axis = {"MCA_of_a": "-0.1", "MCA_of_b": "0.02"} if titles[0] != titles[1] else {}
    path = tmp_path / "a.edf"
    path.write_bytes(
        b"".join(
            frame(row, Title=title, **axis) for row, title in zip(COUNTS[:2], titles, strict=True)
        )
    )
    np.testing.assert_array_equal(open_scan(path).counts, COUNTS[:2])


def test_a_header_of_much_padding_opens_at_once(tmp_path: Path) -> None:
    # a pattern that goes back over blanks would take hours
    padded = frame(COUNTS).replace(b" ;\n", b" ;" + b" " * 10_000 + b"\n", 3)
    (tmp_path / "a.edf").write_bytes(padded)
    np.testing.assert_array_equal(open_scan(tmp_path / "a.edf").counts[()], COUNTS)
