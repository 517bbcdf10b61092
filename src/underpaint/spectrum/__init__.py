"""The energy axis: calibration, resolution, and the bins that the network sees."""

from .bins import Bins, Rebinning, rebin, rebinning, standard_bins
from .calibration import FWHM_PER_SIGMA, GAIN_KEV, PAIR_ENERGY_KEV, EnergyCalibration
from .coarser_axis import coarser_axis
from .stated_axis import StatedAxis

__all__ = [
    "FWHM_PER_SIGMA",
    "GAIN_KEV",
    "PAIR_ENERGY_KEV",
    "Bins",
    "EnergyCalibration",
    "Rebinning",
    "StatedAxis",
    "coarser_axis",
    "rebin",
    "rebinning",
    "standard_bins",
]
