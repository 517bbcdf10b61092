"""Fit of one spectrum with many counts: every part free, ratios held only loosely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from underpaint.spectrum import EnergyCalibration

from .background import running_mean
from .family import split_family
from .measured import Measured
from .parts import Parts, lay_out
from .scatter import Scatter

TUBE_SLACK = 0.5
FAINT_BRANCH = 0.05
RATIO_SLACK = {"K": 0.12, "L": 0.15, "M": 0.3}
TAIL_SLACK = 0.03
STRONG_SIGMA = 60.0
MOST_LOOSENED = 14
MISFIT_CHANNELS = 15


@dataclass(frozen=True, eq=False)
class SpectrumFit:
    """One spectrum taken apart.

    Attributes
    ----------
    families : line families
    counts : (family,) float64, net counts of each family, tails included
    sigma : (family,) float64, one standard deviation, overlapping parts and background free,
        enlarged where the model misses the spectrum around the family's lines
    templates : (family, channel) float64, each family's shape as found here, one count
    continuum : (channel,) float64, counts
    compton : (channel,) float64, scatter humps, counts
    pile_up : (channel,) float64, sum peaks, counts
    model : (channel,) float64, all of it, counts
    measured : (channel,) float64, what was fitted, counts, none below 0
    variance : (channel,) float64, of the counts about the model
    reduced_chi_square : mean squared residual over variance
    tube_kv : highest exciting energy, keV
    scatter : scattered tube lines, if any
    first, last : channels fitted, [first, last)
    loosened : families of so many counts that their line ratios were free, with tails
    """

    families: tuple[str, ...]
    counts: NDArray[np.float64]
    sigma: NDArray[np.float64]
    templates: NDArray[np.float64]
    continuum: NDArray[np.float64]
    compton: NDArray[np.float64]
    pile_up: NDArray[np.float64]
    model: NDArray[np.float64]
    measured: NDArray[np.float64]
    variance: NDArray[np.float64]
    reduced_chi_square: float
    tube_kv: float
    scatter: Scatter | None
    first: int
    last: int
    loosened: tuple[str, ...]

    @property
    def background(self) -> NDArray[np.float64]:
        """Continuum and Compton humps, (channel,) float64, counts."""
        return self.continuum + self.compton

    @property
    def significance(self) -> NDArray[np.float64]:
        """Counts over their standard deviation, (family,) float64."""
        return self.counts / np.maximum(self.sigma, 1e-12)


@dataclass(frozen=True, eq=False)
class Normal:
    """Normal equations of a non-negative fit."""

    gram: NDArray[np.float64]
    target: NDArray[np.float64]

    def solve(self) -> NDArray[np.float64]:
        """Non-negative least squares, (part,) float64."""
        diagonal = np.diag(self.gram)
        used = np.flatnonzero(diagonal > 0.0)
        scale = np.sqrt(diagonal[used])
        normal = self.gram[np.ix_(used, used)] / np.outer(scale, scale)
        upper = np.linalg.cholesky(normal + 1e-9 * np.eye(len(used))).T
        solution, _ = nnls(upper, np.linalg.solve(upper.T, self.target[used] / scale))
        amplitude = np.zeros(len(diagonal))
        amplitude[used] = solution / scale
        return amplitude

    def covariance(self, used: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Covariance of the used parts, all of them free, (part, part); others 0."""
        diagonal = np.diag(self.gram)
        index = np.flatnonzero(used & (diagonal > 0.0))
        scale = np.sqrt(diagonal[index])
        normal = self.gram[np.ix_(index, index)] / np.outer(scale, scale)
        inverse = np.linalg.inv(normal + 1e-9 * np.eye(len(index))) / np.outer(scale, scale)
        whole = np.zeros_like(self.gram)
        whole[np.ix_(index, index)] = inverse
        return whole


def normal_equations(
    parts: Parts,
    measured: Measured,
    family_counts: NDArray[np.float64],
    tail_slack: float = TAIL_SLACK,
) -> Normal:
    """Weighted normal equations, with the loose ties between the branches of a family.

    Each branch may stray by 12 to 30 % of its expected share of the family's counts: so much do
    depth, excitation and tables change them. Tails have some `tail_slack` of the family's counts.
    Scattered tube lines may stray by half, as their shells are excited in the tube; but a faint
    branch shares its vacancies with a bright one (Ll with La), and is held as those of others.
    """
    gram, target = measured.products.of(parts.sets)
    owner_of_line = np.where(parts.of_kind("line"), parts.owner, -1)
    branches_of = np.bincount(owner_of_line + 1, minlength=len(family_counts) + 1)[1:]
    for index in np.flatnonzero((branches_of > 1) & (family_counts > 0.0)).tolist():
        branches = np.flatnonzero(owner_of_line == index)
        expected = parts.expected[branches]
        # one row a branch: how far it strays from its share of them all
        rows = np.eye(len(branches)) - expected[:, None]
        slack = _ratio_slack(parts, index, branches) * expected
        rows /= slack[:, None] * family_counts[index]
        gram[np.ix_(branches, branches)] += rows.T @ rows
    tails = np.flatnonzero(parts.of_kind("tail"))
    counts = np.maximum(family_counts[parts.owner[tails]], 1.0)
    gram[tails, tails] += 1.0 / (tail_slack * counts) ** 2
    return Normal(gram, target)


def _ratio_slack(parts: Parts, family: int, branches: NDArray[np.intp]) -> NDArray[np.float64]:
    """By what share of its own each branch of a family may stray, (branch,) float64."""
    # Evidence for single lines adds parts under names of their own, which have no branches.
    element, kind = split_family(parts.families[family])
    bright = (element == parts.anode) & (parts.expected[branches] >= FAINT_BRANCH)
    return np.where(bright, TUBE_SLACK, RATIO_SLACK[kind])


def fit_spectrum(
    spectrum: NDArray[np.generic],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    scatter: Scatter | None = None,
    split: Sequence[str] = (),
    tail_slack: float = TAIL_SLACK,
    pairs: NDArray[np.float64] | None = None,
) -> SpectrumFit:
    """Take one spectrum apart into line families, continuum, scatter and sum peaks.

    Families with many counts may stray from their tabulated line ratios and have tails; all
    amplitudes are non-negative; counting noise and a shape error of 1 % weigh the channels.

    Parameters
    ----------
    spectrum : (channel,) counts
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    tube_kv : highest exciting energy, keV; from the spectrum's upper end if None
    scatter : scattered tube lines; looked for if None
    split : families whose branches are loosened whatever their counts
    tail_slack : share of a strong family's counts that its tails have, about
    pairs : as in `Measured`

    Raises
    ------
    ValueError : a name that is no family
    CalibrationError : fewer than ten channels with counts lie above 1 keV
    """
    measured = Measured.of(spectrum, calibration, tube_kv, scatter, pairs)
    return take_apart(measured, families, split=split, tail_slack=tail_slack)


def take_apart(
    measured: Measured,
    families: Sequence[str],
    *,
    split: Sequence[str] = (),
    tail_slack: float = TAIL_SLACK,
    pile_up_pieces: int = 1,
) -> SpectrumFit:
    """The fit of a spectrum; as `fit_spectrum`, and in `pile_up_pieces` as `lay_out`."""
    laid_out = partial(lay_out, measured, families, split=split, pile_up_pieces=pile_up_pieces)
    parts = laid_out()
    normal = normal_equations(parts, measured, np.zeros(len(families)))
    first = per_family(parts, normal.solve())
    # what each would stand out by if it were alone
    alone = np.zeros(len(families))
    lines = parts.of_kind("line")
    np.maximum.at(alone, parts.owner[lines], np.sqrt(np.diag(normal.gram)[lines]))
    strength = first * alone
    strongest = np.argsort(-strength)[:MOST_LOOSENED]
    loosened = [families[index] for index in strongest if strength[index] > STRONG_SIGMA]
    parts = laid_out(loosened=loosened)
    normal = normal_equations(parts, measured, first, tail_slack)
    return assemble(parts, normal, measured, loosened)


def assemble(
    parts: Parts,
    normal: Normal,
    measured: Measured,
    loosened: Sequence[str],
) -> SpectrumFit:
    """Solve the normal equations and put the spectrum together again."""
    counts, window, variance = measured.counts, measured.window, measured.variance
    amplitude = normal.solve()
    family_counts = per_family(parts, amplitude)
    # a family of which nothing is seen has the shape that is expected of it
    unseen = np.append(family_counts <= 0.0, False)[parts.owner]
    share = np.where(unseen, parts.expected, amplitude)
    share /= np.append(np.maximum(per_family(parts, share), 1e-12), 1.0)[parts.owner]
    templates = parts.of_families(share)
    continuum, compton, pile_up, wide = (
        parts.spectrum(amplitude, kind) for kind in ("continuum", "compton", "pile-up", "wide")
    )
    model = family_counts @ templates + continuum + compton + pile_up + wide
    residual = counts[window] - model[window]
    chi = float(np.mean(residual**2 / variance[window]))
    used = (amplitude > 0.0) | parts.of_kind("line")
    covariance = normal.covariance(used)
    misfit = np.zeros(len(counts))
    misfit[window] = running_mean(residual**2 / variance[window], MISFIT_CHANNELS)
    own_variance = np.diag(per_family(parts, per_family(parts, covariance).T))
    seen = np.maximum(templates[:, window].sum(axis=1), 1e-12)
    enlarged = np.maximum(templates @ misfit / seen, 1.0)
    sigma = np.sqrt(np.maximum(own_variance, 0.0) * enlarged)

    return SpectrumFit(
        parts.families, family_counts, sigma, templates, continuum, compton, pile_up, model,
        counts, variance, chi,
        measured.tube_kv, measured.scatter, window.start, window.stop, tuple(loosened),
    )  # fmt: skip


def per_family(parts: Parts, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of parts, (part, ...), added up by the family that they belong to, (family, ...)."""
    owned = np.flatnonzero(parts.owner >= 0)
    owner = parts.owner[owned]
    added = np.zeros((len(parts.families), *values.shape[1:]))
    # the parts of a family lie side by side
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(begins):
        added[owner[begins]] = np.add.reduceat(values[owned], begins, axis=0)
    return added
