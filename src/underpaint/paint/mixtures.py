"""Random paints of one painting: which pigments a layer holds, how much of each, and how lean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .painting import Painting
from .prior import PaintPrior, log_uniform

SLOTS = 4


@dataclass(frozen=True, eq=False)
class Paints:
    """The paint of many layers.

    Attributes
    ----------
    weights : (sample, layer, pigment) weight fractions among the layer's pigments
    pigment_share : (sample, layer) mass fraction of all pigments
    density_g_cm3 : (sample, layer)
    thickness_um : (sample, layer)
    """

    weights: NDArray[np.float64]
    pigment_share: NDArray[np.float64]
    density_g_cm3: NDArray[np.float64]
    thickness_um: NDArray[np.float64]

    def composition(self, painting: Painting) -> NDArray[np.float64]:
        """Mass fractions of the elements, (sample, layer, element)."""
        binder = (1.0 - self.pigment_share)[..., None] * painting.binder
        solid = self.weights * self.pigment_share[..., None]
        return np.asarray(solid @ painting.compositions + binder)


def draw_paints(
    painting: Painting,
    prior: PaintPrior,
    part: NDArray[np.intp],
    thickness_um: NDArray[np.float64],
    random: np.random.Generator,
) -> Paints:
    """Paint for many layers.

    Parameters
    ----------
    part : (sample, layer) what each layer belongs to; see `painters_palette`
    thickness_um : (sample, layer) of paint that is neither glaze nor leaf
    """
    chosen, share = _mixtures(painting, prior, part, random)
    chosen, share, leaf_um = _apply_leaf(painting, chosen, share, random)
    is_leaf = leaf_um > 0.0
    glaze = ~is_leaf & (random.random(part.shape) < prior.glaze)
    densities = np.array([pigment.density_g_cm3 for pigment in painting.palette])
    solid_density = 1.0 / (share / densities[chosen]).sum(axis=2)
    pvc = _pvc(painting, chosen, share, random) * np.where(glaze, 1.0 / 3.0, 1.0)
    pvc = np.where(is_leaf, 1.0, pvc)
    density = pvc * solid_density + (1.0 - pvc) * painting.binder_density
    thin = log_uniform(random, prior.glaze_um, part.shape)
    thickness = np.where(glaze, np.minimum(thickness_um, thin), thickness_um)
    weights = np.zeros((*part.shape, len(painting.palette)))
    sample, layer = np.ogrid[: part.shape[0], : part.shape[1]]
    for slot in range(chosen.shape[2]):
        weights[sample, layer, chosen[..., slot]] += share[..., slot]
    return Paints(
        weights=weights,
        pigment_share=pvc * solid_density / density,
        density_g_cm3=density,
        thickness_um=np.where(is_leaf, leaf_um, thickness),
    )


def frequencies(weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Weights made to add up to 1."""
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum())


def _mixtures(
    painting: Painting, prior: PaintPrior, part: NDArray[np.intp], random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pigments of every layer and their weight fractions, each (sample, layer, slot)."""
    palette = len(painting.palette)
    slots = min(SLOTS, palette)
    with np.errstate(divide="ignore"):
        wanted = np.log(painting.part_weights)
    keys = wanted[part] + random.gumbel(size=(*part.shape, palette))
    chosen = np.argsort(-keys, axis=2)[..., :slots]
    number = 1 + random.choice(SLOTS, size=part.shape, p=frequencies(prior.mixture))
    raw = log_uniform(random, (prior.least_share, 1.0), chosen.shape)
    raw[..., 0] = 1.0
    raw *= np.arange(slots) < number[..., None]
    raw[np.isneginf(np.take_along_axis(keys, chosen, axis=2))] = 0.0

    white = painting.part_white[part]
    holds_white = ((chosen == white[..., None]) & (raw > 0.0)).any(axis=2)
    mixed = (random.random(part.shape) < prior.with_white) & ~holds_white
    last = np.where(number >= slots, slots - 1, number)[..., None]
    put_white = mixed[..., None] & (np.arange(slots) == last)
    chosen = np.where(put_white, white[..., None], chosen)
    raw = np.where(put_white, log_uniform(random, (0.1, 10.0), raw.shape), raw)
    share = raw / raw.sum(axis=2, keepdims=True)
    share = np.where(share < prior.least_share, 0.0, share)
    return chosen, share / share.sum(axis=2, keepdims=True)


def _apply_leaf(
    painting: Painting,
    chosen: NDArray[np.intp],
    share: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Metal leaf lies alone and without binder: as a layer's first pigment, or not at all."""
    limits = np.array([pigment.leaf_um or (0.0, 0.0) for pigment in painting.palette])
    leaf = limits[:, 1] > 0.0
    first_leaf = leaf[chosen[..., 0]]
    share = np.where(leaf[chosen] & ~first_leaf[..., None], 0.0, share)
    alone = np.arange(share.shape[2]) == 0
    share = np.where(first_leaf[..., None], alone, share)
    share = share / share.sum(axis=2, keepdims=True)
    low, high = limits[chosen[..., 0], 0], limits[chosen[..., 0], 1]
    thickness = low + (high - low) * random.random(low.shape)
    return chosen, share, np.where(first_leaf, thickness, 0.0)


def _pvc(
    painting: Painting,
    chosen: NDArray[np.intp],
    share: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    limits = np.array([pigment.pvc for pigment in painting.palette])
    low = (share * limits[chosen, 0]).sum(axis=2)
    high = (share * limits[chosen, 1]).sum(axis=2)
    return np.asarray(low + (high - low) * random.random(low.shape))
