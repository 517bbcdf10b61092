"""A colour for each element, the same in every figure.

Elements of common pigments have the colour that a painter would look for, as far as light and
dark let lines be told apart on white; names stand beside the curves, so that no one needs to
match colours to a legend.
"""

from __future__ import annotations

COLOURS = {
    "Pb": "#4d6a8a", "Hg": "#d1342b", "Ca": "#9a7b4f", "Fe": "#b35a1f", "Cu": "#16857b",
    "Co": "#2f4fc4", "Cr": "#4f8a10", "Zn": "#7a7ab8", "Cd": "#d98e04", "Sn": "#b79b00",
    "As": "#8a9a00", "Ti": "#8e8e93", "Ba": "#8c564b", "Mn": "#6b4226", "K": "#a0589b",
    "S": "#c9a400", "Si": "#c08497", "Al": "#7f9fb5", "P": "#c27ba0", "Ar": "#00a0c6",
    "Sb": "#c46210", "Sr": "#a8324e", "Ni": "#5f9e6e", "Au": "#b8860b", "Ag": "#6e7b8b",
    "Se": "#e05780", "Cl": "#6aa84f", "Mo": "#66518f", "Rh": "#94447d", "Bi": "#a64ca6",
}  # fmt: skip
OTHERS = ("#56789a", "#a5673f", "#5b8c5a", "#8d5a97", "#a99334", "#417e8c", "#b0506d")


def element_colour(symbol: str) -> str:
    """The colour of an element, as "#d1342b"."""
    return COLOURS.get(symbol) or OTHERS[sum(symbol.encode()) % len(OTHERS)]
