"""EMSA/MAS text: one spectrum, whatever program wrote it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

ZIRCONIUM = "Zr_50kv_50_ma_Rh_vac_D1.msa"
HEAD = "#FORMAT      : EMSA/MAS Spectral Data File\n#VERSION     : 1.0\n"


def write(path: Path, counts: list[float], **header: str) -> Path:
    """Write an EMSA file; header keys replace the usual ones, None cannot be."""
    lines = {"NPOINTS": f"{len(counts)}.", "DATATYPE": "Y", "XUNITS": "eV", "XPERCHAN": "10"}
    lines |= {"OFFSET": "-200"} | header
    text = HEAD + "".join(f"#{key:<12}: {value}\n" for key, value in lines.items())
    text += "#SPECTRUM    : here\n" + "".join(f"{count:g},\n" for count in counts)
    path.write_text(text + "#ENDOFDATA   : \n")
    return path


def test_real_spectrum_of_nist_keeps_counts_axis_and_times(data: Path) -> None:
    scan = open_scan(data / ZIRCONIUM)
    assert scan.shape == (1, 1, 4096)
    assert scan.counts.dtype == np.uint32
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.9553045)
    assert scan.calibration.gain == pytest.approx(0.009999)
    assert scan.live_time_s is not None
    assert scan.live_time_s[0, 0] == pytest.approx(120.021)
    first = int(scan.calibration.channel(1.0))
    peak = scan.calibration.energy(first + int(scan.sum_spectrum()[first:].argmax()))
    assert peak == pytest.approx(15.77, abs=0.05)


def test_few_counts_below_zero_beside_the_zero_peak_are_set_to_0_and_named(data: Path) -> None:
    scan = open_scan(data / ZIRCONIUM)
    assert scan.facts["negative counts"].value == "7 of -316 and more, set to 0"
    assert scan.facts["negative counts"].source == "channels 124 to 130"


def test_real_pairs_of_energy_and_counts_are_read(data: Path) -> None:
    scan = open_scan(data / "horiba_nist_2586.txt")
    assert scan.shape == (1, 1, 4096)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.4)
    assert scan.tube_voltage_kv == 50.0
    assert scan.take_off_deg == 45.0


def test_all_real_spectra_open(shared_data: Path) -> None:
    paths = [*(shared_data / "nist-m4").glob("*.msa"), *(shared_data / "horiba-xgt").glob("*.txt")]
    assert len(paths) == 22
    assert all(open_scan(path).shape == (1, 1, 4096) for path in paths)


def test_counts_are_those_of_rosettasciio(data: Path) -> None:
    msa = pytest.importorskip("rsciio.msa", reason="rosettasciio is not installed")
    reference = msa.file_reader(str(data / "horiba_nist_2586.txt"))[0]["data"]
    counts = np.asarray(open_scan(data / "horiba_nist_2586.txt").counts)
    np.testing.assert_array_equal(counts[0, 0], reference)


@given(counts=st.lists(st.integers(0, 10**6), min_size=2, max_size=40))
def test_counts_come_back(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    path = write(tmp_path_factory.mktemp("emsa") / "a.msa", [float(count) for count in counts])
    scan = open_scan(path)
    # "g" keeps six digits.
    np.testing.assert_allclose(np.asarray(scan.counts)[0, 0], counts, rtol=1e-5)
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.01)
    assert scan.calibration.zero == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"NPOINTS": "5"}, "3 counts, but NPOINTS is 5"),
        ({"NPOINTS": "many"}, "but NPOINTS is many"),
        ({"DATATYPE": "XY"}, "pair of energy and counts"),
    ],
)
def test_wrong_numbers_of_counts_give_a_sentence(
    tmp_path: Path, header: dict[str, str], message: str
) -> None:
    with pytest.raises(ScanFileError, match=message):
        open_scan(write(tmp_path / "a.msa", [1, 2, 3], **header))


@pytest.mark.parametrize("counts", [[1, -5, 3], [1, float("nan"), 3], [1]])
def test_counts_that_cannot_be_are_refused(tmp_path: Path, counts: list[float]) -> None:
    with pytest.raises(ScanFileError, match=r"negative counts|no spectrum"):
        open_scan(write(tmp_path / "a.msa", counts))


@pytest.mark.parametrize("header", [{"XPERCHAN": "0"}, {"XUNITS": "nm"}, {"XPERCHAN": "wide"}])
def test_axis_that_cannot_be_is_missing(tmp_path: Path, header: dict[str, str]) -> None:
    scan = open_scan(write(tmp_path / "a.msa", [1, 2, 3], **header))
    assert scan.calibration is None
    assert "energy calibration" in scan.missing


def test_truncated_file_gives_a_sentence(data: Path, tmp_path: Path) -> None:
    content = (data / ZIRCONIUM).read_bytes()
    (tmp_path / "a.msa").write_bytes(content[: len(content) // 2])
    with pytest.raises(ScanFileError, match="is cut off"):
        open_scan(tmp_path / "a.msa")


@pytest.mark.parametrize("unit", ["cps", "Counts/s", "counts per second", "counts s-1"])
def test_a_rate_is_not_taken_for_counts(tmp_path: Path, unit: str) -> None:
    with pytest.raises(ScanFileError, match="and no counts; export the spectrum again as counts"):
        open_scan(write(tmp_path / "a.msa", [1.5, 2, 3], YUNITS=unit))


def test_zero_that_is_not_stated_is_that_of_the_energies_beside_the_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.msa", [-200, 1, -190, 2, -180, 3], NPOINTS="3", DATATYPE="XY")
    path.write_text("".join(x for x in path.open() if not x.startswith("#OFFSET")))
    scan = open_scan(path)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.2)
    assert scan.calibration.gain == pytest.approx(0.01)


@pytest.mark.parametrize(("gain", "unit"), [("0.01", "eV"), ("10", "keV")])
def test_channels_as_wide_as_none_are_make_no_axis(tmp_path: Path, gain: str, unit: str) -> None:
    scan = open_scan(write(tmp_path / "a.msa", [1, 2, 3], XPERCHAN=gain, XUNITS=unit))
    assert scan.calibration is None
    assert scan.facts["energy calibration"].source == (
        f"XPERCHAN and OFFSET: {gain} {unit} a channel, which no detector has"
    )


def with_data(path: Path, lines: list[str], **header: str) -> Path:
    """Write an EMSA file of some lines of data, whatever they hold."""
    write(path, [], **{"NPOINTS": str(len(lines)), **header})
    text = path.read_text().replace("here\n", "here\n" + "".join(f"{line}\n" for line in lines))
    path.write_text(text)
    return path


COUNTS = [0.0, 12.5, 1250.0, 3.0]
ENERGIES = [-0.01, 0.0, 0.01, 0.02]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["0", "12,5", "1250", "3,0"], "Y"),
        (["0,000", "12,500", "1250,000", "3,000"], "Y"),
        (["0,0,", "12,5,", "1,25E+03,", "3,0,"], "Y"),
        (["0,0; 12,5; 1250,0; 3,0"], "Y"),
        (["0,0, 12,5,", "1250,0, 3,0"], "Y"),
        (["-0,01; 0", "0,00; 12,5", "0,01; 1250", "0,02; 3"], "XY"),
        (["-0,01;0,0", "0,00;12,5", "0,01;1250,0", "0,02;3,0"], "XY"),
        (["-0,01, 0,0", "0,00, 12,5", "0,01, 1250,0", "0,02, 3,0"], "XY"),
        (["-0,01\t0,0", "0,00\t12,5", "0,01\t1250,0", "0,02\t3,0"], "XY"),
        (["-0.01,0", "0,12.5", "0.01,1250", "0.02,3"], "XY"),
    ],
)
def test_decimal_commas_are_told_by_how_many_numbers_there_are(
    tmp_path: Path, lines: list[str], kind: str
) -> None:
    header = {"NPOINTS": "4", "DATATYPE": kind, "XUNITS": "keV", "XPERCHAN": "0,01"}
    scan = open_scan(with_data(tmp_path / "a.msa", lines, OFFSET="-0,01", LIVETIME="1,5", **header))
    assert np.asarray(scan.counts)[0, 0].tolist() == COUNTS
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.01)
    assert scan.calibration.gain == pytest.approx(0.01)
    assert scan.live_time_s is not None
    assert scan.live_time_s[0, 0] == 1.5


@pytest.mark.parametrize(
    ("lines", "example"),
    [
        (["1,250", "1,300", "12,125", "7"], "1,250"),
        (["10,0", "20,5", "30,7", "40,2"], "10,0"),
        (["1,2,3", "3,4", "0,5", "0,1"], "1,2,3"),
    ],
    ids=["thousands", "energy and count", "two commas"],
)
def test_commas_that_may_be_something_else_are_refused(
    tmp_path: Path, lines: list[str], example: str
) -> None:
    with pytest.raises(ScanFileError, match=f"holds '{example}' among its counts, where a comma"):
        open_scan(with_data(tmp_path / "a.msa", lines))


def test_a_truncated_file_with_decimal_commas_is_named_as_such(tmp_path: Path) -> None:
    path = with_data(tmp_path / "a.msa", ["0,5"] * 8, NPOINTS="10")
    path.write_text(path.read_text().partition("#ENDOFDATA")[0])
    with pytest.raises(ScanFileError, match="is cut off: 8 counts, but NPOINTS is 10"):
        open_scan(path)
