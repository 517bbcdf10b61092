"""All that is settled before the first pixel is read: axis, lines, palette, weights."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.elements import (
    Design,
    FoundCalibration,
    Identification,
    find_elements,
    settle_axis,
)
from underpaint.network import ScanContext, VerdictRules, Weights, network_arithmetic, told
from underpaint.paint import Library, Palette
from underpaint.scan import CountSummary, Scan
from underpaint.spectrum import Bins, EnergyCalibration, StatedAxis, standard_bins
from underpaint.xray import Instrument

from .tube import as_set


@dataclass(frozen=True, eq=False)
class Plan:
    """How a scan will be read.

    Attributes
    ----------
    calibration : energy axis and resolution in use
    found : how it was found; None where the user gave zero and gain
    elements : line families that the scan shows
    design : of the linear fit for element maps
    palette : pigments held possible
    palette_mask : (group,) bool
    measured : (bin,) bool, bins inside the measured range
    scanner : (figure,) float32, what the network is told of the scanner
    weights : the network and its rules
    library : of pigments
    arithmetic : the numbers in which the network reckons
    context : what the scan says as a whole, if its pixels are read in that light
    """

    calibration: EnergyCalibration
    found: FoundCalibration | None
    elements: Identification
    design: Design
    palette: Palette
    palette_mask: NDArray[np.bool_]
    measured: NDArray[np.bool_]
    scanner: NDArray[np.float32]
    weights: Weights
    library: Library
    arithmetic: torch.dtype
    context: ScanContext | None = None

    @property
    def bins(self) -> Bins:
        """The bins that the network sees."""
        return standard_bins()

    @property
    def rules(self) -> VerdictRules:
        """When a probability becomes a verdict."""
        if self.context is None or self.weights.whole is None:
            return self.weights.rules
        return self.weights.whole.rules


def make_plan(
    scan: Scan,
    seen: CountSummary,
    library: Library,
    weights: Weights,
    palette: Palette,
    stated: StatedAxis | None,
    instrument: Instrument | None = None,
    executor: Executor | None = None,
) -> Plan:
    """Settle how a scan will be read.

    Parameters
    ----------
    scan, seen : the scan and what it adds up to
    library, weights, palette : what to look for, and with what
    stated : the user's own energy axis; what it leaves open is found from the scan's peaks, and
        all of it if None
    instrument : the user's scanner, or None; the network is told of it with the tube in use
    executor : where the scan is read again, for what a few pixels hold; here if None

    Raises
    ------
    CalibrationError : where the scan shows no peaks to calibrate by, or none of them is the line
        of an element
    """
    axis = settle_axis(scan, seen.sum_spectrum, stated)
    elements, design = find_elements(
        scan,
        [seen.sum_spectrum, seen.maximum_spectrum],
        axis.in_use,
        seen.pixel_counts,
        executor=executor,
    )
    return Plan(
        calibration=axis.in_use,
        found=axis.found,
        elements=elements,
        design=design,
        palette=palette,
        palette_mask=np.array([group.name in palette.groups for group in library.groups]),
        # but for the last channel, where electronics put what overflows
        measured=standard_bins().covered(axis.in_use, scan.shape[2] - 1),
        scanner=told(as_set(instrument, scan, elements)),
        weights=weights,
        library=library,
        arithmetic=network_arithmetic(),
    )
