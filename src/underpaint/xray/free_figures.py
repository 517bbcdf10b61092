"""Figures of an instrument as a vector that a fit may move freely.

Figures that cannot be negative move in their logarithm, so that steps are relative and zero is
never crossed; zero and gain of the energy axis move in units of what a spectrum can tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import InstrumentError
from underpaint.spectrum import EnergyCalibration

from .instrument import Instrument
from .periodic_table import INDEX

BOUNDS: dict[str, tuple[float, float]] = {
    "kv": (4.0, 60.0),
    "tube_incidence_deg": (1.0, 90.0),
    "tube_take_off_deg": (1.0, 90.0),
    "tube_window_um": (1.0, 2000.0),
    "tube_k_lines": (0.2, 5.0),
    "tube_l_lines": (0.02, 5.0),
    "optic_cutoff_kev": (1.0, 100.0),
    "optic_power": (0.1, 12.0),
    "incidence_deg": (2.0, 90.0),
    "take_off_deg": (2.0, 90.0),
    "azimuth_deg": (1.0, 180.0),
    "acceptance_deg": (0.1, 60.0),
    "path_in_cm": (0.01, 100.0),
    "path_out_cm": (0.01, 100.0),
    "view_cm": (0.001, 20.0),
    "crystal_um": (50.0, 3000.0),
    "dead_layer_um": (1e-4, 5.0),
    "detector_window_um": (0.1, 500.0),
    "noise": (0.01, 0.4),
    "fano": (0.05, 0.3),
    "tail": (1e-5, 0.4),
    "tail_kev": (0.01, 3.0),
    "shelf": (1e-6, 0.3),
    "pulse_pair_us": (1e-4, 10.0),
}
"""Names of the figures that may be free, and the range of each."""
PREFIXES = ("filter", "own_lines")
SHARE_BOUNDS = (1e-7, 0.3)
FILTER_BOUNDS_UM = (0.01, 5000.0)
ZERO_UNIT_KEV = 0.01
GAIN_UNIT = 1e-3
AXIS_RANGE = 40.0
AMOUNT_BOUNDS = (1e-8, 0.2)
MASS_BOUNDS = (1e-6, 100.0)
OF_THE_SAMPLE = ("scale", "mass_thickness")
SCALE_RANGE = 1e4


@dataclass(frozen=True, slots=True)
class Sample:
    """What a fit varies.

    Attributes
    ----------
    instrument, calibration : the scanner and its energy axis
    traces : element -> mass fraction in the top layer
    mass_thickness : of the lowest layer, g/cm2
    scale : counts over what the model expects of one photon
    """

    instrument: Instrument
    calibration: EnergyCalibration
    traces: dict[str, float]
    mass_thickness: float
    scale: float

    def scaled(self, scale: float) -> Sample:
        """The same at another scale."""
        return replace(self, scale=scale)


class FreeFigures:
    """The way from a vector to an instrument, an axis, traces and a scale, and back.

    Parameters
    ----------
    start : where the fit begins
    free : names of `BOUNDS`, "zero", "gain", "mass_thickness", "filter:Al" or "own_lines:Fe";
        the scale and the traces of `start` are always free

    Raises
    ------
    InstrumentError : for a name that is no figure, or no figure that this instrument has
    """

    def __init__(self, start: Sample, free: Sequence[str]) -> None:
        self.start = start
        self.names: tuple[str, ...] = (
            *dict.fromkeys(free),
            *(f"trace:{element}" for element in start.traces),
            "scale",
        )
        for name in self.names:
            self._require_known(name)
        bounds = np.array([self._bounds(name) for name in self.names])
        self.lower, self.upper = bounds[:, 0], bounds[:, 1]
        values = np.array([self._coordinate(name) for name in self.names])
        self.first: NDArray[np.float64] = np.clip(values, self.lower + 1e-6, self.upper - 1e-6)

    def _require_known(self, name: str) -> None:
        if name in BOUNDS or name in ("zero", "gain", *OF_THE_SAMPLE):
            if name == "pulse_pair_us" and not self.start.instrument.count_rate_kcps > 0.0:
                raise InstrumentError(
                    "pulse_pair_us cannot be fitted where count_rate_kcps is zero: state the rate"
                )
            if name.startswith("tube") and self.start.instrument.tube_spectrum is not None:
                raise InstrumentError(f"{name} cannot be fitted where tube_spectrum is stated")
            if name.startswith("optic") and not self.start.instrument.optic_cutoff_kev > 0.0:
                raise InstrumentError(
                    f"{name} cannot be fitted where optic_cutoff_kev is zero: state a first guess"
                )
            return
        kind, _, element = name.partition(":")
        if kind not in (*PREFIXES, "trace") or element not in INDEX:
            raise InstrumentError(
                f"'{name}' is no figure that can be fitted: use {', '.join(BOUNDS)}, zero, gain, "
                "mass_thickness, filter:Al or own_lines:Fe"
            )
        if kind == "filter" and element not in dict(self.start.instrument.filters):
            raise InstrumentError(f"the instrument has no filter of {element} to fit")

    def _bounds(self, name: str) -> tuple[float, float]:
        if name in ("zero", "gain"):
            return -AXIS_RANGE, AXIS_RANGE
        kind = name.partition(":")[0]
        if kind == "scale":
            lower, upper = self.start.scale / SCALE_RANGE, self.start.scale * SCALE_RANGE
        elif kind == "mass_thickness":
            lower, upper = MASS_BOUNDS
        elif kind == "filter":
            lower, upper = FILTER_BOUNDS_UM
        elif kind == "own_lines":
            lower, upper = SHARE_BOUNDS
        elif kind == "trace":
            lower, upper = AMOUNT_BOUNDS
        else:
            lower, upper = BOUNDS[name]
        return math.log(lower), math.log(upper)

    def _coordinate(self, name: str) -> float:
        if name in ("zero", "gain"):
            return 0.0
        value = self.value(name, self.start)
        lower, upper = self._bounds(name)
        return math.log(value) if value > 0.0 else lower + 0.3 * (upper - lower)

    def value(self, name: str, of: Sample) -> float:
        """A figure by its name."""
        kind, _, element = name.partition(":")
        if kind == "zero":
            return of.calibration.zero
        if kind == "gain":
            return of.calibration.gain
        if kind in OF_THE_SAMPLE:
            return float(getattr(of, kind))
        if kind == "trace":
            return of.traces[element]
        if kind == "filter":
            return float(dict(of.instrument.filters)[element])
        if kind == "own_lines":
            return float(of.instrument.own_lines.get(element, 0.0))
        return float(getattr(of.instrument, name))

    def at(self, vector: NDArray[np.float64]) -> Sample:
        """The instrument, axis, traces and scale at a point, (figure,)."""
        start = self.start
        zero, gain = start.calibration.zero, start.calibration.gain
        traces, sample = dict(start.traces), {}
        own_lines, filters = dict(start.instrument.own_lines), dict(start.instrument.filters)
        changes: dict[str, object] = {}
        for name, coordinate in zip(self.names, vector.tolist(), strict=True):
            kind, _, element = name.partition(":")
            if kind == "zero":
                zero += coordinate * ZERO_UNIT_KEV
            elif kind == "gain":
                gain *= 1.0 + coordinate * GAIN_UNIT
            elif kind in OF_THE_SAMPLE:
                sample[kind] = math.exp(coordinate)
            elif kind == "trace":
                traces[element] = math.exp(coordinate)
            elif kind == "filter":
                filters[element] = math.exp(coordinate)
            elif kind == "own_lines":
                own_lines[element] = math.exp(coordinate)
            else:
                changes[name] = math.exp(coordinate)
        instrument = start.instrument.but(
            own_lines=own_lines, filters=tuple(filters.items()), **changes
        )
        calibration = EnergyCalibration(
            zero, gain, noise=float(instrument.noise), fano=float(instrument.fano)
        )
        return replace(
            start, instrument=instrument, calibration=calibration, traces=traces, **sample
        )

    def error(self, name: str, of: Sample, deviation: float) -> float:
        """Standard error of a figure in its own unit, from that of its coordinate."""
        if name == "zero":
            return deviation * ZERO_UNIT_KEV
        if name == "gain":
            return deviation * GAIN_UNIT * self.start.calibration.gain
        return deviation * self.value(name, of)
