"""Attenuation and excitation of every element on the energies that the forward model needs.

Tables are made once from xraylib (Schoonjans et al. 2011, doi 10.1016/j.sab.2011.09.011), in
double precision, and shared.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
import xraylib
from numpy.typing import NDArray
from torch import Tensor

from .lines import SHELLS, Exit, atomic_number, exits, shell_code, shell_lines
from .periodic_table import ELEMENTS, LARGEST_Z
from .tables import table

LOWEST_KEV = 0.5
HIGHEST_KEV = 60.0
TABLE_POINTS = 2400


def value(function: Any, *arguments: Any) -> float:
    """An xraylib figure, 0 where xraylib has none."""
    try:
        return float(function(*arguments))
    except ValueError:
        return 0.0


@cache
def table_energies() -> NDArray[np.float64]:
    """Energies of the attenuation table, (point,) keV, evenly spaced in the logarithm."""
    return np.geomspace(LOWEST_KEV, HIGHEST_KEV, TABLE_POINTS)


@table
def _attenuation_table() -> Tensor:
    table = [
        [value(xraylib.CS_Total, z, energy) for energy in table_energies()]
        for z in range(1, LARGEST_Z + 1)
    ]
    return torch.tensor(table, dtype=torch.float64).log()


def attenuation(energy_kev: Tensor) -> Tensor:
    """Total mass attenuation coefficients.

    Linear interpolation of logarithms between points 0.2 % apart, so that an absorption edge is
    spread over that much; lines closer to an edge should be asked of `attenuation_at_exits`.

    Parameters
    ----------
    energy_kev : (energy,) keV, within 0.5 to 60

    Returns
    -------
    (element, energy) float64, cm2/g
    """
    step = np.log(HIGHEST_KEV / LOWEST_KEV) / (TABLE_POINTS - 1)
    position = (energy_kev.to(torch.float64) / LOWEST_KEV).log() / step
    position = position.clamp(0.0, TABLE_POINTS - 1.001)
    lower = position.detach().to(torch.int64)
    table = _attenuation_table()
    below, above = table[:, lower], table[:, lower + 1]
    return torch.exp(below + (position - lower) * (above - below))


@cache
def all_exits() -> tuple[Exit, ...]:
    """Every group of lines of every element that the model can emit."""
    return tuple(
        group for symbol in ELEMENTS for group in exits(symbol) if group.energy_kev < HIGHEST_KEV
    )


@table
def attenuation_at_exits() -> Tensor:
    """Total mass attenuation at the energies of `all_exits`, (element, exit) float64, cm2/g."""
    table = [
        [value(xraylib.CS_Total, z, group.energy_kev) for group in all_exits()]
        for z in range(1, LARGEST_Z + 1)
    ]
    return torch.tensor(table, dtype=torch.float64)


def _emission(element: str, shell: str, energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radiative decays of one shell per unit mass and photon, cm2/g, cascade included."""
    lines = shell_lines(element, shell)
    if not lines:
        return np.zeros(len(energies))
    z, code = atomic_number(element), shell_code(lines[0].name)
    section = [value(xraylib.CS_FluorLine_Kissel_Cascade, z, code, e) for e in energies]
    return np.asarray(section) / lines[0].rate


@table
def emission_sections(energies: tuple[float, ...]) -> Tensor:
    """Fluorescence cross sections of `all_exits` at exact energies.

    Photo-ionisation of the shell and of those above it, cascade (radiative, Auger and
    Coster-Kronig) and fluorescence yield included.

    Returns
    -------
    (exit, energy) float64, cm2/g
    """
    at = np.asarray(energies)
    shells = {
        (symbol, shell): _emission(symbol, shell, at) for symbol in ELEMENTS for shell in SHELLS
    }
    rows = [shells[group.element, group.shell] * group.rate for group in all_exits()]
    return torch.from_numpy(np.asarray(rows))


@table
def line_couplings() -> Tensor:
    """How lines excite others: cross sections of `all_exits` at the energies of `all_exits`.

    Returns
    -------
    (exciting exit, excited exit) float64, cm2/g of the excited element
    """
    groups = all_exits()
    return emission_sections(tuple(group.energy_kev for group in groups)).T.contiguous()


@table
def form_factors() -> tuple[Tensor, Tensor, Tensor]:
    """Atomic form factors F and incoherent scattering functions S.

    Returns
    -------
    (point,) momentum transfer sin(theta/2) / wavelength in 1/angstrom, evenly spaced in the
    logarithm; (element, point) F; (element, point) S; float64, electrons
    """
    transfer = np.geomspace(0.01, 5.0, 400)
    coherent = [[value(xraylib.FF_Rayl, z, q) for q in transfer] for z in range(1, LARGEST_Z + 1)]
    incoherent = [
        [value(xraylib.SF_Compt, z, q) for q in transfer] for z in range(1, LARGEST_Z + 1)
    ]
    return (
        torch.from_numpy(transfer),
        torch.tensor(coherent, dtype=torch.float64),
        torch.tensor(incoherent, dtype=torch.float64),
    )


@table
def atomic_weights() -> Tensor:
    """Atomic weights of `ELEMENTS`, (element,) float64, g/mol."""
    weights = [value(xraylib.AtomicWeight, z) for z in range(1, LARGEST_Z + 1)]
    return torch.tensor(weights, dtype=torch.float64)


def interval_midpoints(edges: Tensor, points: int) -> Tensor:
    """Middles of `points` even pieces of each interval, (interval, point)."""
    share = (torch.arange(points, dtype=edges.dtype) + 0.5) / points
    return edges[:-1, None] + edges.diff()[:, None] * share


@table
def interval_sections(edges: tuple[float, ...], points: int) -> Tensor:
    """Fluorescence cross sections at `interval_midpoints`, (exit, interval, point) cm2/g."""
    at = interval_midpoints(torch.tensor(edges, dtype=torch.float64), points)
    sections = emission_sections(tuple(at.ravel().tolist()))
    return sections.reshape(len(sections), *at.shape)
