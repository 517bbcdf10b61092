"""A measured spectrum in groups of channels, what the forward model says of it, and the misfit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from underpaint.errors import InstrumentError
from underpaint.spectrum import Bins, EnergyCalibration

from .forward import ForwardModel
from .free_figures import Sample
from .instrument import Instrument
from .stack import Layer, make_stacks

BINS_PER_FWHM = 3.0
LOWEST_BIN_KEV = 0.4
BEYOND_VOLTAGE = 1.1


class FitProblem:
    """Counts of whole channels, so that they stay Poisson counts whatever the energy axis.

    Parameters
    ----------
    instrument, calibration : first guess: resolution and axis decide how channels are grouped
    spectrum : (channel,) counts
    layers : the sample
    model_error : relative error that the model may have in every bin

    Attributes
    ----------
    counts : (bin,) float64, counts

    Raises
    ------
    InstrumentError : where the spectrum is no row of counts or its axis misses the tube's range
    """

    def __init__(
        self,
        instrument: Instrument,
        calibration: EnergyCalibration,
        spectrum: ArrayLike,
        layers: Sequence[Layer],
        model_error: float,
    ) -> None:
        channels = _require_counts(spectrum)
        self.first_channel = _group(instrument, calibration, len(channels))
        self.counts: NDArray[np.float64] = np.diff(
            np.concatenate([[0.0], channels.cumsum()])[self.first_channel]
        )
        if self.counts.min() < 0.0:
            raise InstrumentError(
                "the spectrum holds negative counts: give it as it was measured, nothing subtracted"
            )
        self.layers = layers
        self.model_error = model_error

    def bins(self, calibration: EnergyCalibration) -> Bins:
        """The groups of channels on an energy axis."""
        return Bins(calibration.energy(self.first_channel - 0.5))

    def expected(self, sample: Sample) -> NDArray[np.float64]:
        """What the forward model says, (bin,) counts."""
        layers = [*self.layers[:-1], (self.layers[-1][0], sample.mass_thickness)]
        layers[0] = _with_traces(layers[0], sample.traces)
        emitters = {element for fractions, _ in layers for element in fractions}
        emitters |= {*sample.instrument.own_lines, "N", "O", "Ar", "He"}
        model = ForwardModel(
            sample.instrument,
            self.bins(sample.calibration),
            elements=sorted(emitters),
            dtype=torch.float64,
        )
        with torch.no_grad():
            spectrum = model.expected(make_stacks([layers], torch.float64))[0]
        return np.asarray(spectrum.numpy() * sample.scale, dtype=np.float64)

    def residuals(self, sample: Sample) -> NDArray[np.float64]:
        """Signed roots of the deviance of each bin, (bin,).

        Counts n scatter about a mean m with variance m + (error m)^2 (negative binomial; Poisson
        for no model error); the sum of squares is twice the log likelihood that m misses.
        """
        n = self.counts
        m = np.maximum(self.expected(sample), 1e-9)
        logarithm = np.where(n > 0.0, n * np.log(np.maximum(n, 1e-300) / m), 0.0)
        if self.model_error > 0.0:
            share = self.model_error**2
            spread = (n + 1.0 / share) * (np.log1p(share * n) - np.log1p(share * m))
            deviance = 2.0 * (logarithm - spread)
        else:
            deviance = 2.0 * (logarithm - n + m)
        return np.asarray(np.sign(n - m) * np.sqrt(np.maximum(deviance, 0.0)))


def _require_counts(spectrum: ArrayLike) -> NDArray[np.float64]:
    counts = np.asarray(spectrum, dtype=np.float64)
    if counts.ndim != 1 or len(counts) < 2:
        raise InstrumentError(f"a spectrum is one row of counts, not an array of {counts.shape}")
    if not np.isfinite(counts).all():
        raise InstrumentError("the spectrum has channels that hold no number")
    return counts


def _group(
    instrument: Instrument, calibration: EnergyCalibration, channels: int
) -> NDArray[np.intp]:
    """First channel of each group, and the one behind the last."""
    if not calibration.gain > 0.0:
        raise InstrumentError(f"a gain of {calibration.gain} keV is no energy axis")
    resolution = EnergyCalibration(0.0, 1.0, float(instrument.noise), float(instrument.fano))
    highest = BEYOND_VOLTAGE * float(instrument.kv)
    last = min(channels, math.ceil(float(calibration.channel(highest))))
    edges = [max(0, math.ceil(float(calibration.channel(LOWEST_BIN_KEV))))]
    while edges[-1] < last:
        width = float(resolution.fwhm(calibration.energy(edges[-1]))) / BINS_PER_FWHM
        edges.append(edges[-1] + max(1, round(width / calibration.gain)))
    kept = [channel for channel in edges if channel <= last]
    if len(kept) < 3:
        raise InstrumentError(
            f"the energy axis has no channels between {LOWEST_BIN_KEV} keV and the tube's voltage"
        )
    return np.asarray(kept, dtype=np.intp)


def _with_traces(layer: Layer, traces: dict[str, float]) -> Layer:
    fractions, mass_thickness = layer
    rest = 1.0 - sum(traces.values())
    mixed = {element: share * rest for element, share in fractions.items()}
    for element, share in traces.items():
        mixed[element] = mixed.get(element, 0.0) + share
    return mixed, mass_thickness
