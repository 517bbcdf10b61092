"""The photons that reach the object: tube, window, filters, optic, gas, on energy nodes.

The continuum is kept as photons in fixed energy intervals and the tube's lines as exact energies
behind them, so that absorption edges and lines are both met where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .atomic import INDEX, attenuation, emission_sections, interval_sections
from .instrument import Instrument
from .tube import continuum, line_photons, tube_lines

DENSITY_G_CM3 = {"Be": 1.848, "Al": 2.70, "Ti": 4.51, "Cu": 8.96, "Ni": 8.90, "Fe": 7.87,
                 "Rh": 12.4, "Ag": 10.5, "Pd": 12.0, "Mo": 10.2, "Zn": 7.14, "Si": 2.33,
                 "Cr": 7.19, "Zr": 6.52, "Nb": 8.57, "Pb": 11.3, "W": 19.3, "Au": 19.3,
                 "V": 6.0, "C": 2.0}  # fmt: skip
GASES: dict[str, tuple[float, dict[str, float]]] = {
    "air": (1.205e-3, {"N": 0.755, "O": 0.232, "Ar": 0.0129, "C": 0.0001}),
    "helium": (1.66e-4, {"He": 1.0}),
    "vacuum": (0.0, {}),
}
"""Density in g/cm3 and mass fractions at 20 degrees C and 1 atm."""

FIRST_KEV = 1.0
LAST_KEV = 50.0
INTERVALS = 48


@dataclass(frozen=True, eq=False)
class Beam:
    """Photons on the object.

    Attributes
    ----------
    energy_kev : (node,) continuum intervals first, then the tube's lines
    photons : (node,) relative numbers in each
    sections : (exit, node) fluorescence cross sections of `all_exits`, cm2/g
    continuum_nodes : how many of the nodes are continuum
    """

    energy_kev: Tensor
    photons: Tensor
    sections: Tensor
    continuum_nodes: int


@cache
def interval_edges() -> NDArray[np.float64]:
    """Edges of the continuum's energy intervals, keV."""
    return np.geomspace(FIRST_KEV, LAST_KEV, INTERVALS + 1)


def gas_attenuation(atmosphere: str, energy_kev: Tensor) -> Tensor:
    """Linear attenuation of the gas, (energy,) 1/cm."""
    density, fractions = GASES[atmosphere]
    coefficients = attenuation(energy_kev)
    total = torch.zeros_like(energy_kev)
    for element, fraction in fractions.items():
        total = total + fraction * coefficients[INDEX[element]]
    return density * total


def beam_transmission(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """What window, filters, optic and gas let through, (energy,).

    A polycapillary's critical angle falls as 1/E; its transmission is taken as flat up to the
    cut-off and falling with the third power beyond (after Schields et al. 2002, Powder
    Diffraction 17, 70).
    """
    coefficients = attenuation(energy_kev)
    window = DENSITY_G_CM3["Be"] * instrument.tube_window_um * 1e-4
    depth = window * coefficients[INDEX["Be"]]
    for element, thickness_um in instrument.filters:
        density = DENSITY_G_CM3.get(element, 8.0)
        depth = depth + density * thickness_um * 1e-4 * coefficients[INDEX[element]]
    depth = depth + instrument.path_in_cm * gas_attenuation(instrument.atmosphere, energy_kev)
    passed = torch.exp(-depth)
    if instrument.optic_cutoff_kev > 0.0:
        passed = passed / (1.0 + (energy_kev / instrument.optic_cutoff_kev) ** 3)
    return passed


def continuum_density(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Continuum on the object, (energy,) relative photons per keV."""
    produced = continuum(
        instrument.anode,
        torch.tensor(instrument.kv, dtype=torch.float64),
        energy_kev,
        instrument.tube_incidence_deg,
        instrument.tube_take_off_deg,
    )
    return produced * beam_transmission(instrument, energy_kev)


def tube_line_beam(instrument: Instrument) -> tuple[Tensor, Tensor]:
    """The tube's lines on the object: (line,) keV and (line,) relative photons."""
    energies = torch.tensor(
        [line.energy_kev for line in tube_lines(instrument.anode)], dtype=torch.float64
    )
    produced = line_photons(
        instrument.anode,
        torch.tensor(instrument.kv, dtype=torch.float64),
        instrument.tube_incidence_deg,
        instrument.tube_take_off_deg,
    )
    return energies, produced * beam_transmission(instrument, energies)


@cache
def _node_sections(anode: str) -> Tensor:
    lines = tuple(line.energy_kev for line in tube_lines(anode))
    at_intervals = interval_sections(tuple(interval_edges().tolist()))
    return torch.cat([at_intervals, emission_sections(lines)], dim=1)


def make_beam(instrument: Instrument) -> Beam:
    """The beam of an instrument, float64."""
    edges = torch.from_numpy(interval_edges())
    share = (torch.arange(4, dtype=torch.float64) + 0.5) / 4.0
    width = edges[1:] - edges[:-1]
    at = edges[:-1, None] + width[:, None] * share
    density = continuum_density(instrument, at.ravel()).reshape(at.shape)
    photons = density.mean(dim=1) * width
    mean = (density * at).sum(dim=1) / density.sum(dim=1).clamp_min(1e-300)
    centre = torch.where(photons > 0.0, mean, 0.5 * (edges[1:] + edges[:-1]))
    line_energies, in_lines = tube_line_beam(instrument)
    return Beam(
        energy_kev=torch.cat([centre, line_energies]),
        photons=torch.cat([photons, in_lines]),
        sections=_node_sections(instrument.anode),
        continuum_nodes=len(centre),
    )
