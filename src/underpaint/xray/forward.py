"""The forward model: layered samples in, the spectrum that a scanner expects out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from underpaint.spectrum import Bins

from .atomic import ELEMENTS, INDEX, all_exits, attenuation, attenuation_at_exits
from .beam import make_beam
from .detector import efficiency, line_response
from .fluorescence import primary_lines
from .instrument import Instrument
from .lines import Exit, edge_kev
from .pileup import PileUp
from .scatter import ScatterChannels, channel_attenuation, make_channels, scattered
from .source import GASES
from .stack import StackBatch, composition


class ForwardModel:
    """Expected spectra of one instrument on one binning.

    Everything that does not depend on the sample is worked out once; a batch of samples is then
    a few matrix products. Differentiable with respect to composition and mass thickness.

    Parameters
    ----------
    instrument : the scanner
    bins : energy bins of the spectra
    elements : only these emit lines (absorption and scatter know all); all by default
    dtype : float32, or float64 where accuracy is wanted
    """

    def __init__(
        self,
        instrument: Instrument,
        bins: Bins,
        elements: Sequence[str] = ELEMENTS,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.instrument = instrument
        self.bins = bins
        wanted = set(elements)
        chosen = [i for i, group in enumerate(all_exits()) if group.element in wanted]
        self.exits: tuple[Exit, ...] = tuple(all_exits()[i] for i in chosen)
        self.exit_element = torch.tensor([INDEX[group.element] for group in self.exits])
        beam = make_beam(instrument)
        channels = make_channels(instrument)
        scale = 1.0 / float(beam.photons.sum())
        edges = torch.tensor(bins.edges, dtype=torch.float64)
        before, after = channel_attenuation(channels)

        self.photons = (beam.photons * scale).to(dtype)
        self.attenuation_in = attenuation(beam.energy_kev).to(dtype)
        self.sections = beam.sections[chosen].to(dtype)
        self.attenuation_out = attenuation_at_exits()[:, chosen].to(dtype)
        self.line_response = _exit_response(instrument, self.exits, edges).to(dtype)
        self.channels = channels
        self.channel_photons = (channels.photons * scale).to(dtype)
        self.channel_sections = channels.sections.to(dtype)
        self.channel_in, self.channel_out = before.to(dtype), after.to(dtype)
        self.scatter_response = _channel_response(instrument, channels, edges).to(dtype)
        self.gas = _gas_layer(instrument, dtype)
        self.own_lines = _own_lines(instrument, self.exits, self.line_response)
        self.pile_up = PileUp(edges.to(dtype))

    def _in_view(self, stacks: StackBatch) -> StackBatch:
        if self.gas is None:
            return stacks
        fractions, mass_thickness = self.gas
        return stacks.with_layer_on_top(fractions, mass_thickness)

    def lines(self, stacks: StackBatch) -> Tensor:
        """Fluorescence of each group of lines before the detector, (sample, exit)."""
        return primary_lines(
            self._in_view(stacks),
            self.photons,
            self.attenuation_in,
            self.sections,
            self.attenuation_out,
            self.exit_element,
            self.instrument.incidence_deg,
            self.instrument.take_off_deg,
        )

    def scatter(self, stacks: StackBatch) -> Tensor:
        """Scattered photons before the detector, (sample, channel)."""
        return scattered(
            self._in_view(stacks),
            self.channel_photons,
            self.channel_sections,
            self.channel_in,
            self.channel_out,
            self.instrument.incidence_deg,
            self.instrument.take_off_deg,
        )

    def detected(self, lines: Tensor, scatter: Tensor) -> Tensor:
        """Spectra of given emissions, scanner's own lines and pile-up included, (sample, bin)."""
        spectrum = lines @ self.line_response + scatter @ self.scatter_response
        if self.own_lines is not None:
            spectrum = spectrum + spectrum.sum(dim=1, keepdim=True) * self.own_lines
        if self.instrument.pile_up > 0.0:
            spectrum = self.pile_up.apply(spectrum, self.instrument.pile_up)
        return spectrum

    def expected(self, stacks: StackBatch) -> Tensor:
        """Expected spectra, (sample, bin), in counts for one photon on the sample."""
        return self.detected(self.lines(stacks), self.scatter(stacks))


def _exit_response(instrument: Instrument, groups: Sequence[Exit], edges: Tensor) -> Tensor:
    energies = [line.energy_kev for group in groups for line in group.lines]
    energy = torch.tensor(energies, dtype=torch.float64)
    response = line_response(instrument, energy, torch.zeros_like(energy), edges)
    shares = torch.tensor(
        [line.rate / group.rate for group in groups for line in group.lines], dtype=torch.float64
    )
    owner = torch.tensor([i for i, group in enumerate(groups) for _ in group.lines])
    summed = response.new_zeros(len(groups), response.shape[1])
    return summed.index_add_(0, owner, response * shares[:, None])


def _channel_response(instrument: Instrument, channels: ScatterChannels, edges: Tensor) -> Tensor:
    flat = channels.continuum
    response = edges.new_zeros(len(flat), len(edges) - 1)
    response[~flat] = line_response(
        instrument, channels.energy_out_kev[~flat], channels.broadening_kev[~flat], edges
    )
    compton = channels.compton
    for part in (flat & ~compton, flat & compton):
        nodes = channels.energy_out_kev[part]
        response[part] = _continuum_response(nodes, edges) * efficiency(instrument, nodes)[:, None]
    return response


def _continuum_response(nodes: Tensor, edges: Tensor) -> Tensor:
    """Integral over each bin of the hat function of each node, (node, bin) keV."""
    width = nodes.diff()[:, None]
    inside = torch.minimum((edges - nodes[:-1, None]).clamp_min(0.0), width)
    rising = inside**2 / (2.0 * width)
    cumulative = edges.new_zeros(len(nodes), len(edges))
    cumulative[1:] += rising
    cumulative[:-1] += inside - rising
    return cumulative.diff(dim=1)


def _gas_layer(instrument: Instrument, dtype: torch.dtype) -> tuple[Tensor, float] | None:
    density, fractions = GASES[instrument.atmosphere]
    if density * instrument.view_cm <= 0.0:
        return None
    total = sum(fractions.values())
    dense = composition({element: share / total for element, share in fractions.items()})
    return dense.to(dtype), density * instrument.view_cm


def _own_lines(instrument: Instrument, groups: Sequence[Exit], response: Tensor) -> Tensor | None:
    """The scanner's own lines as a spectrum, share of all counts; None where there are none."""
    if not instrument.own_lines:
        return None
    total = response.new_zeros(response.shape[1])
    for element, share in instrument.own_lines.items():
        family = "K" if edge_kev(element, "K") < instrument.kv else "L"
        chosen = [
            i for i, g in enumerate(groups) if g.element == element and g.shell.startswith(family)
        ]
        if chosen:
            rates = response.new_tensor([groups[i].rate for i in chosen])
            shape = rates @ response[chosen]
            total = total + share * shape / shape.sum().clamp_min(1e-30)
    return total
