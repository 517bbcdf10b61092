"""What a scan's file and electronics do to spectra, and how a reader meets them.

Every reader is given the same: raw counts and the energy axis that `identify` would find from the
scan's sum spectrum; or, to see what that step is worth, the axis that the file states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from identification_scanners import Axes
from identification_scans import Scan, counted_channels
from identification_stratigraphies import Labels, labels_of
from underpaint.elements import find_calibration
from underpaint.errors import CalibrationError
from underpaint.paint import LEAST_AREA, Library, Truth
from underpaint.spectrum import EnergyCalibration, rebin, standard_bins
from underpaint.xray import Instrument, record
from underpaint.xray.pileup import PileUp

COUNTS = (3_000, 10_000, 30_000, 100_000)
OFF_KEV, OFF_GAIN = 0.060, 0.002
PILE_UP = 0.02
COUNT_RATE_KCPS = 50.0
ALSO_POSSIBLE = 0.3


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong with spectra.

    Attributes
    ----------
    axis : the stated axis is 60 eV off and its gain 0.2 % wrong
    pile_up : 2 % of the photons join the one before
    blended : pixels lie on two or three stratigraphies of a painting
    own_lines : the scanner's parts show three further lines of Fe, Ni, Cu, Zn
    palette : the reader is told which groups are possible: all that the stratigraphies of the same
        painting hold, and three in ten of the others
    calibrated : whether the axis is found from the sum spectrum, and not the stated one taken
    """

    axis: bool = False
    pile_up: bool = False
    blended: bool = False
    own_lines: bool = False
    palette: bool = False
    calibrated: bool = True


CONDITIONS = {
    "plain": Condition(),
    "axis": Condition(axis=True),
    "pile-up": Condition(pile_up=True),
    "blended": Condition(blended=True),
    "own-lines": Condition(own_lines=True),
    "all": Condition(axis=True, pile_up=True, blended=True, own_lines=True),
    "palette": Condition(palette=True),
    "axis-as-stated": Condition(axis=True, calibrated=False),
    "all-as-stated": Condition(
        axis=True, pile_up=True, blended=True, own_lines=True, calibrated=False
    ),
}
AS_STATED = tuple(name for name, each in CONDITIONS.items() if not each.calibrated)


@dataclass(frozen=True, eq=False)
class Measured:
    """A scan as a reader meets it; each stratigraphy once at every dose, dose after dose.

    Attributes
    ----------
    name : of the scan
    instrument : as stated
    calibration : energy axis in use
    counts : (spectrum, channel) float32, raw counts
    binned : (spectrum, bin) float32, counts on the standard bins
    measured : (bin,) bool
    dose : (spectrum,) counts from 1 keV to the tube voltage
    labels : of the spectra
    palette : (spectrum, group) bool, groups that the reader is told are possible
    painting : (spectrum,) int, spectra of one painting at one dose have the same
    """

    name: str
    instrument: Instrument
    calibration: EnergyCalibration
    counts: NDArray[np.float32]
    binned: NDArray[np.float32]
    measured: NDArray[np.bool_]
    dose: NDArray[np.float64]
    labels: Labels
    palette: NDArray[np.bool_]
    painting: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.counts)


def measure(
    scan: Scan, library: Library, condition: Condition, seed: int, repeats: int = 1
) -> Measured:
    """Count a scan under a condition.

    Parameters
    ----------
    seed : of the counting; the same for all conditions, so that they can be compared
    repeats : how often each stratigraphy is counted at each dose
    """
    labels = labels_of(scan.stratigraphies, library)
    spectra = scan.single.astype(np.float64)
    if condition.blended:
        area = areas(scan.painting, np.random.default_rng((seed, 1)))
        spectra, labels = area @ spectra, blended_labels(labels, area)
    expected = recorded(scan, spectra, condition)
    parts, doses = [], []
    for dose in COUNTS:
        random = np.random.default_rng((seed, 2, dose))
        for _ in range(repeats):
            parts.append(random.poisson(expected * dose).astype(np.float32))
            doses.append(np.full(len(scan), float(dose)))
    axes = wrong(scan.axes, np.random.default_rng((seed, 3))) if condition.axis else scan.axes
    read = as_read(
        scan.name,
        scan.instrument,
        np.concatenate(parts),
        axes.stated,
        condition.calibrated,
        np.concatenate(doses),
        labels.repeated(len(doses)),
        np.concatenate([scan.painting + k * len(scan) for k in range(len(doses))]),
    )
    if not condition.palette:
        return read
    there = np.zeros((int(scan.painting.max()) + 1, read.palette.shape[1]), dtype=np.bool_)
    np.logical_or.at(there, scan.painting, labels.truth.anywhere)
    there |= np.random.default_rng((seed, 4)).random(there.shape) < ALSO_POSSIBLE
    return replace(read, palette=np.tile(there[scan.painting], (len(doses), 1)))


def as_read(
    name: str,
    instrument: Instrument,
    counts: NDArray[np.float32],
    stated: EnergyCalibration,
    calibrated: bool,
    dose: NDArray[np.float64],
    labels: Labels,
    painting: NDArray[np.int64],
) -> Measured:
    """Counts on the axis that a reader would take."""
    axis = axis_in_use(counts, stated, calibrated)
    return Measured(
        name=name,
        instrument=instrument,
        calibration=axis,
        counts=counts,
        binned=rebin(counts, axis, standard_bins()),
        measured=standard_bins().covered(axis, counts.shape[1]),
        dose=dose,
        labels=labels,
        palette=np.ones(labels.truth.top.shape, dtype=np.bool_),
        painting=painting,
    )


def recorded(scan: Scan, spectra: NDArray[np.float64], condition: Condition) -> NDArray[np.float64]:
    """Spectra after the electronics, at one count each, (spectrum, channel)."""
    instrument = scan.instrument
    if condition.own_lines:
        spectra = spectra + spectra.sum(axis=1, keepdims=True) * scan.more_lines
    if condition.pile_up:
        instrument = instrument.but(
            count_rate_kcps=COUNT_RATE_KCPS,
            pulse_pair_us=-np.log1p(-PILE_UP) / COUNT_RATE_KCPS * 1e3,
        )
    return after_electronics(spectra, instrument, scan.axes.true)


def after_electronics(
    spectra: NDArray[np.float64], instrument: Instrument, axis: EnergyCalibration
) -> NDArray[np.float64]:
    """Spectra of single photons with pile-up and zero peak, at one count each."""
    channels = spectra.shape[1]
    pile_up = PileUp(torch.from_numpy(axis.edges(channels)))
    found = record(torch.from_numpy(spectra), instrument, pile_up).clamp_min(0.0).numpy()
    counted = counted_channels(axis, channels, instrument)
    return np.asarray(found / found[:, counted].sum(axis=1, keepdims=True))


def wrong(axes: Axes, random: np.random.Generator) -> Axes:
    """Axes of which the stated one is off by much."""
    sign, gain_sign = (1.0 if random.random() < 0.5 else -1.0 for _ in range(2))
    true = axes.true
    stated = replace(
        axes.stated,
        zero=true.zero + sign * OFF_KEV,
        gain=true.gain * (1.0 + gain_sign * OFF_GAIN),
    )
    return Axes(true, stated)


def axis_in_use(
    counts: NDArray[np.float32], stated: EnergyCalibration, calibrated: bool
) -> EnergyCalibration:
    """The axis that `identify` would take: found from the sum, or stated where that is doubtful."""
    if not calibrated:
        return stated
    try:
        found = find_calibration(counts.sum(axis=0, dtype=np.float64), stated)
    except CalibrationError:
        return stated
    return stated if found.doubtful else found.calibration


def areas(painting: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float64]:
    """Each pixel on its own stratigraphy and one or two others of its painting, (pixel, part)."""
    size = len(painting)
    area = np.zeros((size, size))
    for i in range(size):
        others = np.flatnonzero((painting == painting[i]) & (np.arange(size) != i))
        chosen = random.permutation(others)[: 1 + int(random.random() < 0.35)]
        own = random.uniform(0.3, 0.97) if len(chosen) else 1.0
        area[i, i] = own
        area[i, chosen] = (1.0 - own) * random.dirichlet(np.full(max(len(chosen), 1), 2.0))[
            : len(chosen)
        ]
    return area


def blended_labels(labels: Labels, area: NDArray[np.float64]) -> Labels:
    """Labels of pixels on several stratigraphies; shares are weighted with the area."""
    seen = area >= LEAST_AREA
    truth = labels.truth
    share = np.stack([(area[:, :, None] * labels.share[:, p]).sum(axis=1) for p in range(3)], 1)
    cover = np.where(np.isnan(labels.cover_um), np.inf, labels.cover_um)
    least = np.array([cover[row].min(axis=0) for row in seen])
    return Labels(
        Truth(
            top=(seen @ truth.top) > 0,
            buried=(seen @ truth.buried) > 0,
            ground=(seen @ truth.ground) > 0,
            amount=(area @ truth.amount).astype(np.float32),
            top_share=(area @ truth.top_share).astype(np.float32),
            buried_share=(area @ truth.buried_share).astype(np.float32),
        ),
        share.astype(np.float32),
        np.where(np.isinf(least), np.nan, least).astype(np.float32),
    )
