"""Photons that scatter in the detector's crystal and leave it again: counts of what they left.

A hard photon that is Compton scattered in silicon and escapes leaves the energy of the electron
that it hit, up to 1.4 keV for 20 keV and 5 keV for 40: the rise below 2 keV of spectra with much
scatter. Klein and Nishina's cross section with silicon's scattering function (`scatter_sections`);
photons meet the crystal head on and scatter evenly within its thickness.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA, PAIR_ENERGY_KEV

from .atomic import attenuation
from .instrument import Instrument, tensor
from .periodic_table import INDEX
from .scatter_sections import compton_energy, differential_sections
from .source import DENSITY_G_CM3

GRID_KEV = np.geomspace(5.0, 60.0, 51)
ANGLES = 14
HIGHEST_KEV = 12.0


def recoil_response(instrument: Instrument, energy_kev: Tensor, edges_kev: Tensor) -> Tensor:
    """Counts that recoil electrons leave in bins, for photons that reach the crystal.

    Worked out on a grid of photon energies, and linear between them.

    Parameters
    ----------
    instrument : crystal thickness and resolution
    energy_kev : (line,) keV
    edges_kev : (bin + 1,) keV

    Returns
    -------
    (line, bin) counts for one photon on the crystal
    """
    few = int((edges_kev < HIGHEST_KEV).sum()) + 1
    rows = _on_grid(instrument, edges_kev[:few])
    grid = torch.from_numpy(GRID_KEV)
    upper = torch.searchsorted(grid, energy_kev.detach().clamp(max=60.0)).clamp(1, len(grid) - 1)
    share = ((energy_kev - grid[upper - 1]) / (grid[upper] - grid[upper - 1])).clamp(0.0, 1.0)
    held = rows[upper - 1] + share[:, None] * (rows[upper] - rows[upper - 1])
    rest = held.new_zeros(len(held), len(edges_kev) - 1 - held.shape[1])
    return torch.cat([held, rest], dim=1)


def _on_grid(instrument: Instrument, edges: Tensor) -> Tensor:
    energy = torch.from_numpy(GRID_KEV)
    step = (torch.arange(ANGLES, dtype=torch.float64) + 0.5) / ANGLES
    cosine = (2.0 * step - 1.0).expand(len(energy), ANGLES)
    each = energy[:, None].expand_as(cosine)
    sections = differential_sections(each, cosine)[1][INDEX["Si"]] * 4.0 * math.pi / ANGLES
    after = compton_energy(each, cosine)
    thickness = DENSITY_G_CM3["Si"] * 1e-4 * tensor(instrument.crystal_um)
    stopping = attenuation(energy)[INDEX["Si"]]
    way_out = attenuation(after.ravel())[INDEX["Si"]].reshape(after.shape) * thickness
    depth = way_out / cosine.abs()
    escaped = -torch.expm1(-depth) / depth
    met = -torch.expm1(-stopping * thickness) / stopping
    left = each - after
    width = tensor(instrument.noise) ** 2 + (
        FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * tensor(instrument.fano) * left
    )
    sigma = width.sqrt() / FWHM_PER_SIGMA
    below = torch.special.ndtr((edges - left[..., None]) / sigma[..., None])
    return torch.einsum("ga,gab->gb", met[:, None] * sections * escaped, below.diff(dim=2))
