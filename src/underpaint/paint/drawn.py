"""Drawn stratigraphies as stated ones: layer by layer, for figures, files and plans."""

from __future__ import annotations

import numpy as np

from underpaint.xray import ELEMENTS

from .layer_order import EMPTY, GROUND, PAINT, SUPPORT, VARNISH
from .layers import Layer, Stratigraphy
from .stratigraphies import Samples

NAMES = {VARNISH: "varnish", PAINT: "paint", GROUND: "ground", SUPPORT: "support"}


def stratigraphies_of(samples: Samples) -> list[Stratigraphy]:
    """The layers of each sample, from the top down."""
    return [
        tuple(
            _layer(samples, sample, layer)
            for layer in range(samples.kind.shape[1])
            if samples.kind[sample, layer] != EMPTY
        )
        for sample in range(len(samples.kind))
    ]


def _layer(samples: Samples, sample: int, layer: int) -> Layer:
    kind = NAMES[int(samples.kind[sample, layer])]
    weights = samples.pigments[sample, layer]
    fractions = samples.stacks.fractions[sample, layer].double().numpy()
    fractions = fractions / fractions.sum()
    return Layer(
        kind=kind,
        thickness_um=float(samples.thickness_um[sample, layer]),
        density_g_cm3=float(samples.density_g_cm3[sample, layer]),
        pigments={samples.names[i]: float(weights[i]) for i in np.nonzero(weights)[0]},
        weight_fractions={ELEMENTS[i]: float(fractions[i]) for i in np.nonzero(fractions)[0]},
        pigment_share=float(samples.pigment_share[sample, layer]),
    )
