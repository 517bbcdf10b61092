"""Random stratigraphies of one painting, drawn as arrays, with the truth about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.xray import ELEMENTS, StackBatch

from .library import Library
from .prior import Painting, PaintPrior, log_uniform

PAINT_LAYERS = 4
SLOTS = 4
COATS = 2
CM_PER_UM = 1e-4


@dataclass(frozen=True, eq=False)
class Truth:
    """What is where in samples or pixels, over the library's visible groups.

    Attributes
    ----------
    top, buried, ground : (sample, group) bool
    amount : (sample, group) float32, mg/cm2, anywhere
    top_share : (sample, group) float32, weight fraction among the uppermost layer's pigments
    """

    top: NDArray[np.bool_]
    buried: NDArray[np.bool_]
    ground: NDArray[np.bool_]
    amount: NDArray[np.float32]
    top_share: NDArray[np.float32]

    @property
    def anywhere(self) -> NDArray[np.bool_]:
        """(sample, group) bool: in any paint layer or in the ground."""
        return np.asarray(self.top | self.buried | self.ground, dtype=np.bool_)


def joined(truths: Sequence[Truth]) -> Truth:
    """Several truths as one, sample after sample."""
    return Truth(
        **{
            each.name: np.concatenate([getattr(truth, each.name) for truth in truths])
            for each in fields(Truth)
        }
    )


@dataclass(frozen=True, eq=False)
class Samples:
    """Stratigraphies of one painting, and the truth about them."""

    stacks: StackBatch
    truth: Truth


def group_indices(painting: Painting, library: Library) -> NDArray[np.intp]:
    """Index of each palette pigment's group; the number of groups where XRF cannot see it."""
    order = {group.name: i for i, group in enumerate(library.groups)}
    return np.array([order.get(pigment.group, len(order)) for pigment in painting.palette])


def sample_stratigraphies(
    painting: Painting, prior: PaintPrior, library: Library, count: int, random: np.random.Generator
) -> Samples:
    """Draw stratigraphies of a painting.

    Layers, from the top: varnish, up to four paint layers, up to two coats of ground, support.
    """
    layers = 1 + random.choice(PAINT_LAYERS, size=count, p=_normal(prior.paint_layers))
    used = np.arange(PAINT_LAYERS) < layers[:, None]
    chosen, share = _mixtures(painting, prior, count, random)
    chosen, share, leaf_um = _apply_leaf(painting, chosen, share, random)

    densities = np.array([pigment.density_g_cm3 for pigment in painting.palette])
    solid_density = 1.0 / (share / densities[chosen]).sum(axis=2)
    pvc = _pvc(painting, prior, chosen, share, random)
    is_leaf = leaf_um > 0.0
    pvc = np.where(is_leaf, 1.0, pvc)
    density = pvc * solid_density + (1.0 - pvc) * painting.binder_density
    pigment_share = pvc * solid_density / density
    thickness = log_uniform(random, prior.thickness_um, (count, PAINT_LAYERS))
    thickness = np.where(is_leaf, leaf_um, thickness)
    mass = density * thickness * CM_PER_UM * used

    solid = (share[..., None] * painting.compositions[chosen]).sum(axis=2)
    paint = pigment_share[..., None] * solid + (1.0 - pigment_share)[..., None] * painting.binder

    fractions = np.zeros((count, 2 + PAINT_LAYERS + COATS, len(ELEMENTS)))
    masses = np.zeros(fractions.shape[:2])
    fractions[:, 1 : 1 + PAINT_LAYERS] = paint
    masses[:, 1 : 1 + PAINT_LAYERS] = mass
    if painting.varnish is not None:
        fractions[:, 0] = painting.varnish
        varnish_um = log_uniform(random, prior.varnish_um, count)
        masses[:, 0] = painting.varnish_density * varnish_um * CM_PER_UM
    coat_masses = _coat_masses(painting, count, random)
    for i, coat in enumerate(painting.coats[:COATS]):
        fractions[:, 1 + PAINT_LAYERS + i] = coat.composition
        masses[:, 1 + PAINT_LAYERS + i] = coat_masses[:, i]
    fractions[:, -1] = painting.support
    masses[:, -1] = painting.support_density * painting.support_um * CM_PER_UM

    pigment_mass = (mass * pigment_share)[..., None] * share * 1000.0
    truth = _truth(painting, library, chosen, pigment_mass, coat_masses)
    stacks = StackBatch(
        torch.from_numpy(fractions.astype(np.float32)),
        torch.from_numpy(masses.astype(np.float32)),
    )
    return Samples(stacks, truth)


def _normal(weights: tuple[float, ...]) -> NDArray[np.float64]:
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum())


def _mixtures(
    painting: Painting, prior: PaintPrior, count: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pigments of every layer and their weight fractions, each (sample, layer, slot)."""
    palette = len(painting.palette)
    slots = min(SLOTS, palette)
    keys = np.log(painting.weights) + random.gumbel(size=(count, PAINT_LAYERS, palette))
    chosen = np.argsort(-keys, axis=2)[..., :slots]
    number = 1 + random.choice(SLOTS, size=(count, PAINT_LAYERS), p=_normal(prior.mixture))
    raw = log_uniform(random, (prior.least_share, 1.0), chosen.shape)
    raw[..., 0] = 1.0
    raw *= np.arange(slots) < number[..., None]

    white = random.random((count, PAINT_LAYERS)) < prior.with_white
    holds_white = (chosen == painting.white) & (raw > 0.0)
    white &= ~holds_white.any(axis=2)
    last = np.where(number >= slots, slots - 1, number)[..., None]
    put_white = white[..., None] & (np.arange(slots) == last)
    chosen = np.where(put_white, painting.white, chosen)
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
    prior: PaintPrior,
    chosen: NDArray[np.intp],
    share: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    limits = np.array([pigment.pvc for pigment in painting.palette])
    low = (share * limits[chosen, 0]).sum(axis=2)
    high = (share * limits[chosen, 1]).sum(axis=2)
    pvc = low + (high - low) * random.random(low.shape)
    glaze = random.random(low.shape) < prior.glaze
    return np.asarray(np.where(glaze, pvc / 3.0, pvc))


def _coat_masses(
    painting: Painting, count: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Mass thickness of the ground's coats, (sample, coat) g/cm2: uneven from place to place."""
    masses = np.zeros((count, COATS))
    for i, coat in enumerate(painting.coats[:COATS]):
        usual = float(log_uniform(random, coat.thickness_um))
        uneven = np.exp(random.normal(0.0, 0.2, count))
        masses[:, i] = coat.density_g_cm3 * usual * uneven * CM_PER_UM
    return masses


def _truth(
    painting: Painting,
    library: Library,
    chosen: NDArray[np.intp],
    pigment_mass: NDArray[np.float64],
    coat_masses: NDArray[np.float64],
) -> Truth:
    count, groups = len(chosen), len(library.groups)
    group = group_indices(painting, library)[chosen]
    per_layer = np.zeros((count, PAINT_LAYERS, groups + 1))
    sample, layer, slot = np.nonzero(pigment_mass > 0.0)
    where = (sample, layer, group[sample, layer, slot])
    np.add.at(per_layer, where, pigment_mass[sample, layer, slot])
    in_ground = np.zeros((count, groups + 1))
    order = {each.name: i for i, each in enumerate(library.groups)}
    for i, coat in enumerate(painting.coats[:COATS]):
        for name, weight in coat.pigments.items():
            index = order.get(library.pigments[name].group, groups)
            in_ground[:, index] += coat_masses[:, i] * coat.pigment_share * weight * 1000.0
    amount = per_layer.sum(axis=1) + in_ground
    uppermost = per_layer[:, 0, :groups]
    whole = per_layer[:, 0].sum(axis=1, keepdims=True)
    return Truth(
        top=uppermost > 0.0,
        buried=np.any(per_layer[:, 1:, :groups] > 0.0, axis=1),
        ground=in_ground[:, :groups] > 0.0,
        amount=amount[:, :groups].astype(np.float32),
        top_share=(uppermost / whole).astype(np.float32),
    )
