"""Which line families of a fit lie under one another, so that their counts hang together."""

from __future__ import annotations

import numpy as np

from underpaint.spectrum import EnergyCalibration

from .spectrum_fit import SpectrumFit
from .templates import brightest_kev

WITHIN_FWHM = 0.5
LEAST_SHARE = 0.1


def overlapping(fit: SpectrumFit, calibration: EnergyCalibration) -> dict[str, tuple[str, ...]]:
    """For each family those with a tenth of its counts or more around its brightest line.

    What the ratios of a stronger family's lines are wrong by, as depth changes them, goes into
    the counts of the weaker.

    Parameters
    ----------
    fit : of a sum spectrum
    calibration : energy axis and resolution
    """
    spectra = fit.counts[:, None] * fit.templates
    found = {}
    for name, own in zip(fit.families, spectra, strict=True):
        line = brightest_kev(name, fit.tube_kv)
        reach = WITHIN_FWHM * float(calibration.fwhm(line))
        low, high = np.rint(calibration.channel([line - reach, line + reach])).astype(int)
        around = slice(max(low, 0), max(high, 0) + 1)
        counts = spectra[:, around].sum(axis=1)
        beside = (counts > LEAST_SHARE * own[around].sum()) & (counts > 0.0)
        found[name] = tuple(
            other
            for other, lies in zip(fit.families, beside, strict=True)
            if lies and other != name
        )
    return found
