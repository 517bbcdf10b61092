"""Random stratigraphies with typical compositions, for the benchmarks of the limit."""

from __future__ import annotations

import numpy as np

from underpaint.paint import Layer, Library, Stratigraphy, paint_layer, plain_layer

LEAST_SHARE = 0.01
THICKNESS_UM = (3.0, 80.0)


def random_stratigraphy(library: Library, random: np.random.Generator) -> Stratigraphy:
    """One to three paint layers of one to four pigments over a ground of the library and canvas."""
    layers: list[Layer] = []
    if random.random() < 0.5:
        layers.append(plain_layer(library, "varnish", "dammar", float(random.uniform(3.0, 30.0))))
    names = list(library.pigments)
    for _ in range(int(random.integers(1, 4))):
        chosen = random.choice(len(names), size=int(random.integers(1, 5)), replace=False)
        raw = np.exp(random.uniform(np.log(LEAST_SHARE), 0.0, len(chosen)))
        shares = raw / raw.sum()
        pigments = {names[i]: float(share) for i, share in zip(chosen, shares, strict=True)}
        thickness = float(np.exp(random.uniform(*np.log(THICKNESS_UM))))
        layers.append(paint_layer(library, "paint", thickness, pigments))
    grounds = list(library.grounds.values())
    for coat in grounds[int(random.integers(len(grounds)))].layers:
        low, high = coat.thickness_um
        thickness = float(np.exp(random.uniform(np.log(low), np.log(high))))
        pvc = 0.5 * sum(coat.pvc)
        layers.append(paint_layer(library, "ground", thickness, coat.pigments, coat.binder, pvc))
    return (*layers, plain_layer(library, "support", "canvas-linen", 900.0))


def random_stratigraphies(library: Library, count: int, seed: int) -> list[Stratigraphy]:
    """So many of them; the same for the same seed."""
    random = np.random.default_rng(seed)
    return [random_stratigraphy(library, random) for _ in range(count)]
