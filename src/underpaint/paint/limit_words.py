"""The limit of detectability in words."""

from __future__ import annotations

from .layers import Layer, Stratigraphy
from .library import Library
from .limit import Detectability, ideal_recall

SEEN, AT_LIMIT, NOT_SEEN = "would be seen", "at the limit", "cannot be seen"
SEEN_RECALL, NOT_SEEN_RECALL = 0.95, 0.20
PLACES = {
    "anywhere": "anywhere",
    "top": "top paint layer",
    "buried": "paint below the top",
    "ground": "ground",
    "family": "any of the family",
}
THINNEST_UM = 0.5
LEAST_SHARE = 0.05


def verdict(D: float) -> str:
    """Whether a test with 1 % false positives would find what has this D, in words.

    It would be seen where at least 95 % of such pixels are found, and cannot be seen where at
    most 20 % are.
    """
    recall = float(ideal_recall(D))
    if recall >= SEEN_RECALL:
        return SEEN
    return AT_LIMIT if recall > NOT_SEEN_RECALL else NOT_SEEN


def describe_rival(found: Detectability, library: Library) -> str:
    """The layers of a rival and what makes it one: as "...; with impurities of Sb"."""
    layers = describe_layers(found.rival, library)
    if not found.impurities:
        return layers
    return f"{layers}; with impurities of {', '.join(found.impurities)}"


def describe_layers(layers: Stratigraphy, library: Library) -> str:
    """Paint and ground from the top down, without what is thinner than half a micrometre.

    As "12 µm Lead white 80%, Vermilion 20%; 30 µm Azurite; ground: 100 µm Chalk".
    """
    parts = [
        ("ground: " if layer.kind == "ground" else "")
        + f"{layer.thickness_um:.0f} µm {_mixture(layer, library)}"
        for layer in layers
        if layer.kind in ("paint", "ground") and layer.thickness_um >= THINNEST_UM
    ]
    return "; ".join(parts) or "no paint at all"


def _mixture(layer: Layer, library: Library) -> str:
    """Pigments by weight, what is under 5 % left out."""
    shares = sorted(layer.pigments.items(), key=lambda pair: -pair[1])
    shown = [(name, share) for name, share in shares if share >= LEAST_SHARE]
    if not shown:
        return "of binder"
    labels = [library.pigment(name).label for name, _ in shown]
    if len(shown) == 1:
        return labels[0]
    named = [f"{label} {share:.0%}" for label, (_, share) in zip(labels, shown, strict=True)]
    return ", ".join(named)
