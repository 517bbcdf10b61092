"""Spectra through the network in blocks: probabilities and amounts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .architecture import POSITIONS, Reader
from .examples import Examples

BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the network says, as probabilities.

    Attributes
    ----------
    probability : (pixel, 4, group) float32, anywhere, top, buried, ground; no position is more
        likely than anywhere
    family : (pixel, family) float32; no family is less likely than one of its groups
    amount, amount_sigma : (pixel, group) float32, mg/cm2, were the group present
    """

    probability: NDArray[np.float32]
    family: NDArray[np.float32]
    amount: NDArray[np.float32]
    amount_sigma: NDArray[np.float32]


def predict(
    reader: Reader,
    counts: Tensor,
    measured: Tensor,
    fwhm_kev: Tensor,
    scanner: Tensor,
    palette: Tensor,
    membership: NDArray[np.bool_],
    together: int = BLOCK,
) -> Predictions:
    """Answers for any number of spectra.

    Parameters
    ----------
    reader : the network
    counts, measured, fwhm_kev, scanner, palette : as for `Reader.forward`; all but the counts
        have one row that holds for all spectra, or all have a row for each
    membership : (family, group) bool
    together : how many spectra the network works on at a time

    Returns
    -------
    whose arrays lie in memory as maps do, pixels next to each other
    """
    pixels, (families, groups) = len(counts), membership.shape
    chance = np.empty((len(POSITIONS), groups, pixels), dtype=np.float32)
    family = np.empty((families, pixels), dtype=np.float32)
    amount = np.empty((2, groups, pixels), dtype=np.float32)
    pairs = np.argwhere(membership)
    with torch.inference_mode():
        possible = (palette.float() @ torch.from_numpy(membership).T.float() > 0.0).T.numpy()
        for start in range(0, pixels, together):
            some = slice(start, min(start + together, pixels))
            own = some if len(palette) == pixels else slice(None)
            answers = reader(counts[some], measured[own], fwhm_kev[own], scanner[own], palette[own])
            said = torch.sigmoid(answers.logits.permute(1, 2, 0)).mul_(palette[own].T)
            said[0] = said.amax(dim=0)
            chance[..., some] = said.numpy()
            # no family is less likely than one of its groups
            families_said = torch.sigmoid(answers.family_logits.T).numpy()
            for index, group in pairs:
                np.maximum(families_said[index], chance[0, group, some], out=families_said[index])
            np.multiply(families_said, possible[:, own], out=family[:, some])
            likely = _log_normal(answers.amount.T, answers.amount_spread.T)
            amount[..., some] = torch.stack(likely).numpy()
    return Predictions(chance.transpose(2, 0, 1), family.T, amount[0].T, amount[1].T)


def predict_examples(
    reader: Reader, examples: Examples, membership: NDArray[np.bool_]
) -> Predictions:
    """Answers for simulated spectra, with the palette that each is read with.

    Parameters
    ----------
    membership : (family, group) bool
    """
    return predict(
        reader,
        examples.counts,
        examples.measured,
        examples.fwhm_kev,
        examples.scanner,
        examples.palette,
        membership,
    )


def join_predictions(parts: Sequence[Predictions]) -> Predictions:
    """Several predictions as one, pixel after pixel."""
    return Predictions(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(Predictions)
        }
    )


def _log_normal(mean: Tensor, log_spread: Tensor) -> tuple[Tensor, Tensor]:
    """Median and standard deviation of 10 ** N(mean, spread)."""
    ten = float(np.log(10.0))
    spread = (log_spread.exp() * ten).clamp_(max=1.5).square_().exp_()
    median = (mean.clamp(-6.0, 3.0) * ten).exp_()
    return median, ((spread - 1.0) * spread).sqrt_().mul_(median)
