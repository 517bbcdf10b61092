"""Families must justify themselves beside all others: the weakest goes, the rest is fitted anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration
from underpaint.xray import ELEMENTS, compton_kev, edge_kev

from .measured import Measured
from .parts import MINOR_BRANCH, lay_out
from .scatter import Scatter
from .spectrum_fit import SpectrumFit, fitted_window, normal_equations, take_apart
from .templates import brightest_kev, line_shares, split_family
from .trial import COMMON

NEEDED_SIGMA = 7.5
NEEDED_SIGMA_RARE = 10.0
PILE_UP_PIECES = 5
OBVIOUS_SIGMA = 60.0
LEAST_BRANCH = 0.35
LEAST_LINE = 0.5
"""Of a family's counts that must be its lines' where wider peaks may lie beside them."""
SCATTER_CAUTION = 3.0
HIDDEN_CAUTION = 2.0
HIDDEN_BY = ((1.2, 8.0), (2.5, 60.0))
"""Within so many FWHM of a line that is so many times brighter: on the flank of a strong one half a
percent of it can be its own shape."""
UNRESOLVED_FWHM = 0.6
SUMS_FWHM = 0.6
COMPTON_REACH = 2.2
"""How far below a line its scatter reaches, by how much photons lose that are turned back."""
RAYLEIGH_REACH = 1.02
BRIGHT_SHARE = 0.05
"""Of the brightest scattered line; what is fainter disturbs nothing."""
BARELY_EXCITED = 1.08
"""A tube has next to no photons that excite a shell so little below its voltage."""
BARELY_CAUTION = 2.0
HARDER = {"L": "K", "M": "L"}
SOFTEST_EDGE = {"K": "K", "L": "L3", "M": "M5"}
SEEN_WITH_KEV = 3.0
HEAVY_M_NEEDS_L = 3.0
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
    return float(_sums_over_own(fit, measured.calibration, [len(others)], energy)[0])


def _unjustified(measured: Measured, fit: SpectrumFit, certain: Sequence[str]) -> list[str]:
    """Families that are to go next: the weakest, or all that explain nothing at all."""
    families, tube_kv, scatter = fit.families, fit.tube_kv, fit.scatter
    hidden = _hidden(fit, measured.calibration)
    ratio = {
        name: float(value)
        / _needed(name, tube_kv, scatter)
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
        impostor = (
            _impostor(measured, certain, fit)
            or _shadow(measured, certain, fit)
            or _wide_peak(measured, certain, fit)
        )
        return [] if impostor is None else [impostor]
    return [name for name in weak if ratio[name] <= 0.0] or weak[:1]


def _impostor(measured: Measured, certain: Sequence[str], fit: SpectrumFit) -> str | None:
    """The least significant family of which the brightest branch is not there, or no other."""
    families = fit.families
    window = fitted_window(measured.counts, measured.calibration)
    laid_out = partial(lay_out, measured, families, pile_up_pieces=PILE_UP_PIECES)
    for index in np.argsort(fit.significance):
        name = families[index]
        if fit.significance[index] > OBVIOUS_SIGMA:
            return None
        if name in certain or is_tube(name, fit.scatter) or split_family(name)[1] == "M":
            continue
        parts = laid_out(split=[name])
        untied = fit.counts.copy()
        untied[index] = 0.0
        normal = normal_equations(parts, measured.counts, fit.variance, window, untied)
        own = np.flatnonzero(parts.owner == index)
        own = own[parts.expected[own] > MINOR_BRANCH]
        if len(own) < 2:
            continue
        amplitude = normal.solve()
        used = (amplitude > 0.0) | parts.of_kind("line")
        variance = np.diag(normal.covariance(used))[own] * max(1.0, fit.reduced_chi_square)
        whole = amplitude[own] / parts.expected[own]
        error = np.sqrt(np.maximum(variance, 0.0)) / parts.expected[own]
        there = whole + 2.0 * error >= LEAST_BRANCH * fit.counts[index]
        if int(there.sum()) < 2 or not there[np.argmax(parts.expected[own])]:
            return str(name)
    return None


def _shadow(measured: Measured, certain: Sequence[str], fit: SpectrumFit) -> str | None:
    """The least significant rare family that may be another's line, a little off in energy.

    Its brightest line is not told apart from the brighter line of a family common in art, it is not
    twice as significant as is asked of it elsewhere, and no harder lines of the element are there.
    """
    energy, counts, begins = _fitted_lines(fit)
    top = _brightest_of_each(counts, begins)
    near = UNRESOLVED_FWHM * measured.calibration.fwhm(energy[top])
    away = np.abs(energy - energy[top][:, None])
    common = np.array([name in COMMON for name in fit.families], dtype=bool)
    there = np.add.reduceat(np.where(away < near[:, None], counts, 0.0), begins, axis=1)
    brighter = np.any(there[:, common] > counts[top][:, None], axis=1) & ~common
    for index in np.argsort(fit.significance):
        name = fit.families[index]
        needed = HIDDEN_CAUTION * _needed(name, fit.tube_kv, fit.scatter)
        if not brighter[index] or fit.significance[index] >= needed or name in certain:
            continue
        element, shell = split_family(name)
        if f"{element}-{HARDER.get(shell)}" not in fit.families:
            return str(name)
    return None


def _wide_peak(measured: Measured, certain: Sequence[str], fit: SpectrumFit) -> str | None:
    """The family of which the least is left where there may be peaks wider than lines instead."""
    suspects = [
        name
        for name, significance in zip(fit.families, fit.significance, strict=True)
        if significance < OBVIOUS_SIGMA and name not in certain and not is_tube(name, fit.scatter)
    ]
    if not suspects:
        return None
    beside = take_apart(measured, fit.families, beside_wide=suspects, pile_up_pieces=PILE_UP_PIECES)
    most = (beside.counts + 2.0 * beside.sigma) / np.maximum(fit.counts, 1e-12)
    left = {name: float(most[fit.families.index(name)]) for name in suspects}
    least = min(suspects, key=lambda name: left[name])
    return least if left[least] < LEAST_LINE else None


def _needed(name: str, tube_kv: float, scatter: Scatter | None) -> float:
    usual = name in COMMON or is_tube(name, scatter)
    needed = NEEDED_SIGMA if usual else NEEDED_SIGMA_RARE
    if is_tube(name, scatter):
        return needed
    if barely_excited(name, tube_kv):
        needed *= BARELY_CAUTION
    return needed * caution(brightest_kev(name, tube_kv), tube_kv, scatter)


def barely_excited(name: str, tube_kv: float) -> bool:
    """Whether a family's lines could hardly be seen, however much of the element there were."""
    return BARELY_EXCITED * softest_edge_kev(name) > tube_kv


def softest_edge_kev(name: str) -> float:
    """What it takes to excite the first of a family's lines, keV."""
    element, shell = split_family(name)
    return edge_kev(element, SOFTEST_EDGE[shell])


def _hidden(fit: SpectrumFit, calibration: EnergyCalibration) -> set[str]:
    """Families whose brightest line lies under, or on the flank of, a much brighter line of
    another, or under sum peaks."""
    energy, counts, begins = _fitted_lines(fit)
    top = _brightest_of_each(counts, begins)
    fwhm = calibration.fwhm(energy[top])
    away = np.abs(energy - energy[top][:, None]) / fwhm[:, None]
    hidden = _sums_over_own(fit, calibration, range(len(top)), energy[top]) > 1.0
    for near, times in HIDDEN_BY:
        by_family = np.add.reduceat(np.where(away < near, counts, 0.0), begins, axis=1)
        np.fill_diagonal(by_family, 0.0)
        hidden |= np.any(by_family > times * counts[top][:, None], axis=1)
    return {fit.families[index] for index in np.flatnonzero(hidden)}


def _fitted_lines(
    fit: SpectrumFit,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Energy in keV and counts of all lines, (line,), and where each family's begin."""
    shares = [line_shares(name, fit.tube_kv) for name in fit.families]
    begins = np.cumsum([0, *(len(each.share) for each in shares)])[:-1]
    brightness = [each.share * counts for each, counts in zip(shares, fit.counts, strict=True)]
    energy = [each.energy_kev for each in shares]
    return np.concatenate([*energy, []]), np.concatenate([*brightness, []]), begins


def _brightest_of_each(counts: NDArray[np.float64], begins: NDArray[np.intp]) -> list[int]:
    """Each family's brightest line, by its place among all."""
    own = np.split(counts, begins[1:])
    return [int(begin) + int(np.argmax(each)) for begin, each in zip(begins, own, strict=True)]


def flank_caution(
    fit: SpectrumFit, calibration: EnergyCalibration, energy_kev: float, counts: float
) -> float:
    """How much more is asked of a peak of no element that may be a strong line's own shape."""
    energy, brightness, _ = _fitted_lines(fit)
    away = np.abs(energy - energy_kev) / float(calibration.fwhm(energy_kev))
    near, times = HIDDEN_BY[-1]
    return HIDDEN_CAUTION if np.any(brightness[away < near] > times * counts) else 1.0


def _sums_over_own(
    fit: SpectrumFit,
    calibration: EnergyCalibration,
    families: Sequence[int],
    energy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Counts of sum peaks about some families' brightest lines, for one count of their own.

    How strong a sum peak is beside another is not known well: it depends on where in the scan the
    two photons' elements lie. Twice Pb Lb has the energy of Sn Ka.

    Parameters
    ----------
    families, energy : by their place in the fit, and where each is brightest, keV
    """
    inside = np.abs(calibration.energy(np.arange(len(fit.pile_up))) - energy[:, None])
    inside = inside < SUMS_FWHM * calibration.fwhm(energy)[:, None]
    lines = fit.counts[families, None] * fit.templates[families]
    own = np.where(inside, lines, 0.0).sum(axis=1)
    return np.asarray((inside @ fit.pile_up) / np.maximum(own, 1e-12))


def caution(energy_kev: float, tube_kv: float, scatter: Scatter | None) -> float:
    """More is asked of peaks near the scattered tube lines, whose true shape is not known."""
    if scatter is None:
        return 1.0
    shares = line_shares(scatter.family, tube_kv)
    bright = shares.energy_kev[shares.share > BRIGHT_SHARE * shares.share.max()]
    lowest = bright - COMPTON_REACH * (bright - compton_kev(bright, 180.0))
    near = (lowest < energy_kev) & (energy_kev < RAYLEIGH_REACH * bright)
    return SCATTER_CAUTION if near.any() else 1.0


def is_before_anode(name: str, scatter: Scatter | None) -> bool:
    """Whether a family's lines are those of the anode's after Compton scatter, as far as one sees.

    So it is with the element before the anode: niobium under a molybdenum tube, palladium under
    a silver one, tantalum under tungsten.
    """
    if scatter is None:
        return False
    (element, shell), (anode, scattered) = split_family(name), split_family(scatter.family)
    return shell == scattered and ELEMENTS.index(element) + 1 == ELEMENTS.index(anode)


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


def is_tube(name: str, scatter: Scatter | None) -> bool:
    """Whether a family is one of the anode's, whose scattered lines account for it."""
    return scatter is not None and split_family(name)[0] == scatter.anode
