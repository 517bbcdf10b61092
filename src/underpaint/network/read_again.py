"""Answers to single pixels, gathered over a scan and read again in its light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .predict import Predictions
from .scan_reader import SAID, SUREST, Gathered, ScanReader

LEAST_AMOUNT, SUREST_AMOUNT = 1e-6, 1e-3
"""Amounts (mg/cm2), and their uncertainties as a part of them, are taken for these at least."""
TOGETHER = 256
"""How many pixels are read again at a time; what is reckoned of more is out of the cache."""


@dataclass(frozen=True, eq=False)
class ScanContext:
    """What a scan says as a whole, and what reads its pixels again in that light.

    Attributes
    ----------
    reader : the network
    possible : (1, name) bool, groups, then families, that the palette holds possible
    context : (1, name, width), what all pixels say of each name
    membership : (family, group) bool
    """

    reader: ScanReader
    possible: Tensor
    context: Tensor
    membership: NDArray[np.bool_]

    def read_again(self, predictions: Predictions, counts: NDArray[np.float32]) -> Predictions:
        """Answers to pixels of the scan in its light; amounts stay as they are.

        Parameters
        ----------
        predictions : of the pixels by themselves
        counts : (pixel,) counts of their spectra
        """
        pixels, positions, groups = predictions.probability.shape
        chance = np.empty((positions, groups, pixels), dtype=np.float32)
        family = np.empty((len(self.membership), pixels), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, pixels, TOGETHER):
                some = slice(start, start + TOGETHER)
                told = said_of(predictions, some)[None], _dose(counts[some])
                answers = self.reader(*told, self.possible, self.context)[0]
                said = torch.sigmoid(answers).mul_(self.possible[0, :, None]).permute(2, 1, 0)
                chance[..., some] = said[:, :groups].numpy()
                family[:, some] = said[0, groups:].numpy()
        # no position is more likely than anywhere, and no family less so than one of its groups
        chance[0] = chance.max(axis=0)
        for index, group in np.argwhere(self.membership):
            np.maximum(family[index], chance[0, group], out=family[index])
        return replace(predictions, probability=chance.transpose(2, 0, 1), family=family.T)


def said_of(predictions: Predictions, some: slice = slice(None)) -> Tensor:
    """What a `ScanReader` is told of answers: (pixel, name, `SAID`) float32.

    Names are groups, then families, of which it is told only whether they are there.

    Parameters
    ----------
    some : of the pixels
    """
    probability, family = predictions.probability[some], predictions.family[some]
    amount = np.maximum(predictions.amount[some], LEAST_AMOUNT)
    unsure = np.maximum(predictions.amount_sigma[some] / amount, SUREST_AMOUNT)
    pixels, positions, groups = probability.shape
    said = np.zeros((pixels, groups + family.shape[1], SAID), dtype=np.float32)
    said[:, :groups, :positions] = probability.transpose(0, 2, 1)
    said[:, groups:, 0] = family
    sure = torch.from_numpy(said)[..., :positions]
    # four times as fast as torch.logit
    sure.copy_((sure.log() - (1.0 - sure).log()).clamp_(-SUREST, SUREST))
    np.log10(amount, out=said[:, :groups, positions])
    np.log10(unsure, out=said[:, :groups, positions + 1])
    return torch.from_numpy(said)


def possible_names(palette: Tensor, membership: NDArray[np.bool_]) -> Tensor:
    """Names held possible, (scan, name) bool, by groups that are, (scan, group) bool."""
    member = torch.from_numpy(membership).to(palette.device).float()
    return torch.cat([palette, palette.float() @ member.T > 0.0], dim=1)


def gather(
    reader: ScanReader, predictions: Predictions, counts: NDArray[np.float32], possible: Tensor
) -> Gathered:
    """What answers to some pixels of one scan add up to.

    Parameters
    ----------
    counts : (pixel,) counts of their spectra
    possible : (1, name) bool
    """
    pixels = len(counts)
    parts = [slice(start, start + TOGETHER) for start in range(0, max(pixels, 1), TOGETHER)]
    with torch.inference_mode():
        total, *others = (
            reader.gather(said_of(predictions, some)[None], _dose(counts[some]), possible)
            for some in parts
        )
        for part in others:
            total = total + part
    return total


def read_whole(
    reader: ScanReader,
    predictions: Predictions,
    counts: NDArray[np.float32],
    palette: NDArray[np.bool_],
    membership: NDArray[np.bool_],
) -> Predictions:
    """Answers to all pixels of one scan in the light of each other.

    Parameters
    ----------
    counts : (pixel,) counts of their spectra
    palette : (group,) bool, groups held possible
    membership : (family, group) bool
    """
    possible = possible_names(torch.from_numpy(palette[None]), membership)
    gathered = gather(reader, predictions, counts, possible)
    return scan_context(reader, gathered, possible, membership).read_again(predictions, counts)


def scan_context(
    reader: ScanReader, gathered: Gathered, possible: Tensor, membership: NDArray[np.bool_]
) -> ScanContext:
    """What a scan says as a whole, from what its pixels add up to."""
    with torch.inference_mode():
        return ScanContext(reader, possible, reader.context(gathered), membership)


def _dose(counts: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.asarray(counts, dtype=np.float32)[None])
