"""Lispix maps in all the ways that programs write them."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ScanBuilder
from underpaint.errors import ScanFileError
from underpaint.scan import open_scan


@given(
    dtype=st.sampled_from(["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"]),
    byte_order=st.sampled_from(["little-endian", "big-endian"]),
    record_by=st.sampled_from(["vector", "image"]),
    offset=st.integers(0, 9000),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(2, 20)),
)
def test_counts_come_back_whatever_the_layout(
    dtype: str, byte_order: str, record_by: str, offset: int, shape: tuple[int, int, int]
) -> None:
    height, width, channels = shape
    builder = ScanBuilder(height, width, channels=channels).typed(dtype)
    with TemporaryDirectory() as folder:
        path = builder.write_rpl(
            Path(folder) / "a.rpl", byte_order=byte_order, record_by=record_by, padding=offset
        )
        scan = open_scan(path)
        assert scan.counts.dtype.newbyteorder("=") == np.dtype(dtype)
        np.testing.assert_array_equal(scan.counts, builder.counts)
        taken = [block for _, block in scan.blocks(rows=2)]
        np.testing.assert_array_equal(np.concatenate(taken), builder.counts)


def test_counts_stay_on_disk_until_sliced(tmp_path: Path) -> None:
    for record_by in ("vector", "image"):
        path = tmp_path / f"{record_by}.rpl"
        ScanBuilder().typed("u2").write_rpl(path, record_by=record_by)
        scan = open_scan(path)
        path.with_suffix(".raw").write_bytes(np.full(3 * 4 * 64, 9, dtype="<u2").tobytes())
        assert (scan.counts[1:3, 2] == 9).all()
        assert scan.counts[1, 2, 3] == 9


def test_either_file_of_the_pair_may_be_named(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    shutil.move(path.with_suffix(".raw"), tmp_path / "a.RAW")
    for given_path in (path, tmp_path / "a.RAW"):
        np.testing.assert_array_equal(open_scan(given_path).counts, ScanBuilder().counts)


@pytest.mark.parametrize(
    ("stated", "zero", "gain"),
    [
        (
            {
                "depthscaleorigin": "-0.956",
                "depthscaleincrement": "0.010002",
                "depthscaleunits": "keV",
            },
            -0.956,
            0.010002,
        ),
        ({"depth_origin": "-956", "depth_scale": "10.002", "depth_units": "eV"}, -0.956, 0.010002),
        ({"depth_origin": "-0,956", "depth_scale": "0,010002"}, -0.956, 0.010002),
        ({"depth_origin": "-956", "depth_scale": "10.002"}, -0.956, 0.010002),
        ({"ev_per_chan": "10"}, 0.0, 0.01),
    ],
)
def test_energy_axis_is_taken_from_wherever_it_is(
    tmp_path: Path, stated: dict[str, str], zero: float, gain: float
) -> None:
    builder = ScanBuilder(calibration=None).typed("u2")
    scan = open_scan(builder.write_rpl(tmp_path / "a.rpl", **stated))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(zero)
    assert scan.calibration.gain == pytest.approx(gain)
    assert "a.rpl" in scan.facts["energy calibration"].source


@pytest.mark.parametrize(
    "stated", [{}, {"depth_scale": "0"}, {"depth_scale": "1", "depth_units": "nm"}]
)
def test_energy_axis_that_is_not_stated_is_missing(tmp_path: Path, stated: dict[str, str]) -> None:
    builder = ScanBuilder(calibration=None).typed("u2")
    scan = open_scan(builder.write_rpl(tmp_path / "a.rpl", **stated))
    assert scan.calibration is None
    assert "energy calibration" in scan.missing


def test_guesses_are_said_to_be_guesses(tmp_path: Path) -> None:
    builder = ScanBuilder(calibration=None).typed("u2")
    scan = open_scan(builder.write_rpl(tmp_path / "a.rpl", depth_scale="10"))
    source = scan.facts["energy calibration"].source
    assert "unit not stated" in source
    assert "zero not stated" in source


def test_keys_in_any_case_and_unknown_keys_are_kept(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u1").write_rpl(tmp_path / "a.rpl", data_length=None, operator="Ann")
    path.write_text(path.read_text().replace("width", "Width") + "data-Length\t 1\n")
    scan = open_scan(path)
    assert scan.shape == (3, 4, 64)
    assert scan.facts["operator"].value == "Ann"
    assert scan.facts["operator"].source == "a.rpl"


@pytest.mark.parametrize("separator", [" ", "\t", "   \t ", " = ", ": "])
def test_separators_may_be_tabs_or_spaces(tmp_path: Path, separator: str) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    path.write_text(path.read_text().replace("\t", separator))
    np.testing.assert_array_equal(open_scan(path).counts, ScanBuilder().counts)


def test_inca_header_is_understood(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    lines = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    inca = [f"(MLX::{key.upper()} : {value})" for key, value in lines]
    path.write_text("\n".join(["(MLX::RIPPLE", *inca]))
    np.testing.assert_array_equal(open_scan(path).counts, ScanBuilder().counts)


@pytest.mark.parametrize("byte_order", ["little-endian", "big-endian"])
def test_unstated_byte_order_is_told_from_the_counts(tmp_path: Path, byte_order: str) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl", byte_order=byte_order)
    path.write_text(path.read_text().replace(byte_order, "dont-care"))
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts, ScanBuilder().counts)
    assert f"{byte_order} as the counts show" in (scan.facts["layout"].value or "")


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4"])
def test_unstated_sample_width_is_told_from_the_size(tmp_path: Path, dtype: str) -> None:
    path = ScanBuilder().typed(dtype).write_rpl(tmp_path / "a.rpl", data_length=None)
    scan = open_scan(path)
    np.testing.assert_array_equal(scan.counts, ScanBuilder().counts)
    assert "by the size of the .raw" in (scan.facts["layout"].value or "")


def test_pixel_size_and_beam_energy_are_taken(tmp_path: Path) -> None:
    scales = {
        "width_scale": "200",
        "width_units": "um",
        "height_scale": "0.3",
        "height_units": "mm",
    }
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl", beam_energy="50", **scales)
    scan = open_scan(path)
    assert scan.pixel_size_mm == (0.3, pytest.approx(0.2))
    assert scan.tube_voltage_kv == 50.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": None}, "does not state width"),
        ({"record_by": None}, "does not state record-by"),
        ({"width": "many"}, "states width as 'many'; correct that line to a whole number"),
        ({"width": "0"}, "states width as '0'"),
        ({"data_type": "complex"}, "one of unsigned, signed, float"),
        ({"byte_order": "middle"}, "states byte-order as 'middle'"),
        ({"data_length": "3"}, "correct that line to one of 1, 2, 4, 8"),
        ({"depthscaleincrement": "wide"}, "correct that line to a number"),
        ({"record_by": "dont-care"}, "single image"),
        ({"data_length": "4"}, "shorter than a.rpl says: .* data-length 2 would fit"),
        ({"height": "2"}, "longer than a.rpl says"),
        ({"offset": "10"}, "shorter than a.rpl says"),
        ({"offset": "999999999999999"}, "shorter than a.rpl says"),
        ({"height": "5", "data_length": None}, "which no data-length makes"),
    ],
)
def test_header_that_cannot_be_is_refused(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl", **changes)
    with pytest.raises(ScanFileError, match=message):
        open_scan(path)


def test_unstated_byte_order_of_floats_is_refused(tmp_path: Path) -> None:
    path = ScanBuilder().typed("f4").write_rpl(tmp_path / "a.rpl")
    path.write_text(path.read_text().replace("little-endian", "dont-care"))
    with pytest.raises(ScanFileError, match="byte-order little-endian"):
        open_scan(path)


def test_key_stated_twice_and_differently_is_refused(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    path.write_text(path.read_text() + "WIDTH\t5\n")
    with pytest.raises(ScanFileError, match="states width both as '4' and as '5'"):
        open_scan(path)


def test_missing_raw_is_named(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    path.with_suffix(".raw").unlink()
    with pytest.raises(ScanFileError, match=r"lacks the numbers that belong to it; put a\.raw"):
        open_scan(path)


def test_raw_without_header_is_refused(tmp_path: Path) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    path.unlink()
    with pytest.raises(ScanFileError, match=r"lacks the header .* a\.rpl"):
        open_scan(path.with_suffix(".raw"))


def test_any_text_named_rpl_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.rpl").write_text("Dear colleague,\nplease find the scan enclosed.\n")
    (tmp_path / "a.raw").write_bytes(b"\0" * 100)
    with pytest.raises(ScanFileError, match="is no Lispix header"):
        open_scan(tmp_path / "a.rpl")


def test_real_bruker_header_describes_its_panel(shared_data: Path, tmp_path: Path) -> None:
    header = tmp_path / "panel.rpl"
    shutil.copyfile(shared_data / "bruker" / "R117_colour swatch panel.rpl", header)
    with (tmp_path / "panel.raw").open("wb") as raw:
        raw.truncate(414 * 302 * 4096)
    scan = open_scan(header)
    assert scan.shape == (302, 414, 4096)
    assert scan.counts.dtype == np.uint8


@pytest.mark.parametrize(
    "stated",
    [
        {
            "depthscaleincrement": "0.01",
            "depthscaleorigin": "-0.5",
            "depth_scale": "10",
            "depth_origin": "-500",
            "depth_units": "eV",
        },
        {"depth_scale": "10", "depth_origin": "-500", "depthscaleunits": "keV"},
    ],
)
def test_gain_zero_and_unit_are_taken_from_one_set_of_keys(
    tmp_path: Path, stated: dict[str, str]
) -> None:
    builder = ScanBuilder(calibration=None).typed("u2")
    scan = open_scan(builder.write_rpl(tmp_path / "a.rpl", **stated))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(-0.5)
    assert scan.calibration.gain == pytest.approx(0.01)


def test_a_scale_without_a_unit_of_energy_gives_way_to_ev_per_chan(tmp_path: Path) -> None:
    builder = ScanBuilder(calibration=None).typed("u2")
    stated = {"depth_scale": "1.0", "depth_units": "<undefined>", "ev_per_chan": "10"}
    scan = open_scan(builder.write_rpl(tmp_path / "a.rpl", **stated))
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.01)


@pytest.mark.parametrize("energy", ["0", "-1", "50000"])
def test_beam_energy_that_cannot_be_is_no_tube_voltage(tmp_path: Path, energy: str) -> None:
    scan = open_scan(ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl", beam_energy=energy))
    assert scan.tube_voltage_kv is None
    assert "which cannot be" in scan.facts["tube voltage"].source


def test_elevation_angle_is_the_take_off_angle_and_a_live_time_is_not_guessed_at(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.rpl"
    ScanBuilder().typed("u2").write_rpl(path, elevation_angle="35", live_time="2.5")
    scan = open_scan(path)
    assert scan.take_off_deg == 35.0
    assert scan.live_time_s is None
    assert scan.facts["live time"].source == (
        "live-time may be that of a pixel or of the whole scan"
    )
    assert scan.facts["live-time"].value == "2.5"
