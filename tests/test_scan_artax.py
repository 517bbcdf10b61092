"""ARTAX projects: spectra put into their places by stage position."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan

COUNTS = ScanBuilder().counts
PROJECT = """<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?>
<TRTProject><ClassInstance Type="TRTProject"><ChildClassInstances>
{spectra}</ChildClassInstances></ClassInstance></TRTProject>"""
SPECTRUM = """<ClassInstance Type="TRTSpectrum" Name="s"><TRTHeaderedClass>
<ClassInstance Type="TRTSpectrumHardwareHeader"><RealTime>3000</RealTime><LifeTime>{live}</LifeTime>
</ClassInstance><ClassInstance Type="TRTGeneratorHeader"><HighVoltage>50</HighVoltage>
</ClassInstance>{axes}</TRTHeaderedClass><ClassInstance Type="TRTSpectrumHeader">
<ChannelCount>64</ChannelCount><CalibAbs>-9,5E-1</CalibAbs><CalibLin>1E-2</CalibLin>
</ClassInstance><Channels>{counts}</Channels></ClassInstance>
"""
AXES = """<ClassInstance Type="TRTAxesHeader"><AxesParameter>
<Axis0 AxisName="x" AxisUnit="mm" AxisPosition="{x}"/>
<Axis1 AxisName="y" AxisUnit="mm" AxisPosition="{y}"/>
<Axis2 AxisName="z" AxisUnit="mm" AxisPosition="7"/></AxesParameter></ClassInstance>"""


def spectrum(counts: np.ndarray, x: float | None, y: float = 0.0, live: int = 2000) -> str:
    axes = "" if x is None else AXES.format(x=str(x).replace(".", ","), y=y)
    return SPECTRUM.format(counts=",".join(map(str, counts)), axes=axes, live=live)


def write(path: Path, spectra: list[str]) -> Path:
    path.write_text(PROJECT.format(spectra="".join(spectra)), "cp1252")
    return path


def pixels(*, serpentine: bool = False, by_column: bool = False) -> list[str]:
    places = [(y, x) for y in range(3) for x in range(4)]
    if serpentine:
        places = [(y, x if y % 2 == 0 else 3 - x) for y, x in places]
    if by_column:
        places = [(y, x) for x in range(4) for y in range(3)]
    return [spectrum(COUNTS[y, x], 10.0 + 0.5 * x, 20.0 + 0.4 * y) for y, x in places]


@pytest.mark.parametrize("serpentine", [False, True])
def test_pixels_are_put_into_their_places(tmp_path: Path, serpentine: bool) -> None:
    scan = open_scan(write(tmp_path / "a.rtx", pixels(serpentine=serpentine)))
    np.testing.assert_array_equal(scan.counts, COUNTS)
    assert scan.pixel_size_mm == pytest.approx((0.4, 0.5))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.95)
    assert scan.tube_voltage_kv == 50.0
    assert scan.live_time_s is not None
    assert scan.live_time_s.shape == (3, 4)
    assert scan.live_time_s[0, 0] == 2.0


def test_x_is_across_whichever_axis_is_measured_first(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.rtx", pixels(by_column=True)))
    np.testing.assert_array_equal(scan.counts, COUNTS)
    assert scan.pixel_size_mm == pytest.approx((0.4, 0.5))


def test_of_axes_with_other_names_that_measured_first_is_across(tmp_path: Path) -> None:
    path = write(tmp_path / "a.rtx", pixels(by_column=True))
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"u"').replace(b'"y"', b'"v"'))
    np.testing.assert_array_equal(open_scan(path).counts, COUNTS.transpose(1, 0, 2))


def test_a_focus_that_moves_leaves_the_grid(tmp_path: Path) -> None:
    spectra = [
        text.replace('AxisPosition="7"', f'AxisPosition="{7 + 0.013 * (n % 5)}"')
        for n, text in enumerate(pixels())
    ]
    scan = open_scan(write(tmp_path / "a.rtx", spectra))
    np.testing.assert_array_equal(scan.counts, COUNTS)


def test_the_sum_at_the_end_is_left_out_and_named(tmp_path: Path) -> None:
    spectra = [*pixels(), spectrum(COUNTS.sum(axis=(0, 1)), None)]
    scan = open_scan(write(tmp_path / "a.rtx", spectra))
    assert scan.shape == (3, 4, 64)
    assert "sum" in (scan.facts["left out"].value or "")


@pytest.mark.parametrize("places", [[None] * 5, [0.0, 1.0, 1.7, 5.0, 9.0]])
def test_what_makes_no_grid_is_one_row(tmp_path: Path, places: list[float | None]) -> None:
    spectra = [spectrum(COUNTS[0, 0], place, 0.3 * n) for n, place in enumerate(places)]
    scan = open_scan(write(tmp_path / "a.rtx", spectra))
    assert scan.shape == (1, 5, 64)
    assert "no even grid" in scan.facts["rows and columns"].source
    assert "pixel size" in scan.missing


def test_fitted_spectra_within_a_spectrum_are_no_pixels(tmp_path: Path) -> None:
    inner = "<Results>" + spectrum(COUNTS[0, 1], None) + "</Results>"
    outer = spectrum(COUNTS[0, 0], None)
    at = outer.rindex("</ClassInstance>")
    scan = open_scan(write(tmp_path / "a.rtx", [outer[:at] + inner + outer[at:]]))
    np.testing.assert_array_equal(scan.counts[0], COUNTS[:1, 0])


@pytest.mark.parametrize(
    ("spectra", "message"),
    [
        ([], "holds no spectra"),
        (["<broken>"], "no ARTAX project"),
        ([spectrum(COUNTS[0, 0, :60], 1.0)], "60 channels, which states 64"),
        ([spectrum(-COUNTS[0, 0], 1.0)], "negative counts"),
    ],
)
def test_what_cannot_be_gives_a_sentence(tmp_path: Path, spectra: list[str], message: str) -> None:
    with pytest.raises(ScanFileError, match=message):
        open_scan(write(tmp_path / "a.rtx", spectra))


def test_truncated_project_gives_a_sentence(tmp_path: Path) -> None:
    content = write(tmp_path / "a.rtx", pixels()).read_bytes()
    (tmp_path / "a.rtx").write_bytes(content[: len(content) // 2])
    with pytest.raises(ScanFileError, match="damaged"):
        open_scan(tmp_path / "a.rtx")


def test_pymca_reads_the_same_counts(tmp_path: Path) -> None:
    artax = pytest.importorskip("PyMca5.PyMcaIO.RTXMap", reason="PyMca is not installed")
    spectra = [*pixels(), spectrum(COUNTS.sum(axis=(0, 1)), None)]
    stack = artax.RTXMap(str(write(tmp_path / "a.rtx", spectra)))
    np.testing.assert_array_equal(np.asarray(stack.data).reshape(12, 64), COUNTS.reshape(12, 64))
