"""Lines inside a sample: where they are made, where they go, what gets out of them.

A batch of layered samples is cut in slices; in each, groups of lines (exits) are made evenly, run
as a field of photons through the others, excite there, are scattered there, and leave.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .field import Passage, directions
from .fineness import Fineness
from .fluorescence import sine
from .slices import Slices, cut, mean_transmission
from .stack import StackBatch

DEEPEST = 8.0
"""Optical depth, for the hardest photons, below which nothing is followed."""


@dataclass(frozen=True, eq=False)
class Rays:
    """Exits that are followed through samples.

    Attributes
    ----------
    followed : (followed,) int64, exits that are followed in any sample
    sample, column : (ray,) int64, the sample of each ray, and its place in `followed`
    mass : (ray, slice) g/cm2, all layers' slices in a row
    passage : what the slices do to them
    """

    followed: Tensor
    sample: Tensor
    column: Tensor
    mass: Tensor
    passage: Passage


@dataclass(frozen=True, eq=False)
class Interior:
    """Samples in slices, and what their matter does to a set of exits.

    Attributes
    ----------
    stacks : the samples
    slices : their slices
    sine_in, sine_out : of the angles between beam, detector and surface
    attenuation : (sample, layer, exit) cm2/g
    held : (sample, layer, exit) mass fraction of the element of each exit
    fineness : of the field
    """

    stacks: StackBatch
    slices: Slices
    sine_in: float | Tensor
    sine_out: float | Tensor
    attenuation: Tensor
    held: Tensor
    fineness: Fineness

    @property
    def _directions(self) -> tuple[Tensor, Tensor]:
        return directions(self.fineness.directions)

    @cached_property
    def leaving(self) -> Tensor:
        """Share of photons made in a slice that gets out, (sample, layer, slice, exit)."""
        return self.leaving_at(self.attenuation)

    def leaving_at(self, attenuation: Tensor) -> Tensor:
        """The same for any attenuation (sample, layer, energy), cm2/g."""
        path = self.stacks.mass_thickness / self.sine_out
        return mean_transmission(attenuation * path[..., None], self.slices)

    def arriving(self, attenuation: Tensor) -> Tensor:
        """Beam photons that cross each slice, times its mass along the beam.

        Parameters
        ----------
        attenuation : (sample, layer, energy) cm2/g

        Returns
        -------
        (sample, layer, slice, energy) g/cm2, for one photon on the sample
        """
        path = self.stacks.mass_thickness / self.sine_in
        share = mean_transmission(attenuation * path[..., None], self.slices)
        return share * (self.slices.mass / self.sine_in)[..., None]

    def made(self, crossing: Tensor, sections: Tensor) -> Tensor:
        """Photons of each exit made in each slice.

        Parameters
        ----------
        crossing : (sample, layer, slice, energy) photons times g/cm2
        sections : (exit, energy) fluorescence cross sections, cm2/g

        Returns
        -------
        (sample, layer, slice, exit), photons into all directions
        """
        made = torch.nn.functional.linear(crossing.contiguous(), sections)
        return made * self.held[:, :, None]

    def out(self, made: Tensor) -> Tensor:
        """Photons towards the detector of what is made in slices, (sample, exit) per steradian."""
        leaving: Tensor = (made * self.leaving).sum(dim=(1, 2))
        return leaving / (4.0 * math.pi)

    def turned(self, flux: Tensor, rays: Rays, sections: Tensor) -> Tensor:
        """Photons towards the detector that slices turn there, (sample, exit) per steradian.

        Parameters
        ----------
        flux : (sample, layer, slice, followed) photons times g/cm2
        rays : the exits that `flux` is of
        sections : (element, exit) mean differential cross sections, cm2/(g sr)
        """
        turning = self.stacks.fractions @ sections[:, rays.followed]
        turned = (flux * turning[:, :, None] * self.leaving[..., rays.followed]).sum(dim=(1, 2))
        return turned.new_zeros(len(turned), self.held.shape[2]).index_copy(
            1, rays.followed, turned
        )

    def rays(self, made: Tensor, sources: Tensor) -> Rays:
        """The exits to follow in each sample: those bright enough to excite anything.

        Parameters
        ----------
        made : (sample, layer, slice, exit) photons made in each slice
        sources : (exit,) bool, the exits that can excite others
        """
        total = made.detach().sum(dim=(1, 2))
        brightest = total.amax(dim=1, keepdim=True) if total.shape[1] else total
        followed = sources & (total > self.fineness.faintest * brightest)
        some = followed.any(dim=0).nonzero()[:, 0]
        sample, column = torch.nonzero(followed[:, some], as_tuple=True)
        each = self.attenuation[sample, :, some[column]]
        each = each.repeat_interleave(self.slices.mass.shape[2], 1)
        mass = self.slices.mass.flatten(1)[sample]
        passage = Passage((each * mass).T, self._directions[0].to(mass))
        return Rays(some, sample, column, mass, passage)

    def flux(self, made: Tensor, rays: Rays) -> Tensor:
        """Photons that cross each slice in all directions, times its mass.

        Parameters
        ----------
        made : (sample, layer, slice, exit) photons made in each slice
        rays : which of them to follow

        Returns
        -------
        (sample, layer, slice, followed) photons times g/cm2; 0 where a sample's is not followed
        """
        weight = self._directions[1].to(made)
        source = made.flatten(1, 2)[rays.sample, :, rays.followed[rays.column]].T[:, None]
        down, up = rays.passage.field(source, source)
        # half: 2 pi for all azimuths over 4 pi for the source's directions
        crossing = 0.5 * ((down + up) * weight[:, None]).sum(dim=1).T * rays.mass
        samples, layers, slices, _ = made.shape
        result = made.new_zeros(samples, layers * slices, len(rays.followed))
        places = torch.arange(layers * slices, device=made.device)
        result = result.index_put((rays.sample[:, None], places, rays.column[:, None]), crossing)
        return result.reshape(samples, layers, slices, -1)


def make_interior(
    stacks: StackBatch,
    photons: Tensor,
    attenuation_in: Tensor,
    attenuation_out: Tensor,
    exit_element: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
    fineness: Fineness,
) -> Interior:
    """Cut samples in slices; what lies too deep for any photon is left out.

    Parameters
    ----------
    photons : (node,) in the beam
    attenuation_in : (element, node) cm2/g
    attenuation_out : (element, exit) cm2/g
    exit_element : (exit,) int64, which element each exit belongs to
    """
    mean = stacks.fractions @ (attenuation_in @ (photons / photons.sum()))
    hardest = stacks.fractions @ attenuation_in[:, photons > 0.0].amin(dim=1)
    reach = DEEPEST / hardest.clamp_min(1e-6)
    shallow = StackBatch(stacks.fractions, torch.minimum(stacks.mass_thickness, reach))
    return Interior(
        stacks=shallow,
        slices=cut(shallow.mass_thickness, mean, fineness.slices),
        sine_in=sine(incidence_deg),
        sine_out=sine(take_off_deg),
        attenuation=stacks.fractions @ attenuation_out,
        held=stacks.fractions[..., exit_element],
        fineness=fineness,
    )
