"""A scanner as its files present it: an instrument whose errors were drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import Bins, EnergyCalibration, standard_bins
from underpaint.xray import (
    Fineness,
    ForwardModel,
    Instrument,
    InstrumentPrior,
    sample_instrument,
)

from .disturbances import Crystals, draw_crystals
from .scan_prior import ScanPrior
from .stated_scanner import UNKNOWN, as_stated, told

EMITTERS = (
    "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Ti", "V", "Cr", "Mn", "Fe",
    "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Rb", "Sr", "Y", "Zr", "Nb", "Mo",
    "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "I", "Cs", "Ba", "La", "Ce", "W", "Pt", "Au",
    "Hg", "Pb", "Bi", "Th", "U",
)  # fmt: skip
COUNTED_FROM_KEV = 1.0
USUAL = Fineness()


@dataclass(frozen=True, eq=False)
class Scanner:
    """An instrument with the errors of its file, ready to make spectra.

    Attributes
    ----------
    model : of the instrument, on bins that its wrong energy axis has shifted
    line_error : (exit,) factors of fluorescence
    scatter_error : (channel,) factors of scattered photons
    background : (bin,) what nothing in the model explains, as shares of all counts
    fwhm_kev : stated resolution at 5.9 keV
    measured : (bin,) bool, bins inside the measured range
    crystals : those of the painting that diffract
    stated : (figure,) float32, what its owner would tell the network of it
    told : (figure,) float32, what the network is told; zeros where its owner states nothing
    """

    model: ForwardModel
    line_error: Tensor
    scatter_error: Tensor
    background: Tensor
    fwhm_kev: float
    measured: NDArray[np.bool_]
    crystals: Crystals
    stated: NDArray[np.float32]
    told: NDArray[np.float32]

    @cached_property
    def counted(self) -> Tensor:
        """Bins whose counts make up a spectrum's counts: 1 keV to the tube voltage, (bin,)."""
        centres = self.model.bins.centres
        inside = (centres > COUNTED_FROM_KEV) & (centres < self.model.instrument.kv)
        return torch.from_numpy(inside & self.measured)


def make_scanner(
    instrument: Instrument,
    prior: ScanPrior,
    random: np.random.Generator,
    fineness: Fineness = USUAL,
) -> Scanner:
    """An instrument as a scan file presents it: its errors drawn at random."""
    bins = standard_bins()
    wild = 3.0 if random.random() < prior.wild else 1.0
    zero = random.normal(0.0, wild * prior.zero_kev)
    gain = random.normal(0.0, wild * prior.gain)
    shifted = Bins((bins.edges - zero) / (1.0 + gain))
    model = ForwardModel(instrument, shifted, EMITTERS, fineness=fineness)
    model.scatter_response += _haze(model.scatter_response, bins, random.uniform(0, prior.haze))
    return _misstated(model, told(as_stated(instrument, prior, random)), prior, random)


def misstated_anew(scanner: Scanner, prior: ScanPrior, random: np.random.Generator) -> Scanner:
    """The same instrument and energy axis with all other errors drawn again."""
    return _misstated(scanner.model, scanner.stated, prior, random)


def _misstated(
    model: ForwardModel,
    owner_states: NDArray[np.float32],
    prior: ScanPrior,
    random: np.random.Generator,
) -> Scanner:
    bins = standard_bins()
    instrument = model.instrument
    axis = EnergyCalibration(0.0, 0.01, float(instrument.noise), float(instrument.fano))
    first = random.uniform(0.8, 1.6) if random.random() < prior.threshold else 0.0
    last = random.uniform(20.0, 45.0) if random.random() < prior.narrow else 100.0
    return Scanner(
        model=model,
        line_error=_line_error(model, prior, random),
        scatter_error=_scatter_error(model, prior, random),
        background=_background(bins, prior, random),
        fwhm_kev=float(axis.fwhm(5.9)) * float(np.exp(random.normal(0.0, prior.resolution))),
        measured=(bins.edges[:-1] >= first) & (bins.edges[1:] <= last),
        crystals=draw_crystals(instrument, model.bins, prior, random),
        stated=owner_states,
        told=owner_states if random.random() < prior.stated else UNKNOWN,
    )


def _line_error(model: ForwardModel, prior: ScanPrior, random: np.random.Generator) -> Tensor:
    sigma = dict(zip("KLM", prior.yields, strict=True))
    shells = sorted({(group.element, group.shell) for group in model.exits})
    factor = {key: np.exp(random.normal(0.0, sigma[key[1][0]])) for key in shells}
    return torch.tensor(
        [factor[group.element, group.shell] for group in model.exits], dtype=torch.float32
    )


def _scatter_error(model: ForwardModel, prior: ScanPrior, random: np.random.Generator) -> Tensor:
    channels = model.channels
    place = channels.energy_kev.log() / np.log(50.0)
    error = torch.zeros_like(place)
    for kind in sorted(set(channels.kind)):
        smooth = sum(
            random.normal(0.0, prior.scatter) * torch.cos(np.pi * (k + random.random()) * place)
            for k in range(4)
        )
        error = torch.where(channels.of(kind), torch.as_tensor(smooth), error)
    return error.exp().to(torch.float32)


def _background(bins: Bins, prior: ScanPrior, random: np.random.Generator) -> Tensor:
    """A smooth spectrum of no known origin, as a share of all counts, (bin,)."""
    place = np.log(bins.centres) / np.log(50.0)
    shape = random.normal(0.0, 1.0) * place
    for k in range(1, 5):
        shape = shape + random.normal(0.0, 1.0 / k) * np.cos(np.pi * (k * place + random.random()))
    density = np.exp(shape) * bins.widths
    share = np.exp(random.uniform(*np.log(prior.background)))
    return torch.from_numpy((share * density / density.sum()).astype(np.float32))


def _haze(response: Tensor, bins: Bins, share: float) -> Tensor:
    """Scatter from beyond the spot and of third order: a tail 6 % of the energy long."""
    centre = torch.from_numpy(bins.centres)
    lost = (centre[:, None] - centre[None, :]) / (0.06 * centre[:, None])
    kernel = torch.where(lost >= 0.0, torch.exp(-lost.clamp_min(0.0)), torch.zeros_like(lost))
    kernel = kernel * torch.from_numpy(bins.widths)
    kernel = share * kernel / kernel.sum(dim=1, keepdim=True)
    return response @ kernel.to(response.dtype)


def draw_scanners(
    instruments: InstrumentPrior, scan: ScanPrior, count: int, random: np.random.Generator
) -> list[Scanner]:
    """Scanners at random."""
    return [
        make_scanner(sample_instrument(instruments, random), scan, random) for _ in range(count)
    ]
