"""Spectra through the network in blocks: probabilities and amounts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .architecture import Reader

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
) -> Predictions:
    """Answers for any number of spectra.

    Parameters
    ----------
    reader : the network
    counts, measured, fwhm_kev, scanner, palette : as for `Reader.forward`
    membership : (family, group) bool
    """
    parts = []
    member = torch.from_numpy(membership)
    with torch.inference_mode():
        for start in range(0, len(counts), BLOCK):
            block = slice(start, start + BLOCK)
            answers = reader(
                counts[block], measured[block], fwhm_kev[block], scanner[block], palette[block]
            )
            chance = torch.sigmoid(answers.logits) * palette[block][:, None, :]
            anywhere = torch.maximum(chance[:, 0], chance[:, 1:].amax(dim=1))
            chance = torch.cat([anywhere[:, None], chance[:, 1:]], dim=1)
            amount, sigma = _log_normal(answers.amount, answers.amount_spread)
            family = _family(answers.family_logits, anywhere, palette[block], member)
            parts.append((chance, family, amount, sigma))
    joined = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    return Predictions(*joined)


def join_predictions(parts: Sequence[Predictions]) -> Predictions:
    """Several predictions as one, pixel after pixel."""
    return Predictions(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(Predictions)
        }
    )


def _family(logits: Tensor, anywhere: Tensor, palette: Tensor, member: Tensor) -> Tensor:
    """Families at least as likely as their likeliest group, and 0 where all are ruled out."""
    likeliest = torch.stack([anywhere[:, groups].amax(dim=1) for groups in member], dim=1)
    possible = palette.float() @ member.T.float() > 0.0
    return torch.maximum(torch.sigmoid(logits), likeliest) * possible


def _log_normal(mean: Tensor, log_spread: Tensor) -> tuple[Tensor, Tensor]:
    """Median and standard deviation of 10 ** N(mean, spread)."""
    ten = float(np.log(10.0))
    variance = (log_spread.exp() * ten).clamp(max=1.5) ** 2
    median = (mean.clamp(-6.0, 3.0) * ten).exp()
    return median, median * ((variance.exp() - 1.0) * variance.exp()).sqrt()
