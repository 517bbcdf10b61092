"""What leaves the tube and reaches the object: window, filters, optic, gas."""

from __future__ import annotations

import torch
from torch import Tensor

from .atomic import INDEX, attenuation
from .instrument import Instrument, tensor
from .tube import continuum, line_photons, tube_lines

DENSITY_G_CM3 = {"Be": 1.848, "Al": 2.70, "Ti": 4.51, "Cu": 8.96, "Ni": 8.90, "Fe": 7.87,
                 "Rh": 12.4, "Ag": 10.5, "Pd": 12.0, "Mo": 10.2, "Zn": 7.14, "Si": 2.33,
                 "Cr": 7.19, "Zr": 6.52, "Nb": 8.57, "Pb": 11.3, "W": 19.3, "Au": 19.3,
                 "V": 6.0, "C": 2.0}  # fmt: skip
GASES: dict[str, tuple[float, dict[str, float]]] = {
    "air": (1.205e-3, {"N": 0.755, "O": 0.232, "Ar": 0.0129, "C": 0.0001}),
    "helium": (1.66e-4, {"He": 1.0}),
    "vacuum": (0.0, {}),
}
"""Density in g/cm3 and mass fractions at 20 degrees C and 1 atm."""


def gas_attenuation(atmosphere: str, energy_kev: Tensor) -> Tensor:
    """Linear attenuation of the gas, (energy,) 1/cm."""
    density, fractions = GASES[atmosphere]
    coefficients = attenuation(energy_kev)
    total = torch.zeros_like(energy_kev)
    for element, fraction in fractions.items():
        total = total + fraction * coefficients[INDEX[element]]
    return density * total


def beam_transmission(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """What window, filters, optic and gas let through, (energy,).

    A polycapillary's critical angle falls as 1/E; its transmission is taken as flat up to the
    cut-off and falling with the third power beyond (after Schields et al. 2002, Powder
    Diffraction 17, 70).
    """
    coefficients = attenuation(energy_kev)
    window = DENSITY_G_CM3["Be"] * instrument.tube_window_um * 1e-4
    depth = window * coefficients[INDEX["Be"]]
    for element, thickness_um in instrument.filters:
        density = DENSITY_G_CM3.get(element, 8.0)
        depth = depth + density * thickness_um * 1e-4 * coefficients[INDEX[element]]
    depth = depth + instrument.path_in_cm * gas_attenuation(instrument.atmosphere, energy_kev)
    passed = torch.exp(-depth)
    if instrument.optic_cutoff_kev > 0.0:
        passed = passed / (1.0 + (energy_kev / instrument.optic_cutoff_kev) ** 3)
    return passed


def continuum_density(instrument: Instrument, energy_kev: Tensor) -> Tensor:
    """Continuum on the object, (energy,) relative photons per keV."""
    produced = continuum(
        instrument.anode,
        tensor(instrument.kv),
        energy_kev,
        instrument.tube_incidence_deg,
        instrument.tube_take_off_deg,
    )
    return produced * beam_transmission(instrument, energy_kev)


def tube_line_beam(instrument: Instrument) -> tuple[Tensor, Tensor]:
    """The tube's lines on the object: (line,) keV and (line,) relative photons."""
    energies = torch.tensor(
        [line.energy_kev for line in tube_lines(instrument.anode)], dtype=torch.float64
    )
    produced = line_photons(
        instrument.anode,
        tensor(instrument.kv),
        instrument.tube_incidence_deg,
        instrument.tube_take_off_deg,
    )
    return energies, produced * beam_transmission(instrument, energies)
