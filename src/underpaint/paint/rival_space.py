"""All stratigraphies that one could be mistaken for, as masses of materials in layers.

Every paint and ground layer of a rival may hold the paint of any pigment, as rich in pigment as
paint gets, and any mass of binder more; of the stratigraphy's own pigments any specimens. Varnish
and support keep their material. Any layer may become thicker, thinner, or vanish. So a rival is a
list of masses that are zero or more, one for each (layer, material).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .formula import mixed
from .layers import Layer, Stratigraphy
from .rival_materials import CM_PER_UM, Ingredient, Slot

POSITIONS = ("anywhere", "top", "buried", "ground")


@dataclass(frozen=True, eq=False)
class RivalSpace:
    """Rivals of one stratigraphy.

    Attributes
    ----------
    slots : layers from the top down
    elements : that any of them may hold
    slot : (column,) int, in which slot each column is
    pigments, groups : (column,) each column's pigment and its group, "" for what is none
    visible : (column,) bool, pigments that XRF can see
    typical : (column,) bool, False for specimens far from the typical composition
    impurity : (column,) the element that such a specimen holds and the typical does not, or ""
    thickness : (column,) float64, cm for each g/cm2
    mixing : (row, column) float64, mass fractions; a row is an element that a slot may hold
    rows : (row,) int, where these are among slot x element
    truth : (column,) float64, g/cm2, the stratigraphy itself
    most : (slot,) float64, cm, how thick a layer may become
    """

    slots: tuple[Slot, ...]
    elements: tuple[str, ...]
    slot: NDArray[np.intp]
    pigments: NDArray[np.str_]
    groups: NDArray[np.str_]
    visible: NDArray[np.bool_]
    typical: NDArray[np.bool_]
    impurity: NDArray[np.str_]
    thickness: NDArray[np.float64]
    mixing: NDArray[np.float64]
    rows: NDArray[np.intp]
    truth: NDArray[np.float64]
    most: NDArray[np.float64]

    def masses(self, columns: NDArray[np.float64]) -> NDArray[np.float32]:
        """Masses of elements in layers, (rival, slot, element) g/cm2, of (rival, column)."""
        flat = np.zeros((len(columns), len(self.slots) * len(self.elements)), dtype=np.float32)
        flat[:, self.rows] = columns @ self.mixing.T
        return flat.reshape(len(columns), len(self.slots), len(self.elements))

    def within(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same rival, layers that are too thick made thinner, (column,)."""
        depth = np.bincount(self.slot, columns * self.thickness, len(self.slots))
        share = np.minimum(self.most / np.maximum(depth, 1e-30), 1.0)
        return columns * share[self.slot]

    def typically(
        self, columns: NDArray[np.float64], which: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """The same rival with typical compositions, of all specimens or of some, (column,)."""
        changed = ~self.typical if which is None else which & ~self.typical
        found = np.where(changed, 0.0, columns)
        for column in np.flatnonzero(changed & (columns > 0.0)):
            same = (self.slot == self.slot[column]) & (self.pigments == self.pigments[column])
            found[same & self.typical] += columns[column]
        return found

    def slots_of(self, kind: str) -> list[int]:
        """Which slots are of a kind."""
        return [i for i, slot in enumerate(self.slots) if slot.kind == kind]

    @property
    def paints(self) -> list[int]:
        """Slots of paint that may hold what XRF can see, the top layer first."""
        seen = set(self.slot[self.visible].tolist())
        return [i for i in self.slots_of("paint") if i in seen]

    def place(self, position: str) -> NDArray[np.bool_]:
        """Columns of the layers that a position means, (column,) bool.

        Paint beneath a ground that XRF can see is buried.
        """
        paints, grounds = self.paints, self.slots_of("ground")
        seen = set(self.slot[self.visible & (self.truth > 0.0)].tolist())
        tops = paints[:1] if not any(i in seen and i < paints[0] for i in grounds) else []
        layers = {
            "anywhere": paints + grounds,
            "top": tops,
            "buried": paints[len(tops) :],
            "ground": grounds,
        }[position]
        return np.isin(self.slot, layers)

    def holds(self, group: str, position: str) -> bool:
        """Whether the stratigraphy has a group there."""
        return bool((self.truth[self.place(position) & (self.groups == group)] > 0.0).any())

    def present(self) -> tuple[str, ...]:
        """Visible groups that the stratigraphy has in any paint or ground."""
        there = self.groups[(self.truth > 0.0) & self.visible]
        return tuple(sorted(set(there.tolist())))

    def lowered(self) -> NDArray[np.float64]:
        """The stratigraphy with every paint layer one place further down, (column,)."""
        paints = self.paints
        moved = self.truth.copy()
        moved[self.slot == paints[0]] = 0.0
        for above, below in pairwise(paints):
            moved[self.slot == below] = self.truth[self.slot == above]
        return moved

    def uncovered(self) -> list[NDArray[np.float64]]:
        """The stratigraphy with each lower layer of paint as the top one, (column,) each."""
        paints = self.paints
        found = []
        for number, below in enumerate(paints[1:], 1):
            moved = np.where(np.isin(self.slot, paints[: number + 1]), 0.0, self.truth)
            moved[self.slot == paints[0]] = self.truth[self.slot == below]
            found.append(moved)
        return found

    def moved(self, allowed: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
        """The stratigraphy with what may not be where it is in another layer, (column,) each.

        It is added to that layer, or takes its place, alone or with all else of its own layers:
        lead white right under the uppermost paint may be paint, or the ground. Empty where it may
        be nowhere else.

        Parameters
        ----------
        allowed : (column,) bool, pigments in layers that may be there
        """
        barred = ~allowed & (self.truth > 0.0)
        whole = np.isin(self.slot, self.slot[barred]) & (self.truth > 0.0)
        found = []
        for layer in [*self.paints, *self.slots_of("ground")]:
            own = (self.slot == layer) & self.typical
            place = {
                name: int(np.flatnonzero(own & (self.pigments == name))[0])
                for name in sorted({*self.pigments[own].tolist()})
            }
            wanted = [place.get(name, -1) for name in self.pigments[barred]]
            if whole[self.slot == layer].any() or not all(c >= 0 and allowed[c] for c in wanted):
                continue
            for moving, replaced in ((barred, False), (barred, True), (whole, True)):
                columns = np.where(moving | (replaced & (self.slot == layer)), 0.0, self.truth)
                for column in np.flatnonzero(moving):
                    if (into := place.get(str(self.pigments[column]))) is not None:
                        columns[into] += self.truth[column]
                found.append(columns)
        return found

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
    solid: dict[str, float] = {}
    for amount, material in held:
        if material.pigment:
            mass = amount * material.pigment_share
            solid[material.pigment] = solid.get(material.pigment, 0.0) + mass
    pigment = sum(solid.values())
    return Layer(
        kind=slot.kind,
        thickness_um=volume / CM_PER_UM,
        density_g_cm3=total / volume,
        pigments={name: mass / pigment for name, mass in solid.items()},
        weight_fractions=mixed([(amount / total, material.fractions) for amount, material in held]),
        pigment_share=pigment / total,
    )


def held_by(slots: Iterable[Slot]) -> tuple[str, ...]:
    """Elements that slots may hold."""
    return tuple(sorted({e for slot in slots for m in slot.materials for e in m.fractions}))


def _impurity(specimen: Ingredient, slot: Slot) -> str:
    """The element that a specimen holds and the pigment's typical composition does not."""
    if specimen.typical:
        return ""
    usual = next(m for m in slot.materials if m.typical and m.pigment == specimen.pigment)
    return next((e for e in specimen.fractions if e not in usual.fractions), "")


def space_of(
    slots: tuple[Slot, ...], visible: frozenset[str], elements: tuple[str, ...] | None = None
) -> RivalSpace:
    """The rivals that slots offer.

    Parameters
    ----------
    visible : names of the groups that XRF can see
    elements : in which order, and which more; those of the slots if not given
    """
    materials = [(i, material) for i, slot in enumerate(slots) for material in slot.materials]
    elements = held_by(slots) if elements is None else elements
    order = {element: i for i, element in enumerate(elements)}
    mixing = np.zeros((len(slots) * len(elements), len(materials)))
    for column, (i, material) in enumerate(materials):
        for element, fraction in material.fractions.items():
            mixing[i * len(elements) + order[element], column] = fraction
    rows = np.flatnonzero(mixing.any(axis=1))
    truth = np.concatenate([slot.truth for slot in slots])
    slot = np.array([i for i, _ in materials])
    thickness = np.array([1.0 / material.density_g_cm3 for _, material in materials])
    depth = np.bincount(slot, truth * thickness, len(slots))
    return RivalSpace(
        slots=slots,
        elements=elements,
        slot=slot,
        pigments=np.array([material.pigment for _, material in materials]),
        groups=np.array([material.group for _, material in materials]),
        visible=np.array([material.group in visible for _, material in materials]),
        typical=np.array([material.typical for _, material in materials]),
        impurity=np.array([_impurity(material, slots[i]) for i, material in materials]),
        thickness=thickness,
        mixing=mixing[rows],
        rows=rows,
        truth=truth,
        most=np.maximum([slot.thickest_um * CM_PER_UM for slot in slots], depth),
    )
