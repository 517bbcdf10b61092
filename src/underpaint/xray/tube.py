"""The spectrum of an X-ray tube: Ebel's continuum and characteristic lines.

Sources: continuum and K lines, Ebel 1999 (X-Ray Spectrom. 28, 255,
doi 10.1002/(SICI)1097-4539(199907/08)28:4<255::AID-XRS347>3.0.CO;2-Y); L lines, Ebel 2003
(Adv. X-ray Anal. 46, 340). Photons are per second, steradian and milliampere; continuum per keV.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
import xraylib
from torch import Tensor

from .atomic import INDEX, atomic_weights
from .lines import Line, atomic_number, edge_kev, shell_lines

CONTINUUM_CONSTANT = 1.35e9
LINE_CONSTANTS = {"K": 5.0e13, "L1": 0.71e13, "L2": 2.70e13, "L3": 4.94e13}
FAINTEST_LINE = 0.01
LOWEST_TUBE_LINE_KEV = 1.5


@dataclass(frozen=True, slots=True)
class TubeLine:
    """A characteristic line of the anode, or several within 1 % of one energy."""

    energy_kev: float
    lines: tuple[Line, ...]


def _mean_depth(z: int, weight: float, energy_kev: Tensor, kv: Tensor) -> Tensor:
    """Mean depth at which electrons still have an energy, g/cm2 (Ebel 1999, eqs. 4 to 7)."""
    power = 0.1382 - 0.9211 / math.sqrt(z)
    log_z = math.log(z)
    backscatter = kv**power * (0.1904 - 0.2236 * log_z + 0.1292 * log_z**2 - 0.0149 * log_z**3)
    ionisation = 0.0135 * z
    deepest = (weight / z) * (0.787e-5 * math.sqrt(ionisation) * kv**1.5 + 0.735e-6 * kv**2)
    log_u = (kv / energy_kev).log()
    above = 0.49269 - 1.09870 * backscatter + 0.78557 * backscatter**2
    below = 0.70256 - 1.09865 * backscatter + 1.00460 * backscatter**2
    return deepest * log_u * above / (below + log_u)


def _self_absorption(
    z: int,
    energy_kev: Tensor,
    needed_kev: Tensor,
    kv: Tensor,
    incidence_deg: float,
    take_off_deg: float,
) -> Tensor:
    """Share of the photons that leave the anode; an electron must keep `needed_kev` to make one."""
    photo = torch.tensor(
        [xraylib.CS_Photo(z, e) for e in energy_kev.tolist()], dtype=energy_kev.dtype
    )
    weight = float(atomic_weights()[z - 1])
    path = math.sin(math.radians(incidence_deg)) / math.sin(math.radians(take_off_deg))
    chi = photo * 2.0 * _mean_depth(z, weight, needed_kev, kv) * path
    return -torch.expm1(-chi) / chi


def continuum(
    anode: str, kv: Tensor, energy_kev: Tensor, incidence_deg: float, take_off_deg: float
) -> Tensor:
    """Continuum of a thick anode, photons/(s sr mA keV).

    Parameters
    ----------
    anode : symbol
    kv : () tube voltage, kV
    energy_kev : (energy,) keV
    incidence_deg, take_off_deg : of the electrons on, and of the photons from, the anode surface

    Returns
    -------
    (energy,), 0 at and above the voltage
    """
    z = atomic_number(anode)
    excited = energy_kev < kv * (1.0 - 1e-6)
    energy = torch.where(excited, energy_kev, 0.5 * kv)
    exponent = 1.109 - 0.00435 * z + 0.00175 * kv
    produced = CONTINUUM_CONSTANT * z * (kv / energy - 1.0) ** exponent
    escaping = produced * _self_absorption(z, energy, energy, kv, incidence_deg, take_off_deg)
    return torch.where(excited, escaping, torch.zeros_like(escaping))


@cache
def tube_lines(anode: str) -> tuple[TubeLine, ...]:
    """The anode's K and L lines, those within 1 % of each other as one."""
    lines = [
        line
        for shell in LINE_CONSTANTS
        for line in shell_lines(anode, shell)
        if line.rate >= FAINTEST_LINE and line.energy_kev > LOWEST_TUBE_LINE_KEV
    ]
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.energy_kev):
        if groups and line.energy_kev / groups[-1][0].energy_kev < 1.01:
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(
        TubeLine(
            sum(line.energy_kev * line.rate for line in group) / sum(line.rate for line in group),
            tuple(group),
        )
        for group in groups
    )


def _line_intensity(
    anode: str, kv: Tensor, line: Line, incidence_deg: float, take_off_deg: float
) -> Tensor:
    z, edge = atomic_number(anode), edge_kev(anode, line.shell)
    if edge <= 0.0 or float(kv) <= edge * 1.0001:
        return torch.zeros((), dtype=kv.dtype)
    family = line.family
    shell_electrons, screening = (2.0, 0.35) if family == "K" else (8.0, 0.25)
    over = kv / edge
    base = over * over.log() + 1.0 - over
    slowing = (
        16.05
        * math.sqrt(0.0135 * z / edge)
        * (over.sqrt() * over.log() + 2.0 * (1.0 - over.sqrt()))
    )
    stopping = (shell_electrons * screening / z) * base * (1.0 + slowing / base)
    scattered = (
        1.0 - 0.0081517 * z + 3.613e-5 * z**2 + 0.009583 * z * torch.exp(-over) + 0.001141 * kv
    )
    fluorescence = xraylib.FluorYield(z, getattr(xraylib, f"{line.shell}_SHELL")) * line.rate
    constant = LINE_CONSTANTS[line.shell]
    if line.shell in ("L1", "L2"):
        constant *= -0.4814 + 0.03781 * z - 2.413e-4 * z**2
    energy = torch.tensor([line.energy_kev], dtype=kv.dtype)
    needed = torch.tensor([edge], dtype=kv.dtype)
    escape = _self_absorption(z, energy, needed, kv, incidence_deg, take_off_deg)[0]
    intensity: Tensor = constant * stopping * scattered * fluorescence * escape
    return intensity


def line_photons(anode: str, kv: Tensor, incidence_deg: float, take_off_deg: float) -> Tensor:
    """Photons in each of `tube_lines`, (line,) photons/(s sr mA); 0 where the edge is not reached.

    Parameters as for `continuum`.
    """
    return torch.stack(
        [
            torch.stack(
                [
                    _line_intensity(anode, kv, line, incidence_deg, take_off_deg)
                    for line in group.lines
                ]
            ).sum()
            for group in tube_lines(anode)
        ]
    )


def check_anode(anode: str) -> bool:
    """Whether an element can be an anode of this model."""
    return anode in INDEX and atomic_number(anode) >= 22
