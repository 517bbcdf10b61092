"""What scans do to spectra beyond their instrument, as far as one may know beforehand.

The figures live in the package's `prior.toml`, table [scan].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from underpaint.errors import ConfigError
from underpaint.settings import require_ranges, require_shares, shipped


@dataclass(frozen=True, slots=True)
class ScanPrior:
    """Frequencies and ranges of the prior over scans; by default those of `prior.toml`.

    Attributes
    ----------
    counts : fewest and most counts of a pixel
    usual_counts, usual : fewest and most that scans of paintings are made with, the share of scans
        that are made so; the rest lie anywhere in `counts`
    zero_kev, gain : standard deviations of the energy axis's error, keV and relative
    wild : share of scans whose axis is off three times as much
    resolution : relative error of the stated resolution
    yields : relative errors of K, L and M line intensities (yields, Coster-Kronig, ratios)
    scatter : standard deviation of the logarithm of smooth errors of the scattered continuum
    haze : most that multiple scatter adds to single scatter, as a share of it
    background : least and most that nothing in the model explains (poor charge collection,
        pile-up of the continuum, stray light), as a share of the counts
    diffraction : share of scans with crystals large enough to diffract ...
    diffracting : ... least and most share of their pixels that do
    peaks : most diffraction peaks in a spectrum
    peak_share : least and most counts of a diffraction peak, as a share of all
    narrow : share of scans whose range ends below 45 keV
    threshold : share of scans whose range begins above 0.8 keV
    any_palette : share of scans that are read without a palette ...
    dated : ... of the others, share read with that of a span of years
    stated : share of scans whose scanner is stated
    stated_error, stated_error_deg : relative error of its figures, and error of its angles, degrees

    Raises
    ------
    ConfigError : for a share outside 0 to 1, a range that is none, an error below zero
    """

    counts: tuple[float, float] = shipped("scan", "counts")
    usual_counts: tuple[float, float] = shipped("scan", "usual_counts")
    usual: float = shipped("scan", "usual")
    zero_kev: float = shipped("scan", "zero_kev")
    gain: float = shipped("scan", "gain")
    wild: float = shipped("scan", "wild")
    resolution: float = shipped("scan", "resolution")
    yields: tuple[float, float, float] = shipped("scan", "yields")
    scatter: float = shipped("scan", "scatter")
    haze: float = shipped("scan", "haze")
    background: tuple[float, float] = shipped("scan", "background")
    diffraction: float = shipped("scan", "diffraction")
    diffracting: tuple[float, float] = shipped("scan", "diffracting")
    peaks: int = shipped("scan", "peaks")
    peak_share: tuple[float, float] = shipped("scan", "peak_share")
    narrow: float = shipped("scan", "narrow")
    threshold: float = shipped("scan", "threshold")
    any_palette: float = shipped("scan", "any_palette")
    dated: float = shipped("scan", "dated")
    stated: float = shipped("scan", "stated")
    stated_error: float = shipped("scan", "stated_error")
    stated_error_deg: float = shipped("scan", "stated_error_deg")

    def __post_init__(self) -> None:
        require_shares(self, "usual", "wild", "diffraction", "narrow", "threshold", "any_palette",
                       "dated", "stated")  # fmt: skip
        require_ranges(self, "counts", "usual_counts", "background", "diffracting", "peak_share")
        for name in ("zero_kev", "gain", "resolution", "scatter", "haze", "stated_error",
                     "stated_error_deg"):  # fmt: skip
            if getattr(self, name) < 0.0:
                raise ConfigError(f"{name}: {getattr(self, name)} must not be below zero")
        if min(self.yields) < 0.0:
            raise ConfigError(f"yields: {list(self.yields)} must not be below zero")
        if self.peaks < 1:
            raise ConfigError(f"peaks: {self.peaks} must be 1 or more")


def sample_dose(prior: ScanPrior, random: np.random.Generator) -> float:
    """Counts of a typical pixel of a scan."""
    limits = prior.usual_counts if random.random() < prior.usual else prior.counts
    return float(np.exp(random.uniform(*np.log(limits))))
