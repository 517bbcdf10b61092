"""Paint over a ground of chalk on canvas, and what the limit says of it."""

from __future__ import annotations

from underpaint.paint import (
    Detectability,
    Layer,
    Library,
    Stratigraphy,
    paint_layer,
    plain_layer,
)


def over_chalk(library: Library, *paints: Layer) -> Stratigraphy:
    ground = paint_layer(library, "ground", 100.0, {"chalk": 1.0}, "animal-glue")
    return (*paints, ground, plain_layer(library, "support", "canvas-linen", 900.0))


def paint(library: Library, thickness_um: float, **shares: float) -> Layer:
    pigments = {name.replace("_", "-"): share for name, share in shares.items()}
    return paint_layer(library, "paint", thickness_um, pigments)


def found_in(answers: list[Detectability], group: str, position: str) -> Detectability:
    return next(e for e in answers if (e.group, e.position) == (group, position))
