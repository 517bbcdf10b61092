"""What is kept beside the maps of each block, to be added up once all pixels are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import ReadBlock
from .evidence import Called, sum_called
from .summary import Tally, tally

TALLY, FAINT = "tally ", "faint"


def beside(block: ReadBlock, membership: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """The sums of one block, by name.

    Parameters
    ----------
    membership : (family, group) bool
    """
    counted = tally([block.maps], membership)
    return {
        "called_spectra": block.called.spectra,
        "called_pixels": block.called.pixels,
        FAINT: np.asarray(block.faint),
        **{TALLY + each.name: np.asarray(getattr(counted, each.name)) for each in fields(Tally)},
    }


def add_up(
    blocks: Iterable[Mapping[str, NDArray[Any]]], groups: int
) -> tuple[Called, Called, Tally, int]:
    """The sums of all blocks: spectra of called groups, of called families, tally, faint pixels.

    Parameters
    ----------
    groups : how many groups there are
    """
    counted: dict[str, Any] = {FAINT: 0}

    def called() -> Iterator[Called]:
        # one after the other: all together they would not fit in memory
        for block in blocks:
            for each in fields(Tally):
                counted[each.name] = counted.get(each.name, 0) + block[TALLY + each.name]
            counted[FAINT] += int(block[FAINT])
            yield Called(block["called_spectra"], block["called_pixels"])

    of_groups, of_families = sum_called(called(), groups)
    faint = counted.pop(FAINT)
    counted["pixels"] = int(counted["pixels"])
    return of_groups, of_families, Tally(**counted), faint
