"""X-ray physics: atomic tables, tube, fluorescence, scatter, detector, the forward model."""

from .lines import Exit, FamilyLine, Line, atomic_number, edge_kev, exits, family_lines, shell_lines

__all__ = [
    "Exit",
    "FamilyLine",
    "Line",
    "atomic_number",
    "edge_kev",
    "exits",
    "family_lines",
    "shell_lines",
]
