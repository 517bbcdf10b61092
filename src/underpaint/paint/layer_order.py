"""Which layers lie where in one painting, from the top down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mixtures import frequencies
from .painters_palette import BENEATH, RETOUCH, UNDER, UPPER
from .painting import Coat, Painting
from .prior import PaintPrior

EMPTY, VARNISH, PAINT, GROUND, SUPPORT = range(5)
"""Kinds of layers."""

LAYERS = 8
"""Layers of a stratigraphy, support included; a painting that would have more has less paint."""

PAINT_LAYERS = 4
LAYERS_BENEATH = (0.1, 0.5, 0.4)
"""Frequency of no, one, two paint layers of a painting beneath."""


@dataclass(frozen=True, eq=False)
class Order:
    """The rows of layers that a painting may have, and which of them each sample has.

    Attributes
    ----------
    kind : of each row, from the top; the support is the last
    coats : row to ground
    part : (sample, row) what a row of paint belongs to; see `painters_palette`
    used : (sample, row) bool
    """

    kind: tuple[int, ...]
    coats: dict[int, Coat]
    part: NDArray[np.intp]
    used: NDArray[np.bool_]

    def packed(self) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Row of each layer, (sample, layer), and whether the layer is there.

        Layers that are there come first, and the support last.
        """
        count, rows = self.used.shape
        spare = np.zeros((count, max(LAYERS - rows, 0)), dtype=np.bool_)
        used = np.concatenate([self.used[:, :-1], spare], axis=1)
        row = np.argsort(~used, axis=1, kind="stable")[:, : LAYERS - 1]
        held = np.take_along_axis(used, row, axis=1)
        row = np.where(held, row, 0)
        last = np.full((count, 1), rows - 1)
        return (
            np.concatenate([row, last], axis=1),
            np.concatenate([held, np.ones((count, 1), dtype=np.bool_)], axis=1),
        )


def draw_order(
    painting: Painting, prior: PaintPrior, count: int, random: np.random.Generator
) -> Order:
    """Layers of `count` places of a painting.

    Retouching lies on the varnish, or stands in the place of all paint where that is lost.
    """
    retouched = random.random(count) < painting.retouched
    over = retouched & (random.random(count) < prior.over_varnish)
    filled = retouched & ~over
    lower = random.choice(len(LAYERS_BENEATH), size=count, p=LAYERS_BENEATH) * painting.beneath
    coats = len(painting.coats)
    fixed = (painting.varnish is not None) + (painting.between is not None) + coats + 1
    room = LAYERS - fixed - over.astype(np.intp)
    lower = np.minimum(lower, room - 1)
    layers = 1 + random.choice(PAINT_LAYERS, size=count, p=frequencies(prior.paint_layers))
    layers = np.where(filled, 1, np.minimum(layers, room - lower))

    kind: list[int] = []
    part: list[NDArray[np.intp]] = []
    used: list[NDArray[np.bool_]] = []
    ground: dict[int, Coat] = {}

    def add(what: int, where: NDArray[np.bool_], belongs: NDArray[np.intp] | int = UPPER) -> None:
        kind.append(what)
        used.append(where)
        part.append(np.broadcast_to(belongs, count))

    everywhere = np.ones(count, dtype=np.bool_)
    if painting.retouched > 0.0:
        add(PAINT, over, RETOUCH)
    if painting.varnish is not None:
        add(VARNISH, everywhere)
    for i in range(PAINT_LAYERS):
        lowest = (layers == i + 1) & (i > 0) & painting.underpainted
        add(PAINT, layers > i, np.where(filled, RETOUCH, np.where(lowest, UNDER, UPPER)))
    if painting.between is not None:
        ground[len(kind)] = painting.between
        add(GROUND, ~filled)
    if painting.beneath:
        for i in range(len(LAYERS_BENEATH) - 1):
            add(PAINT, ~filled & (lower > i), BENEATH)
    for coat in painting.coats:
        ground[len(kind)] = coat
        add(GROUND, everywhere)
    add(SUPPORT, everywhere)
    return Order(tuple(kind), ground, np.stack(part, axis=1), np.stack(used, axis=1))
