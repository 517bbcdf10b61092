"""Families that are strong enough, and yet are something else that the fit takes for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from .family import split_family
from .hidden import HIDDEN_CAUTION, brightest_of_each, fitted_lines
from .measured import Measured
from .needed import HARDER, is_tube, needed_sigma
from .parts import MINOR_BRANCH, PILE_UP_PIECES, lay_out
from .spectrum_fit import SpectrumFit, normal_equations
from .trial import COMMON
from .wide import LEAST_IN_LINES, share_in_lines

OBVIOUS_SIGMA = 60.0
LEAST_BRANCH = 0.35
UNRESOLVED_FWHM = 0.6


def find_impostor(measured: Measured, certain: Sequence[str], fit: SpectrumFit) -> str | None:
    """One family that is not what it seems, if there is one.

    Parameters
    ----------
    measured : the spectrum
    certain : families that are there whatever they seem
    fit : of all of them together
    """
    return (
        _lopsided(measured, certain, fit)
        or _shadow(measured, certain, fit)
        or _wide_peak(measured, certain, fit)
    )


def _lopsided(measured: Measured, certain: Sequence[str], fit: SpectrumFit) -> str | None:
    """The least significant family of which the brightest branch is not there, or no other."""
    families = fit.families
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
        normal = normal_equations(parts, measured, untied)
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
    energy, counts, begins = fitted_lines(fit)
    top = brightest_of_each(counts, begins)
    near = UNRESOLVED_FWHM * measured.calibration.fwhm(energy[top])
    away = np.abs(energy - energy[top][:, None])
    common = np.array([name in COMMON for name in fit.families], dtype=bool)
    there = np.add.reduceat(np.where(away < near[:, None], counts, 0.0), begins, axis=1)
    brighter = np.any(there[:, common] > counts[top][:, None], axis=1) & ~common
    for index in np.argsort(fit.significance):
        name = fit.families[index]
        needed = HIDDEN_CAUTION * needed_sigma(name, fit.tube_kv, fit.scatter)
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
    left = share_in_lines(measured, fit, suspects, pile_up_pieces=PILE_UP_PIECES)
    least = min(suspects, key=lambda name: left[name])
    return least if left[least] < LEAST_IN_LINES else None
