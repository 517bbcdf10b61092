"""Which line families a spectrum can show at all: excited by its tube, and on its axis."""

from __future__ import annotations

from collections.abc import Sequence

from underpaint.spectrum import EnergyCalibration

from .templates import family_templates

LEAST_SEEN = 0.5
"""How much of a family's lines must lie in the spectrum for it to be looked for."""


def out_of_reach(
    families: Sequence[str],
    calibration: EnergyCalibration,
    channels: int,
    tube_kv: float,
    used: slice,
) -> tuple[str, ...]:
    """Those of some families of which nothing is excited, or most lies off the used channels.

    Parameters
    ----------
    families, calibration, channels, tube_kv : as for `family_templates`
    used : channels
    """
    shapes = family_templates(families, calibration, channels, tube_kv)[:, used]
    shares = shapes.sum(axis=1).tolist()
    return tuple(n for n, share in zip(families, shares, strict=True) if share < LEAST_SEEN)
