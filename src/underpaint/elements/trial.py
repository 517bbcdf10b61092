"""How well a trial energy axis explains a spectrum by the lines of the elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import nnls

from underpaint.spectrum import EnergyCalibration, coarser_axis

from .background import snip
from .pileup import coincidences, sum_peaks
from .templates import family_templates

CHANNELS_PER_FWHM = 4.0
CLIP_FWHM = 1.7
SHAPE_ERROR = 0.05
COMMON = (
    "Al-K", "Si-K", "P-K", "S-K", "Cl-K", "Ar-K", "K-K", "Ca-K", "Ti-K", "V-K", "Cr-K", "Mn-K",
    "Fe-K", "Co-K", "Ni-K", "Cu-K", "Zn-K", "As-K", "Br-K", "Rb-K", "Sr-K", "Y-K", "Zr-K", "Nb-K",
    "Mo-K", "Rh-K", "Pd-K", "Ag-K", "Cd-K", "Sn-K", "Sb-K", "Ba-K", "Rh-L", "Pd-L", "Ag-L", "Cd-L",
    "Sn-L", "Sb-L", "Ba-L", "W-L", "Au-L", "Hg-L", "Pb-L", "Bi-L", "Au-M", "Hg-M", "Pb-M", "Bi-M",
)  # fmt: skip
RARE = (
    "Mg-K", "Ga-K", "Ge-K", "Se-K", "Mo-L", "Zr-L", "Nb-L", "I-K", "I-L", "Ce-L", "La-L", "Nd-L",
    "Ta-L", "Pt-L", "Tl-L", "Th-L", "U-L", "W-M",
)  # fmt: skip
CANDIDATES = COMMON + RARE
COST_COMMON = 3.0
COST_RARE = 9.0
COST_PILEUP = 3.0


@dataclass(frozen=True, eq=False)
class Peaked:
    """A spectrum made ready for trials: binned, continuum removed, weighted.

    Attributes
    ----------
    net : (bin,) float64, counts above the continuum
    weight : (bin,) float64, inverse variance; strong peaks count for their shape no better
        than to a few percent, so that small peaks decide as well
    binning : channels per bin
    first : first channel of bin 0
    """

    net: NDArray[np.float64]
    weight: NDArray[np.float64]
    binning: int
    first: int

    @cached_property
    def root_weight(self) -> NDArray[np.float64]:
        """Square root of the weight, (bin,) float64."""
        return np.sqrt(self.weight)

    @cached_property
    def to_explain(self) -> float:
        """Weighted squares of all that is to be explained."""
        return float(np.sum(self.weight * self.net**2))

    @cached_property
    def pairs(self) -> NDArray[np.float64]:
        """How photons of the peaks come together by chance, by the sum of their bins."""
        return coincidences(self.net)

    def axis(self, calibration: EnergyCalibration) -> EnergyCalibration:
        """The axis of the bins for an axis of the channels."""
        return coarser_axis(calibration, self.binning, self.first)


@dataclass(frozen=True, eq=False)
class Trial:
    """What a trial axis explains.

    Attributes
    ----------
    explained : share of the weighted peaks, less what its elements cost, at most 1
    amplitude : (family,) float64, counts
    """

    calibration: EnergyCalibration
    explained: float
    amplitude: NDArray[np.float64]
    families: tuple[str, ...]

    def used(self) -> tuple[str, ...]:
        """Families with counts, most counts first."""
        order = np.argsort(-self.amplitude)
        return tuple(self.families[index] for index in order if self.amplitude[index] > 0.0)


def prepare(counts: NDArray[np.generic], fwhm_channels: float, first: int, last: int) -> Peaked:
    """Bin a spectrum to a few bins a FWHM and take its continuum off.

    Parameters
    ----------
    counts : (channel,) counts
    fwhm_channels : width of a line, channels
    first, last : channels to be explained, [first, last)
    """
    binning = max(1, int(fwhm_channels / CHANNELS_PER_FWHM))
    bins = max(0, (last - first) // binning)
    spectrum = np.asarray(counts[first : first + bins * binning], dtype=np.float64)
    binned = spectrum.reshape(bins, binning).sum(axis=1)
    window = np.full(bins, max(2, round(CLIP_FWHM * fwhm_channels / binning)), dtype=np.intp)
    net = binned - snip(binned, window)
    variance = binned + (SHAPE_ERROR * net) ** 2 + 1.0
    return Peaked(net, 1.0 / variance, binning, first)


def cost(family: str) -> float:
    """How much a family must explain, in units of variance, before it is worth naming."""
    if family in COMMON:
        return COST_COMMON
    return COST_RARE


@lru_cache(maxsize=8)
def _costs(families: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([*(cost(family) for family in families), COST_PILEUP])


def explain(
    peaked: Peaked,
    calibration: EnergyCalibration,
    families: Sequence[str] = CANDIDATES,
    tube_kv: float = 40.0,
) -> Trial:
    """Fit families to the peaks on a trial axis, each at a cost, none negative.

    The cost is proportional to amplitude (Tibshirani 1996): axes that need fewer and more
    usual elements win.
    """
    axis = peaked.axis(calibration)
    bins = len(peaked.net)
    lines = family_templates(families, axis, bins, tube_kv)
    parts = np.concatenate([lines, sum_peaks(peaked.pairs, axis, bins)[None]])
    parts *= peaked.root_weight
    gram = parts @ parts.T
    diagonal = np.diag(gram)
    seen = np.flatnonzero(diagonal > 1e-18)
    amplitude = np.zeros(len(parts))
    if len(seen) == 0:
        return Trial(calibration, 0.0, amplitude[:-1], tuple(families))
    scale = np.sqrt(diagonal[seen])
    normal = gram[np.ix_(seen, seen)] / np.outer(scale, scale)
    costs = _costs(tuple(families))[seen]
    target = (parts @ (peaked.root_weight * peaked.net))[seen] / scale - costs
    root = np.linalg.cholesky(normal + 1e-6 * np.eye(len(seen))).T
    solution, _ = nnls(root, solve_triangular(root, target, trans="T", check_finite=False))
    gained = float(solution @ (2.0 * target - normal @ solution))
    amplitude[seen] = solution / scale
    explained = gained / max(peaked.to_explain, 1e-12)
    return Trial(calibration, explained, amplitude[:-1], tuple(families))
