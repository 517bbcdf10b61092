"""What a line family is called: an element and the shell whose vacancies it fills, as "Pb-L"."""

from __future__ import annotations

from functools import cache

from underpaint.xray import atomic_number

SHELLS_OF_FAMILY = {
    "K": ("K",),
    "L": ("L3", "L2", "L1"),
    "M": ("M5", "M4", "M3", "M2", "M1"),
}


@cache
def split_family(name: str) -> tuple[str, str]:
    """("Fe", "K") of "Fe-K"; ValueError for anything that is not an element and a family."""
    element, _, family = name.partition("-")
    if family not in SHELLS_OF_FAMILY:
        raise ValueError(f"'{name}' is no line family: write it as Fe-K, Pb-L or Pb-M")
    atomic_number(element)
    return element, family
