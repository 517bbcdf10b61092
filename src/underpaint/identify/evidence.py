"""The lines behind each name: the spectra of a group's called pixels, summed and taken apart.

A name stands only where every key line of the group (any one of alternatives) reaches five
standard errors in that sum, overlapping lines, background and pile-up left free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.elements import fit_spectrum
from underpaint.network import PRESENT
from underpaint.paint import alternatives
from underpaint.result import LineEvidence, RowBlock
from underpaint.scan import Scan
from underpaint.xray import family_lines

from .plan import Plan
from .survey import Advance

NEEDED_SIGMA = 5.0


@dataclass(frozen=True, eq=False)
class Called:
    """What the called pixels of every group or family add up to.

    Attributes
    ----------
    spectra : (name, channel) float64, summed counts of the pixels called present
    pixels : (name,) int, how many those are
    """

    spectra: NDArray[np.float64]
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


def sum_called(
    scan: Scan, blocks: Iterable[RowBlock], names: tuple[int, int], advance: Advance
) -> tuple[Called, Called]:
    """Sum the spectra of called pixels; reads the scan once.

    Parameters
    ----------
    names : how many groups and how many families there are

    Returns
    -------
    of the groups, and of the families
    """
    total = sum(names)
    spectra = np.zeros((total, scan.shape[2]))
    pixels = np.zeros(total, dtype=np.int64)
    for block in blocks:
        verdicts = np.concatenate([block.verdict, block.verdict_family])
        called = (verdicts == PRESENT).reshape(total, -1)
        pixels += called.sum(axis=1)
        if called.any():
            rows = slice(block.y0, block.y0 + block.rows)
            counts = np.asarray(scan.counts[rows]).reshape(called.shape[1], -1)
            some = np.flatnonzero(called.any(axis=1))
            spectra[some] += called[some].astype(np.float32) @ counts.astype(np.float32)
        advance(block.rows)
    groups = names[0]
    return (
        Called(spectra[:groups], pixels[:groups]),
        Called(spectra[groups:], pixels[groups:]),
    )


def support(
    plan: Plan, called: Called, key_lines: Sequence[tuple[str, ...]]
) -> tuple[Support, ...]:
    """What the lines say of each group or family, given the key lines of each."""
    return tuple(
        _support(plan, keys, called.spectra[index]) if called.pixels[index] and keys else NO_SUPPORT
        for index, keys in enumerate(key_lines)
    )


def _support(plan: Plan, key_lines: tuple[str, ...], spectrum: NDArray[np.float64]) -> Support:
    kv = plan.elements.tube_kv
    wanted = [[f"{element}-{family}" for element, family in alternatives(key)] for key in key_lines]
    possible = [name for names in wanted for name in names if family_lines(*name.split("-"), kv)]
    families = list(dict.fromkeys([*plan.elements.names, *possible]))
    scatter = plan.elements.scatter
    fit = fit_spectrum(
        spectrum,
        plan.calibration,
        families,
        tube_kv=kv,
        scatter=scatter,
        # scattered tube lines keep the tube's ratios, not those of fluorescence
        split=() if scatter is None else (scatter.family,),
    )
    significance = dict(zip(fit.families, fit.significance, strict=True))
    counts = dict(zip(fit.families, fit.counts, strict=True))
    missing = tuple(
        key
        for key, names in zip(key_lines, wanted, strict=True)
        if max((significance.get(name, 0.0) for name in names), default=0.0) < NEEDED_SIGMA
    )
    lines = [
        _evidence(name, kv, float(counts[name]), float(significance[name]))
        for name in possible
        if significance[name] > 0.0
    ]
    ordered = tuple(sorted(lines, key=lambda line: -line.sigma))
    return Support(not missing, ordered, missing)


def _evidence(name: str, kv: float, counts: float, sigma: float) -> LineEvidence:
    element, family = name.split("-")
    brightest = family_lines(element, family, kv)[0].line
    return LineEvidence(f"{element} {brightest.siegbahn}", brightest.energy_kev, counts, sigma)
