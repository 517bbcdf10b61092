"""Which maps are worth a file: those of groups, by position, and of families, with any pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frame import PRESENT
from .result import Result

POSITIONS = {
    "anywhere": ("probability", "verdict"),
    "top": ("top", "verdict_top"),
    "buried": ("buried", "verdict_buried"),
}


@dataclass(frozen=True, eq=False)
class CalledMap:
    """One map of a group or family that is present somewhere.

    Attributes
    ----------
    name : as "mercury-sulfide", or "copper-family"
    label : as "Vermilion", or "Copper family"
    position : "anywhere", "top" or "buried"; of a family always "anywhere"
    quantity : "probability", or "amount" or "amount_sigma" in mg/cm2
    values : (y, x) float32; amounts are NaN where the group is not called present
    """

    name: str
    label: str
    position: str
    quantity: str
    values: NDArray[np.float32]

    @property
    def stem(self) -> str:
        """File name without its ending, as "mercury-sulfide_top_probability"."""
        return f"{self.name}_{self.position}_{self.quantity}"

    @property
    def unit(self) -> str:
        """Unit of the values; empty for a probability."""
        return "" if self.quantity == "probability" else "mg/cm2"


def called_maps(result: Result) -> Iterator[CalledMap]:
    """Maps of what is present somewhere: groups by position, their amounts, then families."""
    for index, group in enumerate(result.groups):
        for position, (quantity, verdict) in POSITIONS.items():
            if not (getattr(result, verdict)[index] == PRESENT).any():
                continue
            values = getattr(result, quantity)[index]
            yield CalledMap(group.name, group.label, position, "probability", values)
            if position == "anywhere":
                for amount in ("amount", "amount_sigma"):
                    where = called_amount(result, index, amount)
                    yield CalledMap(group.name, group.label, position, amount, where)
    for index, family in enumerate(result.families):
        if (result.verdict_family[index] == PRESENT).any():
            name, label = f"{family}-family", f"{family.capitalize()} family"
            values = result.family[index]
            yield CalledMap(name, label, "anywhere", "probability", values)


def called_amount(result: Result, index: int, quantity: str = "amount") -> NDArray[np.float32]:
    """Amount of a group, or its "amount_sigma", where it is called present, NaN elsewhere.

    Returns
    -------
    (y, x) float32, mg/cm2
    """
    present = result.verdict[index] == PRESENT
    return np.where(present, getattr(result, quantity)[index], np.float32(np.nan))
