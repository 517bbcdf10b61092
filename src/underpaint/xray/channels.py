"""Every way in which scattered photons reach the detector, and the spectrum that each gives.

Five kinds: tube photons scattered once (Rayleigh, Compton), the tube's lines scattered twice,
its continuum scattered twice, and the sample's own lines after a Compton scatter on their way.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA

from .compton_shift import ELECTRON_KEV
from .detector import continuum_response, line_response
from .instrument import Instrument
from .lines import Exit
from .rescatter import Rescatter
from .scatter import ScatterChannels

RAYLEIGH, COMPTON, MULTIPLE = "Rayleigh", "Compton", "multiple scatter"
SPREAD = 1.0 / 3.0**0.5
"""Standard deviation of 1 - cosine over all directions."""
PIECES = 14
FWHM_OF_GAP = 1.2
LEAST_KEV = 0.6


@dataclass(frozen=True, eq=False)
class Channels:
    """The channels of `ForwardModel.scatter`.

    Attributes
    ----------
    kind : (channel,) "Rayleigh", "Compton" or "multiple scatter"
    energy_kev : (channel,) mean energy at the detector, float64
    response : (channel, bin) counts for each photon of a channel towards the detector
    """

    kind: tuple[str, ...]
    energy_kev: Tensor
    response: Tensor

    def of(self, kind: str) -> Tensor:
        """Which channels are of a kind, (channel,) bool."""
        return torch.tensor([each == kind for each in self.kind])


def make_channel_responses(
    instrument: Instrument,
    single: ScatterChannels,
    double: Rescatter,
    exits: tuple[Exit, ...],
    edges_kev: Tensor,
) -> Channels:
    """Channels in the order: `single`'s, `double`'s lines, its continuum, Compton of `exits`."""
    kinds = [COMPTON if each else RAYLEIGH for each in single.compton.tolist()]
    twice, twice_kev = _twice_scattered_lines(instrument, double, edges_kev)
    flat, flat_kev = _twice_scattered_continuum(instrument, double, edges_kev)
    lost, lost_kev = _compton_of_lines(instrument, exits, edges_kev)
    kinds += [MULTIPLE] * (len(twice) + len(flat) + len(lost))
    return Channels(
        kind=tuple(kinds),
        energy_kev=torch.cat([single.energy_out_kev, twice_kev, flat_kev, lost_kev]),
        response=torch.cat([_once_scattered(instrument, single, edges_kev), twice, flat, lost]),
    )


def _once_scattered(instrument: Instrument, single: ScatterChannels, edges: Tensor) -> Tensor:
    flat = single.continuum
    sharp = ~flat & (single.broadening_kev == 0.0)
    energy = single.energy_out_kev[sharp]
    lines = line_response(instrument, energy, torch.zeros_like(energy), edges)
    wide = _compton_lines(instrument, single, ~flat & ~sharp, edges)
    nodes = single.energy_out_kev[flat & ~single.compton]
    even = continuum_response(instrument, nodes, edges)
    return torch.cat([even, even, lines, wide])


def _compton_lines(
    instrument: Instrument, single: ScatterChannels, chosen: Tensor, edges: Tensor
) -> Tensor:
    """Compton lines widened by momentum, up to the energy before the scatter.

    No photon leaves with more than it had. The Gaussian is cut there and drawn as pieces of equal
    content, each as wide as its distance to the next.
    """
    before, after = single.energy_in_kev[chosen], single.energy_out_kev[chosen]
    sigma = single.broadening_kev[chosen] / FWHM_PER_SIGMA
    share = torch.special.ndtr((before - after) / sigma)
    pieces = (torch.arange(PIECES, dtype=torch.float64) + 0.5) / PIECES
    place = torch.special.ndtri(share[:, None] * pieces)
    energy = (after[:, None] + sigma[:, None] * place).clamp_min(LEAST_KEV)
    width = FWHM_OF_GAP * torch.gradient(energy, dim=1)[0]
    each = line_response(instrument, energy.ravel(), width.ravel(), edges)
    return each.reshape(*energy.shape, len(edges) - 1).mean(dim=1)


def _twice_scattered_lines(
    instrument: Instrument, double: Rescatter, edges: Tensor
) -> tuple[Tensor, Tensor]:
    energy, weight = double.energy_kev[double.continuum :], double.weight[double.continuum :]
    broadening = double.broadening_kev[double.continuum :]
    each = line_response(instrument, energy.ravel(), broadening.ravel(), edges)
    mean = (weight[..., None] * each.reshape(*energy.shape, len(edges) - 1)).sum(dim=-2)
    return mean.flatten(0, 3), (weight * energy).sum(dim=-1).ravel()


def _twice_scattered_continuum(
    instrument: Instrument, double: Rescatter, edges: Tensor
) -> tuple[Tensor, Tensor]:
    rows = []
    for nodes in double.node_kev:
        held = 0.5 * (nodes[2:] - nodes[:-2])
        rows.append(continuum_response(instrument, nodes, edges)[1:-1] / held[:, None])
    return torch.cat(rows), double.node_kev[:, 1:-1].ravel()


def _compton_of_lines(
    instrument: Instrument, exits: tuple[Exit, ...], edges: Tensor
) -> tuple[Tensor, Tensor]:
    energy = torch.tensor([group.energy_kev for group in exits], dtype=torch.float64)
    lost = energy**2 / ELECTRON_KEV
    after = energy - lost
    return line_response(instrument, after, FWHM_PER_SIGMA * SPREAD * lost, edges), after


def channel_photons(single: Tensor, twice: Tensor, continuum: int, lines: Tensor) -> Tensor:
    """Gather photons of all channels, (sample, channel).

    Parameters
    ----------
    single : (sample, channel) scattered once
    twice : (sample, node, scatter before, direction, scatter) as `rescattered`
    continuum : how many nodes are continuum
    lines : (sample, exit) Compton scattered lines
    """
    flat = twice[:, :continuum].sum(dim=3)
    compton = torch.stack(
        [flat[:, :, 0, 0], flat[:, :, 0, 1] + flat[:, :, 1, 0], flat[:, :, 1, 1]], dim=1
    )
    return torch.cat([single, twice[:, continuum:].flatten(1), compton.flatten(1), lines], dim=1)
