"""Bruker point spectra: counts, axis, tube and geometry as the file states them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

POINT = "bruker_m6_jetstream_file_example.spx"


def test_real_point_of_an_m6_has_tube_and_geometry(data: Path) -> None:
    scan = open_scan(data / POINT)
    assert scan.shape == (1, 1, 4096)
    assert scan.anode == "Rh"
    assert scan.tube_voltage_kv == 50.0
    assert (scan.incidence_deg, scan.take_off_deg) == (90.0, 60.0)
    assert scan.live_time_s is not None
    assert scan.live_time_s[0, 0] == pytest.approx(28.046)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.95550444)
    assert scan.facts["atmosphere"].value == "Helium"
    assert scan.missing == ("pixel size",)


def test_counts_are_those_of_rosettasciio(data: Path) -> None:
    bruker = pytest.importorskip("rsciio.bruker", reason="rosettasciio is not installed")
    reference = bruker.file_reader(str(data / POINT))[0]["data"]
    np.testing.assert_array_equal(np.asarray(open_scan(data / POINT).counts)[0, 0], reference)


def test_filters_of_the_real_tubes_are_named(shared_data: Path) -> None:
    folder = shared_data / "nist-m4" / "acrylic_scatter"
    scans = [open_scan(path) for path in sorted(folder.glob("*.spx"))]
    assert {scan.anode for scan in scans} == {"Mo", "Rh"}
    assert {scan.incidence_deg for scan in scans} == {50.0}
    assert any("atomic number 13,22" in (scan.facts["filter"].value or "") for scan in scans)


def test_decimal_commas_are_understood(data: Path, tmp_path: Path) -> None:
    text = (data / POINT).read_text("latin-1")
    text = text.replace("<CalibAbs>-9.5550444E-1", "<CalibAbs>-9,5550444E-1")
    (tmp_path / "a.spx").write_text(text, "latin-1")
    scan = open_scan(tmp_path / "a.spx")
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.95550444)


@pytest.mark.parametrize(
    ("old", "new", "figure", "reason"),
    [
        ("<Anode>45</Anode>", "<Anode>0</Anode>", "anode", "no element"),
        ("<Voltage>50</Voltage>", "<Voltage>0</Voltage>", "tube voltage", "cannot be"),
        ("<CalibLin>9.999E-3</CalibLin>", "", "energy calibration", "no CalibAbs and CalibLin"),
        ("<LifeTime>28046</LifeTime>", "<LifeTime>0</LifeTime>", "live time", "is 0"),
    ],
)
def test_what_cannot_be_is_missing_with_the_reason(
    data: Path, tmp_path: Path, old: str, new: str, figure: str, reason: str
) -> None:
    text = (data / POINT).read_text("latin-1")
    assert old in text
    (tmp_path / "a.spx").write_text(text.replace(old, new, 1), "latin-1")
    scan = open_scan(tmp_path / "a.spx")
    assert figure in scan.missing
    assert reason in scan.facts[figure].source


def test_truncated_file_gives_a_sentence(data: Path, tmp_path: Path) -> None:
    content = (data / POINT).read_bytes()
    for keep in (10, len(content) // 2, len(content) - 30):
        (tmp_path / "a.spx").write_bytes(content[:keep])
        with pytest.raises(ScanFileError, match="damaged"):
            open_scan(tmp_path / "a.spx")


@pytest.mark.parametrize("counts", ["1,2,3", "", "1,x,3", "nan," * 4095 + "1"])
def test_wrong_channels_give_a_sentence(data: Path, tmp_path: Path, counts: str) -> None:
    before, _, rest = (data / POINT).read_text("latin-1").partition("<Channels>")
    after = rest.partition("</Channels>")[2]
    (tmp_path / "a.spx").write_text(f"{before}<Channels>{counts}</Channels>{after}", "latin-1")
    with pytest.raises(ScanFileError, match=r"channels|counts|spectrum"):
        open_scan(tmp_path / "a.spx")
