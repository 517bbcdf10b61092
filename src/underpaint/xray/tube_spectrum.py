"""The spectrum of a tube that somebody has measured or calculated, as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from underpaint.errors import InstrumentError

HIGHEST_KEV = 60.0
PEAK_REACH_KEV, PEAK_RISE, FAINTEST_PEAK = 0.6, 1.3, 1e-4
"""Half the widest peak that is taken for a line, how far it must rise over the continuum beneath,
and over the brightest point of all.
"""
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
    are a continuum. Where no lines are given, narrow peaks of the continuum are taken for lines.

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
        stated = TubeSpectrum(tuple(continuum), tuple(lines))
    except InstrumentError as error:
        raise InstrumentError(f"{path}: {error}") from error
    return stated if lines else with_peaks_as_lines(stated)


def with_peaks_as_lines(stated: TubeSpectrum) -> TubeSpectrum:
    """The same photons, those of narrow peaks of the continuum as lines.

    A continuum is looked up between some energies only, which may miss a peak or count it twice.
    Beneath a peak it is the opening by a window: of the least values within `PEAK_REACH_KEV` the
    largest, which leaves slopes, steps and humps as they are. What stands out of it is a line for
    each maximum.
    """
    energy, density = np.array(stated.continuum).T
    first = np.searchsorted(energy, energy - PEAK_REACH_KEV, side="left")
    end = np.searchsorted(energy, energy + PEAK_REACH_KEV, side="right")
    windows = np.stack([first, end], axis=1).ravel()
    # what is appended lets a window end with the spectrum, and is in none
    least = np.minimum.reduceat(np.append(density, 0.0), windows)[::2]
    beneath = np.maximum.reduceat(np.append(least, 0.0), windows)[::2]
    stands_out = (density > PEAK_RISE * beneath) & (density > FAINTEST_PEAK * density.max())
    excess = np.where(stands_out, density - beneath, 0.0)
    photons = excess * np.gradient(energy)
    dips = (density[1:-1] < density[:-2]) & (density[1:-1] <= density[2:])
    ends = np.flatnonzero((np.diff(stands_out.astype(int), prepend=0) != 0) | np.pad(dips, 1))
    lines = [
        (float(np.average(energy[part], weights=photons[part])), float(photons[part].sum()))
        for part in np.split(np.arange(len(energy)), ends)
        if photons[part].any()
    ]
    continuum = zip(energy.tolist(), (density - excess).tolist(), strict=True)
    return TubeSpectrum(tuple(continuum), (*stated.lines, *lines))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number, from 1, and cells of every row that is not empty."""
    for number, row in enumerate(text.splitlines(), start=1):
        cells = row.split("#", 1)[0].replace(",", " ").replace(";", " ").split()
        if cells:
            yield number, cells
