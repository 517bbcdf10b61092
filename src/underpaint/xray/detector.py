"""What a silicon detector makes of a photon: efficiency, peak, tail, shelf, escape.

All of it carries gradients with respect to the instrument's figures and to the energies.

Sources: peak shape, Campbell and Wang 1991 (X-Ray Spectrom. 20, 191,
doi 10.1002/xrs.1300200407: Gaussian, exponential tail, flat shelf, the latter two smeared by the
Gaussian); escape, Reed and Ware 1972 (J. Phys. E 5, 582, doi 10.1088/0022-3735/5/6/029).
"""

from __future__ import annotations

import math

import torch
import xraylib
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA, PAIR_ENERGY_KEV

from .atomic import HIGHEST_KEV, LOWEST_KEV, attenuation, table_energies
from .instrument import Instrument, tensor
from .periodic_table import INDEX
from .recoil import recoil_response
from .source import DENSITY_G_CM3, gas_attenuation
from .tables import table

SILICON_KA_KEV = 1.740
SILICON_EDGE_KEV = 1.8389
GAUSS_POINTS = (0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0))
CHUNK = 256
FAR_SIGMAS = 9.0


def efficiency(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Share of the photons leaving the object that are counted, (energy,).

    Gas on the way, window and dead layer let through; the crystal counts what it stops by
    photoelectric absorption. A photon that scatters in the crystal is not counted as a loss: it
    may still be absorbed further on (and leaves a little if not, see `recoil`).

    Parameters
    ----------
    instrument : detector figures
    energy_kev : (energy,) keV, within 0.5 to 60
    """
    return let_through(instrument, energy_kev) * _stopped(instrument, energy_kev)


def let_through(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Share of the photons leaving the object that reach the crystal, (energy,)."""
    coefficients = attenuation(energy_kev)
    silicon = DENSITY_G_CM3["Si"] * tensor(instrument.dead_layer_um) * 1e-4
    window = DENSITY_G_CM3["Be"] * tensor(instrument.detector_window_um) * 1e-4
    lost = (
        window * coefficients[INDEX["Be"]]
        + silicon * coefficients[INDEX["Si"]]
        + tensor(instrument.path_out_cm) * gas_attenuation(instrument.atmosphere, energy_kev)
    )
    return torch.exp(-lost)


def _stopped(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    crystal = DENSITY_G_CM3["Si"] * tensor(instrument.crystal_um) * 1e-4
    return -torch.expm1(-crystal * silicon_photoelectric(energy_kev))


@table
def _photoelectric_table() -> Tensor:
    sections = [xraylib.CS_Photo(14, energy) for energy in table_energies()]
    return torch.tensor(sections, dtype=torch.float64).log()


def silicon_photoelectric(energy_kev: Tensor) -> Tensor:
    """Photoelectric absorption of silicon, (energy,) cm2/g, on the grid of `attenuation`."""
    table = _photoelectric_table()
    step = math.log(HIGHEST_KEV / LOWEST_KEV) / (len(table) - 1)
    position = (energy_kev.to(torch.float64) / LOWEST_KEV).log() / step
    position = position.clamp(0.0, len(table) - 1.001)
    lower = position.detach().to(torch.int64)
    below, above = table[lower], table[lower + 1]
    return torch.exp(below + (position - lower) * (above - below))


def escape_probability(energy_kev: Tensor) -> Tensor:
    """Escape events for each one in the full peak, (energy,); 0 below the silicon K edge.

    Reed and Ware's integral over the depth of absorption, for photons that meet the crystal
    head on: of the K vacancies made at a depth, half of the silicon K photons start towards the
    entrance face, and those that reach it are lost. Rear face and rim are far away.
    """
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
    statistical = FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * tensor(instrument.fano) * energy_kev
    return (tensor(instrument.noise) ** 2 + statistical).sqrt()


def _normal_below(value: Tensor) -> Tensor:
    # the error function is slow, and 0 or 1 to double precision for all but a few bins of a line
    near = value.detach().abs() < FAR_SIGMAS
    below = (value.detach() > 0.0).to(value.dtype)
    return below.masked_scatter(near, 0.5 * torch.erfc(-value[near] / math.sqrt(2.0)))


def _tail_below(distance: Tensor, sigma: Tensor, slope: Tensor, below: Tensor) -> Tensor:
    """Share below each edge of an exponential that ends at the line, smeared by the Gaussian."""
    # far above the line the exponential overflows while what it is multiplied with is 0
    exponent = (distance / slope + 0.5 * (sigma / slope) ** 2).clamp(max=30.0)
    beyond = _normal_below(-distance / sigma - sigma / slope)
    return below + torch.exp(exponent) * beyond


def _shelf_below(distance: Tensor, sigma: Tensor, energy_kev: Tensor, below: Tensor) -> Tensor:
    """Share below each edge of a shelf from 0 keV to the line, its end smeared."""
    value = distance / sigma
    density = torch.exp(-0.5 * value**2) / math.sqrt(2.0 * math.pi)
    beyond = value * (1.0 - below) - density
    return (1.0 + beyond * sigma / energy_kev).clamp_min(0.0)


def line_response(
    instrument: Instrument, energy_kev: Tensor, extra_fwhm_kev: Tensor, edges_kev: Tensor
) -> Tensor:
    """How the counts of photons of given energies spread over bins.

    The tail falls by e within `tail_kev` and the peak's own sigma together, so that no tail is
    narrower than the peak it hangs on.

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
    line = energy_kev[:, None]
    distance = edges_kev - line
    in_tail, in_shelf = tensor(instrument.tail), tensor(instrument.shelf)
    below = _normal_below(distance / sigma)
    cumulative = (
        (1.0 - in_tail - in_shelf) * below
        + in_tail * _tail_below(distance, sigma, tensor(instrument.tail_kev) + sigma, below)
        + in_shelf * _shelf_below(distance, sigma, line, below)
    )
    escape_energy = (energy_kev - SILICON_KA_KEV).clamp_min(1e-3)
    escape_sigma = (fwhm(instrument, escape_energy) / FWHM_PER_SIGMA)[:, None]
    escape_peak = _normal_below((edges_kev - escape_energy[:, None]) / escape_sigma)
    escaped = escape_probability(energy_kev)[:, None]
    cumulative = (cumulative + escaped * escape_peak) / (1.0 + escaped)
    absorbed = cumulative.diff(dim=1) * _stopped(instrument, energy_kev)[:, None]
    recoils = recoil_response(instrument, energy_kev, edges_kev)
    return (absorbed + recoils) * let_through(instrument, energy_kev)[:, None]


def continuum_response(instrument: Instrument, nodes_kev: Tensor, edges_kev: Tensor) -> Tensor:
    """How a continuum, linear between nodes, spreads over bins.

    Each interval between nodes is cut into steps no wider than the peak's sigma; at two points
    of each (Gauss and Legendre's) the continuum passes through the whole of `line_response`. So
    no photon is lost or made, and the steps leave no comb.

    Parameters
    ----------
    instrument : detector figures
    nodes_kev : (node,) keV, ascending
    edges_kev : (bin + 1,) bin edges, keV

    Returns
    -------
    (node, bin) keV: its transpose, applied to photons per keV at the nodes, gives counts
    """
    low, width = nodes_kev[:-1], nodes_kev.diff()
    sigma = fwhm(instrument, low).detach() / FWHM_PER_SIGMA
    steps = (width.detach() / sigma).ceil().clamp_min(1.0).to(torch.int64)
    interval = torch.repeat_interleave(torch.arange(len(steps)), steps)
    first = torch.repeat_interleave(steps.cumsum(0) - steps, steps)
    step = torch.arange(len(interval)) - first
    share = torch.cat([(step + point) / steps[interval] for point in GAUSS_POINTS])
    interval = interval.repeat(2)
    energy = low[interval] + share * width[interval]
    step_kev = 0.5 * width[interval] / steps[interval]
    response = edges_kev.new_zeros(len(nodes_kev), len(edges_kev) - 1)
    for start in range(0, len(energy), CHUNK):
        part = slice(start, start + CHUNK)
        sharp = torch.zeros_like(energy[part])
        spread = line_response(instrument, energy[part], sharp, edges_kev) * step_kev[part, None]
        rising, below = share[part, None], interval[part]
        response = response.index_add(0, below, spread * (1.0 - rising))
        response = response.index_add(0, below + 1, spread * rising)
    return response
