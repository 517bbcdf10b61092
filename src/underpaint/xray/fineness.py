"""How finely photons are followed beyond their first interaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fineness:
    """What the field of photons inside a sample is worked out with.

    The defaults serve spectra that are counted; `docs/forward-model.md` has their cost in accuracy.

    Attributes
    ----------
    slices : slices of each layer
    directions : polar directions on either side
    orders : how often lines are followed: 1 for secondary fluorescence, 2 for tertiary too
    faintest : exits fainter than this share of a sample's brightest are not followed
    """

    slices: int = 3
    directions: int = 3
    orders: int = 2
    faintest: float = 1e-3


USUAL = Fineness()
