"""One PMCA text file: the spectrum of one pixel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from ...spectrum import EnergyCalibration
from .byte_order_mark import without_mark
from .energy_line import is_unit, line_through, unit_in_kev

START = b"<<PMCA SPECTRUM>>"
LARGEST_COUNT = np.iinfo(np.uint32).max
DIGITS_AND_SPACE = b"0123456789 \t\r\n\v\f"
KEY_AND_VALUE = re.compile(r"^([A-Z][A-Z0-9_ ]*?) +- +(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class PixelSpectrum:
    """Content of one PMCA text file.

    Attributes
    ----------
    counts : (channel,) uint32
    header : the lines before the sections, key to value
    calibration_text : bytes of the <<CALIBRATION>> section, None where there is none
    """

    counts: NDArray[np.uint32]
    header: dict[str, str]
    calibration_text: bytes | None

    def seconds(self, key: str) -> float:
        """A time of the header in seconds; 0 where it is not stated, as the format has it."""
        try:
            value = float(self.header.get(key, "0").replace(",", "."))
        except ValueError:
            return 0.0
        return value if np.isfinite(value) and value > 0.0 else 0.0


def read_pixel(path: Path) -> PixelSpectrum:
    """Read one PMCA text file.

    Raises
    ------
    ScanFileError
        The file is no PMCA text, is cut off, or holds something other than whole counts.
    """
    try:
        content = without_mark(path.read_bytes())
    except PermissionError:
        raise
    except OSError as error:
        raise ScanFileError(f"{path} cannot be read ({error}); copy it again.") from error
    head, data_mark, rest = content.partition(b"<<DATA>>")
    if not content.lstrip().startswith(START) or not data_mark:
        raise ScanFileError(
            f"{path} is no PMCA spectrum: it lacks {START.decode()} or <<DATA>>; "
            "copy or export that pixel again."
        )
    data, end_mark, _ = rest.partition(b"<<END>>")
    if not end_mark:
        raise ScanFileError(f"{path} is cut off: it has no <<END>>; copy that pixel again.")
    header, mark, calibration = head.partition(b"<<CALIBRATION>>")
    return PixelSpectrum(
        counts=_whole_counts(data, path),
        header=dict(KEY_AND_VALUE.findall(header.decode("latin-1"))),
        calibration_text=calibration.partition(b"<<")[0] if mark else None,
    )


def calibration_line(text: bytes) -> tuple[EnergyCalibration, str]:
    """The straight line through the points of a <<CALIBRATION>> section, and how it fits them.

    The label may name the unit; it mostly says "Channel".

    Raises
    ------
    ValueError
        The points make no energy axis, or a line is neither a label nor two numbers.
    """
    points, label = _calibration_points(text)
    line, _ = line_through(points[:, 0], points[:, 1])
    size, remark = unit_in_kev(label if is_unit(label) else None, line.gain)
    line, deviation = line_through(points[:, 0], points[:, 1] * size)
    words = f"least-squares line through {len(points)} points, "
    return line, f"{words}which lie within {1e3 * deviation:.0f} eV of it{remark}"


def _calibration_points(text: bytes) -> tuple[NDArray[np.float64], str]:
    """Channel and energy as stated of each point, (n, 2) float64, and the label."""
    points, label = [], ""
    for line in text.decode("latin-1").splitlines():
        words = line.replace(",", ".").split()
        if not words:
            continue
        if words[0].upper() == "LABEL":
            label = words[-1]
            continue
        if len(words) != 2:
            raise ValueError(f"the line {line.strip()!r}")
        points.append([float(word) for word in words])
    return np.array(points, dtype=np.float64).reshape(-1, 2), label


def _whole_counts(data: bytes, path: Path) -> NDArray[np.uint32]:
    if data.translate(None, DIGITS_AND_SPACE):
        wrong = next(word for word in data.split() if not word.isdigit())
        raise ScanFileError(
            f"{path} holds {wrong[:20].decode('latin-1')!r} among its counts, which is no whole "
            "number; copy or export that pixel again."
        )
    words = data.split()
    if not words:
        raise ScanFileError(f"{path} holds no counts; copy or export that pixel again.")
    try:
        counts = np.array([int(word) for word in words], dtype=np.int64)
        fits = counts.max() <= LARGEST_COUNT
    except (OverflowError, ValueError):
        fits = False
    if not fits:
        raise ScanFileError(
            f"{path} holds a count beyond {LARGEST_COUNT}, which cannot be; "
            "copy or export that pixel again."
        )
    return counts.astype(np.uint32)
