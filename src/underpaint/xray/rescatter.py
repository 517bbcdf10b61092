"""Photons of the tube that are scattered twice, and what the once scattered ones excite.

In light supports a scattered photon often meets a second atom before it leaves: that fills the
low side of the tube's Compton peaks. The field of once scattered photons is followed by discrete
ordinates (`field`), each direction with the cross section and energy of its own scatter angle;
both scatters are averaged over the azimuth, their product as oxygen's. Energies inside the sample
are those after a right-angled Compton scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .atomic import attenuation, emission_sections, interval_midpoints, interval_sections
from .field import Passage, directions
from .fineness import Fineness
from .instrument import Instrument, plain, tensor
from .interior import Interior
from .periodic_table import INDEX
from .scatter import continuum_grid
from .scatter_sections import compton_energy, compton_width, differential_sections
from .source import continuum_density, tube_line_beam

AZIMUTHS = 8
SOFTEST_KEV = 4.0
GRID_STEP = 1.2
POINTS = 6
TYPICAL_FWHM_AU = 2.0
"""Of the momentum of the electrons of light elements, atomic units."""


@dataclass(frozen=True, eq=False)
class Rescatter:
    """Tube photons on coarse nodes (continuum first, then lines), for two scatters.

    Directions: down, then up, each as `field.directions`. Scatters: Rayleigh, then Compton.

    Attributes
    ----------
    photons : (node,) in the beam
    attenuation : (3, element, node) cm2/g at the energy after no, one, two Compton scatters
    first : (element, node, scatter, direction) cm2/(g sr), from the beam into a direction
    second : (element, node, scatter before, direction, scatter) cm2/(g sr), to the detector
    sections : (exit, node, scatter) fluorescence cross sections for once scattered photons, cm2/g
    continuum : how many nodes are continuum
    energy_kev : (node, scatter before, direction, scatter, azimuth) at the detector
    broadening_kev : the same, FWHM that the electrons' momentum adds
    weight : the same, share of each azimuth
    node_kev : (3, continuum node + 2) energies after no, one, two Compton scatters, with those
        where the continuum begins and ends
    """

    photons: Tensor
    attenuation: Tensor
    first: Tensor
    second: Tensor
    sections: Tensor
    continuum: int
    energy_kev: Tensor
    broadening_kev: Tensor
    weight: Tensor
    node_kev: Tensor

    def restricted(self, held: Tensor, chosen: Tensor) -> Rescatter:
        """The same for some elements and exits only."""
        return replace(
            self,
            attenuation=self.attenuation[:, held],
            first=self.first[held],
            second=self.second[held],
            sections=self.sections[chosen],
        )

    def nothing(self, samples: int) -> Tensor:
        """What `rescattered` gives where nothing is scattered twice."""
        return self.second.new_zeros(samples, *self.second.shape[1:])


def make_rescatter(instrument: Instrument, exits: list[int], fineness: Fineness) -> Rescatter:
    """Prepare an instrument for two scatters; `exits` are those of `all_exits` to be excited."""
    edges = continuum_grid(plain(instrument.kv), GRID_STEP)
    edges = edges[edges > SOFTEST_KEV]
    below = torch.minimum(edges, tensor(instrument.kv))
    within = interval_midpoints(below, POINTS)
    in_continuum = continuum_density(instrument, within.ravel()).reshape(within.shape).mean(dim=1)
    lines, in_lines = tube_line_beam(instrument)
    hard = lines.detach() > SOFTEST_KEV
    lines, in_lines = lines[hard], in_lines[hard]
    middle = 0.5 * (below[1:] + below[:-1])
    ends = torch.cat([below[:1], middle, below[-1:]])
    energy = torch.cat([middle, lines])
    after = torch.stack([energy, *_right_angled(energy)])
    bounds = torch.stack([edges, *_right_angled(edges)])

    first_cosine, second_cosine = _cosines(instrument, fineness.directions)
    once, before, widened = _scatters(energy, first_cosine)
    twice, last, more = _scatters(before, second_cosine)
    oxygen = once[INDEX["O"]][:, :, :, None] * twice[INDEX["O"]]
    apart = once[INDEX["O"]].mean(-1)[:, :, :, None] * twice[INDEX["O"]].mean(-1)
    return Rescatter(
        photons=torch.cat([in_continuum * below.diff(), in_lines]),
        attenuation=torch.stack([attenuation(each) for each in after]),
        first=once.mean(dim=-1),
        second=twice.mean(dim=-1) * oxygen.mean(dim=-1) / apart,
        sections=torch.stack(
            [
                torch.cat(
                    [
                        interval_sections(tuple(bounds[i].tolist()), POINTS)[exits].mean(dim=2),
                        emission_sections(tuple(after[i, len(middle) :].tolist()))[exits],
                    ],
                    dim=1,
                )
                for i in range(2)
            ],
            dim=2,
        ),
        continuum=len(middle),
        energy_kev=last,
        broadening_kev=(widened[:, :, :, None] ** 2 + more**2).sqrt(),
        weight=oxygen / oxygen.sum(dim=-1, keepdim=True),
        node_kev=torch.stack([ends, *_right_angled(ends)]),
    )


def _right_angled(energy_kev: Tensor) -> tuple[Tensor, Tensor]:
    once = compton_energy(energy_kev, torch.zeros_like(energy_kev))
    return once, compton_energy(once, torch.zeros_like(once))


def _cosines(instrument: Instrument, count: int) -> tuple[Tensor, Tensor]:
    """Cosines of the first and of the second scatter angle, (direction, azimuth) each."""
    polar = directions(count)[0]
    downward = torch.cat([polar, -polar])[:, None]
    azimuth = (torch.arange(AZIMUTHS, dtype=torch.float64) + 0.5) * (2.0 * math.pi / AZIMUTHS)
    level = (1.0 - downward**2).sqrt()
    aside = azimuth + torch.deg2rad(180.0 - tensor(instrument.azimuth_deg))
    into = torch.deg2rad(tensor(instrument.incidence_deg))
    out = torch.deg2rad(tensor(instrument.take_off_deg))
    first = torch.cos(into) * level * torch.cos(azimuth) + torch.sin(into) * downward
    second = torch.cos(out) * level * torch.cos(aside) - torch.sin(out) * downward
    return first, second


def _scatters(energy_kev: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One scatter of photons (node,) or (node, scatter, direction, azimuth) by each azimuth.

    Returns
    -------
    (element, ..., direction, scatter, azimuth) cross sections, with energies and widths after.
    The scatter comes before the direction where photons come from the beam.
    """
    fresh = energy_kev.dim() == 1
    at = (energy_kev[:, None, None] if fresh else energy_kev) * torch.ones_like(cosine)
    turn = cosine.expand_as(at)
    rayleigh, compton = differential_sections(at, turn)
    axis = 1 if fresh else 3
    width = compton_width(at, turn, TYPICAL_FWHM_AU)
    return (
        torch.stack([rayleigh, compton], dim=axis + 1),
        torch.stack([at, compton_energy(at, turn)], dim=axis),
        torch.stack([torch.zeros_like(width), width], dim=axis),
    )


def rescattered(interior: Interior, rescatter: Rescatter) -> tuple[Tensor, Tensor]:
    """Follow once scattered photons through samples.

    Returns
    -------
    (sample, node, scatter before, direction, scatter) photons per steradian towards the detector;
    (sample, layer, slice, exit) photons of each exit that the once scattered ones make
    """
    fractions, mass = interior.stacks.fractions, interior.slices.mass
    samples, layers, slices = mass.shape
    nodes = len(rescatter.photons)
    cosine, weight = (part.to(mass) for part in directions(interior.fineness.directions))
    count = len(cosine)
    coefficients = torch.einsum("ble,cen->cbln", fractions, rescatter.attenuation)
    crossing = interior.arriving(coefficients[0]) * rescatter.photons
    first = torch.einsum("ble,ensd->blnsd", fractions, rescatter.first)
    source = torch.einsum("blin,blnsd->lidbns", crossing, first)
    source = source.reshape(layers * slices, 2 * count, samples * nodes * 2)
    depth = torch.einsum("bli,sbln->libns", mass, coefficients[:2]).reshape(layers * slices, -1)
    down, up = Passage(depth, cosine).field(source[:, :count], source[:, count:])
    solid = 2.0 * math.pi * weight
    radiance = torch.cat([down * solid[:, None], up * solid[:, None]], dim=1)
    radiance = radiance.reshape(layers, slices, 2 * count, samples, nodes, 2)
    radiance = radiance * mass.permute(1, 2, 0)[:, :, None, :, None, None]

    flux = radiance.sum(dim=2).permute(2, 0, 1, 3, 4)
    made = interior.made(flux.flatten(3), rescatter.sections.flatten(1))
    leaving = [interior.leaving_at(each).permute(1, 2, 0, 3) for each in coefficients]
    second = torch.einsum("ble,ensdt->ldbnst", fractions, rescatter.second)
    out = []
    for scatter in range(2):
        after = torch.stack(leaving[scatter : scatter + 2], dim=-1)[:, :, None]
        out.append(((radiance * after).sum(dim=1) * second[..., scatter]).sum(dim=0))
    return torch.stack(out).permute(2, 3, 4, 1, 0), made
