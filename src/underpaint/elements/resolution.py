"""The resolution of a detector whose zero and gain are stated, found from a scan's peaks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration, StatedAxis

from .calibrate import counted, refined, zero_peak_and_start
from .excitation import last_counted
from .peaks import find_peaks
from .search import with_width
from .trial import explain, prepare


def with_resolution(spectrum: NDArray[np.generic], stated: StatedAxis) -> EnergyCalibration:
    """The stated axis, with the noise and fano that the peaks show where these are not stated.

    Parameters
    ----------
    spectrum : (channel,) counts, best the sum over a scan
    stated : zero and gain hold, and so does what is stated of noise and fano

    Returns
    -------
    EnergyCalibration; what is not stated is usual where no peak is the line of an element

    Raises
    ------
    CalibrationError : the spectrum is no row of finite counts
    """
    usual = _filled(stated, EnergyCalibration(stated.zero, stated.gain))
    if None not in (stated.noise, stated.fano):
        return usual
    _, first = zero_peak_and_start(counted(spectrum, 0), usual)
    counts = counted(spectrum, first)
    peaks = find_peaks(counts, first)
    if not len(peaks):
        return usual
    last = last_counted(counts)
    peaked = prepare(counts, peaks.typical_fwhm, first, last)
    start = _filled(stated, with_width(stated.zero, stated.gain, peaks))
    trial = explain(peaked, start)
    if not trial.used():
        return usual
    free = np.array([False, False, stated.noise is None, stated.fano is None])
    fit, _, _ = refined(counts, peaked, trial, first, last, free)
    return _filled(stated, fit.calibration)


def _filled(stated: StatedAxis, other: EnergyCalibration) -> EnergyCalibration:
    """What is stated, and the resolution of another where it is not."""
    noise = other.noise if stated.noise is None else stated.noise
    fano = other.fano if stated.fano is None else stated.fano
    return EnergyCalibration(stated.zero, stated.gain, noise, fano)
