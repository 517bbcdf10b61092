"""Photons of the tube that a layered sample sends back after one scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .atomic import HIGHEST_KEV, attenuation
from .compton_profile import WIDTHS_AU, shares_taking_part
from .compton_shift import ELECTRON_KEV
from .fluorescence import escape_fraction, sine, transmission_above
from .instrument import Instrument, plain, tensor
from .scatter_sections import (
    compton_energy,
    compton_width,
    differential_sections,
    energy_before_compton,
    momentum_transfer,
)
from .source import continuum_density, tube_line_beam
from .stack import StackBatch

LOWEST_KEV = 1.0
CONTINUUM_STEP = 1.025
STRAIGHT = 1e-12
"""Squared sine of a scatter straight back, about: its root has a slope there."""


@dataclass(frozen=True, eq=False)
class ScatterChannels:
    """Every way in which a tube photon comes back after one scatter: (channel,) arrays, float64.

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


def continuum_grid(highest_kev: float, step: float = CONTINUUM_STEP) -> Tensor:
    """Energies for a continuum up to a tube voltage, on a grid that no voltage moves, keV."""
    count = int(np.ceil(np.log(HIGHEST_KEV / LOWEST_KEV) / np.log(step))) + 1
    grid = np.geomspace(LOWEST_KEV, HIGHEST_KEV, count)
    return torch.from_numpy(grid[: int(np.searchsorted(grid, highest_kev)) + 1])


def make_channels(instrument: Instrument) -> ScatterChannels:
    """The channels of single scatter of an instrument.

    In this order: continuum Rayleigh, continuum Compton, lines Rayleigh, and lines Compton once for
    each width of the electrons' momenta (`compton_profile`).
    """
    cosine = instrument.scatter_cosine
    out = continuum_grid(plain(instrument.kv))
    before = energy_before_compton(out, cosine)
    lines, in_lines = tube_line_beam(instrument)
    line_out = compton_energy(lines, cosine)
    widths, points, count = len(WIDTHS_AU), len(out), len(lines)
    energy_in = torch.cat([out, before, lines, lines])
    rayleigh, compton = differential_sections(energy_in, cosine.expand_as(energy_in))
    shares = shares_taking_part(momentum_transfer(lines, cosine))
    first = 2 * points + count
    by_width = compton[:, first:, None] * shares
    density = continuum_density(instrument, torch.cat([out, before]))
    kinds = [False] * points + [True] * points + [False] * count + [True] * count * widths
    return ScatterChannels(
        energy_in_kev=torch.cat([energy_in[:first], lines.repeat(widths)]),
        energy_out_kev=torch.cat([out, out, lines, line_out.repeat(widths)]),
        photons=torch.cat(
            [
                density[:points],
                density[points:] * (before / out) ** 2,
                in_lines,
                in_lines.repeat(widths),
            ]
        ),
        sections=torch.cat(
            [
                rayleigh[:, :points],
                compton[:, points : 2 * points],
                rayleigh[:, first:],
                by_width.transpose(1, 2).flatten(1),
            ],
            dim=1,
        ),
        broadening_kev=torch.cat(
            [
                energy_in.new_zeros(2 * points + count),
                *[_widening(instrument, lines, cosine, width) for width in WIDTHS_AU],
            ]
        ),
        continuum=torch.tensor([True] * 2 * points + [False] * count * (1 + widths)),
        compton=torch.tensor(kinds),
    )


def _widening(
    instrument: Instrument, energy_kev: Tensor, cosine: Tensor, width_au: float
) -> Tensor:
    """FWHM of a Compton line by the electrons' momentum and the detector's spread of angles."""
    momentum = compton_width(energy_kev, cosine, width_au)
    spread = torch.deg2rad(tensor(instrument.acceptance_deg))
    after = compton_energy(energy_kev, cosine)
    sine = (1.0 - cosine**2).clamp_min(STRAIGHT).sqrt()
    angle = after**2 / ELECTRON_KEV * sine * spread
    return (momentum**2 + angle**2).sqrt()


def scattered(
    stacks: StackBatch,
    photons: Tensor,
    sections: Tensor,
    attenuation_in: Tensor,
    attenuation_out: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
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
    sine_in, sine_out = sine(incidence_deg), sine(take_off_deg)
    both = attenuation_in / sine_in + attenuation_out / sine_out
    mass = stacks.mass_thickness[..., None]
    depth = stacks.fractions @ both * mass
    strength = stacks.fractions @ sections * mass / sine_in
    layers = strength * transmission_above(depth) * escape_fraction(depth)
    return layers.sum(dim=1) * photons


def channel_attenuation(channels: ScatterChannels) -> tuple[Tensor, Tensor]:
    """Attenuation before and after scatter, each (element, channel) cm2/g."""
    return attenuation(channels.energy_in_kev), attenuation(channels.energy_out_kev)
