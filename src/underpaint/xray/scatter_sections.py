"""How atoms scatter photons: Rayleigh and Compton cross sections, Compton energies and widths.

Thomson and Klein-Nishina with atomic form factors and incoherent scattering functions (Hubbell et
al. 1975, doi 10.1063/1.555523, as tabulated in xraylib). A Compton peak is widened by the
electrons' momentum.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .atomic import atomic_weights, form_factors
from .compton_shift import ELECTRON_KEV

RADIUS_CM2 = 7.94078e-26
AVOGADRO = 6.02214076e23
ANGSTROM_KEV = 12.39841984
MOMENTUM_PER_AU = 1.0 / 137.035999


def compton_energy(energy_kev: Tensor, cosine: Tensor) -> Tensor:
    """Energy after Compton scatter by an angle of the given cosine, keV."""
    return energy_kev / (1.0 + energy_kev / ELECTRON_KEV * (1.0 - cosine))


def energy_before_compton(energy_kev: Tensor, cosine: Tensor) -> Tensor:
    """Energy from which Compton scatter leads to a given one, keV."""
    return energy_kev / (1.0 - energy_kev / ELECTRON_KEV * (1.0 - cosine))


def momentum_transfer(energy_kev: Tensor, cosine: Tensor) -> Tensor:
    """sin(theta/2) / wavelength, 1/angstrom."""
    return energy_kev * (0.5 * (1.0 - cosine)).clamp_min(1e-12).sqrt() / ANGSTROM_KEV


def compton_width(energy_kev: Tensor, cosine: Tensor, fwhm_au: float | Tensor) -> Tensor:
    """FWHM that electrons' momenta of a given FWHM in atomic units add, keV."""
    half_sine = (0.5 * (1.0 - cosine)).sqrt()
    after = compton_energy(energy_kev, cosine)
    return 2.0 * after * half_sine * fwhm_au * MOMENTUM_PER_AU


def _interpolated(transfer: Tensor, table: Tensor, at: Tensor) -> Tensor:
    start, step = float(transfer[0]), math.log(float(transfer[1] / transfer[0]))
    position = ((at / start).clamp_min(1e-9).log() / step).clamp(0.0, len(transfer) - 1.001)
    lower = position.detach().to(torch.int64)
    below, above = table[:, lower], table[:, lower + 1]
    return below + (position - lower) * (above - below)


def differential_sections(energy_kev: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor]:
    """Rayleigh and Compton cross sections for one angle each.

    Parameters
    ----------
    energy_kev, cosine : (...) keV, and cosine of the scatter angle

    Returns
    -------
    (element, ...) twice, cm2/(g sr)
    """
    transfer, coherent, incoherent = form_factors()
    at = momentum_transfer(energy_kev, cosine)
    per_gram = (AVOGADRO / atomic_weights()).reshape(-1, *[1] * at.dim())
    thomson = 0.5 * RADIUS_CM2 * (1.0 + cosine**2)
    rayleigh = thomson * _interpolated(transfer, coherent, at) ** 2 * per_gram
    ratio = compton_energy(energy_kev, cosine) / energy_kev
    klein_nishina = 0.5 * RADIUS_CM2 * ratio**2 * (ratio + 1.0 / ratio - (1.0 - cosine**2))
    compton = klein_nishina * _interpolated(transfer, incoherent, at) * per_gram
    return rayleigh, compton


def mean_sections(energy_kev: Tensor, angles: int = 12) -> tuple[Tensor, Tensor]:
    """Rayleigh and Compton cross sections averaged over all directions.

    Parameters
    ----------
    energy_kev : (energy,) keV

    Returns
    -------
    (element, energy) twice, cm2/(g sr)
    """
    step = (torch.arange(angles, dtype=energy_kev.dtype) + 0.5) / angles
    cosine = (2.0 * step - 1.0).expand(len(energy_kev), angles)
    rayleigh, compton = differential_sections(energy_kev[:, None].expand_as(cosine), cosine)
    return rayleigh.mean(dim=2), compton.mean(dim=2)
