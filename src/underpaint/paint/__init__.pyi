from .layers import Layer, Stratigraphy, paint_layer, plain_layer, stratigraphy_from_json, truth_of
from .library import Group, Library, Pigment, alternatives, load_library
from .palette import Palette, parse_palette
from .pixels import LEAST_AREA, Pixels, sample_pixels
from .prior import Painting, PaintPrior, sample_painting
from .scene import Patch, Scene, read_scene, simulate_scene
from .stratigraphies import Samples, Truth, joined, sample_stratigraphies

__all__ = [
    "LEAST_AREA",
    "Group",
    "Layer",
    "Library",
    "PaintPrior",
    "Painting",
    "Palette",
    "Patch",
    "Pigment",
    "Pixels",
    "Samples",
    "Scene",
    "Stratigraphy",
    "Truth",
    "alternatives",
    "joined",
    "load_library",
    "paint_layer",
    "parse_palette",
    "plain_layer",
    "read_scene",
    "sample_painting",
    "sample_pixels",
    "sample_stratigraphies",
    "simulate_scene",
    "stratigraphy_from_json",
    "truth_of",
]
