"""IAEA text spectra (.spe), as Axil, PyMca and many multichannel analysers write them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .energy_line import from_channel, state_polynomial
from .one_spectrum import ONE_PIXEL, as_pixel, numbers_of, read_text
from .scan_format import ScanFormat

NAME = "IAEA spectrum (.spe)"
KEY = re.compile(r"^\$([A-Z0-9_ ]+?)\s*:\s*(.*)$", re.IGNORECASE)
MOST_NOTES = 20


def recognises(path: Path) -> bool:
    """A file that ends in .spe."""
    return path.is_file() and path.suffix.lower() == ".spe"


def read(path: Path, inside: str = "") -> Scan:
    """Read an IAEA spectrum as a scan of one pixel.

    Raises
    ------
    ScanFileError
        It has no $DATA, is cut off, or holds no counts.
    """
    if inside:
        raise ScanFileError(f"{path} is a single spectrum and holds no {inside!r}; leave it off.")
    sections = _sections(read_text(path))
    if "DATA" not in sections:
        raise ScanFileError(f"{path} is no IAEA spectrum: it has no $DATA; export it again.")
    counts, first = _counts(sections.pop("DATA"), path)
    figures = Figures(f"{path.name} does not state it")
    _energy_axis(figures, sections, first, path)
    _times(figures, sections, path)
    for key, lines in list(sections.items())[:MOST_NOTES]:
        figures.note(key.lower(), " ".join(lines)[:200].strip(), f"${key}")
    return figures.scan(as_pixel(counts, path, figures), path, NAME)


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if found := KEY.match(line):
            lines = sections.setdefault(found[1].upper(), [])
            line = found[2]
        if line.strip():
            lines.append(line.strip())
    return sections


def _counts(lines: list[str], path: Path) -> tuple[NDArray[np.float64], int]:
    """The counts, and the channel that the first of them is of."""
    limits = lines[0].split() if lines else []
    if len(limits) != 2 or not all(word.isdigit() for word in limits):
        raise ScanFileError(
            f"{path} does not say after $DATA which channels it holds; export the spectrum again."
        )
    counts = numbers_of(" ".join(lines[1:]).split(), path)
    stated = int(limits[1]) - int(limits[0]) + 1
    if len(counts) != stated:
        raise ScanFileError(
            f"{path} holds {len(counts)} counts, but $DATA states {stated}; copy or export the "
            "spectrum again."
        )
    return counts, int(limits[0])


def _energy_axis(figures: Figures, sections: dict[str, list[str]], first: int, path: Path) -> None:
    """From $MCA_CAL (number of coefficients, the coefficients, a unit) or $ENER_FIT.

    Both count channels from 0, also where only those from `first` on are stored.
    """
    for key in ("MCA_CAL", "ENER_FIT"):
        words = " ".join(sections.pop(key, [])).replace(",", ".").split()
        stated = 2
        if key == "MCA_CAL" and words:
            stated = 3 if words[0] == "3" else 2
            words = words[1:]
        if len(words) < stated:
            continue
        try:
            coefficients = [float(word) for word in words[:stated]]
        except ValueError as error:
            figures.lack(fact.ENERGY_CALIBRATION, f"${key} of {path.name}: {error}")
            continue
        unit = next((word for word in words[stated:] if word[-1:].lower() == "v"), None)
        if first:
            coefficients = from_channel(coefficients, first)
        state_polynomial(figures, coefficients, f"${key}", unit)
        if figures.energy_line is not None:
            return


def _times(figures: Figures, sections: dict[str, list[str]], path: Path) -> None:
    words = " ".join(sections.pop("MEAS_TIM", [])).replace(",", ".").split()
    try:
        seconds = [float(word) for word in words[:2]]
    except ValueError:
        seconds = []
    for figure, value in zip((fact.LIVE_TIME, fact.REAL_TIME), seconds, strict=False):
        figures.times(figure, value, ONE_PIXEL, f"$MEAS_TIM of {path.name}")


FORMAT = ScanFormat(NAME, recognises, read)
