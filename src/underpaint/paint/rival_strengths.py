"""What is left of D where strengths of lines and of scatter are not known exactly.

D takes them for known, so that it grows with the square root of the counts. Where a rival's lines
may be as much stronger or weaker as data bases disagree, every standard deviation adding one to
the deviance, what these errors can make up no longer tells the two apart, however many photons
are counted: errors that are common to all spectra are treated as nuisance parameters with a
Gaussian constraint (Cowan et al. 2011, doi 10.1140/epjc/s10052-011-1554-0, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from underpaint.errors import ConfigError
from underpaint.settings import shipped

from .rival_pair import Pair
from .rival_search import WORKING_COUNTS, Rival, RivalSearch

WAVES, HIGHEST_WAVE = 8, 4.0
"""Smooth errors of the scatter: cosines over the logarithm of energy, as the prior draws them."""
UPPER_KEV = 50.0


@dataclass(frozen=True, slots=True)
class Strengths:
    """How well strengths are known; by default as `prior.toml` has it.

    Attributes
    ----------
    yields : relative errors of the lines of a K, an L and an M shell of an element
    scatter : standard deviation of the logarithm of smooth errors of each kind of scatter

    Raises
    ------
    ConfigError : for an error below zero
    """

    yields: tuple[float, float, float] = shipped("scan", "yields")
    scatter: float = shipped("scan", "scatter")

    def __post_init__(self) -> None:
        if min(self.yields) < 0.0:
            raise ConfigError(f"yields: {list(self.yields)} must not be below zero")
        if self.scatter < 0.0:
            raise ConfigError(f"scatter: {self.scatter} must not be below zero")


@dataclass(frozen=True, eq=False)
class Blur:
    """How errors of strengths lie to what tells a rival from the truth.

    Attributes
    ----------
    size : (error,) standard deviations of independent errors, at `WORKING_COUNTS`, in units of
        counting noise
    share : (error,) of the deviance that lies in the way of each, 0 to 1
    """

    size: NDArray[np.float64]
    share: NDArray[np.float64]

    def left(self, counts: ArrayLike) -> NDArray[np.float64]:
        """Share of D that is left with so many counts, of the shape of `counts`."""
        blurred = np.asarray(counts, dtype=np.float64)[..., None] / WORKING_COUNTS * self.size**2
        lost = (self.share * blurred / (1.0 + blurred)).sum(axis=-1)
        return np.asarray(np.sqrt(np.maximum(1.0 - lost, 0.0)))


class StrengthErrors:
    """Blurs the rivals of one stratigraphy.

    The rivals are those that were found with strengths known: one sought with strengths that may
    err could only be harder to tell, so that what is left is too large, if anything.

    Parameters
    ----------
    search : of the stratigraphy
    strengths : how well they are known
    """

    def __init__(self, search: RivalSearch, strengths: Strengths) -> None:
        self.search = search
        model, spectra = search.spectra.model, search.spectra
        spread = dict(zip("KLM", strengths.yields, strict=True))
        shells = [(model.exits[k].element, model.exits[k].shell) for k in spectra.kept.tolist()]
        self._by_shell = torch.tensor([
            [spread[own[1][0]] * (own == shell) for own in shells] for shell in sorted(set(shells))
        ])  # fmt: skip
        channels = model.channels
        place = torch.log(channels.energy_kev.clamp_min(1e-3)) / np.log(UPPER_KEV)
        frequency = HIGHEST_WAVE * (torch.arange(WAVES) + 0.5) / WAVES
        waves = torch.cos(np.pi * frequency[:, None] * place)
        kinds = torch.stack([channels.of(kind) for kind in sorted(set(channels.kind))])
        amplitude = strengths.scatter * np.sqrt(HIGHEST_WAVE / WAVES)
        self._smooth = (amplitude * waves[:, None] * kinds).flatten(0, 1).float()

    def of_rival(self, rival: Rival) -> Blur:
        """For a rival that fills the pixel."""
        plain = self.search.spectra_of(rival.columns[None])
        fitted = self.search.fitted(plain)
        errors = self._errors(rival.columns) * fitted.scale[0]
        return self._blur(fitted.spectra[0], plain, errors)

    def of_pair(self, pair: Pair) -> Blur:
        """For two that share it; an error is the same in both."""
        beside = self.search.next_to(pair.one)
        plain = beside.spectra_of(np.stack([pair.other, pair.one]))
        fitted = beside.fitted(plain[:1])
        errors = fitted.scale[0] * self._errors(pair.other)
        errors += fitted.beside[0] * self._errors(pair.one)
        there = np.array([fitted.scale[0] > 0.0, fitted.beside[0] > 0.0])
        return self._blur(fitted.spectra[0], plain[there], errors)

    def _errors(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """What one standard deviation of each error does to a spectrum, (error, bin)."""
        search = self.search
        with torch.inference_mode():
            masses = torch.from_numpy(search.space.masses(columns[None]))
            emitted = search.spectra.emitted(masses)
            lines = self._by_shell.to(emitted.lines.dtype) * emitted.lines
            channels = emitted.scatter.shape[-1]
            scatter = self._smooth[:, :channels] * emitted.scatter
            apart: list[Tensor] = [
                search.spectra.response(lines, scatter.new_zeros(len(lines), channels)),
                search.spectra.response(lines.new_zeros(len(scatter), lines.shape[-1]), scatter),
            ]
        return np.asarray(torch.cat(apart).double().numpy() * search.dose)

    def _blur(
        self,
        fitted: NDArray[np.float64],
        scaled: NDArray[np.float64],
        errors: NDArray[np.float64],
    ) -> Blur:
        """Of a rival's fitted spectrum (bin,), of what has a scale of its own, and of errors."""
        search = self.search
        basis, _ = np.linalg.qr((np.concatenate([search.free, scaled]) * search.weight).T)
        rest = np.concatenate([(search.truth - fitted)[None], errors]) * search.weight
        rest -= (rest @ basis) @ basis.T
        difference, errors = rest[0], rest[1:]
        _, size, ways = np.linalg.svd(errors, full_matrices=False)
        share = (ways @ difference) ** 2 / max(float(difference @ difference), 1e-30)
        return Blur(size, share)
