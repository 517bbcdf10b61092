"""The rival of a stratigraphy whose spectrum is hardest to tell from its own.

Each step replaces spectra by their tangents (Gauss and Newton), solves the quadratic programme
over masses that are zero or more, damped as Levenberg and Marquardt do, and goes along that way
as far as the likelihood itself improves.
"""

from __future__ import annotations

from dataclasses import dataclass

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
"""Deviance by which a rival is worse without a group that it needs, at 30,000 counts."""
COVER_WEIGHT = 1e4
FLOOR = 1e-3
WORKING_COUNTS = 30_000.0
FAINTEST = 1e-12
GAIN = 1e-6


@dataclass(frozen=True, eq=False)
class Rival:
    """A rival and how far its spectrum is from the truth's.

    Attributes
    ----------
    columns : (column,) g/cm2, see `RivalSpace`
    deviance : twice the expected log-likelihood ratio at `WORKING_COUNTS`
    expected : (bin,) float64, its spectrum, free shapes included, at `WORKING_COUNTS`
    """

    columns: NDArray[np.float64]
    deviance: float
    expected: NDArray[np.float64]


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


class RivalSearch:
    """Searches among the rivals of one stratigraphy.

    Parameters
    ----------
    space, spectra : with the same elements
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

    def _tensor(self, columns: NDArray[np.float64]) -> torch.Tensor:
        return torch.from_numpy(self.space.masses(columns))

    def spectra_of(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rivals at the truth's dose, (rival, bin)."""
        with torch.inference_mode():
            found = self.spectra.expected(self._tensor(columns))
        return np.asarray(found.numpy() * self.dose)

    def fitted(self, plain: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rivals' spectra with the best scale and free shapes, and that scale: weighted squares."""
        target = self.truth * self.weight
        target = target - self.basis @ (self.basis.T @ target)
        shapes = plain * self.weight
        inside = shapes - (shapes @ self.basis) @ self.basis.T
        scale = (inside @ target) / np.maximum((inside**2).sum(axis=1), 1e-30)
        scale = np.maximum(scale, 0.0)
        rest = (self.truth - scale[:, None] * plain) * self.weight
        added = (rest @ self.solve_free.T) @ self.free
        return scale[:, None] * plain + added, scale

    def judged(self, columns: NDArray[np.float64]) -> list[Rival]:
        """Rivals from (rival, column)."""
        fitted, _ = self.fitted(self.spectra_of(columns))
        distance = deviance(self.truth, fitted)
        return [Rival(*each) for each in zip(columns, distance.tolist(), fitted, strict=True)]

    def substitutes(self, rival: Rival) -> tuple[str, ...]:
        """Groups that the rival needs and the stratigraphy lacks, the most needed first."""
        space = self.space
        own = set(space.present())
        there = space.groups[(rival.columns > 0.0) & space.visible]
        others = sorted(set(there.tolist()) - own)
        if not others:
            return ()
        without = np.stack([np.where(space.groups == group, 0.0, rival.columns)
                            for group in others])  # fmt: skip
        worse = {
            group: each.deviance - rival.deviance
            for group, each in zip(others, self.judged(without), strict=True)
        }
        return tuple(sorted((g for g in others if worse[g] > NEEDED), key=lambda g: -worse[g]))

    def tangent(self, columns: NDArray[np.float64]) -> Tangent:
        """How spectra change about a rival."""
        plain = self.spectra_of(columns[None])
        fitted, scale = self.fitted(plain)
        with torch.inference_mode():
            jacobian = self.spectra.jacobian(self._tensor(columns[None])[0], self.rows)
        by_mass = jacobian.numpy() * np.float32(self.dose * scale[0])
        weight = 1.0 / np.sqrt(
            np.maximum(np.maximum(fitted[0], 0.3 * self.truth), 1e-9 * WORKING_COUNTS)
        )
        free = np.concatenate([self.free, plain]) * weight
        basis, _ = np.linalg.qr(free.T)
        by_mass = by_mass * weight.astype(np.float32)
        rest = (fitted[0] - self.truth) * weight
        basis32 = basis.astype(np.float32)
        by_mass -= (by_mass @ basis32) @ basis32.T
        rest -= basis @ (basis.T @ rest)
        gram = (by_mass @ by_mass.T).astype(np.float64)
        slope = by_mass.astype(np.float64) @ rest
        mixing = self.space.mixing
        return Tangent(columns, mixing.T @ gram @ mixing, mixing.T @ slope)

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
            tangent = self.tangent(best.columns)
            found, damping = self.improved(best, tangent, question, damping)
            idle = idle + 1 if best.deviance - found.deviance < enough * best.deviance else 0
            best, damping = found, min(max(damping, LEAST_DAMPING), MOST_DAMPING)
            if idle == 2 or best.deviance < NOTHING:
                break
        return best


@dataclass(frozen=True, eq=False)
class Tangent:
    """Quadratic approximation of half the deviance about `columns`."""

    columns: NDArray[np.float64]
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
        diagonal = np.diag(self.gram)
        unit = np.sqrt(np.maximum(diagonal, FAINTEST * diagonal.max() + 1e-30))
        gram = self.gram / np.outer(unit, unit)
        here, centre = self.columns * unit, start * unit
        near = centre if begin is None else begin * unit
        damped = damping + LEAST_DAMPING
        matrix = gram + damped * np.eye(len(unit))
        linear = self.slope / unit - gram @ here - damped * centre
        gain = GAIN * (scale + 0.1)
        curvature = np.diag(gram) + damped
        found = least_quadratic(matrix, linear, near, question.allowed, gain, curvature) / unit
        if question.least_cover <= 0.0 or question.cover @ found >= question.least_cover:
            return np.asarray(found)
        cover = question.cover / unit / question.least_cover
        strength = COVER_WEIGHT / np.square(cover).max()
        matrix = matrix + strength * np.outer(cover, cover)
        linear = linear - strength * cover
        found = least_quadratic(matrix, linear, near, question.allowed, gain, curvature) / unit
        short = question.cover @ found / question.least_cover
        if 0.0 < short < 1.0:
            found = np.where(question.cover > 0.0, found / short, found)
        return np.asarray(found)
