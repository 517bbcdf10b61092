"""What the network is told of a scanner, and how wrong that is in training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import FINGERPRINT, Instrument, fingerprint

from .scan_prior import ScanPrior

FIGURES = FINGERPRINT + 1
UNKNOWN: NDArray[np.float32] = np.zeros(FIGURES, dtype=np.float32)
"""What is told of a scanner that nobody states."""
UNSURE = (
    "tube_window_um", "tube_k_lines", "tube_l_lines", "optic_cutoff_kev", "optic_power",
    "path_in_cm", "path_out_cm", "crystal_um", "dead_layer_um", "detector_window_um",
)  # fmt: skip
ANGLES = {"incidence_deg": 90.0, "take_off_deg": 90.0, "azimuth_deg": 180.0}
LEAST_DEG = 5.0


def told(instrument: Instrument | None) -> NDArray[np.float32]:
    """What the network is told: 1 and the scanner's fingerprint, or zeros, (31,) float32."""
    if instrument is None:
        return UNKNOWN
    return np.concatenate([np.ones(1, dtype=np.float32), fingerprint(instrument)])


def as_stated(instrument: Instrument, prior: ScanPrior, random: np.random.Generator) -> Instrument:
    """An instrument as its owner would state it, every figure a little wrong."""
    figures = {
        name: float(getattr(instrument, name)) * float(np.exp(random.normal(0, prior.stated_error)))
        for name in UNSURE
    }
    angles = {
        name: float(
            np.clip(
                getattr(instrument, name) + random.normal(0, prior.stated_error_deg),
                LEAST_DEG,
                most,
            )
        )
        for name, most in ANGLES.items()
    }
    return instrument.but(**figures, **angles)
