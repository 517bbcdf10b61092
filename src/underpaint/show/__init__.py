"""Figures and the report."""

from .family_story import any_pigment
from .figures import percent
from .outputs import write_map_pictures, write_outputs
from .parts_figure import parts_figure
from .report import render_report, write_report
from .scan_words import FEW_PIXELS
from .spectrum_figure import spectrum_figure

__all__ = [
    "FEW_PIXELS",
    "any_pigment",
    "parts_figure",
    "percent",
    "render_report",
    "spectrum_figure",
    "write_map_pictures",
    "write_outputs",
    "write_report",
]
