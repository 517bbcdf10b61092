"""Verdicts that change after the last pixel, in rows that are packed already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .frame import VERDICT_MAPS, ResultFrame
from .packing import PackedBlock, pack_array, unpacked

Verdicts = Mapping[str, NDArray[np.uint8]]


def revised(
    block: PackedBlock, frame: ResultFrame, revise: Callable[[Verdicts], Verdicts]
) -> PackedBlock:
    """A block with other verdicts; its other arrays stay packed.

    Parameters
    ----------
    revise : given the verdict maps of the block by name, (group or family, row, x) uint8; tells
        those that are to be others
    """
    changed = revise(_verdicts(block, frame))
    kept = [chunk for chunk in block.chunks if chunk.name not in changed]
    for name, verdicts in changed.items():
        kept += pack_array(name, verdicts, block.y0, frame)
    return replace(block, chunks=tuple(kept))


def _verdicts(block: PackedBlock, frame: ResultFrame) -> dict[str, NDArray[np.uint8]]:
    verdicts = {
        name: np.zeros(frame.array_shape(name, block.rows), dtype=np.uint8) for name in VERDICT_MAPS
    }
    for chunk in block.chunks:
        if chunk.name not in verdicts:
            continue
        index, y, x = chunk.corner
        place = verdicts[chunk.name][index, y - block.y0 :, x:]
        values = unpacked(chunk, frame)[0]
        rows, columns = (min(a, b) for a, b in zip(place.shape, values.shape, strict=True))
        place[:rows, :columns] = values[:rows, :columns]
    return verdicts
