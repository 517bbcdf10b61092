"""Pigment maps, top and buried, from the X-ray fluorescence scan of a painting."""

__version__ = "0.1.0.dev0"
