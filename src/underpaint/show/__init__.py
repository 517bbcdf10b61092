"""Figures and the report."""

from .map_figure import Panel, element_panel, group_panels, maps_figure
from .outputs import write_map_pictures, write_outputs
from .parts_figure import parts_figure
from .report import render_report, write_report
from .spectrum_figure import spectrum_figure

__all__ = [
    "Panel",
    "element_panel",
    "group_panels",
    "maps_figure",
    "parts_figure",
    "render_report",
    "spectrum_figure",
    "write_map_pictures",
    "write_outputs",
    "write_report",
]
