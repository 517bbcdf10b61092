"""Monte Carlo spectra of XMI-MSIM, and this project's model set up as their instrument.

XMI-MSIM: Schoonjans et al. 2012, doi 10.1016/j.sab.2012.03.011. A file holds expected spectra of
layered samples, the samples, and the counts of every line by the number of interactions that led
to its photons: 1 is primary fluorescence, 2 and more is fluorescence excited by other lines or by
scattered photons. A line's photons that are scattered on their way count as scatter there.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
import xraylib
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import EnergyCalibration, rebin, standard_bins
from underpaint.xray import ELEMENTS, ForwardModel, Instrument, Layer, StackBatch, make_stacks
from underpaint.xray.atomic import attenuation
from underpaint.xray.detector import efficiency
from underpaint.xray.emission import Emission
from underpaint.xray.periodic_table import INDEX
from underpaint.xray.source import DENSITY_G_CM3
from underpaint.xray.tube_spectrum import TubeSpectrum

CM_PER_UM = 1e-4
ENDLESS_UM = 1e6
PIECE_CM = 0.05
F64 = torch.float64


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """XMI-MSIM's spectra of layered paint.

    Attributes
    ----------
    description : of the instrument, as the file has it
    calibration : energy axis
    spectra : (sample, channel) counts
    samples : layers from the top
    thickness_cm : of the layers
    names : what each sample is made of, for people
    lines : for each sample, (element, IUPAC line) to counts after one interaction
    later : the same after two interactions and more
    """

    description: dict[str, Any]
    calibration: EnergyCalibration
    spectra: NDArray[np.float32]
    samples: list[list[Layer]]
    thickness_cm: list[list[float]]
    names: list[str]
    lines: list[dict[tuple[str, str], float]]
    later: list[dict[tuple[str, str], float]]

    @cached_property
    def binned(self) -> NDArray[np.float64]:
        """(sample, bin) counts on the standard bins."""
        return rebin(self.spectra, self.calibration, standard_bins()).astype(np.float64)

    @cached_property
    def stacks(self) -> StackBatch:
        return make_stacks(self.samples, torch.float64)

    @cached_property
    def instrument(self) -> Instrument:
        """The instrument that was simulated, with this project's own tube."""
        geometry, detector = self.description["geo"], self.description["det"]
        return Instrument(
            anode=ELEMENTS[self.description["anode"] - 1],
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

    @cached_property
    def tube(self) -> TubeSpectrum:
        """The tube's spectrum that was simulated, photons a second."""
        tube = self.description["tube"]
        continuum = tuple((float(energy), float(density)) for energy, density in tube["continuum"])
        lines = tuple((float(energy), float(photons)) for energy, photons in tube["discrete"])
        return TubeSpectrum(continuum, lines)

    @cached_property
    def model(self) -> ForwardModel:
        """This project's model of the same instrument, tube included."""
        return ForwardModel(self.instrument, standard_bins(), dtype=torch.float64)

    @cached_property
    def model_with_its_data(self) -> ForwardModel:
        """The same with the simulated tube and the attenuation that XMI-MSIM takes."""
        with its_attenuation():
            return ForwardModel(
                self.instrument.but(tube_spectrum=self.tube), standard_bins(), dtype=F64
            )

    @cached_property
    def model_with_its_tube(self) -> ForwardModel:
        """This project's model behind the simulated tube's spectrum."""
        instrument = self.instrument.but(tube_spectrum=self.tube)
        return ForwardModel(instrument, standard_bins(), dtype=torch.float64)

    @property
    def solid_angle_share(self) -> float:
        """Detector's solid angle in steradian, were it a small one."""
        geometry = self.description["geo"]
        return float(geometry["det_area_cm2"] / geometry["det_distance_cm"] ** 2)

    def primary_counts(self, model: ForwardModel | None = None) -> NDArray[np.float64]:
        """A model's primary lines after the detector, (sample, exit), per photon and steradian."""
        used = self.model if model is None else model
        return self._counts(used, replace(used.emission, fineness=None))

    def unscattered_counts(self, model: ForwardModel) -> NDArray[np.float64]:
        """The same of all lines but those scattered on their way."""
        nothing = torch.zeros_like(model.emission.line_rayleigh)
        return self._counts(model, replace(model.emission, line_rayleigh=nothing))

    def _counts(self, model: ForwardModel, emission: Emission) -> NDArray[np.float64]:
        energy = torch.tensor([group.energy_kev for group in model.exits], dtype=torch.float64)
        lines = self.seen_from_near(lambda stacks: emission.of(stacks)[0])
        return lines * efficiency(model.instrument, energy).numpy()

    def seen_from_near(self, quantity: Callable[[StackBatch], Tensor]) -> NDArray[np.float64]:
        """What a model gives of the samples, for a detector as near as the simulated one.

        Layers deep down are farther from it and seen under a smaller solid angle; a model that
        knows angles only sees all under that of the surface. What a layer adds to those above it
        is weighted with its own.

        Parameters
        ----------
        quantity : samples -> (sample, ...), linear in what leaves the samples
        """
        total: NDArray[np.float64] | float = 0.0
        above = quantity(make_stacks([[(layers[0][0], 0.0)] for layers in self.samples], F64))
        cut = [_cut(*each) for each in zip(self.samples, self.thickness_cm, strict=True)]
        most = max(len(layers) for layers in cut)
        for depth in range(1, most + 1):
            part = quantity(
                make_stacks([[layer for layer, _ in layers[:depth]] for layers in cut], F64)
            )
            middle = [layers[min(depth, len(layers)) - 1][1] for layers in cut]
            weight = torch.tensor([self._solid_angle(z) for z in middle], dtype=F64)
            total = total + ((part - above) * weight[:, None]).numpy()
            above = part
        return np.asarray(total)

    def _solid_angle(self, depth_cm: float) -> float:
        """Of the detector from a depth below the surface on the beam, over that from the surface.

        The beam comes straight down; the detector is small and looks at the spot.
        """
        geometry = self.description["geo"]
        distance = geometry["det_distance_cm"]
        rise = math.sin(math.radians(geometry["takeoff_deg"]))
        far = math.sqrt(distance**2 + depth_cm**2 + 2.0 * distance * depth_cm * rise)
        return float((distance + depth_cm * rise) * distance**2 / far**3)


def _cut(layers: list[Layer], thickness_cm: list[float]) -> list[tuple[Layer, float]]:
    """Layers, thick ones in pieces, and the depth of their middle, cm."""
    pieces = []
    above = 0.0
    for (material, mass), thickness in zip(layers, thickness_cm, strict=True):
        count = max(1, math.ceil(thickness / PIECE_CM))
        for k in range(count):
            middle = above + (k + 0.5) * thickness / count
            pieces.append(((material, mass / count), middle))
        above += thickness
    return pieces


@contextmanager
def its_attenuation() -> Iterator[None]:
    """While it lasts, models are made with xraylib's Kissel totals, as XMI-MSIM's are.

    They miss most of the photoelectric absorption of carbon, nitrogen and oxygen above some
    10 keV (carbon at 20 keV: 0.236 cm2/g, where NIST's XCOM has 0.442), and are 10 % above XCOM
    for lead at 2.7 keV, where rhodium's L lines excite its M lines.
    """
    stated = xraylib.CS_Total
    xraylib.CS_Total = xraylib.CS_Total_Kissel
    _forget()
    try:
        yield
    finally:
        xraylib.CS_Total = stated
        _forget()


def _forget() -> None:
    """Empty the caches of tables made from xraylib."""
    for name, module in list(sys.modules.items()):
        if name.startswith("underpaint.xray"):
            for each in list(vars(module).values()):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def its_crystal(
    instrument: Instrument, energy_kev: NDArray[np.float64], scattered_lost: bool
) -> NDArray[np.float64]:
    """What XMI-MSIM's crystal counts at full energy over what this project's does, (energy,).

    It stops photons by every interaction. Its counts of lines hold all of them; from its spectra
    it takes those that Compton scatter leads out of the crystal again, here all so scattered.

    Parameters
    ----------
    scattered_lost : as in its spectra, instead of its counts of lines
    """
    energy = torch.from_numpy(np.asarray(energy_kev, dtype=np.float64))
    endless = efficiency(instrument.but(crystal_um=ENDLESS_UM), energy)
    ours = efficiency(instrument, energy) / endless.clamp_min(1e-300)
    depth = DENSITY_G_CM3["Si"] * float(instrument.crystal_um) * CM_PER_UM
    total = attenuation(energy)[INDEX["Si"]]
    theirs = -torch.expm1(-depth * total)
    if scattered_lost:
        compton = [xraylib.CS_Compt(INDEX["Si"] + 1, kev) for kev in energy.tolist()]
        theirs = theirs * (1.0 - torch.tensor(compton, dtype=F64) / total)
    return (theirs / ours.clamp_min(1e-300)).numpy()


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
        stacks = [json.loads(stack)["layers"] for stack in file["stacks"]]
        samples = [
            [
                (layer["weight_fractions"], layer["thickness_um"] * layer["density_g_cm3"] * 1e-4)
                for layer in layers
            ]
            for layers in stacks
        ]
        rows = [json.loads(row) for row in file["lines"]]
        return MonteCarlo(
            description,
            calibration,
            file["spectra"][:],
            samples,
            [[layer["thickness_um"] * CM_PER_UM for layer in layers] for layers in stacks],
            [_named(layers) for layers in stacks],
            lines=[
                {(element, line): counts.get("1", 0.0) for element, line, _, counts in row}
                for row in rows
            ],
            later=[
                {
                    (element, line): sum(n for times, n in counts.items() if int(times) > 1)
                    for element, line, _, counts in row
                }
                for row in rows
            ],
        )


def _named(layers: list[dict[str, Any]]) -> str:
    """Layers and their pigments in words, from the top."""
    told = []
    for layer in layers:
        pigments = sorted(layer["pigments"], key=layer["pigments"].get, reverse=True)
        if layer["kind"] == "support":
            continue
        what = " + ".join(pigments) or layer["kind"]
        told.append(f"{what} {layer['thickness_um']:.0f} μm")
    return " / ".join(told)
