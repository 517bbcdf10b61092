"""Net counts of a point that a Bruker scanner measured, by ESPRIT, by this project, by PyMca."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyMca5.PyMcaPhysics.xrf.FastXRFLinearFit import FastXRFLinearFit

from identify_speed_pymca import configuration
from measured_m6 import HEAVY, esprit_counts
from measured_spectra import read_spx
from underpaint.elements import find_calibration, fit_lines
from underpaint.spectrum import EnergyCalibration

PYMCA = {
    "PyMca, SNIP": (True, 0),
    "PyMca, SNIP, weighted": (True, 1),
    "PyMca, polynomial": (False, 0),
    "PyMca, polynomial, weighted": (False, 1),
}
"""Whether SNIP takes the continuum off, and whether channels are weighted."""


def compare_esprit(path: Path) -> list[dict[str, Any]]:
    """A row a family; M lines are fitted beside the L lines stated, as ESPRIT takes all lines of an
    element together."""
    net = esprit_counts(path)
    measured = read_spx(path)
    families = [f"{element}-{'L' if element in HEAVY else 'K'}" for element in net]
    every = [*families, *(f"{element}-M" for element in net if element in HEAVY)]
    axis = find_calibration(measured.counts, measured.calibration).calibration
    fit = fit_lines(measured.counts[None], axis, every)
    others = {name: pymca_counts(measured.counts, axis, every, *how) for name, how in PYMCA.items()}
    return [
        {"family": family, "ESPRIT": theirs, "ours": float(ours), "sigma": float(error)}
        | {name: counts[family] for name, counts in others.items()}
        for family, theirs, ours, error in zip(
            families, net.values(), *(row[0, : len(net)] for row in (fit.counts, fit.sigma)),
            strict=True,
        )
    ]  # fmt: skip


def pymca_counts(
    counts: NDArray[np.generic],
    axis: EnergyCalibration,
    families: list[str],
    snip: bool,
    weighted: int,
) -> dict[str, float]:
    """Net counts of families in one spectrum, (channel,), by PyMca's linear fit."""
    figures = {"zero_kev": axis.zero, "gain_kev": axis.gain, "noise_kev": axis.noise}
    fit = FastXRFLinearFit()
    fit.setFitConfiguration(
        configuration(figures | {"fano": axis.fano}, families, len(counts), snip)
    )
    found = fit.fitMultipleSpectra(
        x=np.arange(len(counts)), y=np.asarray(counts, dtype=np.float64)[None, None],
        weight=weighted, refit=True, save=False,
    )  # fmt: skip
    names = (name.replace(" ", "-") for name in found.labels("parameters"))
    areas = (float(np.asarray(image).item()) for image in found["parameters"])
    return dict(zip(names, areas, strict=True))
