"""Bruker maps: exact in every packing, row by row, and safe with damaged files."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcf_builder import PACKINGS, header_of, map_of, write_bcf, write_container
from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan
from underpaint.scan.formats.sfs import CHUNK_SIZES, SIZES, SIZES_AT

REAL = ("16x16_12bit_packed_8bit.bcf", "over16bit.bcf")


def counts_of(height: int = 5, width: int = 4, channels: int = 100) -> np.ndarray:
    """Counts of all sizes, some pixels and channels empty."""
    counts = ScanBuilder(height, width, channels=channels).counts % 7
    counts[..., 40:] = 0
    counts[1, 2] = 0
    counts[2, 1, 33] = 60
    return counts


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("packing", PACKINGS)
def test_counts_come_back_in_every_packing(tmp_path: Path, packing: str, zipped: bool) -> None:
    counts = counts_of()
    if packing.startswith("instructed"):
        counts[0, 0, :2] = 300, 70_000
        counts[0, 1, 50] = 3_000
    scan = open_scan(write_bcf(tmp_path / "a.bcf", counts, packing=packing, zipped=zipped))
    np.testing.assert_array_equal(scan.counts[3:5], counts[3:5])
    np.testing.assert_array_equal(np.concatenate([b for _, b in scan.blocks(rows=2)]), counts)
    np.testing.assert_array_equal(scan.counts[1, 1:3], counts[1, 1:3])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scan.counts))[2:4], counts[2:4])


@pytest.mark.parametrize("name", REAL)
def test_real_maps_are_those_of_rosettasciio(data: Path, name: str) -> None:
    from rsciio.bruker import file_reader

    reference = file_reader(str(data / name), select_type="spectrum_image")[0]["data"]
    scan = open_scan(data / name)
    np.testing.assert_array_equal(scan.counts[-2:], reference[-2:])
    np.testing.assert_array_equal(scan.counts, reference)
    assert (scan.facts["excited by"].value or "").startswith("electrons of ")
    assert scan.anode is None


def test_larger_real_maps_are_those_of_rosettasciio(shared_data: Path) -> None:
    from rsciio.bruker import file_reader

    for name in ("P45_the_default_job.bcf", "test_TEM.bcf"):
        path = shared_data / "bruker" / name
        reference = file_reader(str(path), select_type="spectrum_image")[0]["data"]
        np.testing.assert_array_equal(open_scan(path).counts, reference)


def test_bright_pixels_do_not_overflow(tmp_path: Path) -> None:
    counts = np.zeros((20, 20, 64), dtype=int)
    counts[..., 3] = 1
    counts[7, 7, 3] = 100_000
    path = write_bcf(tmp_path / "a.bcf", counts, packing="instructed")
    assert open_scan(path).counts[7, 7, 3] == 100_000


def test_tube_geometry_and_pixel_size_are_taken(tmp_path: Path) -> None:
    scan = open_scan(write_bcf(tmp_path / "a.bcf", counts_of()))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.95)
    assert (scan.anode, scan.tube_voltage_kv) == ("Rh", 50.0)
    assert (scan.incidence_deg, scan.take_off_deg) == (90.0, 60.0)
    assert scan.pixel_size_mm == (0.4, 0.5)
    assert scan.facts["name"].value == "swatches"
    assert scan.missing == ("live time", "real time")


def test_several_maps_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    path = write_bcf(tmp_path / "a.bcf", counts_of(), counts_of() * 2)
    with pytest.raises(ScanFileError, match=r"several maps \(0, 1\).*a\.bcf::0"):
        open_scan(path)
    np.testing.assert_array_equal(open_scan(f"{path}::1").counts, counts_of() * 2)
    with pytest.raises(ScanFileError, match="no map '7', only 0, 1"):
        open_scan(f"{path}::7")


def test_a_container_is_known_by_its_start(tmp_path: Path) -> None:
    path = write_bcf(tmp_path / "a.dat", counts_of())
    assert open_scan(path).shape == (5, 4, 100)


def test_any_file_named_bcf_is_refused(shared_data: Path) -> None:
    with pytest.raises(ScanFileError, match="is no Bruker map"):
        open_scan(shared_data / "bruker" / "Nope.bcf")


def test_chunks_without_room_for_an_entry_are_no_endless_table(tmp_path: Path) -> None:
    path = write_bcf(tmp_path / "a.bcf", counts_of())
    content = bytearray(path.read_bytes())
    SIZES.pack_into(content, SIZES_AT, SIZES.unpack_from(content, SIZES_AT)[0], CHUNK_SIZES[0])
    path.write_bytes(content)
    with pytest.raises(ScanFileError, match="no room for an entry"):
        open_scan(path)


@pytest.mark.parametrize(
    "files",
    [
        {"HeaderData": b"<xml"},
        {"HeaderData": b"<a/>", "SpectrumData0": b"1234"},
        {"HeaderData": header_of(counts_of()), "SpectrumData0": b"\0" * 600},
        {"HeaderData": header_of(counts_of()), "SpectrumData0": b"\xff" * 600},
        {"HeaderData": header_of(), "SpectrumData0": map_of(counts_of(), "16 bits")},
    ],
)
def test_containers_without_a_map_give_a_sentence(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(ScanFileError, match="no Bruker map, or a damaged one"):
        open_scan(write_container(tmp_path / "a.bcf", files))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("packing", PACKINGS)
@settings(max_examples=40)
@given(data=st.data())
def test_damaged_files_give_counts_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, packing: str, zipped: bool, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("bcf") / "a.bcf"
    content = bytearray(write_bcf(path, counts_of(), packing=packing, zipped=zipped).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    keep = data.draw(st.one_of(st.just(len(content)), st.integers(1, len(content))))
    path.write_bytes(content[:keep])
    try:
        for _ in open_scan(path).blocks(rows=1):
            pass
    except ScanFileError:
        pass


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"\xff\0\0\0"),
        (4, b"\xff\xff\xff\xff"),
        (22, b"\xff\xff\xff\xff"),
        (18, b"\0\0\xff\xff"),
    ],
)
def test_pixel_headers_that_cannot_be_are_named_with_their_row(
    tmp_path: Path, at: int, value: bytes
) -> None:
    spectra = bytearray(map_of(counts_of(), "16 bits"))
    spectra[0x1A0 + at : 0x1A0 + at + 4] = value
    files = {"HeaderData": header_of(counts_of()), "SpectrumData0": bytes(spectra)}
    scan = open_scan(write_container(tmp_path / "a.bcf", files))
    with pytest.raises(ScanFileError, match="is damaged: rows 1 to"):
        scan.sum_spectrum()
