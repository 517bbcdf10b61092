"""A scanner as a few figures that mean the same for every scanner.

What shapes the ratios of lines is which photons reach the object (they decide which edges are
excited), which photons of the object are counted, and the angles, which decide how deep both
reach. Tubes, filters, optics, gases and detectors of any kind come down to these.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .detector import efficiency
from .instrument import Instrument, tensor
from .source import continuum_density, tube_line_beam

EDGES_KEV = (2.5, 3.5, 5.0, 6.5, 8.0, 10.0, 12.0, 15.0, 18.0, 22.0, 26.0, 30.0, 36.0, 43.0)
"""Energies above which the photons on the object are summed."""
LINES_KEV = (1.5, 1.75, 2.3, 2.7, 3.3, 3.7, 4.5, 6.4, 10.5, 15.0, 22.0, 26.0, 32.0)
"""Energies at which photons of the object are counted."""
LOWEST_KEV, HIGHEST_KEV, POINTS = 1.0, 50.0, 197
FAINTEST = 1e-4
FINGERPRINT = len(EDGES_KEV) + len(LINES_KEV) + 3


def fingerprint(instrument: Instrument) -> NDArray[np.float32]:
    """An instrument's figures, (30,) float32, each of the order of one.

    Decimal logarithms of the share of photons above each of `EDGES_KEV` on the object, and of the
    share counted at each of `LINES_KEV`, neither below `FAINTEST`; path lengths in matter for unit
    depth, in and out (1 / sine of the angle), less one; cosine of the scatter angle.
    """
    with torch.no_grad():
        energy = torch.linspace(LOWEST_KEV, HIGHEST_KEV, POINTS, dtype=torch.float64)
        inside = energy < tensor(instrument.kv)
        density = torch.zeros_like(energy)
        density[inside] = continuum_density(instrument, energy[inside])
        lines, photons = tube_line_beam(instrument)
        step = (HIGHEST_KEV - LOWEST_KEV) / (POINTS - 1)
        energies = torch.cat([energy, lines])
        amounts = torch.cat([density * step, photons])
        above = energies[None, :] > torch.tensor((LOWEST_KEV, *EDGES_KEV))[:, None]
        beyond = above.double() @ amounts
        counted = efficiency(instrument, torch.tensor(LINES_KEV, dtype=torch.float64))
        shares = torch.cat([beyond[1:] / beyond[0].clamp_min(1e-300), counted])
        angles = [
            float(1.0 / torch.deg2rad(tensor(angle)).sin()) - 1.0
            for angle in (instrument.incidence_deg, instrument.take_off_deg)
        ]
        logs = shares.clamp_min(FAINTEST).log10().numpy()
        return np.array([*logs, *angles, float(instrument.scatter_cosine)], dtype=np.float32)
