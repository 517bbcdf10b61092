"""An energy axis that a user states as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.elements import read_axis
from underpaint.errors import CalibrationError
from underpaint.spectrum import StatedAxis


def write(folder: Path, text: str) -> Path:
    path = folder / "axis.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_resolution_may_be_left_open(tmp_path: Path) -> None:
    axis = read_axis(write(tmp_path, "zero = 0\ngain = 0.02\nfano = 0.12\n"))
    assert axis == StatedAxis(0.0, 0.02, None, 0.12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zero = -12\ngain = 20", "gain of 20 keV a channel.*divide electronvolts by 1,000"),
        ("zero = -12\ngain = 0.02", "zero of -12 keV.*divide electronvolts by 1,000"),
        ("zero = 0\ngain = 0.02\nnoise = 95", "noise .* below 1"),
        ("zero = 0\ngain = -0.02", "gain of -0.02 keV"),
        ("zero = 0", "must hold the numbers zero and gain"),
        ("zero = 0\ngain = nan", "must hold the numbers zero and gain"),
        ("zero = 0\ngain = '0.02'", "must hold the numbers zero and gain"),
        ("zero = 0\ngain = 0.02\nslope = 1", "must hold the numbers zero and gain"),
        ("zero = ", "cannot be read as TOML"),
    ],
)
def test_what_is_no_axis_gets_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CalibrationError, match=words) as caught:
        read_axis(write(tmp_path, text))
    assert "\n" not in str(caught.value)
