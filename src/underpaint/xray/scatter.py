"""Photons of the tube that a layered sample sends back: Rayleigh and Compton, single scatter.

Cross sections: Thomson and Klein-Nishina with atomic form factors and incoherent scattering
functions (Hubbell et al. 1975, doi 10.1063/1.555523, as tabulated in xraylib). A Compton peak is
widened by the electrons' momentum (a Gaussian of the profile's FWHM).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .atomic import atomic_weights, attenuation, form_factors
from .fluorescence import escape_fraction, transmission_above
from .instrument import Instrument
from .source import continuum_density, tube_line_beam
from .stack import StackBatch

ELECTRON_KEV = 510.99895
RADIUS_CM2 = 7.94078e-26
AVOGADRO = 6.02214076e23
ANGSTROM_KEV = 12.39841984
MOMENTUM_PER_AU = 1.0 / 137.035999
CONTINUUM_POINTS = 160


@dataclass(frozen=True, eq=False)
class ScatterChannels:
    """Every way in which a tube photon comes back: (channel,) arrays, float64.

    Continuum channels hold photons per keV of outgoing energy, line channels photons.

    Attributes
    ----------
    energy_in_kev, energy_out_kev : before and after
    photons : that arrive (per keV out, for continuum)
    sections : (element, channel) differential cross section, cm2/(g sr)
    broadening_kev : FWHM added by the electrons' momentum, 0 for Rayleigh
    continuum : (channel,) bool
    compton : (channel,) bool
    """

    energy_in_kev: Tensor
    energy_out_kev: Tensor
    photons: Tensor
    sections: Tensor
    broadening_kev: Tensor
    continuum: Tensor
    compton: Tensor


def compton_energy(energy_kev: Tensor, scatter_deg: float) -> Tensor:
    """Energy after Compton scatter, keV."""
    return energy_kev / (1.0 + energy_kev / ELECTRON_KEV * _shift(scatter_deg))


def _shift(scatter_deg: float) -> float:
    return 1.0 - math.cos(math.radians(scatter_deg))


def _interpolated(transfer: Tensor, table: Tensor, at: Tensor) -> Tensor:
    start, step = float(transfer[0]), math.log(float(transfer[1] / transfer[0]))
    position = ((at / start).log() / step).clamp(0.0, len(transfer) - 1.001)
    lower = position.to(torch.int64)
    below, above = table[:, lower], table[:, lower + 1]
    return below + (position - lower) * (above - below)


def differential_sections(energy_kev: Tensor, scatter_deg: float) -> tuple[Tensor, Tensor]:
    """Rayleigh and Compton cross sections at one angle, each (element, energy) cm2/(g sr)."""
    cosine = math.cos(math.radians(scatter_deg))
    transfer, coherent, incoherent = form_factors()
    at = energy_kev * math.sin(math.radians(scatter_deg) / 2.0) / ANGSTROM_KEV
    per_gram = (AVOGADRO / atomic_weights())[:, None]
    thomson = 0.5 * RADIUS_CM2 * (1.0 + cosine**2)
    rayleigh = thomson * _interpolated(transfer, coherent, at) ** 2 * per_gram
    ratio = compton_energy(energy_kev, scatter_deg) / energy_kev
    klein_nishina = 0.5 * RADIUS_CM2 * ratio**2 * (ratio + 1.0 / ratio - (1.0 - cosine**2))
    compton = klein_nishina * _interpolated(transfer, incoherent, at) * per_gram
    return rayleigh, compton


def make_channels(instrument: Instrument) -> ScatterChannels:
    """The scatter channels of an instrument."""
    angle = instrument.scatter_deg
    out = torch.from_numpy(np.geomspace(1.0, max(instrument.kv, 2.0), CONTINUUM_POINTS))
    before = out / (1.0 - out / ELECTRON_KEV * _shift(angle))
    lines, in_lines = tube_line_beam(instrument)
    line_out = compton_energy(lines, angle)
    stretch = (before / out) ** 2
    energy_in = torch.cat([out, before, lines, lines])
    rayleigh, compton = differential_sections(energy_in, angle)
    points, count = len(out), len(lines)
    is_compton = torch.tensor([False] * points + [True] * points + [False] * count + [True] * count)
    momentum = instrument.compton_fwhm_au * MOMENTUM_PER_AU
    widening = 2.0 * lines * math.sin(math.radians(angle) / 2.0) * momentum * line_out / lines
    return ScatterChannels(
        energy_in_kev=energy_in,
        energy_out_kev=torch.cat([out, out, lines, line_out]),
        photons=torch.cat(
            [
                continuum_density(instrument, out),
                continuum_density(instrument, before) * stretch,
                in_lines,
                in_lines,
            ]
        ),
        sections=torch.where(is_compton, compton, rayleigh),
        broadening_kev=torch.cat([torch.zeros(2 * points + count, dtype=torch.float64), widening]),
        continuum=torch.tensor([True] * (2 * points) + [False] * (2 * count)),
        compton=is_compton,
    )


def scattered(
    stacks: StackBatch,
    photons: Tensor,
    sections: Tensor,
    attenuation_in: Tensor,
    attenuation_out: Tensor,
    incidence_deg: float,
    take_off_deg: float,
) -> Tensor:
    """Photons scattered once towards the detector, (sample, channel) per steradian.

    Parameters
    ----------
    stacks : the samples
    photons : (channel,)
    sections : (element, channel) cm2/(g sr)
    attenuation_in, attenuation_out : (element, channel) cm2/g before and after
    incidence_deg, take_off_deg : degrees from the surface
    """
    sine_in = math.sin(math.radians(incidence_deg))
    sine_out = math.sin(math.radians(take_off_deg))
    both = attenuation_in / sine_in + attenuation_out / sine_out
    mass = stacks.mass_thickness[..., None]
    depth = stacks.fractions @ both * mass
    strength = stacks.fractions @ sections * mass / sine_in
    layers = strength * transmission_above(depth) * escape_fraction(depth)
    return layers.sum(dim=1) * photons


def channel_attenuation(channels: ScatterChannels) -> tuple[Tensor, Tensor]:
    """Attenuation before and after scatter, each (element, channel) cm2/g."""
    return attenuation(channels.energy_in_kev), attenuation(channels.energy_out_kev)


__all__ = [
    "ScatterChannels",
    "channel_attenuation",
    "compton_energy",
    "differential_sections",
    "make_channels",
    "scattered",
]
