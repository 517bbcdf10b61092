"""The forward model: layered samples in, the spectrum that a scanner expects out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from underpaint.errors import StackError
from underpaint.spectrum import Bins

from .atomic import all_exits
from .channels import Channels, channel_photons, make_channel_responses
from .detector import line_response
from .electronics import record, relative_rates
from .emission import Emission, make_emission
from .fineness import USUAL, Fineness
from .instrument import Instrument
from .lines import Exit, edge_kev
from .periodic_table import ELEMENTS
from .pileup import PileUp
from .placement import placed
from .rescatter import make_rescatter
from .scatter import make_channels
from .stack import StackBatch


class ForwardModel:
    """Expected spectra of one instrument on one binning.

    Everything that does not depend on the sample is worked out once; a batch of samples is then
    a few matrix products. Differentiable with respect to composition, mass thickness and those
    figures of the instrument that are tensors.

    Parameters
    ----------
    instrument : the scanner
    bins : energy bins of the spectra
    elements : only these emit lines (absorption and scatter know all); all by default
    dtype : float32, or float64 where accuracy is wanted
    fineness : with which photons are followed beyond their first interaction, into secondary and
        tertiary fluorescence and second scatter; None not to follow them
    """

    def __init__(
        self,
        instrument: Instrument,
        bins: Bins,
        elements: Sequence[str] = ELEMENTS,
        dtype: torch.dtype = torch.float32,
        fineness: Fineness | None = USUAL,
    ) -> None:
        self.instrument = instrument
        self.bins = bins
        wanted = set(elements)
        chosen = [i for i, group in enumerate(all_exits()) if group.element in wanted]
        self.exits: tuple[Exit, ...] = tuple(all_exits()[i] for i in chosen)
        single = make_channels(instrument)
        double = make_rescatter(instrument, chosen, fineness or USUAL)
        edges = torch.tensor(bins.edges, dtype=torch.float64)
        self.channels: Channels = make_channel_responses(
            instrument, single, double, self.exits, edges
        )
        emission = make_emission(instrument, chosen, single, double, fineness)
        self.emission: Emission = placed(emission, dtype)
        self.line_response = _exit_response(instrument, self.exits, edges).to(dtype)
        self.scatter_response = self.channels.response.to(dtype)
        excited = (self.emission.sections * self.emission.photons).sum(dim=1)
        self.own_lines = _own_lines(instrument, self.exits, excited, self.line_response)
        self.pile_up = PileUp(edges.to(dtype))

    def to(self, device: torch.device | str) -> ForwardModel:
        """The same model on another device, for samples that lie there."""
        return placed(self, torch.device(device))

    def emitted(self, stacks: StackBatch) -> tuple[Tensor, Tensor]:
        """Photons towards the detector, per steradian and photon of the beam.

        Returns
        -------
        (sample, exit) fluorescence of each group of lines; (sample, channel) scattered photons,
        one column for each of `channels`

        Raises
        ------
        StackError : where the samples are not given over `ELEMENTS`
        """
        if stacks.fractions.shape[2] != len(ELEMENTS):
            raise StackError(f"a stack needs mass fractions of {len(ELEMENTS)} elements")
        lines, single, twice, lost = self.emission.of(stacks)
        return lines, channel_photons(single, twice, self.emission.flat_nodes, lost)

    def lines(self, stacks: StackBatch) -> Tensor:
        """Fluorescence of each group of lines before the detector, (sample, exit)."""
        return self.emitted(stacks)[0]

    def scatter(self, stacks: StackBatch) -> Tensor:
        """Scattered photons before the detector, (sample, channel)."""
        return self.emitted(stacks)[1]

    def rates(self, lines: Tensor, scatter: Tensor) -> Tensor:
        """Count rates of given emissions relative to their mean, (sample, 1)."""
        counts = lines @ self.line_response.sum(dim=1) + scatter @ self.scatter_response.sum(dim=1)
        return relative_rates(counts[:, None])

    def detected(
        self, lines: Tensor, scatter: Tensor, relative_rate: Tensor | float = 1.0
    ) -> Tensor:
        """Spectra of given emissions, scanner's own lines and electronics included.

        Parameters
        ----------
        lines, scatter : as `emitted`
        relative_rate : (sample, 1) or a number, count rate relative to the instrument's mean

        Returns
        -------
        (sample, bin)
        """
        spectrum = _through(lines, self.line_response) + _through(scatter, self.scatter_response)
        if self.own_lines is not None:
            spectrum = spectrum + spectrum.sum(dim=1, keepdim=True) * self.own_lines
        return record(spectrum, self.instrument, self.pile_up, relative_rate)

    def expected(self, stacks: StackBatch) -> Tensor:
        """Expected spectra, (sample, bin), in counts for one photon on the sample."""
        return self.detected(*self.emitted(stacks))


def _through(photons: Tensor, response: Tensor) -> Tensor:
    """photons @ response, without the columns that hold none."""
    used = (photons.detach() != 0.0).any(dim=0).nonzero()[:, 0]
    return photons[:, used] @ response[used]


def _exit_response(instrument: Instrument, groups: Sequence[Exit], edges: Tensor) -> Tensor:
    energies = [line.energy_kev for group in groups for line in group.lines]
    energy = torch.tensor(energies, dtype=torch.float64)
    response = line_response(instrument, energy, torch.zeros_like(energy), edges)
    shares = torch.tensor(
        [line.rate / group.rate for group in groups for line in group.lines], dtype=torch.float64
    )
    owner = torch.tensor([i for i, group in enumerate(groups) for _ in group.lines])
    summed = response.new_zeros(len(groups), response.shape[1])
    return summed.index_add(0, owner, response * shares[:, None])


def _own_lines(
    instrument: Instrument, groups: Sequence[Exit], excited: Tensor, response: Tensor
) -> Tensor | None:
    """The scanner's own lines as a spectrum, share of all counts; None where there are none.

    Their ratios are those of a thin film in the beam, `excited` (exit,).
    """
    if not instrument.own_lines:
        return None
    total = response.new_zeros(response.shape[1])
    for element, share in instrument.own_lines.items():
        family = "K" if edge_kev(element, "K") < instrument.kv else "L"
        chosen = [
            i for i, g in enumerate(groups) if g.element == element and g.shell.startswith(family)
        ]
        if chosen:
            shape = excited[chosen] @ response[chosen]
            total = total + share * shape / shape.sum().clamp_min(1e-30)
    return total
