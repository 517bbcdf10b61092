"""The network: one spectrum in, what is known of every pigment group out.

Three convolutions, each halving the number of bins, read local shapes (lines, their flanks,
overlaps); dense layers combine lines far apart (ratios that carry depth); heads answer for every
group. The palette is an input: ruling a group out changes what the others must explain. So is the
scanner, where it is stated: the same ratio of lines means another depth under another tube.
A network without convolutions has dense layers alone: less able, and a tenth of the work.
docs/training.md records what else was tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from .features import CHANNELS, SCALARS, image_of, roots_of, scalars_of
from .stated_scanner import FIGURES

POSITIONS = ("anywhere", "top", "buried", "ground")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network.

    Attributes
    ----------
    bins, groups, families : of what goes in and comes out
    filters : channels of the convolutions; none for a network of dense layers alone
    width, hidden, blocks : of the dense part
    """

    bins: int
    groups: int
    families: int
    filters: tuple[int, ...] = (24, 32, 32)
    width: int = 512
    hidden: int = 768
    blocks: int = 3


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network says of each pixel; pixels lie next to each other in memory, as in maps.

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
        layers: list[nn.Module] = []
        channels, length = (CHANNELS if shape.filters else 1), shape.bins
        for wider in shape.filters:
            layers += [nn.Conv1d(channels, wider, 5, stride=2, padding=2), nn.GELU()]
            channels, length = wider, (length + 1) // 2
        self.convolutions = nn.Sequential(*layers)
        self.spectrum_in = nn.Linear(channels * length, shape.width)
        self.context_in = nn.Linear(SCALARS + FIGURES + shape.groups, shape.width)
        self.blocks = nn.Sequential(
            *(Block(shape.width, shape.hidden) for _ in range(shape.blocks))
        )
        self.norm = nn.LayerNorm(shape.width)
        self.positions = nn.Linear(shape.width, len(POSITIONS) * shape.groups)
        self.families = nn.Linear(shape.width, shape.families)
        self.amounts = nn.Linear(shape.width, 2 * shape.groups)

    def forward(
        self,
        counts: Tensor,
        measured: Tensor,
        fwhm_kev: Tensor,
        scanner: Tensor,
        palette: Tensor,
    ) -> Answers:
        """Answers for spectra.

        What is told beside the counts has a row a pixel, or one row that holds for all of them.

        Parameters
        ----------
        counts : (pixel, bin) float32; outside the measured range they are not looked at
        measured : (pixel, bin) bool
        fwhm_kev : (pixel,) float32
        scanner : (pixel, figure) float32, as `told` gives it
        palette : (pixel, group) bool, groups held possible
        """
        counts = counts * measured
        scalars = scalars_of(counts, measured, fwhm_kev)
        told = torch.cat([scanner, palette.to(scalars.dtype)], dim=1)
        seen = self.spectrum_in(self.spectrum(counts, measured))
        state = self.norm(self.blocks(seen + self._context(scalars, told)))
        groups = self.shape.groups
        logits = _answered(self.positions, state).reshape(len(POSITIONS), groups, -1)
        amounts = _answered(self.amounts, state).reshape(2, groups, -1)
        return Answers(
            logits=logits.masked_fill(~palette.T, -30.0).permute(2, 0, 1),
            family_logits=_answered(self.families, state).T,
            amount=amounts[0].T,
            amount_spread=amounts[1].clamp(-4.0, 2.0).T,
        )

    def _context(self, scalars: Tensor, told: Tensor) -> Tensor:
        """What `context_in` makes of both, apart: what is told is often the same for all pixels."""
        weight = self.context_in.weight
        of_scalars, of_told = weight[:, :SCALARS], weight[:, SCALARS:]
        linear = nn.functional.linear
        return linear(told, of_told, self.context_in.bias) + linear(scalars, of_scalars)

    def spectrum(self, counts: Tensor, measured: Tensor) -> Tensor:
        """What `spectrum_in` is given of (pixel, bin) counts, (pixel, feature)."""
        if not self.shape.filters:
            return roots_of(counts)
        # channels lie next to each other in memory: that halves the time of the convolutions
        state = image_of(counts, measured)[:, None]
        for layer in self.convolutions:
            if isinstance(layer, nn.Conv1d):
                step, around = (1, *layer.stride), (0, *cast(tuple[int], layer.padding))
                high = state.permute(0, 3, 1, 2), layer.weight[:, :, None]
                state = nn.functional.conv2d(*high, layer.bias, step, around).permute(0, 2, 3, 1)
            else:
                state = layer(state)
        return state[:, 0].transpose(1, 2).flatten(1)


def _answered(head: nn.Linear, state: Tensor) -> Tensor:
    """What a head makes of states (pixel, width), on its side: (answer, pixel) float32."""
    return torch.addmm(head.bias[:, None], head.weight, state.T).float()
