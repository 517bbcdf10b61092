"""Families must justify themselves beside all others: the weakest go, the rest is fitted anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from underpaint.xray import edge_kev

from .family import split_family
from .hidden import HIDDEN_CAUTION, hidden_families, sums_over_own
from .impostors import find_impostor
from .measured import Measured
from .needed import (
    HARDER,
    NEEDED_SIGMA,
    SOFTEST_EDGE,
    is_before_anode,
    is_tube,
    needed_sigma,
)
from .parts import PILE_UP_PIECES
from .spectrum_fit import SpectrumFit, take_apart
from .templates import brightest_kev

SEEN_WITH_KEV = 3.0
HEAVY_M_NEEDS_L = 3.0
HOPELESS, APART = 0.5, 0.05
"""Families with less than that share of what they need go with the weakest, where their shapes
hardly overlap with one another: none of them would gain by another's going."""
LEAST_HARDER, LEAST_HARDEST, HARDEST_KEV = 0.05, 5e-4, 22.0
"""Counts of the harder lines for one of the softer, at the very least, and where their edge lies
above that: under a lens that stops most hard X-rays barium has a thousand times fewer K than L."""


def fit_families(measured: Measured, families: Sequence[str]) -> SpectrumFit:
    """The fit of all of some families; as for `eliminate`."""
    return take_apart(measured, families, pile_up_pieces=PILE_UP_PIECES)


def eliminate(
    measured: Measured, candidates: Sequence[str], certain: Sequence[str]
) -> list[tuple[str, float]]:
    """Families left when each, weakest first, had to justify itself beside all others.

    Parameters
    ----------
    measured : the spectrum
    candidates : families that may be there
    certain : those of the candidates that need no justification

    Returns
    -------
    name and significance of each
    """
    left = list(candidates)
    while left:
        fit = fit_families(measured, left)
        gone = _unjustified(measured, fit, certain)
        if not gone:
            return list(zip(left, (float(value) for value in fit.significance), strict=True))
        left = [name for name in left if name not in gone]
    return []


def significance_beside(measured: Measured, name: str, others: Sequence[str]) -> float:
    """How many standard errors a family is, 0 where it cannot justify itself.

    Parameters
    ----------
    measured : the spectrum
    others : families beside it that need no justification
    """
    fit = fit_families(measured, (*others, name))
    gone = _unjustified(measured, fit, others)
    return 0.0 if gone else float(fit.significance[-1])


def sum_peaks_beside(measured: Measured, name: str, others: Sequence[str]) -> float:
    """Counts of sum peaks about a family's brightest line, for one count of its own.

    Parameters
    ----------
    measured, name, others : as for `significance_beside`
    """
    fit = fit_families(measured, (*others, name))
    energy = np.array([brightest_kev(name, fit.tube_kv)])
    return float(sums_over_own(fit, measured.calibration, [len(others)], energy)[0])


def _unjustified(measured: Measured, fit: SpectrumFit, certain: Sequence[str]) -> list[str]:
    """Families that are to go next: all that explain nothing at all, or the weakest, and with it
    what is as good as gone."""
    families, tube_kv, scatter = fit.families, fit.tube_kv, fit.scatter
    hidden = hidden_families(fit, measured.calibration)
    ratio = {
        name: float(value)
        / needed_sigma(name, tube_kv, scatter)
        / (HIDDEN_CAUTION if name in hidden else 1.0)
        for name, value in zip(families, fit.significance, strict=True)
    }
    for name in families:
        if name in certain:
            continue
        if is_before_anode(name, scatter) or not _plausible(name, ratio, measured, fit):
            ratio[name] = min(ratio[name], 0.0)
    weak = sorted(
        (name for name in families if ratio[name] < 1.0 and name not in certain),
        key=lambda name: ratio[name],
    )
    if not weak:
        impostor = find_impostor(measured, certain, fit)
        return [] if impostor is None else [impostor]
    nothing = [name for name in weak if ratio[name] <= 0.0]
    hopeless = [name for name in weak if ratio[name] < HOPELESS]
    return nothing or _side_by_side(hopeless or weak[:1], fit)


def _side_by_side(names: Sequence[str], fit: SpectrumFit) -> list[str]:
    """The first of some families, and those after it that overlap with none taken before."""
    window = slice(fit.first, fit.last)
    index = [fit.families.index(name) for name in names]
    shapes = fit.templates[index, window] / np.sqrt(fit.variance[window])
    shapes /= np.maximum(np.linalg.norm(shapes, axis=1, keepdims=True), 1e-30)
    overlap = shapes @ shapes.T
    taken = [0]
    for place in range(1, len(names)):
        if overlap[place, taken].max() < APART:
            taken.append(place)
    return [names[place] for place in taken]


def _plausible(
    name: str,
    ratio: dict[str, float],
    measured: Measured,
    fit: SpectrumFit,
) -> bool:
    """Whether the harder lines that must come with a family are there, where they would be seen."""
    counts, calibration = measured.counts, measured.calibration
    element, family = split_family(name)
    if is_tube(name, fit.scatter) or family == "K":
        return True
    harder = HARDER[family]
    edge = edge_kev(element, SOFTEST_EDGE[harder])
    if edge <= 0.0 or edge + SEEN_WITH_KEV > fit.tube_kv:
        return True
    if ratio.get(f"{element}-{harder}", 0.0) * NEEDED_SIGMA >= HEAVY_M_NEEDS_L:
        return True
    line_kev = brightest_kev(f"{element}-{harder}", fit.tube_kv)
    reach = float(calibration.fwhm(line_kev))
    first, last = (round(float(calibration.channel(line_kev + side))) for side in (-reach, reach))
    if first < fit.first or last >= fit.last:
        return True
    share = LEAST_HARDEST if edge > HARDEST_KEV else LEAST_HARDER
    least = share * float(fit.counts[fit.families.index(name)])
    return least < HEAVY_M_NEEDS_L * float(np.sqrt(counts[first : last + 1].sum() + 1.0))
