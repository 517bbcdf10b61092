"""IAEA text spectra: the counts between their stated channels, the axis where there is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from underpaint.errors import ScanFileError
from underpaint.scan import open_scan


def write(path: Path, extra: str = "", data: str = "0 3\n1 2\n3 4\n") -> Path:
    path.write_text(f"$SPEC_ID:\npaint\n$MEAS_TIM:\n28.5 30\n{extra}$DATA:\n{data}")
    return path


def test_real_steel_keeps_its_counts(data: Path) -> None:
    scan = open_scan(data / "Steel.spe")
    assert scan.shape == (1, 1, 2048)
    assert np.asarray(scan.counts)[0, 0, :4].tolist() == [0, 9, 5, 5]
    assert "energy calibration" in scan.missing


@pytest.mark.parametrize(
    ("extra", "zero", "gain"),
    [
        ("$ENER_FIT:\n-0.1 0.02\n", -0.1, 0.02),
        ("$MCA_CAL:\n3\n-0,1 0,02 0 keV\n", -0.1, 0.02),
        ("$MCA_CAL:\n2\n-100 20 eV\n", -0.1, 0.02),
        ("$ENER_FIT:\n0 1\n$MCA_CAL:\n2\n-100 20\n", -0.1, 0.02),
    ],
)
def test_axis_is_taken_from_wherever_it_is(
    tmp_path: Path, extra: str, zero: float, gain: float
) -> None:
    scan = open_scan(write(tmp_path / "a.spe", extra))
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(zero)
    assert scan.calibration.gain == pytest.approx(gain)


def test_times_and_notes_are_kept(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.spe"))
    assert scan.live_time_s is not None
    assert scan.real_time_s is not None
    assert (scan.live_time_s[0, 0], scan.real_time_s[0, 0]) == (28.5, 30.0)
    assert scan.facts["spec_id"].value == "paint"


@pytest.mark.parametrize("extra", ["$ENER_FIT:\n0 1\n", "$ENER_FIT:\nnan 1\n", "$ENER_FIT:\na b\n"])
def test_axis_that_says_nothing_is_missing(tmp_path: Path, extra: str) -> None:
    assert open_scan(write(tmp_path / "a.spe", extra)).calibration is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("0 4\n1 2\n3 4\n", "4 counts, but \\$DATA states 5"),
        ("", "does not say after"),
        ("1 2 3\n", "does not say after"),
        ("0 1\n1 x\n", "'x' among its counts"),
        ("0 99999999999999\n1\n", "states 100000000000000"),
        ("0 1\n1 -2\n", "negative"),
    ],
)
def test_wrong_data_gives_a_sentence(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(ScanFileError, match=message):
        open_scan(write(tmp_path / "a.spe", data=data))


def test_a_quadratic_term_that_is_left_out_is_named(tmp_path: Path) -> None:
    scan = open_scan(write(tmp_path / "a.spe", "$MCA_CAL:\n3\n-0.1 0.02 1e-5 keV\n"))
    assert scan.calibration is not None
    assert scan.calibration.gain == pytest.approx(0.02)
    assert scan.facts["energy calibration"].source == "$MCA_CAL, its quadratic term left out"


def test_an_axis_counts_channels_that_are_not_stored_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spe", "$ENER_FIT:\n-0.1 0.02\n", "100 103\n1 2\n3 4\n")
    scan = open_scan(path)
    assert scan.calibration is not None
    assert scan.calibration.zero == pytest.approx(1.9)
    assert scan.calibration.gain == pytest.approx(0.02)
