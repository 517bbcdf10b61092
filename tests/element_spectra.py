"""Spectra of whole line families, with the ratios and escape peaks a detector sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from builders import ScanBuilder, SpectrumBuilder
from underpaint.elements.templates import line_shares
from underpaint.spectrum import EnergyCalibration

TUBE_KV = 40.0
CALIBRATION = EnergyCalibration(zero=-0.02, gain=0.02, noise=0.08, fano=0.115)
CHANNELS = 2048
PAINT = {"Pb-L": 60000.0, "Pb-M": 6000.0, "Ca-K": 9000.0, "Fe-K": 12000.0, "Cu-K": 8000.0}


def family_spectrum(
    counts: dict[str, float],
    calibration: EnergyCalibration = CALIBRATION,
    channels: int = CHANNELS,
    continuum: float = 40.0,
) -> SpectrumBuilder:
    """A builder with families of some counts over a falling continuum."""
    builder = SpectrumBuilder(calibration, channels).exponential(continuum, 12.0)
    for family, amount in counts.items():
        shares = line_shares(family, TUBE_KV)
        for energy, share in zip(shares.energy_kev, shares.share, strict=True):
            builder.line(float(energy), amount * float(share))
    return builder


def write_paint_scan(folder: Path) -> Path:
    """A scan of 3 x 4 pixels of `PAINT`, a fifth of its counts in each: a folder of text files."""
    scaled = {family: counts / 5.0 for family, counts in PAINT.items()}
    expectation = family_spectrum(scaled, continuum=8.0).expectation()
    builder = ScanBuilder(height=3, width=4, calibration=CALIBRATION).everywhere(expectation)
    return builder.poisson(np.random.default_rng(0)).write_mca_folder(folder)
