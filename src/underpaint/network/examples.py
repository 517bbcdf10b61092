"""Training examples: noisy spectra of random paintings under random scanners, with the truth.

A batch is a handful of scans: each has a painting, an instrument that its file misstates a
little, and a dose. Everything follows from the seed, so that a batch can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.paint import (
    Library,
    PaintPrior,
    Pixels,
    Truth,
    joined,
    sample_painting,
    sample_pixels,
)
from underpaint.spectrum import Bins, EnergyCalibration, standard_bins
from underpaint.xray import ForwardModel, Instrument, InstrumentPrior, sample_instrument

from .scan_prior import ScanPrior

EMITTERS = (
    "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Ti", "V", "Cr", "Mn", "Fe",
    "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Rb", "Sr", "Y", "Zr", "Nb", "Mo",
    "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "I", "Cs", "Ba", "La", "Ce", "W", "Pt", "Au",
    "Hg", "Pb", "Bi", "Th", "U",
)  # fmt: skip
COUNTED_FROM_KEV = 1.0


@dataclass(frozen=True, eq=False)
class Examples:
    """Spectra as the network sees them, and what is true of them.

    Attributes
    ----------
    counts : (pixel, bin) float32, counts; 0 outside the measured range
    measured : (pixel, bin) bool, bins inside the measured range
    fwhm_kev : (pixel,) float32, stated resolution at 5.9 keV
    palette : (pixel, group) bool, groups held possible
    truth : of each pixel
    """

    counts: Tensor
    measured: Tensor
    fwhm_kev: Tensor
    palette: Tensor
    truth: Truth


@dataclass(frozen=True, eq=False)
class Scanner:
    """An instrument with the errors of its file, ready to make spectra."""

    model: ForwardModel
    line_error: Tensor
    scatter_error: Tensor
    background: Tensor
    fwhm_kev: float
    measured: NDArray[np.bool_]

    @cached_property
    def counted(self) -> Tensor:
        """Bins whose counts make up a spectrum's counts: 1 keV to the tube voltage, (bin,)."""
        centres = self.model.bins.centres
        inside = (centres > COUNTED_FROM_KEV) & (centres < self.model.instrument.kv)
        return torch.from_numpy(inside & self.measured)


def make_scanner(instrument: Instrument, prior: ScanPrior, random: np.random.Generator) -> Scanner:
    """An instrument as a scan file presents it: its errors drawn at random."""
    bins = standard_bins()
    wild = 3.0 if random.random() < prior.wild else 1.0
    zero = random.normal(0.0, wild * prior.zero_kev)
    gain = random.normal(0.0, wild * prior.gain)
    model = ForwardModel(instrument, Bins((bins.edges - zero) / (1.0 + gain)), EMITTERS)
    model.scatter_response += _haze(model.scatter_response, bins, random.uniform(0, prior.haze))
    stated = EnergyCalibration(0.0, 0.01, float(instrument.noise), float(instrument.fano))
    first = random.uniform(0.8, 1.6) if random.random() < prior.threshold else 0.0
    last = random.uniform(20.0, 45.0) if random.random() < prior.narrow else 100.0
    return Scanner(
        model=model,
        line_error=_line_error(model, prior, random),
        scatter_error=_scatter_error(model, prior, random),
        background=_background(bins, prior, random),
        fwhm_kev=float(stated.fwhm(5.9)) * float(np.exp(random.normal(0.0, prior.resolution))),
        measured=(bins.edges[:-1] >= first) & (bins.edges[1:] <= last),
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


def expected_spectra(scanner: Scanner, pixels: Pixels) -> Tensor:
    """Expected spectra of pixels in counts for one photon on the object, (pixel, bin)."""
    area = torch.from_numpy(pixels.area)
    lines, scatter = scanner.model.emitted(pixels.stacks)
    lines = area @ lines * scanner.line_error
    scatter = area @ scatter * scanner.scatter_error
    spectrum = scanner.model.detected(lines, scatter, scanner.model.rates(lines, scatter))
    return spectrum + spectrum.sum(dim=1, keepdim=True) * scanner.background


def count_photons(
    scanner: Scanner, expected: Tensor, counts: NDArray[np.float64], random: np.random.Generator
) -> Tensor:
    """Poisson counts of spectra scaled to given numbers of counts, (pixel, bin) float32.

    Parameters
    ----------
    expected : (pixel, bin), any scale
    counts : (pixel,) counts from 1 keV to the tube voltage
    """
    total = (expected * scanner.counted).sum(dim=1, keepdim=True).clamp_min(1e-30)
    wanted = torch.from_numpy(counts.astype(np.float32))[:, None]
    mean = (expected / total * wanted).clamp_min(0.0).double().numpy() * scanner.measured
    return torch.from_numpy(random.poisson(np.minimum(mean, 1e9)).astype(np.float32))


def sample_counts(
    expected: Tensor, prior: ScanPrior, random: np.random.Generator
) -> NDArray[np.float64]:
    """Counts of each pixel of one scan: a dose for all, and each pixel's own brightness."""
    low, high = np.log(prior.counts)
    dose = np.exp(random.uniform(low, high))
    total = expected.sum(dim=1).double().numpy()
    bright = np.clip(total / max(float(np.median(total)), 1e-30), 0.2, 5.0)
    return np.asarray(np.clip(dose * bright, *prior.counts))


def sample_palette(
    truth: Truth, prior: ScanPrior, random: np.random.Generator
) -> NDArray[np.bool_]:
    """A palette that holds all that is there, and more: (group,) bool."""
    groups = truth.top.shape[1]
    if random.random() < prior.any_palette:
        return np.ones(groups, dtype=np.bool_)
    there = truth.anywhere.any(axis=0)
    return np.asarray(there | (random.random(groups) < random.random()), dtype=np.bool_)


def make_examples(
    library: Library,
    paint: PaintPrior,
    scan: ScanPrior,
    scanners: Sequence[Scanner],
    pixels_each: int,
    random: np.random.Generator,
) -> Examples:
    """A batch: one painting for each scanner, `pixels_each` pixels of it."""
    counts, measured, fwhm, palettes, truths = [], [], [], [], []
    for scanner in scanners:
        painting = sample_painting(library, paint, random)
        pixels = sample_pixels(painting, paint, library, pixels_each, random)
        expected = expected_spectra(scanner, pixels)
        dose = sample_counts(expected, scan, random)
        counts.append(count_photons(scanner, expected, dose, random))
        measured.append(torch.from_numpy(np.tile(scanner.measured, (pixels_each, 1))))
        fwhm.append(torch.full((pixels_each,), scanner.fwhm_kev))
        palette = sample_palette(pixels.truth, scan, random)
        palettes.append(torch.from_numpy(np.tile(palette, (pixels_each, 1))))
        truths.append(pixels.truth)
    return Examples(
        counts=torch.cat(counts),
        measured=torch.cat(measured),
        fwhm_kev=torch.cat(fwhm),
        palette=torch.cat(palettes),
        truth=joined(truths),
    )


def draw_scanners(
    instruments: InstrumentPrior, scan: ScanPrior, count: int, random: np.random.Generator
) -> list[Scanner]:
    """Scanners at random."""
    return [
        make_scanner(sample_instrument(instruments, random), scan, random) for _ in range(count)
    ]
