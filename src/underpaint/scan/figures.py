"""Collects what a file states about its scan, figure by figure, each with its source."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..spectrum import EnergyCalibration
from . import fact
from .counts import CountArray
from .fact import FIGURES, Fact, absent
from .scan import Scan
from .stage_place import StagePlace
from .words import stage_in_words, times_in_words

SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm
Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi
""".split()  # noqa: SIM905
HIGHEST_VOLTAGE_KV = 1000.0


@dataclass
class Figures:
    """The figures of a scan as a reader finds them; what it does not find stays missing.

    A value that cannot be, such as a live time of 0, is not taken, and the fact says so.

    Attributes
    ----------
    otherwise : why a figure is missing of which nothing else is said
    """

    otherwise: str
    _fields: dict[str, Any] = field(default_factory=dict)
    _facts: dict[str, Fact] = field(default_factory=dict)

    def lack(self, figure: str, reason: str) -> None:
        """Say why a figure is missing."""
        self._facts[figure] = absent(reason)

    def note(self, name: str, value: str, source: str) -> None:
        """Keep something that the file states beyond the figures."""
        if value:
            self._facts[name] = Fact(value, source)

    def calibration(self, line: EnergyCalibration, words: str, source: str) -> None:
        """The energy axis, and how it is said in words."""
        self._fields["calibration"] = line
        self._facts[fact.ENERGY_CALIBRATION] = Fact(words, source)

    @property
    def energy_line(self) -> EnergyCalibration | None:
        """The energy axis, where one was found."""
        line: EnergyCalibration | None = self._fields.get("calibration")
        return line

    def anode(self, name: str | int, source: str) -> None:
        """The anode by symbol or atomic number."""
        symbol = symbol_of(name)
        if symbol is None:
            self.lack(fact.ANODE, f"{source} is {name!r}, which is no element")
            return
        self._fields["anode"] = symbol
        self._facts[fact.ANODE] = Fact(symbol, source)

    def tube_voltage(self, kilovolts: float, source: str) -> None:
        """The tube voltage, kV."""
        if not 0.0 < kilovolts < HIGHEST_VOLTAGE_KV:
            self.lack(fact.TUBE_VOLTAGE, f"{source} is {kilovolts:g} kV, which cannot be")
            return
        self._fields["tube_voltage_kv"] = float(kilovolts)
        self._facts[fact.TUBE_VOLTAGE] = Fact(f"{kilovolts:g} kV", source)

    def angle(self, figure: str, degrees: float, source: str) -> None:
        """Incidence or take-off, degrees from the object's surface."""
        if not 0.0 < degrees <= 90.0:
            self.lack(figure, f"{source} is {degrees:g} degrees, which cannot be")
            return
        name = {fact.INCIDENCE: "incidence_deg", fact.TAKE_OFF: "take_off_deg"}[figure]
        self._fields[name] = float(degrees)
        self._facts[figure] = Fact(f"{degrees:g} degrees from the surface", source)

    def times(self, figure: str, seconds: ArrayLike, shape: tuple[int, int], source: str) -> None:
        """Live or real time a pixel, s: one for all, or (y, x)."""
        values = known_times(seconds)
        if values is None:
            self.lack(figure, f"{source} is 0, or no time that can be")
            return
        name = {fact.LIVE_TIME: "live_time_s", fact.REAL_TIME: "real_time_s"}[figure]
        self._fields[name] = np.array(np.broadcast_to(values, shape))
        self._facts[figure] = Fact(times_in_words(values), source)

    def pixel_size(self, height_mm: float, width_mm: float, source: str) -> None:
        """Height and width of a pixel, mm."""
        if not all(math.isfinite(side) and side > 0.0 for side in (height_mm, width_mm)):
            self.lack(fact.PIXEL_SIZE, f"{source} is {height_mm:g} by {width_mm:g} mm")
            return
        self._fields["pixel_size_mm"] = (float(height_mm), float(width_mm))
        words = f"{height_mm:g} mm high, {width_mm:g} mm wide"
        self._facts[fact.PIXEL_SIZE] = Fact(words, source)

    def stage(self, place: StagePlace, source: str) -> None:
        """Where the pixels lie on the stage."""
        self._fields["stage"] = place
        self._facts[fact.STAGE] = Fact(stage_in_words(place), source)

    def has(self, figure: str) -> bool:
        """Whether a figure was found."""
        return figure in self._facts and self._facts[figure].value is not None

    def scan(self, counts: CountArray, path: Path, name: str) -> Scan:
        """The scan of some counts with all that was found."""
        facts = {figure: absent(self.otherwise) for figure in FIGURES} | self._facts
        return Scan(counts=counts, path=path, format=name, facts=facts, **self._fields)


def known_times(seconds: ArrayLike) -> NDArray[np.float64] | None:
    """Times, s, with NaN where a file has 0 or no number, as for a pixel that was not measured.

    None where it has nothing else, or what cannot be a time.
    """
    values = np.array(seconds, dtype=np.float64)
    values[values == 0.0] = np.nan
    known = values[~np.isnan(values)]
    cannot_be = not known.size or known.min() < 0.0 or bool(np.isinf(known).any())
    return None if cannot_be else values


def symbol_of(name: str | int) -> str | None:
    """An element by symbol or atomic number; None where it is none."""
    text = str(name).strip()
    if text.isdigit():
        return SYMBOLS[int(text) - 1] if 0 < int(text) <= len(SYMBOLS) else None
    return text.capitalize() if text.capitalize() in SYMBOLS else None
