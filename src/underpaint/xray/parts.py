"""A spectrum split into what makes it: elements, scatter, the scanner's own share, pile-up.

Photons that are recorded alone keep their energy, so that every part up to there is worked out by
itself and shrinks by the same share; those that meet another make the part called pile-up.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .channels import COMPTON, MULTIPLE, RAYLEIGH
from .electronics import live_share, pile_up_share, zero_peak
from .forward import ForwardModel
from .instrument import tensor
from .stack import StackBatch

OWN_LINES = "scanner"
ZERO_PEAK = "zero peak"
PILE_UP = "pile-up"


@dataclass(frozen=True, eq=False)
class SpectrumParts:
    """The parts of expected spectra; together they are the spectrum.

    Attributes
    ----------
    elements : symbol -> (sample, bin), all lines of an element in the object and the gas in
        view, with their escape, tail and shelf, in the order of atomic numbers
    others : name -> (sample, bin): "Rayleigh", "Compton" and "multiple scatter" of photons,
        "scanner" for the lines of its own parts, "zero peak", and "pile-up" for records of
        several photons; only those that are there
    """

    elements: dict[str, Tensor]
    others: dict[str, Tensor]

    @property
    def named(self) -> dict[str, Tensor]:
        """All parts by name."""
        return self.elements | self.others

    @property
    def total(self) -> Tensor:
        """The expected spectrum, (sample, bin)."""
        first, *rest = self.named.values()
        total = first
        for part in rest:
            total = total + part
        return total


def spectrum_parts(model: ForwardModel, stacks: StackBatch) -> SpectrumParts:
    """Split the expected spectra of samples into their parts.

    Parameters
    ----------
    model : of the scanner, on the bins that are wanted
    stacks : the samples

    Returns
    -------
    SpectrumParts, in counts for one photon on the sample, as `ForwardModel.expected`.
    """
    instrument = model.instrument
    lines, scatter = model.emitted(stacks)
    elements: dict[str, Tensor] = {}
    for symbol in dict.fromkeys(group.element for group in model.exits):
        chosen = [i for i, group in enumerate(model.exits) if group.element == symbol]
        if bool((lines[:, chosen].detach() > 0.0).any()):
            elements[symbol] = lines[:, chosen] @ model.line_response[chosen]
    others: dict[str, Tensor] = {}
    for kind in (RAYLEIGH, COMPTON, MULTIPLE):
        of_kind = model.channels.of(kind)
        if bool(scatter[:, of_kind].detach().any()):
            others[kind] = scatter[:, of_kind] @ model.scatter_response[of_kind]
    single = SpectrumParts(elements, others)
    if model.own_lines is not None:
        others[OWN_LINES] = single.total.sum(dim=1, keepdim=True) * model.own_lines
    arriving = single.total
    rate = arriving.new_ones(1, 1)
    live = live_share(instrument, rate)
    alone = live * (1.0 - pile_up_share(instrument, rate))
    parts = SpectrumParts(
        {name: part * alone for name, part in elements.items()},
        {name: part * alone for name, part in others.items()},
    )
    if instrument.zero_peak > 0.0:
        clocked = tensor(instrument.zero_peak).to(arriving.dtype) * live
        shape = zero_peak(instrument, model.pile_up.edges_kev)
        parts.others[ZERO_PEAK] = clocked * arriving.sum(dim=1, keepdim=True) * shape
    if instrument.pile_up > 0.0:
        parts.others[PILE_UP] = model.detected(lines, scatter) - parts.total
    return parts


def before_electronics(model: ForwardModel, stacks: StackBatch) -> Tensor:
    """Spectra of single photons, (sample, bin): these mix by area, as pixels do."""
    lines, scatter = model.emitted(stacks)
    spectrum = lines @ model.line_response + scatter @ model.scatter_response
    if model.own_lines is not None:
        spectrum = spectrum + spectrum.sum(dim=1, keepdim=True) * model.own_lines
    return spectrum
