"""The rival of a stratigraphy whose spectrum is hardest to tell from its own.

Each step replaces spectra by their tangents (Gauss and Newton), solves the quadratic programme
over masses that are zero or more, damped as Levenberg and Marquardt do, and goes along that way
as far as the likelihood itself improves.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from .rival_quadratic import least_quadratic
from .rival_space import RivalSpace
from .rival_spectra import RivalSpectra

LADDER = (0.03, 3.0)
STEPS = (1.0, 0.5)
MOST_DAMPING = 100.0
DAMPING = 3e-3
LEAST_DAMPING = 2e-6
NOTHING = 0.04
"""Deviance that nobody can tell from none, D = 0.2 at 30,000 counts: the search ends there."""
NEEDED = 4.0
"""Deviance by which a rival is worse without what it needs, at 30,000 counts."""
COVER_WEIGHT = 1e4
FLOOR = 1e-3
WORKING_COUNTS = 30_000.0
FAINTEST = 1e-12
ALIKE = 1e-9
"""How much of two spectra must differ, squared, for both to have a scale of their own."""
GAIN = 1e-6
LEAST_SCALE = 1e-6
"""So that a rival which what lies beside it crowds out can come back."""


@dataclass(frozen=True, eq=False)
class Rival:
    """A rival and how far its spectrum is from the truth's.

    Attributes
    ----------
    columns : (column,) g/cm2, see `RivalSpace`
    deviance : twice the expected log-likelihood ratio at `WORKING_COUNTS`
    expected : (bin,) float64, its spectrum, free shapes and what lies beside it included, at
        `WORKING_COUNTS`
    share : of the pixel's area that it has; 1 where nothing lies beside it
    """

    columns: NDArray[np.float64]
    deviance: float
    expected: NDArray[np.float64]
    share: float = 1.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """Rivals' spectra with the scales and free shapes that fit the truth best.

    Attributes
    ----------
    spectra : (rival, bin) float64
    scale, beside : (rival,) float64, scales of the rival and of what lies beside it
    """

    spectra: NDArray[np.float64]
    scale: NDArray[np.float64]
    beside: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Question:
    """Which rivals count.

    Attributes
    ----------
    allowed : (column,) bool
    cover : (column,) float64 cm for each g/cm2, what covers; empty for no condition
    least_cover : cm of it that a rival has at least
    """

    allowed: NDArray[np.bool_]
    cover: NDArray[np.float64]
    least_cover: float

    def among(self, columns: NDArray[np.bool_]) -> Question:
        """The same, of rivals that have some columns alone, (column,)."""
        return replace(self, allowed=self.allowed & columns)

    def admits(self, columns: NDArray[np.float64]) -> bool:
        """Whether a rival of these masses counts."""
        if (columns[~self.allowed] > 0.0).any():
            return False
        return self.least_cover <= 0.0 or float(self.cover @ columns) >= 0.999 * self.least_cover


def deviance(truth: NDArray[np.float64], rivals: NDArray[np.float64]) -> NDArray[np.float64]:
    """2 sum[t ln(t / r) - t + r] of (bin,) and (rival, bin) expected counts, (rival,)."""
    safe = np.maximum(rivals, FLOOR * truth + 1e-12)
    ratio = (truth + 1e-12) / safe
    return np.asarray(2.0 * (truth * np.log(ratio) - truth + safe).sum(axis=1))


def significance(deviance: float) -> float:
    """Standard deviations by which a deviance tells two spectra apart."""
    return float(np.sqrt(max(deviance, 0.0)))


class RivalSearch:
    """Searches among the rivals of one stratigraphy.

    Parameters
    ----------
    space, spectra : with the same elements

    Attributes
    ----------
    truth : (bin,) float64, its spectrum at `WORKING_COUNTS`
    beside : (bin,) float64, the spectrum of what shares the pixel with rivals, None for nothing
    """

    def __init__(self, space: RivalSpace, spectra: RivalSpectra) -> None:
        self.space = space
        self.spectra = spectra
        self.rows = torch.from_numpy(space.rows)
        with torch.inference_mode():
            emitted = spectra.emitted(self._tensor(space.truth[None]))
            recorded = spectra.recorded(emitted)[0].numpy().clip(min=0.0)
            free = spectra.free_shapes(emitted, torch.from_numpy(recorded))
        self.dose = WORKING_COUNTS / recorded.sum()
        self.truth: NDArray[np.float64] = recorded * self.dose
        self.weight = 1.0 / np.sqrt(np.maximum(self.truth, 1e-9 * WORKING_COUNTS))
        self.free = free * self.dose
        weighted = self.free * self.weight
        self.solve_free = np.linalg.pinv(weighted.T, rcond=1e-9)
        basis, _ = np.linalg.qr(weighted.T)
        self.basis: NDArray[np.float64] = basis
        self.beside: NDArray[np.float64] | None = None

    def _tensor(self, columns: NDArray[np.float64]) -> torch.Tensor:
        return torch.from_numpy(self.space.masses(columns))

    def spectra_of(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rivals at the truth's dose, (rival, bin)."""
        with torch.inference_mode():
            found = self.spectra.expected(self._tensor(columns))
        return np.asarray(found.numpy() * self.dose)

    def next_to(self, columns: NDArray[np.float64]) -> RivalSearch:
        """The same search, for what lies in one pixel side by side with a rival, (column,)."""
        other = copy(self)
        other.beside = self.spectra_of(columns[None])[0]
        return other

    def fitted(self, plain: NDArray[np.float64]) -> Fitted:
        """The best scales and free shapes for rivals' spectra (rival, bin), by weighted squares."""
        target = self._unfree(self.truth * self.weight)
        shapes = self._unfree(plain * self.weight)
        if self.beside is None:
            scale = (shapes @ target) / np.maximum((shapes**2).sum(axis=1), 1e-30)
            scale, beside = np.maximum(scale, 0.0), np.zeros(len(plain))
            mixed = scale[:, None] * plain
        else:
            scale, beside = two_scales(shapes, self._unfree(self.beside * self.weight), target)
            mixed = scale[:, None] * plain + beside[:, None] * self.beside
        added = (((self.truth - mixed) * self.weight) @ self.solve_free.T) @ self.free
        return Fitted(mixed + added, scale, beside)

    def _unfree(self, weighted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted spectra, (..., bin), without what the free shapes can make up."""
        return np.asarray(weighted - (weighted @ self.basis) @ self.basis.T)

    def judged(self, columns: NDArray[np.float64]) -> list[Rival]:
        """Rivals from (rival, column)."""
        fitted = self.fitted(self.spectra_of(columns))
        distance = deviance(self.truth, fitted.spectra)
        share = fitted.scale / np.maximum(fitted.scale + fitted.beside, 1e-30)
        return [
            Rival(*each)
            for each in zip(columns, distance.tolist(), fitted.spectra, share.tolist(), strict=True)
        ]

    def substitutes(self, rival: Rival) -> tuple[str, ...]:
        """Groups that the rival needs and the stratigraphy lacks, the most needed first."""
        space = self.space
        own = set(space.present())
        there = space.groups[(rival.columns > 0.0) & space.visible]
        others = sorted(set(there.tolist()) - own)
        if not others:
            return ()
        without = [np.where(space.groups == group, 0.0, rival.columns) for group in others]
        return self._needed(rival, others, without)

    def impurities(self, rival: Rival) -> tuple[str, ...]:
        """Elements that the rival needs as impurities of its pigments, the most needed first."""
        space = self.space
        held = sorted(set(space.impurity[rival.columns > 0.0].tolist()) - {""})
        if not held:
            return ()
        pure = [space.typically(rival.columns, space.impurity == element) for element in held]
        return self._needed(rival, held, pure)

    def _needed(
        self, rival: Rival, names: Sequence[str], without: Sequence[NDArray[np.float64]]
    ) -> tuple[str, ...]:
        """Names of those changes that make a rival worse, the worst first."""
        worse = {
            name: each.deviance - rival.deviance
            for name, each in zip(names, self.judged(np.stack(without)), strict=True)
        }
        return tuple(sorted((n for n in names if worse[n] > NEEDED), key=lambda n: -worse[n]))

    def tangent(self, columns: NDArray[np.float64], free: NDArray[np.bool_]) -> Tangent:
        """How spectra change about a rival, (column,), as the free columns change, (column,)."""
        plain = self.spectra_of(columns[None])
        fitted = self.fitted(plain)
        expected = fitted.spectra[0]
        with torch.inference_mode():
            jacobian = self.spectra.jacobian(self._tensor(columns[None])[0], self.rows)
        by_mass = jacobian.numpy() * np.float32(self.dose * max(fitted.scale[0], LEAST_SCALE))
        weight = 1.0 / np.sqrt(
            np.maximum(np.maximum(expected, 0.3 * self.truth), 1e-9 * WORKING_COUNTS)
        )
        shapes = [self.free, plain]
        if self.beside is not None and fitted.beside[0] > 0.0:
            shapes.append(self.beside[None])
        basis, _ = np.linalg.qr((np.concatenate(shapes) * weight).T)
        by_mass = by_mass * weight.astype(np.float32)
        rest = (expected - self.truth) * weight
        basis32 = basis.astype(np.float32)
        by_mass -= (by_mass @ basis32) @ basis32.T
        rest -= basis @ (basis.T @ rest)
        gram = (by_mass @ by_mass.T).astype(np.float64)
        slope = by_mass.astype(np.float64) @ rest
        mixing = self.space.mixing[:, free]
        return Tangent(columns, free, mixing.T @ gram @ mixing, mixing.T @ slope)

    def improved(
        self, start: Rival, tangent: Tangent, question: Question, damping: float
    ) -> tuple[Rival, float]:
        """The best of some points about the tangent's optimum, and how damped that was."""
        ladder = [damping * factor for factor in LADDER]
        ways, begin = [], start.columns
        for each in ladder:
            begin = tangent.best(question, each, start.columns, start.deviance, begin)
            ways.append(self.space.within(begin) - start.columns)
        points = [(i, step) for i in range(len(ways)) for step in STEPS]
        tried = self.judged(np.stack([start.columns + step * ways[i] for i, step in points]))
        best = min(range(len(tried)), key=lambda i: tried[i].deviance)
        if tried[best].deviance >= start.deviance:
            return start, damping * LADDER[-1]
        return tried[best], ladder[points[best][0]]

    def descend(self, start: Rival, question: Question, steps: int, enough: float = 0.02) -> Rival:
        """Step by step, until two steps together gain less than a share of the deviance."""
        best, damping, idle = start, DAMPING, 0
        for _ in range(steps):
            tangent = self.tangent(best.columns, question.allowed)
            found, damping = self.improved(best, tangent, question, damping)
            idle = idle + 1 if best.deviance - found.deviance < enough * best.deviance else 0
            best, damping = found, min(max(damping, LEAST_DAMPING), MOST_DAMPING)
            if idle == 2 or best.deviance < NOTHING:
                break
        return best


def two_scales(
    own: NDArray[np.float64], other: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scales of each of (rival, bin) spectra and of one beside it, none below 0: least squares."""
    by_own = np.maximum((own**2).sum(axis=1), 1e-30)
    by_other = max(float(other @ other), 1e-30)
    both, aim, aim_other = own @ other, own @ target, float(other @ target)
    apart = np.maximum(by_own * by_other - both**2, ALIKE * by_own * by_other)
    scale = (by_other * aim - both * aim_other) / apart
    beside = (by_own * aim_other - both * aim) / apart
    # where one would be below zero, the better of the two alone
    aim, aim_other = np.maximum(aim, 0.0), max(aim_other, 0.0)
    both_there = (scale >= 0.0) & (beside >= 0.0)
    own_better = aim**2 / by_own >= aim_other**2 / by_other
    scale = np.where(both_there, scale, np.where(own_better, aim / by_own, 0.0))
    beside = np.where(both_there, beside, np.where(own_better, 0.0, aim_other / by_other))
    return scale, beside


@dataclass(frozen=True, eq=False)
class Tangent:
    """Quadratic approximation of half the deviance about `columns`.

    Attributes
    ----------
    columns : (column,) g/cm2
    free : (column,) bool, which may change; all others are 0, and stay so
    gram, slope : of the free columns
    """

    columns: NDArray[np.float64]
    free: NDArray[np.bool_]
    gram: NDArray[np.float64]
    slope: NDArray[np.float64]

    def best(
        self,
        question: Question,
        damping: float,
        start: NDArray[np.float64],
        scale: float,
        begin: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """The allowed masses that the approximation likes best, (column,).

        Parameters
        ----------
        damping : against leaving `start`, as a share of the curvature
        scale : the deviance there
        begin : (column,) masses near the answer, where the search for it begins
        """
        free = self.free
        diagonal = np.diag(self.gram)
        unit = np.sqrt(np.maximum(diagonal, FAINTEST * diagonal.max() + 1e-30))
        gram = self.gram / np.outer(unit, unit)
        here, centre = self.columns[free] * unit, start[free] * unit
        near = centre if begin is None else begin[free] * unit
        damped = damping + LEAST_DAMPING
        matrix = gram + damped * np.eye(len(unit))
        linear = self.slope / unit - gram @ here - damped * centre
        gain = GAIN * (scale + 0.1)
        curvature = np.diag(gram) + damped
        allowed, covering = question.allowed[free], question.cover[free]
        found = least_quadratic(matrix, linear, near, allowed, gain, curvature) / unit
        if question.least_cover > 0.0 and covering @ found < question.least_cover:
            cover = covering / unit / question.least_cover
            strength = COVER_WEIGHT / np.square(cover).max()
            matrix = matrix + strength * np.outer(cover, cover)
            linear = linear - strength * cover
            found = least_quadratic(matrix, linear, near, allowed, gain, curvature) / unit
            short = covering @ found / question.least_cover
            if 0.0 < short < 1.0:
                found = np.where(covering > 0.0, found / short, found)
        every = np.zeros(len(free))
        every[free] = found
        return every
