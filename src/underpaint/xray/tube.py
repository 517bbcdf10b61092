"""The spectrum of an X-ray tube: Ebel's continuum and characteristic lines.

Sources: continuum and K lines, Ebel 1999 (X-Ray Spectrom. 28, 255,
doi 10.1002/(SICI)1097-4539(199907/08)28:4<255::AID-XRS347>3.0.CO;2-Y); L lines, Ebel 2003
(X-Ray Spectrom. 32, 46, doi 10.1002/xrs.610), whose constants belong to the mean yield of the
whole L shell (Hubbell et al. 1994, J. Phys. Chem. Ref. Data 23, 339, doi 10.1063/1.555955), not
to the yields of L1, L2 and L3. Made for 5 to 50 kV, electrons 50 to 90 and photons 5 to 90
degrees from the anode's surface; it goes on smoothly to 60 kV. Photons are per second, steradian
and milliampere; continuum per keV.

Measured tubes deviate: in the spectra of Boone et al. 1997 (Med. Phys. 24, 1863), at 30 to 40 kV,
Ka stands 1.5 (Mo) to 1.8 (Rh) times as high over the continuum (benchmarks/tube.py).

M lines are left out: no constant is published for them. Tungsten's, at 1.8 keV, reach an object
through a thin window in vacuum or helium only, and would excite nothing above aluminium.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import xraylib
from torch import Tensor

from .atomic import HIGHEST_KEV, LOWEST_KEV, TABLE_POINTS, atomic_weights
from .lines import Line, atomic_number, edge_kev, shell_lines
from .periodic_table import INDEX
from .tables import table

CONTINUUM_CONSTANT = 1.35e9
LINE_CONSTANTS = {"K": 5.0e13, "L1": 0.71e13, "L2": 2.70e13, "L3": 4.94e13}
SHELL_ELECTRONS = {"K": (2.0, 0.35), "L": (8.0, 0.25)}
MEAN_L_YIELD = (0.17765, 0.00298937, 8.91297e-5, -2.67184e-7)
FAINTEST_LINE = 0.005
LOWEST_TUBE_LINE_KEV = 1.5
LINE_SPREAD_KEV = 0.03


@dataclass(frozen=True, slots=True)
class TubeLine:
    """A characteristic line of the anode, or several that no detector tells apart."""

    energy_kev: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, eq=False)
class _Lines:
    """What the voltage does not change, (line,) each, and the `TubeLine` that a line is part of."""

    edge_kev: Tensor
    photoabsorption: Tensor
    strength: Tensor
    group: Tensor


def mean_l_yield(z: int) -> float:
    """Fluorescence yield of the L shell as a whole, Z from 37 (Hubbell et al. 1994)."""
    root = sum(factor * float(z) ** power for power, factor in enumerate(MEAN_L_YIELD))
    return float(root**4 / (1.0 + root**4))


def _strength(line: Line) -> float:
    """All of Ebel's factors of a line that belong to the anode alone."""
    z = atomic_number(line.element)
    electrons, screening = SHELL_ELECTRONS[line.family]
    constant = LINE_CONSTANTS[line.shell] * electrons * screening / z * line.rate
    if line.family == "K":
        return constant * float(xraylib.FluorYield(z, xraylib.K_SHELL))
    if line.shell != "L3" and z < 80:
        constant *= -0.4814 + 0.03781 * z - 2.413e-4 * z**2
    return constant * mean_l_yield(z)


@cache
def tube_lines(anode: str) -> tuple[TubeLine, ...]:
    """The anode's K and L lines above 1.5 keV, ascending; those within 30 eV as one.

    Without those that no voltage of this model excites: tungsten's K lines.
    """
    lines = [
        line
        for shell in LINE_CONSTANTS
        if edge_kev(anode, shell) < HIGHEST_KEV
        for line in shell_lines(anode, shell)
        if line.rate >= FAINTEST_LINE and line.energy_kev > LOWEST_TUBE_LINE_KEV
    ]
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.energy_kev):
        if groups and line.energy_kev - groups[-1][0].energy_kev < LINE_SPREAD_KEV:
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(TubeLine(_mean_energy(group), tuple(group)) for group in groups)


def _mean_energy(lines: list[Line]) -> float:
    total = sum(_strength(line) for line in lines)
    return sum(line.energy_kev * _strength(line) for line in lines) / total


@table
def _lines(anode: str) -> _Lines:
    pairs = [(i, line) for i, group in enumerate(tube_lines(anode)) for line in group.lines]
    z = atomic_number(anode)

    def row(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    return _Lines(
        edge_kev=row([edge_kev(anode, line.shell) for _, line in pairs]),
        photoabsorption=row([xraylib.CS_Photo(z, line.energy_kev) for _, line in pairs]),
        strength=row([_strength(line) for _, line in pairs]),
        group=torch.tensor([i for i, _ in pairs]),
    )


@table
def _photoabsorption_table(z: int) -> tuple[Tensor, Tensor]:
    """Logarithms of keV and of cm2/g, with both sides of every absorption edge among them."""
    shells = ("K", "L1", "L2", "L3", "M1", "M2", "M3", "M4", "M5")
    edges = np.array([edge_kev(xraylib.AtomicNumberToSymbol(z), shell) for shell in shells])
    edges = edges[(edges > LOWEST_KEV) & (edges < HIGHEST_KEV)]
    regular = np.geomspace(LOWEST_KEV, HIGHEST_KEV, TABLE_POINTS)
    energies = np.sort(np.concatenate([regular, edges * (1.0 - 1e-6), edges * (1.0 + 1e-6)]))
    table = [xraylib.CS_Photo(z, energy) for energy in energies]
    return torch.from_numpy(np.log(energies)), torch.tensor(table, dtype=torch.float64).log()


def _photoabsorption(z: int, energy_kev: Tensor) -> Tensor:
    """Photoelectric mass absorption coefficient of the anode, (energy,) cm2/g."""
    at, table = _photoabsorption_table(z)
    position = energy_kev.to(torch.float64).log()
    upper = torch.searchsorted(at, position.detach().contiguous()).clamp(1, len(at) - 1)
    share = (position - at[upper - 1]) / (at[upper] - at[upper - 1])
    return (table[upper - 1] + share * (table[upper] - table[upper - 1])).exp()


def _mean_depth(z: int, needed_kev: Tensor, kv: Tensor) -> Tensor:
    """Mean depth at which electrons still have an energy, g/cm2 (Ebel 1999, eqs. 4 to 7)."""
    power = 0.1382 - 0.9211 / math.sqrt(z)
    log_z = math.log(z)
    backscatter = kv**power * (0.1904 - 0.2236 * log_z + 0.1292 * log_z**2 - 0.0149 * log_z**3)
    ionisation = 0.0135 * z
    weight = float(atomic_weights()[z - 1])
    deepest = (weight / z) * (0.787e-5 * math.sqrt(ionisation) * kv**1.5 + 0.735e-6 * kv**2)
    log_u = (kv / needed_kev).log()
    above = 0.49269 - 1.09870 * backscatter + 0.78557 * backscatter**2
    below = 0.70256 - 1.09865 * backscatter + 1.00460 * backscatter**2
    return deepest * log_u * above / (below + log_u)


def _escaping(
    z: int,
    photoabsorption: Tensor,
    needed_kev: Tensor,
    kv: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
) -> Tensor:
    """Share of the photons that leave the anode; an electron must keep `needed_kev` to make one."""
    path = _sine(incidence_deg) / _sine(take_off_deg)
    chi = photoabsorption * 2.0 * _mean_depth(z, needed_kev, kv) * path
    return -torch.expm1(-chi) / chi


def _sine(angle_deg: float | Tensor) -> Tensor:
    return torch.as_tensor(angle_deg, dtype=torch.float64).deg2rad().sin()


def continuum(
    anode: str,
    kv: Tensor,
    energy_kev: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
) -> Tensor:
    """Continuum of a thick anode, photons/(s sr mA keV); differentiable in all figures.

    Parameters
    ----------
    anode : symbol
    kv : () tube voltage, kV
    energy_kev : (energy,) keV
    incidence_deg, take_off_deg : of the electrons on, and of the photons from, the anode surface

    Returns
    -------
    (energy,) float64, 0 at and above the voltage
    """
    z = atomic_number(anode)
    excited = energy_kev < kv * (1.0 - 1e-6)
    energy = torch.where(excited, energy_kev, 0.5 * kv)
    exponent = 1.109 - 0.00435 * z + 0.00175 * kv
    produced = CONTINUUM_CONSTANT * z * (kv / energy - 1.0) ** exponent
    absorbed = _photoabsorption(z, energy)
    escaping = produced * _escaping(z, absorbed, energy, kv, incidence_deg, take_off_deg)
    return torch.where(excited, escaping, torch.zeros_like(escaping))


def line_photons(
    anode: str, kv: Tensor, incidence_deg: float | Tensor, take_off_deg: float | Tensor
) -> Tensor:
    """Photons in each of `tube_lines`, (line,) photons/(s sr mA); 0 where the edge is not reached.

    Stopping and scattering of the electrons: Ebel 1999, eqs. 11 to 15. Parameters as for
    `continuum`.
    """
    z, lines = atomic_number(anode), _lines(anode)
    excited = kv > lines.edge_kev * 1.0001
    edge = torch.where(excited, lines.edge_kev, 0.5 * kv)
    over = kv / edge
    base = over * over.log() + 1.0 - over
    slowing = over.sqrt() * over.log() + 2.0 * (1.0 - over.sqrt())
    stopping = base + 16.05 * (0.0135 * z / edge).sqrt() * slowing
    scattered = (
        1.0 - 0.0081517 * z + 3.613e-5 * z**2 + 0.009583 * z * torch.exp(-over) + 0.001141 * kv
    )
    escaping = _escaping(z, lines.photoabsorption, edge, kv, incidence_deg, take_off_deg)
    photons = torch.where(excited, lines.strength * stopping * scattered * escaping, 0.0)
    return photons.new_zeros(len(tube_lines(anode))).index_add(0, lines.group, photons)


def check_anode(anode: str) -> bool:
    """Whether an element can be an anode of this model."""
    return anode in INDEX and atomic_number(anode) >= 22
