"""EMSA/MAS text spectra (.msa, .emsa, .txt), ISO 22029: one spectrum."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .byte_order_mark import without_mark
from .emsa_numbers import words_of
from .energy_line import state_line
from .one_spectrum import ONE_PIXEL, as_pixel, numbers_of, read_text
from .scan_format import ScanFormat

NAME = "EMSA/MAS spectrum (.msa, .emsa, .txt)"
ENDINGS = (".msa", ".emsa", ".emmff")
KEY = re.compile(r"^(##?)\s*([A-Za-z]\w*)\s*([^:]*):\s*(.*?)\s*$")
RATE = re.compile(r"\bcps\b|(/|\bper)\s*s(ec\w*)?\b|\bs\^?-1", re.IGNORECASE)
SPECTRUM, END = "SPECTRUM", "ENDOFDATA"
TAKEN = {
    "FORMAT", "VERSION", "NPOINTS", "NCOLUMNS", "XUNITS", "YUNITS", "DATATYPE", "XPERCHAN",
    "OFFSET", "LIVETIME", "REALTIME", "BEAMKV", "ELEVANGLE", SPECTRUM,
}  # fmt: skip


def recognises(path: Path) -> bool:
    """A file that ends in .msa or .emsa, or starts as EMSA/MAS text does."""
    if not path.is_file():
        return False
    if path.suffix.lower() in ENDINGS:
        return True
    with path.open("rb") as file:
        start = without_mark(file.read(200)).lstrip().upper()
    return start.startswith(b"#FORMAT") and b"EMSA" in start


def read(path: Path, inside: str = "") -> Scan:
    """Read an EMSA/MAS file as a scan of one pixel.

    Raises
    ------
    ScanFileError
        It is no EMSA/MAS text, is cut off, or holds no counts.
    """
    if inside:
        raise ScanFileError(f"{path} is a single spectrum and holds no {inside!r}; leave it off.")
    header, lines, complete = _parts(read_text(path))
    if SPECTRUM not in header or "NPOINTS" not in header:
        raise ScanFileError(
            f"{path} is no EMSA/MAS spectrum: it lacks #SPECTRUM or #NPOINTS; export it again."
        )
    energy, counts = _columns(header, lines, path)
    _require_whole(header, len(counts), complete, path)
    if RATE.search(header.get("YUNITS", "")):
        raise ScanFileError(
            f"{path} holds {header['YUNITS'][:40]} and no counts; export the spectrum again as "
            "counts."
        )
    figures = Figures(f"{path.name} does not state it")
    _energy_axis(figures, header, energy)
    _others(figures, header, path)
    return figures.scan(as_pixel(counts, path, figures), path, NAME)


def _parts(text: str) -> tuple[dict[str, str], list[str], bool]:
    """Header, the lines of the data, and whether the end was marked."""
    header: dict[str, str] = {}
    lines: list[str] = []
    for line in text.splitlines():
        found = KEY.match(line)
        if found and found[2].upper() == END:
            return header, lines, True
        if found:
            header.setdefault(found[1][1:] + found[2].upper(), found[4])
        elif SPECTRUM in header:
            lines.append(line)
    return header, lines, False


def _columns(
    header: dict[str, str], lines: list[str], path: Path
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    """Energies, where each count has one, and counts."""
    points = _number(header.get("NPOINTS"))
    in_pairs = header.get("DATATYPE", "Y").upper() == "XY"
    expected = None if points is None else points * (1 + in_pairs)
    numbers = numbers_of(words_of(lines, expected, path), path)
    if not in_pairs:
        return None, numbers
    if len(numbers) % 2:
        raise ScanFileError(
            f"{path} is cut off: its last pair of energy and counts is not complete; copy it again."
        )
    return numbers[0::2], numbers[1::2]


def _require_whole(header: dict[str, str], points: int, complete: bool, path: Path) -> None:
    stated = _number(header.get("NPOINTS"))
    if stated is not None and points == stated:
        return
    what = "is cut off" if not complete else "does not hold what it says"
    raise ScanFileError(
        f"{path} {what}: {points} counts, but NPOINTS is {header['NPOINTS']}; copy or export the "
        "spectrum again."
    )


def _energy_axis(
    figures: Figures, header: dict[str, str], energy: NDArray[np.float64] | None
) -> None:
    gain, zero = _number(header.get("XPERCHAN")), _number(header.get("OFFSET"))
    source = "XPERCHAN and OFFSET"
    if (gain is None or zero is None) and energy is not None and len(energy) > 1:
        zero, gain = float(energy[0]), float(energy[-1] - energy[0]) / (len(energy) - 1)
        source = "the energies beside the counts"
    if gain is None or gain <= 0.0:
        figures.lack(fact.ENERGY_CALIBRATION, "no XPERCHAN above 0")
        return
    state_line(figures, zero, gain, source, header.get("XUNITS"))


def _others(figures: Figures, header: dict[str, str], path: Path) -> None:
    for figure, key in ((fact.LIVE_TIME, "LIVETIME"), (fact.REAL_TIME, "REALTIME")):
        seconds = _number(header.get(key))
        if seconds is not None:
            figures.times(figure, seconds, ONE_PIXEL, key)
    voltage = _number(header.get("BEAMKV"))
    if voltage is not None:
        figures.tube_voltage(voltage, "BEAMKV")
    elevation = _number(header.get("ELEVANGLE"))
    if elevation is not None:
        figures.angle(fact.TAKE_OFF, elevation, "ELEVANGLE")
    for key, value in header.items():
        if key not in TAKEN:
            figures.note(key.lstrip("#").lower(), value, path.name)


def _number(text: str | None) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


FORMAT = ScanFormat(NAME, recognises, read)
