"""The photons that reach the object, on energy nodes.

The continuum is kept as photons in energy intervals and the tube's lines as exact energies behind
them. Intervals end where elements that paintings hold have absorption edges, since both what
excites and what absorbs jumps there; between edges they are no wider than a tenth of their energy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.errors import InstrumentError

from .atomic import HIGHEST_KEV, emission_sections, interval_midpoints, interval_sections
from .instrument import Instrument, tensor
from .lines import common_edges
from .source import continuum_density, tube_line_beam

FIRST_KEV = 1.0
WIDEST = 1.1
NARROWEST = 1.02
POINTS = 6
SOME_PHOTONS = 1e-6
"""Share given to the first piece, for the interval that ends just above the tube voltage."""
FEWEST_PHOTONS = 1e-6
"""Intervals with a smaller share of the photons are left out."""


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
    kept = [FIRST_KEV]
    for jump in common_edges():
        if jump > kept[-1] * NARROWEST:
            kept.append(jump)
    borders: list[float] = []
    for low, high in zip(kept, [*kept[1:], HIGHEST_KEV], strict=True):
        pieces = max(1, math.ceil(math.log(high / low) / math.log(WIDEST)))
        borders.extend(np.geomspace(low, high, pieces + 1)[:-1])
    return np.array([*borders, HIGHEST_KEV])


def make_beam(instrument: Instrument, borders: NDArray[np.float64] | None = None) -> Beam:
    """The beam of an instrument, float64.

    Within an interval, cross sections are averaged over its photons, and attenuation is that at
    their mean energy.

    Parameters
    ----------
    borders : edges of other intervals than `interval_edges`, keV
    """
    edges = torch.from_numpy(interval_edges() if borders is None else borders)
    below = torch.minimum(edges, tensor(instrument.kv))
    density = _density(instrument, below)
    photons = density.mean(dim=1) * below.diff()
    line_energies, in_lines = tube_line_beam(instrument)
    if not float((photons.sum() + in_lines.sum()).detach()) > 0.0:
        raise InstrumentError(
            f"no photon of the tube at {float(instrument.kv):g} kV comes through its window and "
            "filters: take thinner ones, or a higher voltage"
        )
    kept = photons.detach() > FEWEST_PHOTONS * (photons.sum() + in_lines.sum()).detach()
    density, at = density[kept], interval_midpoints(below, POINTS)[kept]
    energy = (density * at).sum(dim=1) / density.sum(dim=1)
    sections = interval_sections(tuple(edges.tolist()), POINTS)[:, kept]
    share = _density(instrument, edges)[kept]
    share[:, 0] += SOME_PHOTONS * density[:, 0]
    share = share / share.sum(dim=1, keepdim=True)
    at_lines = emission_sections(tuple(line_energies.tolist()))
    return Beam(
        energy_kev=torch.cat([energy, line_energies]),
        photons=torch.cat([photons[kept], in_lines]),
        sections=torch.cat([(sections * share).sum(dim=2), at_lines], dim=1),
        continuum_nodes=int(kept.sum()),
    )


def _density(instrument: Instrument, edges: Tensor) -> Tensor:
    at = interval_midpoints(edges, POINTS)
    return continuum_density(instrument, at.ravel()).reshape(at.shape)
