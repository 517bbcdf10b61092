"""The layers that rivals of a stratigraphy have, and what these may hold.

Rivals have the stratigraphy's own layers in their order, further paint layers beneath its last,
a ground where it has none, and a varnish on top. What XRF cannot see of the stratigraphy's paint
above the first that it can (a glaze of a lake) stays so: other such pigments at most.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from underpaint.errors import LibraryError

from .formula import extreme_mass_fractions, mixed
from .layers import Layer, Stratigraphy
from .library import Library, Material, Pigment

CM_PER_UM = 1e-4
USUAL_BINDER = "linseed-oil"
LEAST_PVC = 0.02
THICKEST_UM = {"varnish": 100.0, "paint": 300.0, "ground": 1000.0, "support": 50_000.0}


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What a layer may hold: a pigment with the binder that it needs; more binder; or all of a
    varnish or support.

    Attributes
    ----------
    pigment, group : names, "" for what is no pigment
    fractions : element symbol to mass fraction
    pigment_share : mass fraction of the pigment
    typical : False for a specimen of a pigment that is far from its typical composition
    """

    pigment: str
    group: str
    fractions: Mapping[str, float]
    density_g_cm3: float
    pigment_share: float
    typical: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """A layer that rivals have, from none of it to `thickest_um`.

    Attributes
    ----------
    truth : of each ingredient, how much the stratigraphy itself has, g/cm2
    """

    kind: str
    materials: tuple[Ingredient, ...]
    truth: tuple[float, ...]

    @property
    def thickest_um(self) -> float:
        """Micrometres."""
        return THICKEST_UM[self.kind]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A layer taken apart: its binder, PVC, and masses of pigments and binder in g/cm2."""

    binder: Material
    pvc: float
    pigments: Mapping[str, float]
    binder_mass: float


def rival_slots(
    layers: Stratigraphy, library: Library, palette: Sequence[str], spare_paints: int = 1
) -> tuple[Slot, ...]:
    """The layers that rivals have.

    Pigments of the stratigraphy count with their typical compositions; rivals may have other
    specimens of them, as far from typical as the library says. Grounds may hold the pigments that
    the library's grounds hold, and those of the stratigraphy's own.

    Parameters
    ----------
    layers : from the top down
    palette : names of pigments
    spare_paints : paint layers that rivals may have beyond those of the stratigraphy

    Raises
    ------
    LibraryError : for an unknown pigment
    """
    wanted = {*palette, *(name for layer in layers for name in layer.pigments)}
    for name in wanted:
        library.pigment(name)
    names = [name for name in library.pigments if name in wanted]
    visible = {group.name for group in library.groups}
    unseen = [name for name in names if library.pigments[name].group not in visible]
    usual = {
        name for each in library.grounds.values() for coat in each.layers for name in coat.pigments
    }
    of_ground = [name for name in names if name in usual]
    seen = [bool({*layer.pigments} - {*unseen}) for layer in layers]
    first = seen.index(True) if any(seen) else 0
    glazes = first if layers[first].kind == "paint" else 0
    own = {name for layer in layers for name in layer.pigments}
    slots = [
        _slot_of(layer, library, unseen if i < glazes else names, of_ground, own)
        for i, layer in enumerate(layers)
    ]
    kinds = [layer.kind for layer in layers]
    under_paint = max((i + 1 for i, kind in enumerate(kinds) if kind == "paint"), default=None)
    if under_paint is None:
        under_paint = next((i for i, k in enumerate(kinds) if k in ("ground", "support")), 0)
    none = _Parts(library.binders[USUAL_BINDER], LEAST_PVC, {}, 0.0)
    spare = [_painted("paint", none, library, names, own)] * spare_paints
    if "ground" not in kinds:
        spare.append(_painted("ground", none, library, of_ground, own))
    slots[under_paint:under_paint] = spare
    if not kinds or kinds[0] != "varnish":
        varnish = next(iter(library.varnishes.values()))
        slots.insert(0, _plain("varnish", varnish.mass_fractions, varnish.density_g_cm3, 0.0))
    return tuple(slots)


def _slot_of(
    layer: Layer,
    library: Library,
    names: Sequence[str],
    of_ground: Sequence[str],
    own: Collection[str],
) -> Slot:
    if not layer.pigments:
        fractions, density = layer.weight_fractions, layer.density_g_cm3
        return _plain(layer.kind, fractions, density, layer.mass_thickness)
    parts = _taken_apart(layer, library)
    if layer.kind == "ground":
        names = [*of_ground, *(name for name in layer.pigments if name not in of_ground)]
    return _painted(layer.kind, parts, library, names, own)


def _plain(kind: str, fractions: Mapping[str, float], density: float, mass: float) -> Slot:
    return Slot(kind, (Ingredient("", "", fractions, density, 0.0),), (mass,))


def _painted(
    kind: str, parts: _Parts, library: Library, names: Sequence[str], own: Collection[str]
) -> Slot:
    binder = parts.binder
    pigments = [library.pigments[name] for name in names]
    paints = [_paint(each, each.mass_fractions, binder, parts.pvc) for each in pigments]
    masses = [
        parts.pigments.get(paint.pigment, 0.0) / paint.pigment_share if paint.pigment_share else 0.0
        for paint in paints
    ]
    used = sum(mass * (1.0 - p.pigment_share) for mass, p in zip(masses, paints, strict=True))
    more = Ingredient("", "", binder.mass_fractions, binder.density_g_cm3, 0.0)
    others = [
        replace(_paint(each, fractions, binder, parts.pvc), typical=False)
        for each in pigments
        if each.name in own
        for fractions in extreme_mass_fractions(each.phases, each.impurities)
    ]
    truth = (*masses, max(parts.binder_mass - used, 0.0), *(0.0 for _ in others))
    return Slot(kind, (*paints, more, *others), truth)


def _paint(
    pigment: Pigment, solids: Mapping[str, float], binder: Material, least_pvc: float
) -> Ingredient:
    """A pigment with as little binder as its paint can do with, or the layer has."""
    pvc = 1.0 if pigment.leaf_um is not None else max(pigment.pvc[1], least_pvc)
    solid, medium = pvc * pigment.density_g_cm3, (1.0 - pvc) * binder.density_g_cm3
    share = solid / (solid + medium)
    return Ingredient(
        pigment=pigment.name,
        group=pigment.group,
        fractions=mixed([(share, solids), (1.0 - share, binder.mass_fractions)]),
        density_g_cm3=solid + medium,
        pigment_share=share,
    )


def _taken_apart(layer: Layer, library: Library) -> _Parts:
    total = sum(layer.pigments.values())
    weights = {name: weight / total for name, weight in layer.pigments.items()}
    solid = 1.0 / sum(w / library.pigments[name].density_g_cm3 for name, w in weights.items())
    if math.isnan(layer.pigment_share):
        binder = library.binders[USUAL_BINDER]
        pvc = (layer.density_g_cm3 - binder.density_g_cm3) / (solid - binder.density_g_cm3)
        pvc = min(max(pvc, LEAST_PVC), 1.0)
        share = pvc * solid / (pvc * solid + (1.0 - pvc) * binder.density_g_cm3)
    else:
        share = layer.pigment_share
        binder = _likeliest_binder(layer, weights, share, library)
        pvc = share / solid / (share / solid + (1.0 - share) / binder.density_g_cm3)
    mass = layer.mass_thickness
    pigments = {name: mass * share * weight for name, weight in weights.items()}
    return _Parts(binder, pvc, pigments, mass * (1.0 - share))


def _likeliest_binder(
    layer: Layer, weights: Mapping[str, float], share: float, library: Library
) -> Material:
    """The binder nearest to what the pigments leave of a layer's composition."""
    rest = dict(layer.weight_fractions)
    for name, weight in weights.items():
        for element, fraction in library.pigments[name].mass_fractions.items():
            rest[element] = rest.get(element, 0.0) - share * weight * fraction

    def distance(binder: Material) -> float:
        held = binder.mass_fractions
        both = {*rest, *held}
        return sum(abs(rest.get(e, 0.0) - (1.0 - share) * held.get(e, 0.0)) for e in both)

    return min(library.binders.values(), key=distance)


def require_palette(palette: Sequence[str], library: Library) -> None:
    """LibraryError where a palette has no pigment that XRF can see."""
    visible = {group.name for group in library.groups}
    if not any(library.pigment(name).group in visible for name in palette):
        raise LibraryError("the palette holds no pigment that XRF can see; name one")
