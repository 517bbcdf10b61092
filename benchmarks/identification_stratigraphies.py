"""Stratigraphies for the test, layer by layer, and what is where in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import (
    Layer,
    Library,
    Painting,
    PaintPrior,
    Stratigraphy,
    Truth,
    joined,
    sample_stratigraphies,
    stratigraphies_of,
    truth_of,
)

ANYWHERE, TOP, BURIED = range(3)
POSITIONS = ("anywhere", "top", "buried")


@dataclass(frozen=True, eq=False)
class Labels:
    """What is where, how much of it, and under how much paint.

    Attributes
    ----------
    truth : of each spectrum
    share : (spectrum, 3, group) float32, largest weight fraction in a layer: any, the uppermost,
        those beneath
    cover_um : (spectrum, group) float32, paint above the uppermost buried layer that holds it;
        NaN where nothing is buried
    """

    truth: Truth
    share: NDArray[np.float32]
    cover_um: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.cover_um)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(spectrum, 3, group) bool: anywhere, top, buried."""
        truth = self.truth
        return np.stack([truth.anywhere, truth.top, truth.buried], axis=1)

    def repeated(self, times: int) -> Labels:
        """The same labels several times over."""
        return joined_labels([self] * times)

    def of(self, chosen: NDArray[np.integer]) -> Labels:
        """Those of some spectra."""
        truth = Truth(**{f.name: getattr(self.truth, f.name)[chosen] for f in fields(Truth)})
        return Labels(truth, self.share[chosen], self.cover_um[chosen])


def joined_labels(parts: Sequence[Labels]) -> Labels:
    """Labels of several sets, one after another."""
    return Labels(
        joined([part.truth for part in parts]),
        np.concatenate([part.share for part in parts]),
        np.concatenate([part.cover_um for part in parts]),
    )


def labels_of(stratigraphies: Sequence[Stratigraphy], library: Library) -> Labels:
    """Labels of single stratigraphies."""
    order = {group.name: i for i, group in enumerate(library.groups)}
    share = np.zeros((len(stratigraphies), 3, len(order)), dtype=np.float32)
    cover = np.full((len(stratigraphies), len(order)), np.nan, dtype=np.float32)
    for i, layers in enumerate(stratigraphies):
        above, uppermost = 0.0, True
        for layer in layers:
            held = _groups(layer, library, order)
            for k, weight in held.items():
                share[i, ANYWHERE, k] = max(share[i, ANYWHERE, k], weight)
                if layer.kind == "paint":
                    place = TOP if uppermost else BURIED
                    share[i, place, k] = max(share[i, place, k], weight)
                    if not uppermost and np.isnan(cover[i, k]):
                        cover[i, k] = above
            if layer.kind == "paint":
                above += layer.thickness_um
            uppermost = uppermost and not held
    return Labels(truth_of(stratigraphies, library), share, cover)


def _groups(layer: Layer, library: Library, order: dict[str, int]) -> dict[int, float]:
    held: dict[int, float] = {}
    for name, weight in layer.pigments.items():
        index = order.get(library.pigment(name).group)
        if index is not None and weight > 0.0:
            held[index] = held.get(index, 0.0) + weight
    return held


def draw_stratigraphies(
    painting: Painting, library: Library, count: int, random: np.random.Generator
) -> list[Stratigraphy]:
    """Stratigraphies of one painting, from the program's own prior; none is blended."""
    return stratigraphies_of(sample_stratigraphies(painting, PaintPrior(), library, count, random))
