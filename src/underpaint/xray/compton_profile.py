"""The shape of Compton peaks: the momentum of the electrons that photons are scattered by.

Each element's Compton profile (Biggs, Mendelsohn and Mann 1975,
doi 10.1016/0092-640X(75)90030-3, as tabulated in xraylib) is written as a sum of Gaussians of
fixed widths, the same for all elements, so that the peak of any mixture is a sum of the same few
shapes. Electrons that are bound too tightly to take part are those of the widest.
"""

from __future__ import annotations

import numpy as np
import torch
import xraylib
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA

from .atomic import form_factors, value
from .periodic_table import LARGEST_Z
from .tables import table

WIDTHS_AU = (0.9, 1.8, 3.6, 8.0, 20.0)
"""FWHM of the Gaussians, atomic units of momentum."""


@table
def profile_shares() -> Tensor:
    """Share of an element's electrons in each Gaussian, (element, width) float64; adds up to 1."""
    from scipy.optimize import nnls

    momentum = np.concatenate([np.linspace(0.0, 6.0, 61), np.linspace(6.5, 60.0, 60)])
    sigma = np.array(WIDTHS_AU) / FWHM_PER_SIGMA
    gauss = np.exp(-0.5 * (momentum[:, None] / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi))
    root = np.sqrt(np.gradient(momentum))
    shares = []
    for z in range(1, LARGEST_Z + 1):
        profile = np.array([value(xraylib.ComptonProfile, z, p) for p in momentum.tolist()])
        found = nnls(gauss * root[:, None], profile * root)[0]
        shares.append(found / found.sum())
    return torch.from_numpy(np.array(shares))


def shares_taking_part(transfer: Tensor) -> Tensor:
    """Share of an element's Compton photons in each Gaussian.

    Parameters
    ----------
    transfer : (energy,) momentum transfer sin(theta/2) / wavelength, 1/angstrom

    Returns
    -------
    (element, energy, width), adds up to 1
    """
    at, _, incoherent = form_factors()
    place = torch.searchsorted(at, transfer.detach()).clamp(max=len(at) - 1)
    charge = torch.arange(1, LARGEST_Z + 1, dtype=torch.float64)[:, None]
    left = (incoherent[:, place] / charge).clamp(1e-3, 1.0)[..., None]
    shares = profile_shares()[:, None, :]
    narrower = shares.cumsum(dim=2) - shares
    kept = torch.minimum(shares.expand(-1, len(place), -1), (left - narrower).clamp_min(0.0))
    return kept / kept.sum(dim=2, keepdim=True)
