"""Reads a scan as a whole: what all of its pixels say together, and each again in that light.

Pixels of one painting share a palette, a ground, a scanner and its faults. So a second, small
network is given the answers of the first to single pixels. It gathers them, pigment group by
pigment group, into sums that do not depend on the order of the pixels (deep sets: Zaheer et al.
2017, arXiv 1703.06114), lets groups and families attend to each other (Vaswani et al. 2017, arXiv
1706.03762), and moves the answers to each pixel accordingly. What it learns in place of a formula
is how far many weak hints may be added up (an empirical Bayes estimate of how frequent a group is,
Saerens et al. 2002, doi 10.1162/089976602753284446, has to guess that): their errors are partly the
scanner's, and common to all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from .architecture import POSITIONS

SUREST = 13.8
"""Logits are kept within these bounds: one in a million."""
WAYS = 4
"""Weightings of the pixels, beside the even one, by which they are gathered."""
HEAVIEST = 6.0
"""Logarithm of the largest weight of a pixel against the middling one."""
MANY = 128
"""More pixels than these are not known to be any better, as training has no more."""
SAID = len(POSITIONS) + 2
"""What is said of a name: logits of `POSITIONS`, then log10 of its amount in mg/cm2 and of the
uncertainty as a part of it, both 0 for families."""
FEATURES = SAID + len(POSITIONS) + 2
TYPICAL_COUNTS = 4.0
HEADS = 4


@dataclass(frozen=True, slots=True)
class ScanShape:
    """Sizes of the network: groups and families that it is told of, its width, attention blocks."""

    groups: int
    families: int
    width: int = 64
    blocks: int = 2

    @property
    def names(self) -> int:
        """Groups and families."""
        return self.groups + self.families


@dataclass(frozen=True, eq=False)
class Gathered:
    """What answers to some pixels of each scan add up to; sums of two sets can be added.

    Attributes
    ----------
    even : (scan, name, width) sum of what each pixel shows
    weight : (scan, name, way) sum of the pixels' weights
    weighted : (scan, name, width) sum by these weights, a part of the width by each
    pixels : how many of each scan
    """

    even: Tensor
    weight: Tensor
    weighted: Tensor
    pixels: int

    def __add__(self, other: Gathered) -> Gathered:
        return Gathered(
            self.even + other.even,
            self.weight + other.weight,
            self.weighted + other.weighted,
            self.pixels + other.pixels,
        )


class ScanReader(nn.Module):
    """Reads answers to single pixels in the light of all answers to their scan.

    Names are groups, then families. It answers with a logit for each of `POSITIONS`; of families
    only the first is looked at.

    Parameters
    ----------
    shape : sizes
    """

    def __init__(self, shape: ScanShape) -> None:
        super().__init__()
        self.shape = shape
        width, names = shape.width, shape.names
        self.seen = nn.Linear(FEATURES, width, bias=False)
        self.seen_name = nn.Parameter(0.3 * torch.randn(names, width))
        self.shown = nn.Linear(width, width)
        self.weigh = nn.Linear(width, WAYS)
        self.together = nn.Linear(2 * width + 1, width)
        self.attention = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, HEADS, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(shape.blocks)
        )
        self.own = nn.Linear(FEATURES, width, bias=False)
        self.own_name = nn.Parameter(0.3 * torch.randn(names, width))
        self.own_norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)
        self.others = nn.Linear(names, names)
        self.outer = nn.Linear(2 * width, width)
        self.last_norm = nn.LayerNorm(width)
        self.moved = nn.Linear(width, 2 * len(POSITIONS))
        # before it has learnt anything it leaves answers as they are
        nn.init.zeros_(self.moved.weight)
        nn.init.zeros_(self.moved.bias)

    def gather(self, said: Tensor, counts: Tensor, possible: Tensor) -> Gathered:
        """What answers to some pixels add up to.

        Parameters
        ----------
        said : (scan, pixel, name, `SAID`) float32, logits within plus and minus `SUREST`
        counts : (scan, pixel) float32, counts of the spectra
        possible : (scan, name) bool, names that the palette holds possible
        """
        seen = self.seen(_features(said, counts, possible)) + self.seen_name
        shown = nn.functional.gelu(self.shown(nn.functional.gelu(seen))).float()
        weight = (HEAVIEST * torch.tanh(self.weigh(shown).float() / HEAVIEST)).exp()
        parts = _by_way(shown) * weight[..., None]
        return Gathered(
            even=shown.sum(dim=1),
            weight=weight.sum(dim=1),
            weighted=parts.sum(dim=1).flatten(-2),
            pixels=said.shape[1],
        )

    def context(self, gathered: Gathered) -> Tensor:
        """What all pixels say of each name, (scan, name, width)."""
        even = gathered.even / gathered.pixels
        parts = _by_way(gathered.weighted) / gathered.weight[..., None]
        many = torch.full_like(even[..., :1], float(min(gathered.pixels, MANY))).log2()
        state = self.together(torch.cat([even, parts.flatten(-2), many / 7.0], dim=-1))
        for block in self.attention:
            state = block(state)
        return cast(Tensor, state)

    def forward(self, said: Tensor, counts: Tensor, possible: Tensor, context: Tensor) -> Tensor:
        """Answers to pixels in the light of their scan.

        Parameters
        ----------
        said, counts, possible : as for `gather`
        context : (scan, name, width)

        Returns
        -------
        (scan, pixel, name, position) float32, logits
        """
        own = self.own(_features(said, counts, possible))
        state = own + (self.own_name + context)[:, None]
        inner = nn.functional.gelu(self.inner(self.own_norm(state)))
        others = self.others(inner.transpose(-1, -2)).transpose(-1, -2)
        state = state + self.outer(torch.cat([inner, nn.functional.gelu(others)], dim=-1))
        stretch, shift = self.moved(nn.functional.gelu(self.last_norm(state))).float().chunk(2, -1)
        logits = _logits(said)
        return cast(Tensor, logits + stretch * logits + shift)


def _by_way(values: Tensor) -> Tensor:
    """(..., width) as (..., way, part of the width)."""
    return values.reshape(*values.shape[:-1], WAYS, -1)


def _features(said: Tensor, counts: Tensor, possible: Tensor) -> Tensor:
    dose = (counts.clamp_min(1.0).log10() - TYPICAL_COUNTS)[:, :, None, None]
    shape = (*said.shape[:-1], 1)
    allowed = possible[:, None, :, None].to(said.dtype)
    logits, amounts = _logits(said), said[..., len(POSITIONS) :]
    chance = torch.sigmoid(logits)
    return torch.cat(
        [logits / 5.0, chance, amounts, dose.expand(shape), allowed.expand(shape)], dim=-1
    )


def _logits(said: Tensor) -> Tensor:
    return said[..., : len(POSITIONS)]
