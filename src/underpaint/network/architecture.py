"""The network: one spectrum in, what is known of every pigment group out.

Three convolutions, each halving the number of bins, read local shapes (lines, their flanks,
overlaps); dense layers combine lines far apart (ratios that carry depth); heads answer for every
group. The palette is an input: ruling a group out changes what the others must explain.
docs/training.md records what else was tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from .features import CHANNELS, SCALARS, features

POSITIONS = ("anywhere", "top", "buried", "ground")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network.

    Attributes
    ----------
    bins, groups, families : of what goes in and comes out
    filters : channels of the three convolutions
    width, hidden, blocks : of the dense part
    """

    bins: int
    groups: int
    families: int
    filters: tuple[int, int, int] = (24, 32, 32)
    width: int = 512
    hidden: int = 768
    blocks: int = 3


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network says of each pixel.

    Attributes
    ----------
    logits : (pixel, 4, group), positions in the order of `POSITIONS`
    family_logits : (pixel, family)
    amount : (pixel, group) expected log10 of mg/cm2, were the group present
    amount_spread : (pixel, group) logarithm of that figure's standard deviation
    """

    logits: Tensor
    family_logits: Tensor
    amount: Tensor
    amount_spread: Tensor


class Block(nn.Module):
    """A dense layer with a way around it."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, hidden)
        self.outer = nn.Linear(hidden, width)

    def forward(self, state: Tensor) -> Tensor:
        inner = nn.functional.gelu(self.inner(self.norm(state)))
        return cast(Tensor, state + self.outer(inner))


class Reader(nn.Module):
    """Reads pigments off spectra.

    Parameters
    ----------
    shape : sizes
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        first, second, third = shape.filters
        self.convolutions = nn.Sequential(
            nn.Conv1d(CHANNELS, first, 5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv1d(first, second, 5, stride=2, padding=2),
            nn.GELU(),
            nn.Conv1d(second, third, 5, stride=2, padding=2),
            nn.GELU(),
        )
        length = shape.bins
        for _ in shape.filters:
            length = (length + 1) // 2
        self.spectrum_in = nn.Linear(third * length, shape.width)
        self.context_in = nn.Linear(SCALARS + shape.groups, shape.width)
        self.blocks = nn.Sequential(
            *(Block(shape.width, shape.hidden) for _ in range(shape.blocks))
        )
        self.norm = nn.LayerNorm(shape.width)
        self.positions = nn.Linear(shape.width, len(POSITIONS) * shape.groups)
        self.families = nn.Linear(shape.width, shape.families)
        self.amounts = nn.Linear(shape.width, 2 * shape.groups)

    def forward(
        self, counts: Tensor, measured: Tensor, fwhm_kev: Tensor, palette: Tensor
    ) -> Answers:
        """Answers for spectra.

        Parameters
        ----------
        counts : (pixel, bin) float32
        measured : (pixel, bin) bool
        fwhm_kev : (pixel,) float32
        palette : (pixel, group) bool, groups held possible
        """
        image, scalars = features(counts, measured, fwhm_kev)
        return self.answer(self.seen(image), scalars, palette)

    def seen(self, image: Tensor) -> Tensor:
        """What is seen of spectra, (pixel, width), in features (pixel, 4, bin)."""
        return cast(Tensor, self.spectrum_in(self.convolutions(image).flatten(1)))

    def answer(self, seen: Tensor, scalars: Tensor, palette: Tensor) -> Answers:
        """Answers on what is seen (pixel, width), the scalars of the features, and the palette."""
        context = torch.cat([scalars, palette.to(scalars.dtype)], dim=1)
        state = self.blocks(seen + self.context_in(context))
        state = self.norm(state)
        groups = self.shape.groups
        logits = self.positions(state).float().reshape(-1, len(POSITIONS), groups)
        amounts = self.amounts(state).float().reshape(-1, 2, groups)
        return Answers(
            logits=logits.masked_fill(~palette[:, None, :], -30.0),
            family_logits=self.families(state).float(),
            amount=amounts[:, 0],
            amount_spread=amounts[:, 1].clamp(-4.0, 2.0),
        )
