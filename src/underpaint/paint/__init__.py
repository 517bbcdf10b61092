"""Pigments, layers, stratigraphies, and the prior that samples them."""

from .library import Group, Library, Pigment, load_library
from .pixels import LEAST_AREA, Pixels, sample_pixels
from .prior import Painting, PaintPrior, sample_painting
from .stratigraphies import Samples, Truth, joined, sample_stratigraphies

__all__ = [
    "LEAST_AREA",
    "Group",
    "Library",
    "PaintPrior",
    "Painting",
    "Pigment",
    "Pixels",
    "Samples",
    "Truth",
    "joined",
    "load_library",
    "sample_painting",
    "sample_pixels",
    "sample_stratigraphies",
]
