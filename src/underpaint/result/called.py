"""Which maps of a result are worth a file: a group and position with anything present."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evidence import GroupInfo
from .frame import PRESENT
from .result import Result

POSITIONS = {
    "anywhere": ("probability", "verdict"),
    "top": ("top", "verdict_top"),
    "buried": ("buried", "verdict_buried"),
}


@dataclass(frozen=True, eq=False)
class CalledMap:
    """One map of a group that is present somewhere.

    Attributes
    ----------
    group : the group
    position : "anywhere", "top" or "buried"
    quantity : "probability", or "amount" in mg/cm2
    values : (y, x) float32; amounts are NaN where the group is not called present
    present : (y, x) bool, where it is called present in that position
    """

    group: GroupInfo
    position: str
    quantity: str
    values: NDArray[np.float32]
    present: NDArray[np.bool_]

    @property
    def stem(self) -> str:
        """File name without its ending, as "mercury-sulfide_top_probability"."""
        return f"{self.group.name}_{self.position}_{self.quantity}"

    @property
    def unit(self) -> str:
        """Unit of the values; empty for a probability."""
        return "mg/cm2" if self.quantity == "amount" else ""


def called_maps(result: Result) -> Iterator[CalledMap]:
    """Probability of each group and position with anything present, and amount where present."""
    for index, group in enumerate(result.groups):
        for position, (quantity, verdict) in POSITIONS.items():
            present = getattr(result, verdict)[index] == PRESENT
            if not present.any():
                continue
            values = getattr(result, quantity)[index]
            yield CalledMap(group, position, "probability", values, present)
            if position == "anywhere":
                amount = called_amount(result, index)
                yield CalledMap(group, position, "amount", amount, present)


def called_amount(result: Result, index: int) -> NDArray[np.float32]:
    """Amount of a group where it is called present, NaN elsewhere; (y, x) float32, mg/cm2."""
    present = result.verdict[index] == PRESENT
    return np.where(present, result.amount[index], np.float32(np.nan))
