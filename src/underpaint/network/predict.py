"""Spectra through the network in blocks: probabilities and amounts out."""

from __future__ import annotations

from dataclasses import dataclass

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
    probability : (pixel, 4, group) float32, anywhere, top, buried, ground
    family : (pixel, family) float32
    amount, amount_sigma : (pixel, group) float32, mg/cm2, were the group present
    """

    probability: NDArray[np.float32]
    family: NDArray[np.float32]
    amount: NDArray[np.float32]
    amount_sigma: NDArray[np.float32]


def predict(
    reader: Reader, counts: Tensor, measured: Tensor, fwhm_kev: Tensor, palette: Tensor
) -> Predictions:
    """Answers for spectra; parameters as for `Reader.forward`, any number of pixels.

    No position is more likely than anywhere, and no group than its family.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(counts), BLOCK):
            block = slice(start, start + BLOCK)
            answers = reader(counts[block], measured[block], fwhm_kev[block], palette[block])
            chance = torch.sigmoid(answers.logits)
            anywhere = torch.maximum(chance[:, 0], chance[:, 1:].amax(dim=1))
            chance = torch.cat([anywhere[:, None], chance[:, 1:]], dim=1)
            amount, sigma = _log_normal(answers.amount, answers.amount_spread)
            parts.append((chance, torch.sigmoid(answers.family_logits), amount, sigma))
    joined = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    return Predictions(*joined)


def _log_normal(mean: Tensor, log_spread: Tensor) -> tuple[Tensor, Tensor]:
    """Median and standard deviation of 10 ** N(mean, spread)."""
    ten = float(np.log(10.0))
    variance = (log_spread.exp() * ten).clamp(max=1.5) ** 2
    median = (mean.clamp(-6.0, 3.0) * ten).exp()
    return median, median * ((variance.exp() - 1.0) * variance.exp()).sqrt()
