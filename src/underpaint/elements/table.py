"""elements.csv: what was found, where, and how much of it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .identify import FoundFamily, Identification
from .maps import ElementMaps
from .needed import NEEDED_SIGMA
from .overlap import overlapping

CLEAR_SIGMA = 5.0
UNEXPLAINED, WIDE = "unexplained", "wider than a line"
SUM, SOME_PIXELS, ASKED_FOR = "sum", "some pixels", "asked for"


def write_table(path: Path, maps: ElementMaps, found: Identification) -> None:
    """Write a row a mapped family, and one for each unexplained peak.

    Parameters
    ----------
    path : elements.csv
    maps : net counts and their errors; NaN where not measured
    found : what was identified
    """
    known = {family.name: family for family in found.families}
    fit = found.fit
    in_sum = {
        name: (f"{counts:.0f}", f"{error:.0f}")
        for name, counts, error in zip(fit.families, fit.counts, fit.sigma, strict=True)
    }
    overlaps = overlapping(fit, maps.calibration)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "family", "energy_kev", "significance", "found_in", "from_tube", "overlaps_with",
                "counts_in_sum", "counts_in_sum_error", "total_counts", "mean_counts",
                "maximum_counts", "share_of_pixels_above_3_sigma", "pixels_above_5_sigma",
                "lines_there",
            ]
        )  # fmt: skip
        for name, values, errors in zip(maps.names, maps.counts, maps.sigma, strict=True):
            family = known.get(name)
            finite = np.isfinite(values)
            values, errors = values[finite], errors[finite]
            seen = float(np.mean(values > 3.0 * errors))
            table.writerow(
                [
                    name,
                    f"{family.energy_kev:.3f}" if family else "",
                    f"{family.significance:.1f}" if family else "",
                    _found_in(family),
                    ("yes" if family.from_tube else "no") if family else "",
                    " ".join(overlaps.get(name, ())),
                    *in_sum.get(name, ("", "")),
                    f"{values.sum(dtype=np.float64):.0f}",
                    f"{values.mean(dtype=np.float64):.2f}",
                    f"{values.max():.1f}",
                    f"{seen:.4f}",
                    _clear_pixels(values, errors),
                    "",
                ]
            )
        for peak in found.unexplained:
            name = WIDE if peak.wide else UNEXPLAINED
            table.writerow(
                [name, f"{peak.energy_kev:.3f}", f"{peak.significance:.1f}", SUM, "", "",
                 f"{peak.counts:.0f}", "", "", "", "", "", "", "; ".join(peak.lines_there)]
            )  # fmt: skip


def clear_pixels(maps: ElementMaps) -> dict[str, int]:
    """In how many pixels each mapped family is clear.

    Parameters
    ----------
    maps : net counts and their errors; NaN where not measured
    """
    return {
        name: _clear_pixels(values, errors)
        for name, values, errors in zip(maps.names, maps.counts, maps.sigma, strict=True)
    }


def only_in_some_pixels(found: Identification) -> tuple[str, ...]:
    """Families that the sum of all pixels does not show, though some pixels do."""
    return tuple(family.name for family in found.families if _found_in(family) == SOME_PIXELS)


def not_found(found: Identification) -> dict[str, float]:
    """Families that were fitted only because they were asked for, and the significance of each."""
    return {
        family.name: family.significance
        for family in found.families
        if _found_in(family) == ASKED_FOR
    }


def _clear_pixels(values: NDArray[Any], errors: NDArray[Any]) -> int:
    return int(np.count_nonzero(values > CLEAR_SIGMA * errors))


def _found_in(family: FoundFamily | None) -> str:
    if family is None or family.significance < NEEDED_SIGMA:
        return ASKED_FOR
    return SUM if family.in_sum else SOME_PIXELS
