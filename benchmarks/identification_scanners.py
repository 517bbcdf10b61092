"""Scanners that no network was trained on, with the errors that scan files have.

The instruments that come with the program, and six more after those that museums own. What a
file does not state is drawn at random: how far its axis is off, how far line intensities and
scatter are from the tables', and a smooth background of no known origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import (
    ForwardModel,
    Instrument,
    edge_kev,
    find_instrument,
    named_instruments,
)

CHANNELS = 2048
GAIN_KEV = 0.02
ZERO_SD_KEV, GAIN_SD = 0.008, 0.0007
LINE_SD = {"K": 0.03, "L": 0.07, "M": 0.15}
SCATTER_SD = 0.15
BACKGROUND = (0.002, 0.3)
OWN_LINES = (3e-4, 3e-3)
OWN_ELEMENTS = ("Fe", "Ni", "Cu", "Zn")

MUSEUMS = {
    "rh-50-polycapillary": Instrument(
        anode="Rh", kv=50.0, optic_cutoff_kev=17.0, incidence_deg=90.0, take_off_deg=60.0,
        path_in_cm=1.0, path_out_cm=1.3, noise=0.082, fano=0.116, tail=0.01, shelf=0.003,
        count_rate_kcps=20.0, pulse_pair_us=0.3, own_lines={"Fe": 4e-4, "Zn": 3e-4, "Ni": 2e-4},
    ),
    "rh-40-collimator": Instrument(
        anode="Rh", kv=40.0, incidence_deg=90.0, take_off_deg=45.0, path_in_cm=2.5,
        path_out_cm=1.4, crystal_um=500.0, noise=0.092, fano=0.118, tail=0.015, shelf=0.004,
        count_rate_kcps=20.0, pulse_pair_us=0.15, own_lines={"Cu": 5e-4, "Ni": 8e-4},
    ),
    "ag-40": Instrument(
        anode="Ag", kv=40.0, tube_take_off_deg=22.0, incidence_deg=70.0, take_off_deg=65.0,
        path_in_cm=3.0, path_out_cm=2.0, crystal_um=500.0, noise=0.11, fano=0.12, tail=0.02,
        shelf=0.01, count_rate_kcps=20.0, pulse_pair_us=0.2, own_lines={"Ni": 2e-3, "Fe": 5e-4},
    ),
    "mo-45-filtered": Instrument(
        anode="Mo", kv=45.0, filters=(("Al", 300.0),), incidence_deg=80.0, take_off_deg=50.0,
        noise=0.09, fano=0.115, shelf=0.005, count_rate_kcps=20.0,
        pulse_pair_us=0.1, own_lines={"Cu": 1e-3, "Zn": 4e-4},
    ),
    "w-40": Instrument(
        anode="W", kv=40.0, incidence_deg=90.0, take_off_deg=40.0, crystal_um=300.0, noise=0.1,
        fano=0.119, shelf=0.006, count_rate_kcps=20.0, pulse_pair_us=0.05, own_lines={"Fe": 1e-3},
    ),
    "rh-30-helium": Instrument(
        anode="Rh", kv=30.0, atmosphere="helium", incidence_deg=90.0, take_off_deg=45.0,
        detector_window_um=8.0, noise=0.075, fano=0.114, shelf=0.002,
        count_rate_kcps=20.0, pulse_pair_us=0.1,
    ),
}  # fmt: skip


def never_trained_on() -> dict[str, Instrument]:
    """The instruments of the test set by name; each has lines of its own parts."""
    named = {name: find_instrument(name) for name in named_instruments()}
    random = np.random.default_rng(0)
    return MUSEUMS | {
        name: instrument
        if instrument.own_lines
        else instrument.but(own_lines=own_lines(random, chosen=2))
        for name, instrument in named.items()
    }


def own_lines(random: np.random.Generator, chosen: int) -> dict[str, float]:
    """Lines of a scanner's own parts: some of Fe, Ni, Cu, Zn, as shares of the counts."""
    elements = random.choice(OWN_ELEMENTS, size=chosen, replace=False)
    return {str(e): float(np.exp(random.uniform(*np.log(OWN_LINES)))) for e in elements}


@dataclass(frozen=True, slots=True)
class Axes:
    """The energy axis that a scan has, and the one that its file states."""

    true: EnergyCalibration
    stated: EnergyCalibration


def draw_axes(instrument: Instrument, random: np.random.Generator) -> Axes:
    """A usual axis of 2,048 channels of 20 eV, stated with the usual error."""
    noise, fano = float(instrument.noise), float(instrument.fano)
    return Axes(
        true=EnergyCalibration(
            zero=random.normal(0.0, ZERO_SD_KEV),
            gain=GAIN_KEV * (1.0 + random.normal(0.0, GAIN_SD)),
            noise=noise,
            fano=fano,
        ),
        stated=EnergyCalibration(0.0, GAIN_KEV, noise, fano),
    )


def line_errors(model: ForwardModel, random: np.random.Generator) -> Tensor:
    """Factors on the lines of each shell of each element, (exit,)."""
    shells = sorted({(group.element, group.shell) for group in model.exits})
    factor = {key: float(np.exp(random.normal(0.0, LINE_SD[key[1][0]]))) for key in shells}
    return torch.tensor([factor[group.element, group.shell] for group in model.exits])


def scatter_errors(model: ForwardModel, random: np.random.Generator) -> Tensor:
    """Smooth factors on the scattered photons of each kind, (channel,)."""
    place = model.channels.energy_kev.log() / np.log(50.0)
    error = torch.zeros_like(place)
    for kind in sorted(set(model.channels.kind)):
        waves = [
            random.normal(0.0, SCATTER_SD) * torch.cos(np.pi * (k + random.random()) * place)
            for k in range(4)
        ]
        error = torch.where(model.channels.of(kind), torch.stack(waves).sum(dim=0), error)
    return error.exp().to(torch.float32)


def background(bins: Bins, random: np.random.Generator) -> NDArray[np.float64]:
    """A smooth spectrum of no known origin, as a share of all counts, (channel,)."""
    energy = np.clip(bins.centres, 0.05, None)
    place = np.log(energy) / np.log(50.0)
    shape = random.normal(0.0, 1.0) * place
    for k in range(1, 5):
        shape = shape + random.normal(0.0, 1.0 / k) * np.cos(np.pi * (k * place + random.random()))
    density = np.where(bins.centres > 0.3, np.exp(shape) * bins.widths, 0.0)
    share = float(np.exp(random.uniform(*np.log(BACKGROUND))))
    return np.asarray(share * density / density.sum())


def lines_of_parts(model: ForwardModel, shares: dict[str, float]) -> NDArray[np.float64]:
    """K (or L) lines of a scanner's own parts, as shares of all counts, (channel,).

    Their ratios are those of a thin film in the beam.
    """
    excited = (model.emission.sections * model.emission.photons).sum(dim=1)
    total = np.zeros(model.line_response.shape[1])
    for element, share in shares.items():
        family = "K" if edge_kev(element, "K") < float(model.instrument.kv) else "L"
        chosen = [
            i
            for i, group in enumerate(model.exits)
            if group.element == element and group.shell.startswith(family)
        ]
        shape = (excited[chosen] @ model.line_response[chosen]).double().numpy()
        total += share * shape / shape.sum()
    return total
