"""What a silicon detector makes of a photon: efficiency, peak, tail, shelf, escape.

Sources: peak shape, Campbell and Wang 1991 (X-Ray Spectrom. 20, 191,
doi 10.1002/xrs.1300200407: Gaussian, exponential tail, flat shelf); escape, Reed and Ware 1972
(J. Phys. E 5, 582, doi 10.1088/0022-3735/5/6/029).
"""

from __future__ import annotations

import math

import torch
import xraylib
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA, PAIR_ENERGY_KEV

from .atomic import INDEX, attenuation
from .instrument import Instrument
from .source import DENSITY_G_CM3, gas_attenuation

SILICON_KA_KEV = 1.740
SILICON_EDGE_KEV = 1.8389


def efficiency(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Share of the photons leaving the object that are counted, (energy,).

    Gas on the way, window, dead layer, and photoelectric absorption in the crystal.
    """
    coefficients = attenuation(energy_kev)
    silicon = coefficients[INDEX["Si"]] * DENSITY_G_CM3["Si"] * 1e-4
    window = DENSITY_G_CM3["Be"] * instrument.detector_window_um * 1e-4
    lost = (
        window * coefficients[INDEX["Be"]]
        + silicon * instrument.dead_layer_um
        + instrument.path_out_cm * gas_attenuation(instrument.atmosphere, energy_kev)
    )
    stopped = _silicon_photoelectric(energy_kev) * DENSITY_G_CM3["Si"] * 1e-4
    return torch.exp(-lost) * -torch.expm1(-stopped * instrument.crystal_um)


def _silicon_photoelectric(energy_kev: Tensor) -> Tensor:
    """Photoelectric absorption of silicon, cm2/g: a scattered photon is not a full-energy count."""
    sections = [xraylib.CS_Photo(14, energy) for energy in energy_kev.tolist()]
    return torch.tensor(sections, dtype=torch.float64)


def escape_probability(energy_kev: Tensor) -> Tensor:
    """Escape events for each one in the full peak, (energy,); 0 below the silicon K edge."""
    silicon = attenuation(torch.cat([energy_kev, energy_kev.new_tensor([SILICON_KA_KEV])]))[
        INDEX["Si"]
    ]
    ratio = silicon[-1] / silicon[:-1]
    jump = xraylib.JumpFactor(14, xraylib.K_SHELL)
    fluorescence = xraylib.FluorYield(14, xraylib.K_SHELL) * (1.0 - 1.0 / jump)
    escaped = 0.5 * fluorescence * (1.0 - ratio * torch.log1p(1.0 / ratio))
    escaped = torch.where(energy_kev > SILICON_EDGE_KEV, escaped, torch.zeros_like(escaped))
    return escaped / (1.0 - escaped)


def fwhm(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Resolution at each energy, keV (see `EnergyCalibration.fwhm`)."""
    statistical = FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * instrument.fano * energy_kev
    return (instrument.noise**2 + statistical).sqrt()


def _normal_below(value: Tensor) -> Tensor:
    return 0.5 * torch.erfc(-value / math.sqrt(2.0))


def line_response(
    instrument: Instrument, energy_kev: Tensor, extra_fwhm_kev: Tensor, edges_kev: Tensor
) -> Tensor:
    """How the counts of photons of given energies spread over bins.

    Parameters
    ----------
    instrument : detector figures
    energy_kev : (line,) keV
    extra_fwhm_kev : (line,) further width, keV, added in quadrature
    edges_kev : (bin + 1,) bin edges, keV

    Returns
    -------
    (line, bin), counts for one photon that leaves the object towards the detector
    """
    width = (fwhm(instrument, energy_kev) ** 2 + extra_fwhm_kev**2).sqrt()
    sigma = (width / FWHM_PER_SIGMA)[:, None]
    distance = edges_kev - energy_kev[:, None]
    gauss = _normal_below(distance / sigma)
    slope = instrument.tail_kev + sigma
    exponent = (distance / slope + 0.5 * (sigma / slope) ** 2).clamp(max=30.0)
    tail = gauss + torch.exp(exponent) * _normal_below(-distance / sigma - sigma / slope)
    shelf = (edges_kev / energy_kev[:, None]).clamp(0.0, 1.0)
    peak = 1.0 - instrument.tail - instrument.shelf
    cumulative = peak * gauss + instrument.tail * tail + instrument.shelf * shelf

    escape_energy = (energy_kev - SILICON_KA_KEV).clamp_min(1e-3)
    escape_sigma = (fwhm(instrument, escape_energy) / FWHM_PER_SIGMA)[:, None]
    escape_peak = _normal_below((edges_kev - escape_energy[:, None]) / escape_sigma)
    escaped = escape_probability(energy_kev)[:, None]
    cumulative = (cumulative + escaped * escape_peak) / (1.0 + escaped)
    return cumulative.diff(dim=1) * efficiency(instrument, energy_kev)[:, None]
