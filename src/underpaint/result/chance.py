"""How many pixels of a scan chance can give a name that is not there."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from .provenance import wrong_names
from .result import Result

STEADINESS = 0.05
"""Shape of the gamma distribution of how often a group that is not there is named, over scans.

Most such groups are named in no pixel, and a few, which look like what the painting is made of, in
many; measured in docs/identification.md.
"""
SURE = 0.99
WITH_PALETTE = 2.0
"""What the promised rate is multiplied by where a palette rules groups out.

What these would have taken falls to the others: with some 22 of 46 groups there are 0.038 wrong
names a pixel, 1.7 times what is promised of 22 (docs/identification.md).
"""


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance can explain in one scan.

    Attributes
    ----------
    pixels : that were measured
    read : of these, those with counts enough for something to be told
    rate : wrong names of a group a pixel, in the mean of many scans
    most : pixels that a group which is not there is given at most, in 99 of 100 cases
    """

    pixels: int
    read: int
    rate: float
    most: int

    def explains(self, share: float) -> bool:
        """Whether a name in this share of the pixels may be wrong in all of them."""
        return round(share * self.pixels) <= self.most


def chance_of(result: Result) -> Chance:
    """What chance can explain in the scan of a result; nothing where it promises nothing."""
    pixels = result.pixels_measured
    read = int(result.provenance.get("pixels_read", pixels))
    rate = wrong_names(result.provenance) * (1.0 if all(result.looked_for) else WITH_PALETTE)
    return Chance(pixels, read, rate, most_by_chance(read, rate))


def most_by_chance(pixels: int, rate: float) -> int:
    """Pixels that a group which is not there is given at most, in 99 of 100 cases.

    Wrong names come scan by scan: their number in a scan is that of a Poisson process whose rate
    follows a gamma distribution over scans and groups, a negative binomial (Greenwood and Yule
    1920).

    Parameters
    ----------
    pixels : of the scan
    rate : wrong names of a group a pixel, in the mean of many scans
    """
    # takes a quarter of a second to import, and maps of elements need none of it
    from scipy.special import betainc

    other = STEADINESS / (STEADINESS + pixels * rate)

    def at_most(named: int) -> float:
        return float(betainc(STEADINESS, named + 1.0, other))

    return bisect_left(range(pixels), SURE, key=at_most)
