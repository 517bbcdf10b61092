"""The photons that reach the object, on energy nodes.

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

from .atomic import emission_sections, interval_sections
from .instrument import Instrument
from .source import continuum_density, tube_line_beam

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


@cache
def _node_sections(lines: tuple[float, ...]) -> Tensor:
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
        sections=_node_sections(tuple(line_energies.tolist())),
        continuum_nodes=len(centre),
    )
