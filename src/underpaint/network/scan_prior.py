"""What scans do to spectra beyond their instrument, as far as one may know beforehand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanPrior:
    """What scans do to spectra beyond their instrument.

    Attributes
    ----------
    counts : fewest and most counts of a pixel, drawn evenly in the logarithm
    zero_kev, gain : standard deviations of the energy axis's error, keV and relative
    wild : share of scans whose axis is off three times as much
    resolution : relative error of the stated resolution
    yields : relative errors of K, L and M line intensities (yields, Coster-Kronig, ratios)
    scatter : standard deviation of the logarithm of smooth errors of the scattered continuum
    haze : most that multiple scatter adds to single scatter, as a share of it
    background : least and most that nothing in the model explains (poor charge collection,
        pile-up of the continuum, stray light), as a share of the counts
    narrow : share of scans whose range ends below 45 keV
    threshold : share of scans whose range begins above 0.8 keV
    any_palette : share of scans that are read without a palette
    """

    counts: tuple[float, float] = (1_000.0, 600_000.0)
    zero_kev: float = 0.008
    gain: float = 0.0007
    wild: float = 0.15
    resolution: float = 0.04
    yields: tuple[float, float, float] = (0.03, 0.07, 0.15)
    scatter: float = 0.15
    haze: float = 0.15
    background: tuple[float, float] = (0.002, 0.3)
    narrow: float = 0.4
    threshold: float = 0.3
    any_palette: float = 0.5
