"""Silicon escape peaks that a scanner's software has taken away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from underpaint.spectrum import EnergyCalibration

from .spectrum_fit import SpectrumFit
from .templates import escape_templates

TAKEN_AWAY = 0.5
"""There is less than this of the tabulated escape peaks where they have been taken away."""
CLEAR_SIGMA = 10.0
"""How clear tabulated escape peaks would be where that is to be told."""


def with_escape_as_seen(fit: SpectrumFit, calibration: EnergyCalibration) -> SpectrumFit:
    """A fit whose families have no escape peaks, where the spectrum shows that it has none.

    Parameters
    ----------
    fit : with the tabulated ones
    calibration : energy axis and resolution
    """
    channels = len(fit.measured)
    shapes = escape_templates(fit.families, calibration, channels, fit.tube_kv)
    escaped = fit.counts @ shapes
    window = slice(fit.first, fit.last)
    weighted = (escaped / np.maximum(fit.model, 1.0))[window]
    clear = float(weighted @ escaped[window])
    if clear < CLEAR_SIGMA**2:
        return fit
    seen = 1.0 + float(weighted @ (fit.measured - fit.model)[window]) / clear
    if seen > TAKEN_AWAY:
        return fit
    return replace(
        fit,
        templates=np.maximum(fit.templates - shapes, 0.0),
        model=np.maximum(fit.model - escaped, 0.0),
    )
