"""The lines behind each name: the spectra of a group's called pixels, summed and taken apart.

A name stands only where every key line of the group (any one of alternatives) reaches five
standard errors in that sum, overlapping lines, background and pile-up left free, beyond what
choosing the pixels by their own noise can feign, and is no peak wider than lines, such as crystals
diffract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from underpaint.elements import (
    LEAST_IN_LINES,
    Measured,
    SpectrumFit,
    share_in_lines,
    take_apart,
)
from underpaint.paint import alternatives
from underpaint.result import LineEvidence
from underpaint.xray import family_lines

from .plan import Plan

NEEDED_SIGMA = 5.0


@dataclass(frozen=True, eq=False)
class Called:
    """What the called pixels of every group or family add up to.

    Attributes
    ----------
    spectra : (name, channel) float, summed counts of the pixels called present
    pixels : (name,) int, how many those are
    """

    spectra: NDArray[np.floating[Any]]
    pixels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Support:
    """What the lines say of one group or family.

    Attributes
    ----------
    confirmed : whether all key lines are there
    lines : those that are there in some measure, strongest first
    missing : key lines that are not
    """

    confirmed: bool
    lines: tuple[LineEvidence, ...]
    missing: tuple[str, ...]


NO_SUPPORT = Support(False, (), ())


def sum_called(parts: Iterable[Called], groups: int) -> tuple[Called, Called]:
    """Add up what the blocks of a scan have shown.

    Parameters
    ----------
    parts : of the blocks, groups first, then families
    groups : how many groups there are

    Returns
    -------
    of the groups, and of the families
    """
    spectra, pixels = np.zeros(0), np.zeros(0, dtype=np.int64)
    for number, part in enumerate(parts):
        spectra = part.spectra.astype(np.float64) if number == 0 else spectra + part.spectra
        pixels = part.pixels if number == 0 else pixels + part.pixels
    return (
        Called(spectra[:groups], pixels[:groups]),
        Called(spectra[groups:], pixels[groups:]),
    )


def support(
    plan: Plan, called: Called, key_lines: Sequence[tuple[str, ...]], pixels: int
) -> tuple[Support, ...]:
    """What the lines say of each group or family.

    Parameters
    ----------
    called : sums over the pixels called present
    key_lines : of each group or family; without any, nothing can confirm it
    pixels : of the whole scan
    """
    return tuple(
        _support(plan, keys, called.spectra[index], int(called.pixels[index]), pixels)
        if called.pixels[index] and keys
        else NO_SUPPORT
        for index, keys in enumerate(key_lines)
    )


def with_members(
    families: Sequence[Support], groups: Sequence[Support], membership: NDArray[np.bool_]
) -> tuple[Support, ...]:
    """What the lines say of families: one is confirmed where a group of it is, by other lines even.

    Parameters
    ----------
    membership : (family, group) bool
    """
    confirmed = membership @ np.array([each.confirmed for each in groups], dtype=np.bool_)
    return tuple(
        replace(each, confirmed=True) if by_group else each
        for each, by_group in zip(families, confirmed.tolist(), strict=True)
    )


def _support(
    plan: Plan,
    key_lines: tuple[str, ...],
    spectrum: NDArray[np.floating[Any]],
    chosen: int,
    pixels: int,
) -> Support:
    kv, scatter = plan.elements.tube_kv, plan.elements.scatter
    wanted = [[f"{element}-{family}" for element, family in alternatives(key)] for key in key_lines]
    possible = [name for names in wanted for name in names if family_lines(*name.split("-"), kv)]
    # scattered tube lines keep the tube's ratios, not those of fluorescence
    split = () if scatter is None else (scatter.family,)
    measured = Measured.of(spectrum, plan.calibration, kv, scatter)
    families = list(dict.fromkeys([*plan.elements.names, *possible]))
    fit = take_apart(measured, families, split=split)
    in_lines = share_in_lines(measured, fit, possible, split=split)
    found = {
        name: _evidence(fit, name, selection_bias(chosen, pixels))
        for name in possible
        if in_lines[name] >= LEAST_IN_LINES
    }
    missing = tuple(
        key
        for key, names in zip(key_lines, wanted, strict=True)
        if max((found[name].sigma for name in names if name in found), default=0.0) < NEEDED_SIGMA
    )
    seen = [line for line in found.values() if line.sigma > 0.0]
    return Support(not missing, tuple(sorted(seen, key=lambda line: -line.sigma)), missing)


def selection_bias(chosen: int, pixels: int) -> float:
    """Counting errors by which chance alone can raise a line in the sum of chosen pixels.

    Called pixels are chosen by their own noise. At worst they are just those of all pixels in
    which a line fluctuates most: then each shows the mean of a normal distribution's upper tail,
    phi(z) / q with q the share chosen, and their sum that times the square root of their number.
    """
    share = chosen / pixels
    if share >= 1.0:
        return 0.0
    cut = float(ndtri(1.0 - share))
    density = float(np.exp(-0.5 * cut**2) / np.sqrt(2.0 * np.pi))
    return density / share * float(np.sqrt(chosen))


def _evidence(fit: SpectrumFit, name: str, bias: float) -> LineEvidence:
    index = fit.families.index(name)
    window = slice(fit.first, fit.last)
    shape, model = fit.templates[index, window], np.maximum(fit.model[window], 1.0)
    counting = 1.0 / np.sqrt(max(float((shape**2 / model).sum()), 1e-30))
    counts, sigma = float(fit.counts[index]), max(float(fit.sigma[index]), 1e-12)
    element, family = name.split("-")
    brightest = family_lines(element, family, fit.tube_kv)[0].line
    return LineEvidence(
        line=f"{element} {brightest.siegbahn}",
        energy_kev=brightest.energy_kev,
        counts=counts,
        sigma=max(counts - bias * counting, 0.0) / sigma,
    )
