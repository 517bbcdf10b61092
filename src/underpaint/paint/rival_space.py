"""All stratigraphies that one could be mistaken for, as masses of pigments in layers.

Every paint and ground layer of a rival may hold any pigment of the palette, and any mass of
binder; varnish and support keep their material, and any layer may become thicker, thinner, or
vanish. So a rival is a list of masses that are zero or more, one for each (layer, material).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import LibraryError

from .formula import mixed
from .layers import Layer, Stratigraphy
from .library import Library

POSITIONS = ("anywhere", "top", "buried", "ground")
USUAL_BINDER = "linseed-oil"
CM_PER_UM = 1e-4
NO_GROUP = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What a layer may hold: a pigment, a binder, or all of a varnish or support."""

    pigment: str
    group: str
    fractions: Mapping[str, float]
    density_g_cm3: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A layer that rivals have, from none of it to as much as they like."""

    kind: str
    materials: tuple[Material, ...]


@dataclass(frozen=True, eq=False)
class RivalSpace:
    """Rivals of one stratigraphy.

    Attributes
    ----------
    slots : layers from the top down
    elements : that any of them may hold
    slot : (column,) int, in which slot each column is
    groups : group of each column's pigment, "" for what is none
    visible : (column,) bool, pigments that XRF can see
    thickness : (column,) float64, cm for each g/cm2
    mixing : (slot x element, column) float64, mass fractions
    truth : (column,) float64, g/cm2, the stratigraphy itself
    """

    slots: tuple[Slot, ...]
    elements: tuple[str, ...]
    slot: NDArray[np.intp]
    groups: NDArray[np.str_]
    visible: NDArray[np.bool_]
    thickness: NDArray[np.float64]
    mixing: NDArray[np.float64]
    truth: NDArray[np.float64]

    def masses(self, columns: NDArray[np.float64]) -> NDArray[np.float32]:
        """Masses of elements in layers, (..., slot, element) g/cm2, of (..., column)."""
        flat = columns @ self.mixing.T
        shape = (*columns.shape[:-1], len(self.slots), len(self.elements))
        return flat.reshape(shape).astype(np.float32)

    def place(self, position: str) -> NDArray[np.bool_]:
        """Columns of the layers that a position means, (column,) bool."""
        paints = [i for i, slot in enumerate(self.slots) if slot.kind == "paint"]
        grounds = [i for i, slot in enumerate(self.slots) if slot.kind == "ground"]
        layers = {
            "anywhere": paints + grounds,
            "top": paints[:1],
            "buried": paints[1:],
            "ground": grounds,
        }[position]
        return np.isin(self.slot, layers)

    def holds(self, group: str, position: str) -> bool:
        """Whether the stratigraphy has a group there."""
        return bool((self.truth[self.place(position) & (self.groups == group)] > 0.0).any())

    def present(self) -> tuple[str, ...]:
        """Groups that the stratigraphy has in any paint or ground."""
        there = self.groups[(self.truth > 0.0) & self.visible]
        return tuple(sorted(set(there.tolist())))

    def lowered(self) -> NDArray[np.float64]:
        """The stratigraphy with every paint layer one place further down, (column,)."""
        paints = [i for i, slot in enumerate(self.slots) if slot.kind == "paint"]
        moved = self.truth.copy()
        moved[self.slot == paints[0]] = 0.0
        for above, below in pairwise(paints):
            moved[self.slot == below] = self.truth[self.slot == above]
        return moved

    def layers(self, columns: NDArray[np.float64]) -> Stratigraphy:
        """A rival as layers, the empty ones left out."""
        found = []
        for i, slot in enumerate(self.slots):
            amounts = columns[self.slot == i]
            if amounts.sum() > 0.0:
                found.append(_layer(slot, amounts))
        return tuple(found)


def _layer(slot: Slot, amounts: NDArray[np.float64]) -> Layer:
    total = float(amounts.sum())
    held = [
        (float(amount), material)
        for amount, material in zip(amounts, slot.materials, strict=True)
        if amount > 0.0
    ]
    volume = sum(amount / material.density_g_cm3 for amount, material in held)
    pigments = [(amount, material.pigment) for amount, material in held if material.pigment]
    solid = sum(amount for amount, _ in pigments)
    return Layer(
        kind=slot.kind,
        thickness_um=volume / CM_PER_UM,
        density_g_cm3=total / volume,
        pigments={name: amount / solid for amount, name in pigments},
        weight_fractions=mixed([(amount / total, material.fractions) for amount, material in held]),
        pigment_share=solid / total,
    )


def make_space(
    layers: Stratigraphy, library: Library, palette: Sequence[str], spare_paints: int = 1
) -> RivalSpace:
    """The rivals of a stratigraphy.

    Pigments of the stratigraphy count with their typical compositions. Grounds may hold the
    pigments that the library's grounds hold, and their own.

    Parameters
    ----------
    layers : from the top down
    palette : names of pigments
    spare_paints : paint layers that rivals may have beyond those of the stratigraphy
    """
    own = {name for layer in layers for name in layer.pigments}
    for name in [*palette, *own]:
        library.pigment(name)
    names = [name for name in library.pigments if name in own or name in set(palette)]
    usual = {name for each in library.grounds.values() for coat in each.layers
             for name in coat.pigments}  # fmt: skip
    visible = {group.name for group in library.groups}
    slots: list[Slot] = []
    truth: list[float] = []

    def add(layer: Layer | None, kind: str) -> None:
        binder = library.binders[USUAL_BINDER]
        medium = Material("", NO_GROUP, binder.mass_fractions, binder.density_g_cm3)
        masses: dict[str, float] = {}
        binder_mass = 0.0
        if layer is not None:
            medium, masses, binder_mass = _taken_apart(layer, library)
        allowed = [n for n in names if kind == "paint" or n in usual or n in masses]
        pigments = [
            Material(n, entry.group, entry.mass_fractions, entry.density_g_cm3)
            for n, entry in ((n, library.pigments[n]) for n in allowed)
        ]
        slots.append(Slot(kind, (*pigments, medium)))
        truth.extend([*(masses.get(n, 0.0) for n in allowed), binder_mass])

    def add_plain(kind: str, fractions: Mapping[str, float], density: float, mass: float) -> None:
        slots.append(Slot(kind, (Material("", NO_GROUP, fractions, density),)))
        truth.append(mass)

    kinds = [layer.kind for layer in layers]
    if not kinds or kinds[0] != "varnish":
        varnish = next(iter(library.varnishes.values()))
        add_plain("varnish", varnish.mass_fractions, varnish.density_g_cm3, 0.0)
    last_paint = max((i for i, kind in enumerate(kinds) if kind == "paint"), default=-1)
    if last_paint < 0 and "ground" in kinds:
        last_paint = kinds.index("ground") - 1
    for i, layer in enumerate(layers):
        if layer.pigments:
            add(layer, layer.kind)
        else:
            add_plain(layer.kind, layer.weight_fractions, layer.density_g_cm3, layer.mass_thickness)
        if i == last_paint:
            for _ in range(spare_paints):
                add(None, "paint")
    if "ground" not in kinds:
        support = kinds.index("support") if "support" in kinds else None
        _insert_ground(slots, truth, names, usual, library, support is not None)
    return _space(slots, truth, visible)


def _insert_ground(
    slots: list[Slot],
    truth: list[float],
    names: Sequence[str],
    usual: set[str],
    library: Library,
    before_last: bool,
) -> None:
    binder = library.binders[USUAL_BINDER]
    pigments = tuple(
        Material(n, library.pigments[n].group, library.pigments[n].mass_fractions,
                 library.pigments[n].density_g_cm3)
        for n in names if n in usual
    )  # fmt: skip
    medium = Material("", NO_GROUP, binder.mass_fractions, binder.density_g_cm3)
    slot = Slot("ground", (*pigments, medium))
    empty = [0.0] * len(slot.materials)
    if before_last:
        below = len(slots[-1].materials)
        slots.insert(len(slots) - 1, slot)
        truth[len(truth) - below : len(truth) - below] = empty
    else:
        slots.append(slot)
        truth.extend(empty)


def _space(slots: list[Slot], truth: list[float], visible: set[str]) -> RivalSpace:
    materials = [(i, material) for i, slot in enumerate(slots) for material in slot.materials]
    elements = tuple(sorted({e for _, material in materials for e in material.fractions}))
    order = {element: i for i, element in enumerate(elements)}
    mixing = np.zeros((len(slots) * len(elements), len(materials)))
    for column, (i, material) in enumerate(materials):
        for element, fraction in material.fractions.items():
            mixing[i * len(elements) + order[element], column] = fraction
    return RivalSpace(
        slots=tuple(slots),
        elements=elements,
        slot=np.array([i for i, _ in materials]),
        groups=np.array([material.group for _, material in materials]),
        visible=np.array([material.group in visible for _, material in materials]),
        thickness=np.array([1.0 / material.density_g_cm3 for _, material in materials]),
        mixing=mixing,
        truth=np.asarray(truth),
    )


def _taken_apart(layer: Layer, library: Library) -> tuple[Material, dict[str, float], float]:
    """Binder, masses of the pigments, mass of the binder, g/cm2."""
    entries = {name: library.pigment(name) for name in layer.pigments}
    total = sum(layer.pigments.values())
    weights = {name: weight / total for name, weight in layer.pigments.items()}
    solid = 1.0 / sum(weight / entries[n].density_g_cm3 for n, weight in weights.items())
    share = layer.pigment_share
    binder = library.binders[USUAL_BINDER]
    if math.isnan(share):
        pvc = (layer.density_g_cm3 - binder.density_g_cm3) / (solid - binder.density_g_cm3)
        pvc = min(max(pvc, 0.02), 1.0)
        share = pvc * solid / (pvc * solid + (1.0 - pvc) * binder.density_g_cm3)
    else:
        rest = dict(layer.weight_fractions)
        for name, weight in weights.items():
            for element, fraction in entries[name].mass_fractions.items():
                rest[element] = rest.get(element, 0.0) - share * weight * fraction
        binder = min(
            library.binders.values(),
            key=lambda each: sum(
                abs(rest.get(e, 0.0) - (1.0 - share) * each.mass_fractions.get(e, 0.0))
                for e in {*rest, *each.mass_fractions}
            ),
        )
    mass = layer.mass_thickness
    medium = Material("", NO_GROUP, binder.mass_fractions, binder.density_g_cm3)
    return medium, {n: mass * share * w for n, w in weights.items()}, mass * (1.0 - share)


def require_palette(palette: Sequence[str], library: Library) -> None:
    """LibraryError where a palette has no pigment that XRF can see."""
    visible = {group.name for group in library.groups}
    if not any(library.pigment(name).group in visible for name in palette):
        raise LibraryError("the palette holds no pigment that XRF can see; name one")
