"""Layers and stratigraphies that are stated rather than drawn: scenes, labelled spectra, plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import StackError
from underpaint.xray import ELEMENTS, atomic_number
from underpaint.xray import Layer as ModelLayer

from .entries import Pigment
from .formula import mixed
from .library import Library
from .prior import mixture_density, pigment_mass_share
from .stratigraphies import CM_PER_UM, Truth

KINDS = ("varnish", "paint", "ground", "support")
USUAL_PVC = 0.4
WEIGHTS_TOLERANCE = 0.02
HEAVIER_THAN = 10
"""Atomic number: media hold next to nothing heavier than neon."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a stratigraphy.

    Attributes
    ----------
    kind : "varnish", "paint", "ground" or "support"
    thickness_um : micrometres
    density_g_cm3 : of the whole layer
    pigments : pigment name to weight fraction among the layer's pigments
    weight_fractions : element symbol to mass fraction of the whole layer, adding up to 1
    pigment_share : mass fraction of all pigments together; NaN where it is not known
    """

    kind: str
    thickness_um: float
    density_g_cm3: float
    pigments: dict[str, float]
    weight_fractions: dict[str, float]
    pigment_share: float = field(default=float("nan"))

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise StackError(f"'{self.kind}' is no kind of layer: use {', '.join(KINDS)}")
        if not self.thickness_um >= 0.0:
            raise StackError(f"a {self.kind} layer has a thickness of {self.thickness_um} um")
        if not self.density_g_cm3 > 0.0:
            raise StackError(f"a {self.kind} layer has a density of {self.density_g_cm3} g/cm3")

    @property
    def mass_thickness(self) -> float:
        """g/cm2."""
        return self.thickness_um * CM_PER_UM * self.density_g_cm3

    @property
    def for_model(self) -> ModelLayer:
        """As the forward model takes it."""
        return self.weight_fractions, self.mass_thickness


Stratigraphy = tuple[Layer, ...]
"""Layers from the top down."""


def paint_layer(
    library: Library,
    kind: str,
    thickness_um: float,
    pigments: Mapping[str, float],
    binder: str = "linseed-oil",
    pvc: float | None = None,
) -> Layer:
    """A layer of pigments in a binder, with their typical compositions.

    Parameters
    ----------
    pigments : pigment name to weight fraction, adding up to 1
    pvc : pigment volume concentration, above 0, up to 1; `usual_pvc` if not given

    Raises
    ------
    StackError : where weights do not add up to 1, or the concentration is impossible
    LibraryError : for an unknown pigment
    """
    total = _require_shares(pigments, f"the pigments of a {kind} layer")
    if binder not in library.binders:
        known = ", ".join(library.binders)
        raise StackError(f"there is no binder '{binder}': use one of {known}")
    entries = [library.pigment(name) for name in pigments]
    weights = [weight / total for weight in pigments.values()]
    pvc = usual_pvc(entries, weights) if pvc is None else pvc
    if not 0.0 < pvc <= 1.0:
        raise StackError(f"a pigment volume concentration of {pvc} must be above 0 and at most 1")
    solid_density = mixture_density([entry.density_g_cm3 for entry in entries], weights)
    medium = library.binders[binder]
    share = pigment_mass_share(pvc, solid_density, medium.density_g_cm3)
    parts = [
        (share * weight, entry.mass_fractions)
        for weight, entry in zip(weights, entries, strict=True)
    ]
    return Layer(
        kind=kind,
        thickness_um=thickness_um,
        density_g_cm3=pvc * solid_density + (1.0 - pvc) * medium.density_g_cm3,
        pigments=dict(pigments),
        weight_fractions=mixed([*parts, (1.0 - share, medium.mass_fractions)]),
        pigment_share=share,
    )


def usual_pvc(pigments: Sequence[Pigment], weights: Sequence[float]) -> float:
    """The pigment volume concentration of a paint that states none.

    0.4, or as near to that as is usual for its pigments: a metal leaf has no binder, and colours
    as strong as phthalocyanine blue have much of it.

    Parameters
    ----------
    pigments, weights : of the paint, as many of one as of the other; weights add up to 1
    """
    if all(pigment.leaf_um is not None for pigment in pigments):
        return 1.0
    low, high = (
        sum(weight * pigment.pvc[end] for pigment, weight in zip(pigments, weights, strict=True))
        for end in (0, 1)
    )
    return min(max(USUAL_PVC, low), high)


def _require_shares(shares: Mapping[str, float], what: str) -> float:
    """What shares add up to; StackError where that is not 1, or one of them is below zero."""
    below = [name for name, share in shares.items() if share < 0.0]
    if below:
        raise StackError(f"{what}: {below[0]} = {shares[below[0]]:g} must not be below zero")
    total = sum(shares.values())
    if abs(total - 1.0) > WEIGHTS_TOLERANCE:
        raise StackError(f"{what} add up to {total:.3g} instead of 1")
    return total


def plain_layer(library: Library, kind: str, name: str, thickness_um: float) -> Layer:
    """A varnish or a support of the library; StackError where it has none of that name."""
    entries = library.varnishes if kind == "varnish" else library.supports
    if name not in entries:
        raise StackError(f"there is no {kind} '{name}': use one of {', '.join(entries)}")
    entry = entries[name]
    return Layer(kind, thickness_um, entry.density_g_cm3, {}, dict(entry.mass_fractions))


def stated_layer(
    kind: str, thickness_um: float, weight_fractions: Mapping[str, float], density_g_cm3: float
) -> Layer:
    """A layer that is no paint, by its elements.

    Parameters
    ----------
    weight_fractions : element symbol to mass fraction, adding up to 1

    Raises
    ------
    StackError : for fractions that do not add up, or an element that the model has no data for
    """
    unknown = sorted(set(weight_fractions) - set(ELEMENTS))
    if unknown:
        raise StackError(
            f"there is no data for '{unknown[0]}': use elements from {ELEMENTS[0]} to "
            f"{ELEMENTS[-1]}"
        )
    _require_shares(weight_fractions, f"the weight fractions of a {kind} layer")
    return Layer(kind, thickness_um, density_g_cm3, {}, _normalised(weight_fractions))


def stratigraphy_to_json(layers: Stratigraphy) -> dict[str, Any]:
    """A stratigraphy as labelled spectra carry it: `{"layers": [...]}`, top first."""
    return {
        "layers": [
            {
                "kind": layer.kind,
                "thickness_um": layer.thickness_um,
                "density_g_cm3": layer.density_g_cm3,
                "pigments": layer.pigments,
                "weight_fractions": layer.weight_fractions,
            }
            for layer in layers
        ]
    }


def stratigraphy_from_json(stack: Mapping[str, Any]) -> Stratigraphy:
    """A stratigraphy as labelled spectra carry it: `{"layers": [...]}`, top first.

    Raises
    ------
    StackError : for a missing key or an impossible layer
    """
    try:
        return tuple(
            Layer(
                kind=layer["kind"],
                thickness_um=float(layer["thickness_um"]),
                density_g_cm3=float(layer["density_g_cm3"]),
                pigments=dict(layer.get("pigments", {})),
                weight_fractions=_normalised(
                    {name: float(share) for name, share in layer["weight_fractions"].items()}
                ),
            )
            for layer in stack["layers"]
        )
    except KeyError as error:
        raise StackError(f"a labelled stratigraphy lacks {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise StackError(f"a labelled stratigraphy cannot be read: {error}") from error


def _normalised(fractions: Mapping[str, float]) -> dict[str, float]:
    total = sum(fractions.values())
    if total <= 0.0 or min(fractions.values(), default=0.0) < 0.0:
        raise StackError("the weight fractions of a labelled layer are not all zero or more, with "
                         "some above")  # fmt: skip
    return {element: fraction / total for element, fraction in fractions.items()}


def truth_of(stratigraphies: Sequence[Stratigraphy], library: Library) -> Truth:
    """What is where in stated stratigraphies; amounts are NaN where nothing tells them.

    The top layer is the uppermost paint that holds a pigment XRF can see, unless a ground with one
    lies above it.
    """
    order = {group.name: i for i, group in enumerate(library.groups)}
    shape = (len(stratigraphies), len(order))
    top, buried, ground = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    amount = np.zeros(shape, dtype=np.float32)
    top_share, buried_share = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    for i, layers in enumerate(stratigraphies):
        place, share_there = top, top_share
        for layer in layers:
            share = _shares(layer, library, order)
            held = share > 0.0
            pigment_mass = layer.mass_thickness * _pigment_share(layer, library) * 1000.0
            amount[i, held] += pigment_mass * share[held]
            if layer.kind == "ground":
                ground[i] |= held
            else:
                place[i] |= held
                share_there[i] = np.maximum(share_there[i], share)
            if held.any():
                place, share_there = buried, buried_share
    return Truth(top, buried, ground, amount, top_share, buried_share)


def _pigment_share(layer: Layer, library: Library) -> float:
    """Mass fraction of all pigments together: where it is not stated, by the heavier elements."""
    if not np.isnan(layer.pigment_share):
        return layer.pigment_share
    of_pigments = sum(
        weight * _heavy(library.pigment(name).mass_fractions)
        for name, weight in layer.pigments.items()
    )
    if of_pigments <= 0.0:
        return float("nan")
    return min(_heavy(layer.weight_fractions) / of_pigments, 1.0)


def _heavy(fractions: Mapping[str, float]) -> float:
    return sum(
        share for element, share in fractions.items() if atomic_number(element) > HEAVIER_THAN
    )


def _shares(layer: Layer, library: Library, order: Mapping[str, int]) -> NDArray[np.float32]:
    """Weight fraction of each visible group among the pigments of a layer, (group,)."""
    share = np.zeros(len(order), dtype=np.float32)
    for name, weight in layer.pigments.items():
        index = order.get(library.pigment(name).group)
        if index is not None and weight > 0.0:
            share[index] += weight
    return share
