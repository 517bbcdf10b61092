"""Characteristic lines: energies, shells and radiative rates, from xraylib.

Lines of one shell that leave matter at nearly the same energy travel together as one `Exit`:
they are excited by the same vacancy and absorbed alike, so that attenuation is worked out once
for the group while every line keeps its own energy in the spectrum.

Source: xraylib (Schoonjans et al. 2011, doi 10.1016/j.sab.2011.09.011), Kissel photo-ionisation
cross sections with cascade.
"""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from typing import Any

import xraylib

SHELLS = ("K", "L1", "L2", "L3", "M1", "M2", "M3", "M4", "M5")
LOWEST_LINE_KEV = 0.9
FAINTEST_RATE = 0.002
EXIT_SPREAD = 0.06
HELD_BY_PAINTINGS = (
    "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni",
    "Cu", "Zn", "As", "Se", "Br", "Sr", "Zr", "Ag", "Cd", "Sn", "Sb", "I", "Ba", "Au", "Hg", "Pb",
    "Bi",
)  # fmt: skip

SIEGBAHN = {
    "KL3": "Ka1", "KL2": "Ka2", "KM3": "Kb1", "KM2": "Kb3", "KN3": "Kb2", "KN2": "Kb2",
    "L3M5": "La1", "L3M4": "La2", "L2M4": "Lb1", "L3N5": "Lb2", "L1M3": "Lb3", "L1M2": "Lb4",
    "L2N4": "Lg1", "L1N2": "Lg2", "L1N3": "Lg3", "L3M1": "Ll", "L2M1": "Ln", "L3N4": "Lb15",
    "L3O45": "Lb5",
    "M5N7": "Ma1", "M5N6": "Ma2", "M4N6": "Mb", "M3N5": "Mg", "M5N3": "Mz1", "M4N2": "Mz2",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One emission line.

    Attributes
    ----------
    element : symbol
    shell : where the vacancy was, "K", "L1" ... "M5"
    name : IUPAC name, as "KL3"
    energy_kev : keV
    rate : share of the shell's radiative decays, 0 to 1
    """

    element: str
    shell: str
    name: str
    energy_kev: float
    rate: float

    @property
    def family(self) -> str:
        """K, L or M."""
        return self.shell[0]

    @property
    def siegbahn(self) -> str:
        """The name spectroscopists use, as "Ka1"; the IUPAC name where there is none."""
        return SIEGBAHN.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Exit:
    """Lines of one shell that leave matter as if they had one energy.

    Attributes
    ----------
    energy_kev : mean energy weighted by rate, keV
    rate : share of the shell's radiative decays in these lines
    lines : the lines, brightest first
    """

    element: str
    shell: str
    energy_kev: float
    rate: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """A line with its share of its family's intensity at one exciting energy."""

    line: Line
    intensity: float


def atomic_number(element: str) -> int:
    """Z of a symbol; ValueError for one that is no element."""
    try:
        return int(xraylib.SymbolToAtomicNumber(element))
    except ValueError as error:
        raise ValueError(f"'{element}' is not the symbol of an element") from error


@cache
def _line_codes() -> dict[str, list[tuple[str, int]]]:
    codes: dict[str, list[tuple[str, int]]] = {shell: [] for shell in SHELLS}
    pattern = re.compile(r"^(K|L[1-3]|M[1-5])([LMNOPQ]\d*)_LINE$")
    for attribute in sorted(dir(xraylib)):
        match = pattern.match(attribute)
        if match:
            codes[match[1]].append((match[1] + match[2], int(getattr(xraylib, attribute))))
    return codes


def shell_code(name: str) -> int:
    """xraylib's number of a line given by its IUPAC name, as "KL3"."""
    return int(getattr(xraylib, f"{name}_LINE"))


def _value(function: Any, *arguments: Any) -> float:
    """An xraylib figure, 0 where xraylib has no data."""
    try:
        return float(function(*arguments))
    except ValueError:
        return 0.0


@cache
def shell_lines(element: str, shell: str) -> tuple[Line, ...]:
    """Lines from a vacancy in one shell that an XRF detector can see, brightest first."""
    z = atomic_number(element)
    lines = []
    for name, code in _line_codes()[shell]:
        rate = _value(xraylib.RadRate, z, code)
        energy = _value(xraylib.LineEnergy, z, code)
        if rate >= FAINTEST_RATE and energy >= LOWEST_LINE_KEV:
            lines.append(Line(element, shell, name, energy, rate))
    return tuple(sorted(lines, key=lambda line: -line.rate))


@cache
def edge_kev(element: str, shell: str) -> float:
    """Absorption edge of a shell, keV; 0 where the element has none."""
    code = getattr(xraylib, f"{shell}_SHELL")
    return _value(xraylib.EdgeEnergy, atomic_number(element), code)


@cache
def common_edges() -> tuple[float, ...]:
    """Absorption edges of the elements that paintings hold, ascending, keV."""
    return tuple(
        sorted(edge_kev(element, shell) for element in HELD_BY_PAINTINGS for shell in SHELLS)
    )


@cache
def exits(element: str) -> tuple[Exit, ...]:
    """The groups of lines in which an element's fluorescence leaves matter.

    No absorption edge of `common_edges` stands between the lines of a group.
    """
    groups = []
    for shell in SHELLS:
        remaining = list(shell_lines(element, shell))
        while remaining:
            first = remaining[0]
            between = bisect(common_edges(), first.energy_kev)
            near = [
                line
                for line in remaining
                if abs(line.energy_kev / first.energy_kev - 1.0) < EXIT_SPREAD
                and bisect(common_edges(), line.energy_kev) == between
            ]
            remaining = [line for line in remaining if line not in near]
            rate = sum(line.rate for line in near)
            mean = sum(line.rate * line.energy_kev for line in near) / rate
            groups.append(Exit(element, shell, mean, rate, tuple(near)))
    return tuple(groups)


@cache
def family_lines(element: str, family: str, excitation_kev: float) -> tuple[FamilyLine, ...]:
    """Lines of a whole family ("K", "L" or "M") with their relative intensities.

    Intensities are fluorescence cross sections with cascade at `excitation_kev`, brightest
    first, and add up to 1; empty where that energy excites none of them.
    """
    z = atomic_number(element)
    found = []
    for shell in SHELLS:
        if shell[0] != family:
            continue
        codes = dict(_line_codes()[shell])
        for line in shell_lines(element, shell):
            section = _value(
                xraylib.CS_FluorLine_Kissel_Cascade, z, codes[line.name], excitation_kev
            )
            if section > 0.0:
                found.append((line, section))
    total = sum(section for _, section in found)
    ordered = sorted(found, key=lambda pair: -pair[1])
    return tuple(FamilyLine(line, section / total) for line, section in ordered)
