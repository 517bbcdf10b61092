"""The spectrum of a tube that somebody has measured or calculated, as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from underpaint.errors import InstrumentError

HIGHEST_KEV = 60.0
CONTINUUM_HEADER: tuple[str, ...] = ("energy_kev", "photons_per_kev")
LINES_HEADER: tuple[str, ...] = ("energy_kev", "photons")
KINDS_HEADER: tuple[str, ...] = ("kind", "energy_kev", "photons")
KINDS = ("continuum", "line")
WANTED = (
    f"a header '{','.join(CONTINUUM_HEADER)}' above the continuum and '{','.join(LINES_HEADER)}' "
    f"above the lines, or '{','.join(KINDS_HEADER)}' above both"
)


@dataclass(frozen=True, slots=True)
class TubeSpectrum:
    """Photons behind the tube's window, before filters, optic and gas; any one scale.

    Attributes
    ----------
    continuum : (keV, photons per keV), energies ascending; linear between them, 0 outside
    lines : (keV, photons)
    """

    continuum: tuple[tuple[float, float], ...]
    lines: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        energies = np.array([energy for energy, _ in self.continuum])
        if len(energies) < 2 or not (np.diff(energies) > 0.0).all():
            raise InstrumentError(
                "a tube spectrum needs two or more continuum energies, ascending and above 0 keV"
            )
        figures = np.array([*self.continuum, *self.lines])
        if not np.isfinite(figures).all() or (figures < 0.0).any() or not figures[:, 1].any():
            raise InstrumentError("a tube spectrum needs photons: finite, none below zero")
        if (figures[:, 0] <= 0.0).any():
            raise InstrumentError("a tube spectrum has an energy that is not above 0 keV")
        highest = float(figures[:, 0].max())
        if highest > HIGHEST_KEV:
            raise InstrumentError(
                f"a tube spectrum has an energy of {highest:g}, but goes to {HIGHEST_KEV:g} keV: "
                "give energies in keV, and leave out what lies above"
            )


def read_tube_spectrum(path: Path) -> TubeSpectrum:
    """A tube's spectrum behind its window, from a text file.

    Rows of numbers parted by commas, semicolons, tabs or spaces; what follows `#` is a comment.
    A header `energy_kev,photons_per_kev` opens the continuum, a header `energy_kev,photons` the
    lines; or one header `kind,energy_kev,photons` opens both, with the kind `continuum` (photons
    per keV) or `line` (photons). Two columns without a header, as other programs export them,
    are a continuum; lines are then peaks of it.

    Raises
    ------
    InstrumentError : where the file is missing, is no such table, or holds no possible spectrum
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InstrumentError(f"{path}: cannot be read as text ({error})") from error
    continuum: list[tuple[float, float]] = []
    lines: list[tuple[float, float]] = []
    header = CONTINUUM_HEADER
    for number, cells in _rows(text):
        named = tuple(cell.lower() for cell in cells)
        if named in (CONTINUUM_HEADER, LINES_HEADER, KINDS_HEADER):
            header = named
            continue
        kind = named[0] if header == KINDS_HEADER else KINDS[header == LINES_HEADER]
        try:
            if kind not in KINDS or len(cells) != len(header):
                raise ValueError
            energy, photons = (float(cell) for cell in cells[-2:])
        except ValueError:
            raise InstrumentError(
                f"{path}: line {number} is no row of '{','.join(header)}': {WANTED} is wanted"
            ) from None
        (lines if kind == "line" else continuum).append((energy, photons))
    try:
        return TubeSpectrum(tuple(continuum), tuple(lines))
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number, from 1, and cells of every row that is not empty."""
    for number, row in enumerate(text.splitlines(), start=1):
        cells = row.split("#", 1)[0].replace(",", " ").replace(";", " ").split()
        if cells:
            yield number, cells
