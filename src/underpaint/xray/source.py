"""What leaves the tube and reaches the object: window, filters, optic, gas.

Differentiable in every figure of the instrument.
"""

from __future__ import annotations

import torch
import xraylib
from torch import Tensor

from underpaint.errors import InstrumentError

from .atomic import attenuation
from .instrument import Instrument, tensor
from .periodic_table import ELEMENTS, INDEX
from .tube import continuum, line_photons, tube_lines
from .tube_spectrum import TubeSpectrum

DENSITY_G_CM3: dict[str, float] = {
    element: float(xraylib.ElementDensity(z)) for z, element in enumerate(ELEMENTS, start=1)
}
"""Of every element, solid where it is one at room temperature."""

GASES: dict[str, tuple[float, dict[str, float]]] = {
    "air": (1.205e-3, {"N": 0.755, "O": 0.232, "Ar": 0.0129, "C": 0.0001}),
    "helium": (1.66e-4, {"He": 1.0}),
    "vacuum": (0.0, {}),
}
"""Density in g/cm3 and mass fractions at 20 degrees C and 1 atm."""

BEYOND_VOLTAGE = 1.01


def gas_attenuation(atmosphere: str, energy_kev: Tensor) -> Tensor:
    """Linear attenuation of the gas, (energy,) 1/cm."""
    density, fractions = GASES[atmosphere]
    coefficients = attenuation(energy_kev)
    total = torch.zeros_like(energy_kev)
    for element, fraction in fractions.items():
        total = total + fraction * coefficients[INDEX[element]]
    return density * total


def optic_transmission(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """A polycapillary's transmission, (energy,), 1 well below its cut-off.

    The critical angle falls as 1/E, so that above some energy fewer and fewer channels, those
    that bend least, still carry photons: 1 / (1 + (E / cut-off) ** power). The acrylic spectra of
    two Bruker M4 Tornados (NIST, public domain), behind a polycapillary and behind a collimator,
    differ by this shape within 6 to 11 % rms from 7 to 31 keV, with a cut-off of 15 keV and a
    power of 4; a power of 3 misses by 16 to 23 % (benchmarks/tube.py). A fall below 6 keV, where
    the glass absorbs more at each reflection, is not in it.
    """
    if not instrument.optic_cutoff_kev > 0.0:
        return torch.ones_like(energy_kev)
    over = energy_kev / tensor(instrument.optic_cutoff_kev)
    return 1.0 / (1.0 + over ** tensor(instrument.optic_power))


def beam_transmission(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """What window, filters, optic and gas let through, (energy,).

    Without the window where the instrument states its tube's spectrum, which stands behind it.
    """
    coefficients = attenuation(energy_kev)
    depth = instrument.path_in_cm * gas_attenuation(instrument.atmosphere, energy_kev)
    walls = list(instrument.filters)
    if instrument.tube_spectrum is None:
        walls.append(("Be", instrument.tube_window_um))
    for element, thickness_um in walls:
        mass_thickness = DENSITY_G_CM3[element] * 1e-4 * tensor(thickness_um)
        depth = depth + mass_thickness * coefficients[INDEX[element]]
    return torch.exp(-depth) * optic_transmission(instrument, energy_kev)


def continuum_density(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Continuum on the object, (energy,) relative photons per keV.

    Raises
    ------
    InstrumentError : where a stated spectrum goes beyond the tube's voltage
    """
    stated = _stated(instrument)
    if stated is not None:
        produced = _interpolated(stated, energy_kev)
    else:
        produced = continuum(
            instrument.anode,
            tensor(instrument.kv),
            energy_kev,
            instrument.tube_incidence_deg,
            instrument.tube_take_off_deg,
        )
    return produced * beam_transmission(instrument, energy_kev)


def tube_line_energies(instrument: Instrument) -> tuple[float, ...]:
    """Energies of the tube's lines, (line,) keV: of the stated spectrum, or of the anode."""
    if instrument.tube_spectrum is not None:
        return tuple(energy for energy, _ in instrument.tube_spectrum.lines)
    return tuple(line.energy_kev for line in tube_lines(instrument.anode))


def tube_line_beam(instrument: Instrument) -> tuple[Tensor, Tensor]:
    """The tube's lines on the object: (line,) keV and (line,) relative photons.

    The energies are those of `tube_line_energies`, as a tensor. Raises as `continuum_density`.
    """
    energies = torch.tensor(tube_line_energies(instrument), dtype=torch.float64)
    stated = _stated(instrument)
    if stated is not None:
        produced = torch.tensor([photons for _, photons in stated.lines], dtype=torch.float64)
    else:
        produced = line_photons(
            instrument.anode,
            tensor(instrument.kv),
            instrument.tube_incidence_deg,
            instrument.tube_take_off_deg,
        )
        strength = {"K": instrument.tube_k_lines, "L": instrument.tube_l_lines}
        produced = produced * torch.stack(
            [tensor(strength[line.lines[0].family]) for line in tube_lines(instrument.anode)]
        )
    return energies, produced * beam_transmission(instrument, energies)


def _stated(instrument: Instrument) -> TubeSpectrum | None:
    stated = instrument.tube_spectrum
    if stated is not None:
        pairs = (*stated.continuum, *stated.lines)
        highest = max(energy for energy, photons in pairs if photons > 0.0)
        if highest > BEYOND_VOLTAGE * instrument.kv:
            raise InstrumentError(
                f"the tube spectrum has photons of {highest:g} keV, but the tube voltage is "
                f"{float(instrument.kv):g} kV: state the voltage that it was made for"
            )
    return stated


def _interpolated(stated: TubeSpectrum, energy_kev: Tensor) -> Tensor:
    energies, densities = torch.tensor(stated.continuum, dtype=torch.float64).T
    inside = (energy_kev >= energies[0]) & (energy_kev <= energies[-1])
    upper = torch.searchsorted(energies.contiguous(), energy_kev.detach().contiguous())
    upper = upper.clamp(1, len(energies) - 1)
    share = (energy_kev - energies[upper - 1]) / (energies[upper] - energies[upper - 1])
    between = densities[upper - 1] + share * (densities[upper] - densities[upper - 1])
    return torch.where(inside, between, torch.zeros_like(between))
