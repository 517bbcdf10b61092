"""The Monte Carlo spectra beside the project, and this model set up as their instrument."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration, rebin, standard_bins
from underpaint.xray import ForwardModel, Instrument, Layer, StackBatch, make_stacks
from underpaint.xray.detector import efficiency

CM_PER_UM = 1e-4


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """XMI-MSIM's spectra of layered paint.

    Attributes
    ----------
    description : of the instrument, as the file has it
    calibration : energy axis
    spectra : (sample, channel) counts
    samples : layers from the top
    lines : for each sample, (element, IUPAC line) to counts after one interaction
    """

    description: dict[str, Any]
    calibration: EnergyCalibration
    spectra: NDArray[np.float32]
    samples: list[list[Layer]]
    lines: list[dict[tuple[str, str], float]]

    @cached_property
    def binned(self) -> NDArray[np.float64]:
        """(sample, bin) counts on the standard bins."""
        return rebin(self.spectra, self.calibration, standard_bins()).astype(np.float64)

    @cached_property
    def stacks(self) -> StackBatch:
        return make_stacks(self.samples, torch.float64)

    @cached_property
    def model(self) -> ForwardModel:
        """This project's model of the same instrument."""
        geometry, detector = self.description["geo"], self.description["det"]
        instrument = Instrument(
            anode="Rh",
            kv=self.description["kv"],
            tube_incidence_deg=90.0,
            tube_take_off_deg=45.0,
            tube_window_um=self.description["be"] / CM_PER_UM,
            incidence_deg=geometry["incidence_deg"],
            take_off_deg=geometry["takeoff_deg"],
            path_in_cm=0.0,
            path_out_cm=geometry["exit_air_cm"],
            view_cm=0.0,
            crystal_um=detector["si_cm"] / CM_PER_UM,
            detector_window_um=detector["be_cm"] / CM_PER_UM,
            dead_layer_um=0.0,
            noise=detector["noise"],
            fano=detector["fano"],
            tail=0.0,
            shelf=0.0,
        )
        return ForwardModel(instrument, standard_bins(), dtype=torch.float64)

    @property
    def solid_angle_share(self) -> float:
        """Detector's solid angle in steradian, were it a small one."""
        geometry = self.description["geo"]
        return float(geometry["det_area_cm2"] / geometry["det_distance_cm"] ** 2)

    def primary_counts(self) -> NDArray[np.float64]:
        """This model's primary lines after the detector, (sample, exit), per photon and sr."""
        energy = torch.tensor([g.energy_kev for g in self.model.exits], dtype=torch.float64)
        counts = self.model.lines(self.stacks) * efficiency(self.model.instrument, energy)
        return counts.numpy()


def read_monte_carlo(path: Path) -> MonteCarlo:
    """A file of Monte Carlo spectra."""
    with h5py.File(path) as file:
        description = json.loads(file.attrs["instrument"])
        energy = file["energy"][:]
        calibration = EnergyCalibration(
            zero=float(energy[0]),
            gain=float(energy[1] - energy[0]),
            noise=description["det"]["noise"],
            fano=description["det"]["fano"],
        )
        samples = [
            [
                (layer["weight_fractions"], layer["thickness_um"] * layer["density_g_cm3"] * 1e-4)
                for layer in json.loads(stack)["layers"]
            ]
            for stack in file["stacks"]
        ]
        lines = [
            {(element, line): counts.get("1", 0.0) for element, line, _, counts in json.loads(row)}
            for row in file["lines"]
        ]
        return MonteCarlo(description, calibration, file["spectra"][:], samples, lines)
