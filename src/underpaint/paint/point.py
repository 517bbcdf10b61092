"""A stratigraphy under a scanner, measured in one point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.errors import StackError
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, Instrument, make_stacks, spectrum_parts

from .layers import Stratigraphy
from .library import Library
from .scene_scan import counted_channels
from .stated import (
    MOST_COUNTS,
    read_stated,
    require_fluorescence,
    stated_axis,
    stated_instrument,
    stated_layers,
)


@dataclass(frozen=True, slots=True)
class Point:
    """A point measurement.

    Attributes
    ----------
    title : of the stratigraphy
    layers : from the top down
    instrument : the scanner
    calibration, channels : energy axis
    counts : of the spectrum, from 1 keV to the tube voltage; None for one photon on the object
    """

    title: str
    layers: Stratigraphy
    instrument: Instrument
    calibration: EnergyCalibration
    channels: int
    counts: float | None


@dataclass(frozen=True, eq=False)
class PointSpectrum:
    """A simulated spectrum and its parts.

    Attributes
    ----------
    point : what was measured, and how
    energy_kev : (channel,) float64, keV, channel centres
    counts : (channel,) float64, whole numbers where there is counting noise; without `counts` of
        the point, for one photon on the object and steradian of the detector
    parts : name -> (channel,) float64, what the expected spectrum is made of (`SpectrumParts`)
    noisy : whether `counts` were counted, or are expectations
    """

    point: Point
    energy_kev: NDArray[np.float64]
    counts: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]
    noisy: bool

    @property
    def expected(self) -> NDArray[np.float64]:
        """The sum of the parts, (channel,) float64."""
        return np.asarray(sum(self.parts.values()), dtype=np.float64)

    @property
    def total_counts(self) -> float:
        """Counts from 1 keV to the tube voltage."""
        return float(self.counts[counted_channels(self.energy_kev, self.point.instrument)].sum())


def read_point(path: Path, library: Library) -> Point:
    """A stratigraphy from a TOML file with one [[layer]] table a layer, top first.

    Raises
    ------
    ConfigError, StackError, InstrumentError, LibraryError : for what is wrong in it
    """
    table = read_stated(path)
    table.require("title", "instrument", "layer")
    instrument = stated_instrument(table, path.parent)
    calibration, channels = stated_axis(table, instrument)
    layers = stated_layers(table, "layer", library)
    counts = table.number("counts", 1.0, MOST_COUNTS) if "counts" in table.unread else None
    point = Point(table.text("title"), layers, instrument, calibration, channels, counts)
    table.finish()
    if not any(layer.mass_thickness > 0.0 for layer in layers):
        raise StackError(f"{path}: no layer has any thickness; give one 'thickness_um' above 0")
    require_fluorescence([layers], instrument, str(path), "stratigraphy")
    return point


def simulate_point(point: Point, seed: int | None = 0) -> PointSpectrum:
    """The spectrum of a stratigraphy.

    Parameters
    ----------
    seed : of the counting noise; None for the expected spectrum, as without `counts`

    Raises
    ------
    StackError : where the energy axis holds no photon at all
    """
    axis = Bins(point.calibration.edges(point.channels))
    held = {element for layer in point.layers for element in layer.weight_fractions}
    elements = (*held, "Ar", *point.instrument.own_lines)
    model = ForwardModel(point.instrument, axis, elements, torch.float64)
    stacks = make_stacks([[layer.for_model for layer in point.layers]], torch.float64)
    with torch.inference_mode():
        split = spectrum_parts(model, stacks).named
    parts = {name: part[0].numpy() for name, part in split.items()}
    expected = np.asarray(sum(parts.values())).clip(min=0.0)
    if point.counts is None:
        return PointSpectrum(point, axis.centres, expected, parts, noisy=False)
    in_range = float(expected[counted_channels(axis.centres, point.instrument)].sum())
    if not in_range > 0.0:
        raise StackError(
            f"no photon of '{point.title}' falls between 1 keV and the tube voltage on its energy "
            "axis; widen the axis, or take thinner filters"
        )
    scale = point.counts / in_range
    parts = {name: part * scale for name, part in parts.items()}
    counts = expected * scale
    if seed is not None:
        counts = np.random.default_rng(seed).poisson(counts).astype(np.float64)
    return PointSpectrum(point, axis.centres, counts, parts, noisy=seed is not None)
