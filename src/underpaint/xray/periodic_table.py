"""The elements, along the one axis on which every table of theirs stands: hydrogen first."""

from __future__ import annotations

import xraylib

LARGEST_Z = 92
ELEMENTS: tuple[str, ...] = tuple(xraylib.AtomicNumberToSymbol(z) for z in range(1, LARGEST_Z + 1))
INDEX: dict[str, int] = {symbol: i for i, symbol in enumerate(ELEMENTS)}
