"""Random stratigraphies of one painting, drawn as arrays, with the truth about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.xray import ELEMENTS, StackBatch

from .layer_order import GROUND, PAINT, SUPPORT, VARNISH, Order, draw_order
from .library import Library
from .mixtures import draw_paints
from .painters_palette import RETOUCH
from .painting import Painting
from .prior import PaintPrior, log_uniform

CM_PER_UM = 1e-4


@dataclass(frozen=True, eq=False)
class Truth:
    """What is where in samples or pixels, over the library's visible groups.

    The top layer is the uppermost paint that holds a pigment XRF can see: a glaze of a lake, or of
    carbon black alone, shows no more than varnish does, and counts no more. Paint beneath a ground
    that XRF can see is buried.

    Attributes
    ----------
    top, buried, ground : (sample, group) bool
    amount : (sample, group) float32, mg/cm2, anywhere
    top_share : (sample, group) float32, weight fraction among the top layer's pigments
    buried_share : (sample, group) float32, the largest such fraction in a paint below it
    """

    top: NDArray[np.bool_]
    buried: NDArray[np.bool_]
    ground: NDArray[np.bool_]
    amount: NDArray[np.float32]
    top_share: NDArray[np.float32]
    buried_share: NDArray[np.float32]

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
    """Stratigraphies of one painting, and the truth about them.

    Attributes
    ----------
    stacks : as the forward model takes them, `LAYERS` layers; the support is the last
    truth : of each sample
    kind : (sample, layer) int8; see `layer_order`
    thickness_um, density_g_cm3 : (sample, layer)
    names : pigments of the painting and its grounds
    pigments : (sample, layer, name) weight fractions among the layer's pigments
    pigment_share : (sample, layer) mass fraction of all pigments in the layer
    amounts : (sample, layer, group) mg/cm2 of each visible group
    """

    stacks: StackBatch
    truth: Truth
    kind: NDArray[np.int8]
    thickness_um: NDArray[np.float64]
    density_g_cm3: NDArray[np.float64]
    names: tuple[str, ...]
    pigments: NDArray[np.float64]
    pigment_share: NDArray[np.float64]
    amounts: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Rows:
    """All layers that a painting may have somewhere, (sample, row, ...)."""

    fractions: NDArray[np.float64]
    thickness_um: NDArray[np.float64]
    density_g_cm3: NDArray[np.float64]
    pigments: NDArray[np.float64]
    pigment_share: NDArray[np.float64]


def sample_stratigraphies(
    painting: Painting, prior: PaintPrior, library: Library, count: int, random: np.random.Generator
) -> Samples:
    """Draw stratigraphies of a painting, from the top: retouching, varnish, paint, ground, support.

    Paint and ground may come twice where a painting lies over another one.
    """
    order = draw_order(painting, prior, count, random)
    names = _names(painting, order)
    rows = _rows(painting, prior, order, names, random)
    sample = np.arange(count)[:, None]
    row, held = order.packed()
    kind = np.where(held, np.array(order.kind, dtype=np.int8)[row], 0).astype(np.int8)
    thickness = np.where(held, rows.thickness_um[sample, row], 0.0)
    density = rows.density_g_cm3[sample, row]
    mass = density * thickness * CM_PER_UM
    pigments = rows.pigments[sample, row] * held[..., None]
    share = rows.pigment_share[sample, row] * held
    by_group = pigments @ _membership(library, names)
    amounts = by_group * (mass * share * 1000.0)[..., None]
    return Samples(
        stacks=StackBatch(
            torch.from_numpy(rows.fractions[sample, row].astype(np.float32)),
            torch.from_numpy(mass.astype(np.float32)),
        ),
        truth=_truth(kind, by_group, amounts),
        kind=kind,
        thickness_um=thickness,
        density_g_cm3=density,
        names=names,
        pigments=pigments,
        pigment_share=share,
        amounts=amounts,
    )


def _names(painting: Painting, order: Order) -> tuple[str, ...]:
    palette = [pigment.name for pigment in painting.palette]
    grounds = [name for coat in order.coats.values() for name in coat.pigments]
    return tuple(dict.fromkeys([*palette, *grounds]))


def _rows(
    painting: Painting,
    prior: PaintPrior,
    order: Order,
    names: tuple[str, ...],
    random: np.random.Generator,
) -> _Rows:
    count, number = order.used.shape
    fractions = np.zeros((count, number, len(ELEMENTS)))
    thickness, density, share = (np.zeros((count, number)) for _ in range(3))
    pigments = np.zeros((count, number, len(names)))

    painted = np.array([kind == PAINT for kind in order.kind])
    part = order.part[:, painted]
    usual = log_uniform(random, prior.thickness_um, part.shape)
    thin = log_uniform(random, prior.retouched_um, part.shape)
    paints = draw_paints(painting, prior, part, np.where(part == RETOUCH, thin, usual), random)
    fractions[:, painted] = paints.composition(painting)
    thickness[:, painted] = paints.thickness_um
    density[:, painted] = paints.density_g_cm3
    share[:, painted] = paints.pigment_share
    pigments[:, painted, : len(painting.palette)] = paints.weights

    for row, kind in enumerate(order.kind):
        if kind == VARNISH:
            fractions[:, row] = painting.varnish
            thickness[:, row] = log_uniform(random, prior.varnish_um, count)
            density[:, row] = painting.varnish_density
        elif kind == GROUND:
            coat = order.coats[row]
            fractions[:, row] = coat.composition
            thickness[:, row] = coat.usual_um * np.exp(random.normal(0.0, coat.uneven, count))
            density[:, row] = coat.density_g_cm3
            share[:, row] = coat.pigment_share
            for name, weight in coat.pigments.items():
                pigments[:, row, names.index(name)] += weight
        elif kind == SUPPORT:
            fractions[:, row] = painting.support
            thickness[:, row] = painting.support_um
            density[:, row] = painting.support_density
    return _Rows(fractions, thickness, density, pigments, share)


def _membership(library: Library, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Which pigment is in which visible group, (name, group): 1 or 0."""
    order = {group.name: i for i, group in enumerate(library.groups)}
    member = np.zeros((len(names), len(order)))
    for i, name in enumerate(names):
        group = order.get(library.pigments[name].group)
        if group is not None:
            member[i, group] = 1.0
    return member


def _truth(
    kind: NDArray[np.int8], share: NDArray[np.float64], amounts: NDArray[np.float64]
) -> Truth:
    """From the weight fraction and the amount of each group in each layer."""
    seen = np.any(share > 0.0, axis=2)
    buried = (kind == PAINT) & seen
    sample, first = np.arange(len(kind)), np.argmax(seen, axis=1)
    top_share = share[sample, first] * buried[sample, first, None]
    buried[sample, first] = False
    buried_share = (share * buried[..., None]).max(axis=1)
    return Truth(
        top=top_share > 0.0,
        buried=buried_share > 0.0,
        ground=np.any((share > 0.0) & (kind == GROUND)[..., None], axis=1),
        amount=amounts.sum(axis=1).astype(np.float32),
        top_share=top_share.astype(np.float32),
        buried_share=buried_share.astype(np.float32),
    )
