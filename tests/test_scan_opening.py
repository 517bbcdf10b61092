"""Opening what is no scan: always one sentence, never anything else."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from result_builder import build_result
from underpaint.errors import ScanFileError
from underpaint.result import write_result
from underpaint.scan import open_scan

GARBAGE = st.one_of(
    st.binary(min_size=1, max_size=300),
    st.binary(max_size=300).map(lambda tail: b"\x89HDF\r\n\x1a\n" + tail),
    st.binary(max_size=300).map(
        lambda tail: b"<<PMCA SPECTRUM>>\n<<CALIBRATION>>\n<<DATA>>\n" + tail + b"\n<<END>>"
    ),
    st.text(max_size=200).map(lambda text: b"width\t2\nheight\t2\n" + text.encode("utf-8")),
    st.lists(
        st.tuples(
            st.sampled_from(["width", "height", "depth", "offset", "data-length", "data-type"]),
            st.sampled_from(["1", "2", "-1", "1e9", "9" * 30, "x", "", "unsigned", "float", "²"]),
        ),
        min_size=1,
    ).map(lambda lines: "\n".join("\t".join(line) for line in lines).encode("utf-8")),
)


ENDINGS = (
    "rpl raw h5 nxs xyz bcf spx rtx msa spe hdr bil edf npy npz dms".split()  # noqa: SIM905
)


@pytest.mark.parametrize("name", [*(f"a.{ending}" for ending in ENDINGS), "a"])
@given(content=GARBAGE)
def test_garbage_in_a_file_gives_a_sentence(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.raw").write_bytes(b"\1" * 8)
        (Path(folder) / name).write_bytes(content)
        with pytest.raises(ScanFileError):
            open_scan(Path(folder) / name)


@given(content=GARBAGE)
def test_garbage_in_a_single_mca_gives_a_sentence_or_a_spectrum(content: bytes) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "a.mca"
        path.write_bytes(content)
        try:
            scan = open_scan(path)
        except ScanFileError:
            return
        assert scan.shape[:2] == (1, 1)


@given(content=GARBAGE)
def test_garbage_in_a_pixel_gives_a_sentence_or_a_spectrum(content: bytes) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "size.txt").write_text("rows 1\ncolumns 1\n")
        (folder / "p_1.mca").write_bytes(content)
        try:
            scan = open_scan(folder)
        except ScanFileError:
            return
        assert scan.shape[:2] == (1, 1)


@given(content=st.binary(min_size=1, max_size=200))
def test_garbage_in_the_side_file_gives_a_sentence(content: bytes) -> None:
    with TemporaryDirectory() as name:
        folder = ScanBuilder().write_mca_folder(Path(name) / "scan")
        (folder / "colonneXrighe.txt").write_bytes(content)
        with pytest.raises(ScanFileError):
            open_scan(folder)


@given(keep=st.floats(0.0, 0.999))
def test_truncated_hdf5_gives_a_sentence(keep: float) -> None:
    with TemporaryDirectory() as name:
        path = ScanBuilder().write_hdf5(Path(name) / "a.h5")
        content = path.read_bytes()
        path.write_bytes(content[: int(keep * len(content))])
        with pytest.raises(ScanFileError):
            for _ in open_scan(path).blocks():
                pass


def test_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScanFileError, match=r"nowhere\.h5 does not exist; check the spelling"):
        open_scan(tmp_path / "nowhere.h5")


def test_impossible_path_is_refused() -> None:
    for path in ("a\0b", "x" * 5000, ""):
        with pytest.raises(ScanFileError):
            open_scan(path)


def test_a_name_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path / "Mus") + b"\xe9e.rpl"))
    try:
        path.write_bytes(b"key\tvalue\n")
    except OSError:
        pytest.skip("this disk takes no such names")
    with pytest.raises(ScanFileError, match="not in UTF-8; rename it") as refused:
        open_scan(path)
    assert str(refused.value).isprintable()


def test_file_of_no_bytes_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.rpl").touch()
    with pytest.raises(ScanFileError, match="is empty"):
        open_scan(tmp_path / "a.rpl")


def test_unknown_kinds_list_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    for path in (tmp_path / "photo.jpg", tmp_path):
        with pytest.raises(ScanFileError, match=r"no known kind.*\.mca.*\.rpl.*HDF5"):
            open_scan(path)


@pytest.mark.parametrize("write", ["write_rpl", "write_mca_folder"])
def test_formats_of_one_scan_take_no_name_inside(tmp_path: Path, write: str) -> None:
    path = getattr(ScanBuilder().typed("u2"), write)(tmp_path / "a.rpl")
    with pytest.raises(ScanFileError, match="leave it off"):
        open_scan(f"{path}::/data")


def test_an_existing_name_with_colons_is_a_name(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "a::b")
    assert open_scan(folder).shape == (3, 4, 64)


def test_a_result_of_ours_is_no_scan(tmp_path: Path) -> None:
    write_result(build_result(), tmp_path / "out")
    for path in (tmp_path / "out", tmp_path / "out" / "result.h5"):
        with pytest.raises(ScanFileError, match=r"result of 'underpaint identify'.*report .*out"):
            open_scan(path)
