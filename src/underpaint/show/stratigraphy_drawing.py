"""A stratigraphy as a picture: its layers as coloured boxes, top first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .palettes import as_rgb
from .scaling import readable

if TYPE_CHECKING:
    from underpaint.paint import Layer, Library, Stratigraphy

KIND_COLOURS = {
    "varnish": "#f6e7b4",
    "paint": "#dcdcda",
    "ground": "#efece2",
    "support": "#c9b394",
}
THICKNESS_POWER = 0.35
LINE_HEIGHT = 0.026
"""Of a line of text, as a share of the axes."""
INK = "#1d1d1b"


def draw_stratigraphy(axes: Any, layers: Stratigraphy, library: Library) -> None:
    """Fill axes with the layers; thick ones are drawn thicker, but not to scale."""
    heights = np.array([max(layer.thickness_um, 0.1) ** THICKNESS_POWER for layer in layers])
    words = [_words(layer) for layer in layers]
    least = np.array([LINE_HEIGHT * (text.count("\n") + 2) for text in words])
    heights = least + max(0.0, 1.0 - least.sum()) * heights / heights.sum()
    heights /= heights.sum()
    tops = 1.0 - np.concatenate([[0.0], np.cumsum(heights)])
    for layer, text, top, height in zip(layers, words, tops[:-1], heights, strict=True):
        axes.axhspan(top - height, top, facecolor=_colour(layer, library), edgecolor="white")
        axes.text(
            0.5, top - height / 2, text, ha="center", va="center", fontsize=7.5,
            color=_ink(_colour(layer, library)), linespacing=1.25,
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_axis_off()


def _words(layer: Layer) -> str:
    mixture = sorted(layer.pigments.items(), key=lambda item: -item[1])
    names = [
        name.replace("-", " ") + (f" {100 * share:.3g} %" if len(mixture) > 1 else "")
        for name, share in mixture
        if share > 0.0
    ]
    title = f"{layer.kind}, {readable(layer.thickness_um)} µm"
    return "\n".join([title, *names])


def _colour(layer: Layer, library: Library) -> str:
    """The mean of its pigments' colours by weight; the colour of its kind without pigments."""
    if not layer.pigments:
        return KIND_COLOURS[layer.kind]
    colours = [as_rgb(library.pigment(name).colour) for name in layer.pigments]
    red, green, blue = np.average(colours, axis=0, weights=list(layer.pigments.values()))
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"


def _ink(colour: str) -> str:
    """Dark on light, white on dark (ITU-R BT.709 luma)."""
    luma = np.dot(as_rgb(colour), (0.2126, 0.7152, 0.0722))
    return INK if luma > 120 else "white"
