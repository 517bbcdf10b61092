"""What a layered sample sends towards the detector: its lines, and the tube's scattered photons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .atomic import (
    all_exits,
    attenuation,
    attenuation_at_exits,
    line_couplings,
)
from .beam import make_beam
from .enhancement import enhance
from .fineness import Fineness
from .fluorescence import primary_lines, sine
from .instrument import Figure, Instrument, tensor
from .interior import make_interior
from .periodic_table import ELEMENTS, INDEX
from .rescatter import Rescatter, rescattered
from .scatter import ScatterChannels, channel_attenuation, scattered
from .scatter_sections import mean_sections
from .source import GASES
from .stack import StackBatch, composition

CHUNK = 64
"""Samples worked on at a time: what they need stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Emission:
    """All that is needed to work out what samples send to the detector of one scanner.

    Attributes
    ----------
    incidence_deg, take_off_deg : degrees from the surface
    fineness : with which photons are followed beyond their first interaction; None for not at all
    flat_nodes : continuum nodes of `rescatter`
    exit_element : (exit,) int64, position of each exit's element among the elements
    photons : (node,) in the beam
    attenuation_in : (element, node) cm2/g
    sections : (exit, node) fluorescence cross sections, cm2/g
    attenuation_out : (element, exit) cm2/g
    couplings : (exciting exit, excited exit) cm2/g
    line_rayleigh, line_compton : (element, exit) mean differential cross sections, cm2/(g sr)
    channel_photons : (channel,) for one scatter
    channel_sections, channel_in, channel_out : (element, channel) cm2/(g sr), cm2/g, cm2/g
    rescatter : for two scatters
    gas_lines, gas_scatter : (exit,), (channel,) photons from the gas in view, per steradian
    """

    incidence_deg: Figure
    take_off_deg: Figure
    fineness: Fineness | None
    flat_nodes: int
    exit_element: Tensor
    photons: Tensor
    attenuation_in: Tensor
    sections: Tensor
    attenuation_out: Tensor
    couplings: Tensor
    line_rayleigh: Tensor
    line_compton: Tensor
    channel_photons: Tensor
    channel_sections: Tensor
    channel_in: Tensor
    channel_out: Tensor
    rescatter: Rescatter
    gas_lines: Tensor
    gas_scatter: Tensor

    def of(self, stacks: StackBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Photons towards the detector, per steradian and photon of the beam.

        Returns
        -------
        lines (sample, exit); tube photons scattered once (sample, channel), twice (sample, node,
        scatter before, direction, scatter); Compton scattered lines (sample, exit)
        """
        size = CHUNK if stacks.fractions.device.type == "cpu" else len(stacks)
        starts = range(0, len(stacks), size)
        done = [self._of_few(stacks[start : start + size]) for start in starts]
        lines, single, twice, lost = (torch.cat(each) for each in zip(*done, strict=True))
        return lines, single, twice, lost

    def _of_few(self, stacks: StackBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        held = ((stacks.fractions.detach() > 0.0).any(dim=0).any(dim=0)).nonzero()[:, 0]
        chosen = torch.isin(self.exit_element, held).nonzero()[:, 0]
        few = self._restricted(held, chosen)
        thin = StackBatch(stacks.fractions[:, :, held], stacks.mass_thickness)
        lines, single, twice, lost = few._emitted(thin)
        samples, exits = len(stacks), len(self.exit_element)
        return (
            lines.new_zeros(samples, exits).index_copy(1, chosen, lines) + self.gas_lines,
            single + self.gas_scatter,
            twice,
            lost.new_zeros(samples, exits).index_copy(1, chosen, lost),
        )

    def _restricted(self, held: Tensor, chosen: Tensor) -> Emission:
        """The same for some elements and exits only."""
        place = torch.full((len(ELEMENTS),), -1, device=held.device)
        place[held] = torch.arange(len(held), device=held.device)
        return replace(
            self,
            exit_element=place[self.exit_element[chosen]],
            attenuation_in=self.attenuation_in[held],
            sections=self.sections[chosen],
            attenuation_out=self.attenuation_out[held][:, chosen],
            couplings=self.couplings[chosen][:, chosen],
            line_rayleigh=self.line_rayleigh[held][:, chosen],
            line_compton=self.line_compton[held][:, chosen],
            channel_sections=self.channel_sections[held],
            channel_in=self.channel_in[held],
            channel_out=self.channel_out[held],
            rescatter=self.rescatter.restricted(held, chosen),
        )

    def _emitted(self, stacks: StackBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        angles = (self.incidence_deg, self.take_off_deg)
        lines = primary_lines(
            stacks,
            self.photons,
            self.attenuation_in,
            self.sections,
            self.attenuation_out,
            self.exit_element,
            *angles,
        )
        single = scattered(
            stacks,
            self.channel_photons,
            self.channel_sections,
            self.channel_in,
            self.channel_out,
            *angles,
        )
        if self.fineness is None:
            return lines, single, self.rescatter.nothing(len(stacks)), torch.zeros_like(lines)
        interior = make_interior(
            stacks,
            self.photons,
            self.attenuation_in,
            self.attenuation_out,
            self.exit_element,
            *angles,
            self.fineness,
        )
        crossing = interior.arriving(stacks.fractions @ self.attenuation_in) * self.photons
        twice, by_scattered = rescattered(interior, self.rescatter)
        made = interior.made(crossing, self.sections) + by_scattered
        enhanced, flux, rays = enhance(interior, made, self.couplings)
        lines = lines + interior.out(by_scattered) + enhanced
        turned = interior.turned(flux, rays, self.line_rayleigh)
        lost = interior.turned(flux, rays, self.line_compton)
        return lines + turned, single, twice, lost


def make_emission(
    instrument: Instrument,
    chosen: list[int],
    single: ScatterChannels,
    double: Rescatter,
    fineness: Fineness | None,
) -> Emission:
    """Everything about an instrument that emission needs, float64, one photon in the beam.

    Parameters
    ----------
    chosen : those of `all_exits` that can be emitted
    single, double : the instrument's channels of one, and nodes of two scatters
    """
    beam = make_beam(instrument)
    scale = 1.0 / beam.photons.sum()
    groups = [all_exits()[i] for i in chosen]
    exit_kev = torch.tensor([group.energy_kev for group in groups], dtype=torch.float64)
    before, after = channel_attenuation(single)
    rayleigh, compton = mean_sections(exit_kev)
    plain = Emission(
        incidence_deg=instrument.incidence_deg,
        take_off_deg=instrument.take_off_deg,
        fineness=fineness,
        flat_nodes=double.continuum,
        exit_element=torch.tensor([INDEX[group.element] for group in groups]),
        photons=beam.photons * scale,
        attenuation_in=attenuation(beam.energy_kev),
        sections=beam.sections[chosen],
        attenuation_out=attenuation_at_exits()[:, chosen],
        couplings=line_couplings()[chosen][:, chosen],
        line_rayleigh=rayleigh,
        line_compton=compton,
        channel_photons=single.photons * scale,
        channel_sections=single.sections,
        channel_in=before,
        channel_out=after,
        rescatter=replace(double, photons=double.photons * scale),
        gas_lines=torch.zeros(len(chosen), dtype=torch.float64),
        gas_scatter=torch.zeros(len(before[0]), dtype=torch.float64),
    )
    gas_lines, gas_scatter = _from_gas(plain, instrument)
    return replace(plain, gas_lines=gas_lines, gas_scatter=gas_scatter)


def _from_gas(emission: Emission, instrument: Instrument) -> tuple[Tensor, Tensor]:
    """Photons from the gas that the detector sees in front of the object.

    The gas is a layer on the object. Beam and response count its attenuation already, over the
    whole of both paths: here it is taken back. So it is no thicker than either path is long.
    """
    density, shares = GASES[instrument.atmosphere]
    if density * instrument.view_cm <= 0.0:
        return emission.gas_lines, emission.gas_scatter
    angles = (instrument.incidence_deg, instrument.take_off_deg)
    outward = sine(angles[0]) / sine(angles[1])
    view = torch.minimum(tensor(instrument.view_cm), tensor(instrument.path_in_cm))
    view = torch.minimum(view, tensor(instrument.path_out_cm) / outward)
    along, out = density * view, density * view * outward
    total = sum(shares.values())
    fractions = composition({element: share / total for element, share in shares.items()})
    layer = StackBatch(fractions.expand(1, 1, -1), (along * sine(angles[0])).reshape(1, 1))
    lines = primary_lines(
        layer,
        emission.photons * torch.exp(along * (fractions @ emission.attenuation_in)),
        emission.attenuation_in,
        emission.sections,
        emission.attenuation_out,
        emission.exit_element,
        *angles,
    )
    single = scattered(
        layer,
        emission.channel_photons,
        emission.channel_sections,
        emission.channel_in,
        emission.channel_out,
        *angles,
    )
    lines = lines * torch.exp(out * (fractions @ emission.attenuation_out))
    back = fractions @ (along * emission.channel_in + out * emission.channel_out)
    return lines[0], (single * torch.exp(back))[0]
