"""One block of rows: counts in, all maps of those rows out, and the spectra of what was named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.elements import read_amplitudes, settle
from underpaint.network import (
    FEWEST_COUNTS,
    POSITIONS,
    PRESENT,
    Predictions,
    predict,
    reckoning,
)
from underpaint.result import SINGLE_MAPS, RowBlock, dtype_of, pixel_arrays
from underpaint.scan import CountArray, in_single
from underpaint.spectrum import rebinning

from .evidence import Called
from .plan import Plan

SPECTRA_AT_ONCE = 1024
"""Through the network: fewer take longer each."""
SPECTRA_IN_MEMORY = 1024
"""How many spectra are unpacked at a time: what is done to them finds them in the cache."""


@dataclass(frozen=True, eq=False)
class ReadBlock:
    """What was read off a block of rows.

    Attributes
    ----------
    maps : of those rows
    called : summed counts of the pixels in which each group, then each family, was called present
    faint : pixels with counts, but too few of them for anything to be told
    """

    maps: RowBlock
    called: Called
    faint: int


def read_block(plan: Plan, y0: int, counts: CountArray) -> ReadBlock:
    """Identify the pixels of some rows, a few rows at a time.

    Parameters
    ----------
    plan : of the scan
    y0 : the first row
    counts : (row, x, channel) counts
    """
    rows, columns, channels = counts.shape
    maps = _empty_maps(plan, y0, rows, columns)
    names = len(plan.library.groups) + len(plan.library.families)
    called = np.zeros((names, channels)), np.zeros(names, dtype=np.int64)
    lines = np.empty((len(plan.design.rows), rows * columns), dtype=np.float32)
    faint = 0
    together = max(1, SPECTRA_IN_MEMORY // columns)
    for start in range(0, rows, together):
        some = slice(start, min(start + together, rows))
        spectra = in_single(counts, some)
        own = slice(some.start * columns, some.stop * columns)
        lines[:, own] = read_amplitudes(spectra, plan.design)
        faint += _read_rows(plan, spectra, maps, some, called)
    # signs are settled for all rows at once: for few spectra that takes twice as long for each
    elements = maps.element_counts
    elements[...] = settle(lines, plan.design).reshape(elements.shape)
    elements[:, np.isnan(maps.probability[0])] = np.nan
    return ReadBlock(maps, Called(*called), faint)


def _read_rows(
    plan: Plan,
    spectra: NDArray[np.float32],
    maps: RowBlock,
    rows: slice,
    called: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> int:
    """Fill in the maps of some rows, add up the spectra of what was named, and count faint pixels.

    Where nothing was measured nothing can be told, and no number is given.
    """
    channels = spectra.shape[-1]
    binned = maps.binned[rows].reshape(len(spectra), -1)
    rebinning(plan.calibration, channels, plan.bins)(spectra, binned)
    single = answers = ask(plan, binned)
    seen = binned @ plan.measured.astype(np.float32)
    if plan.context is not None:
        with reckoning(plan.arithmetic):
            answers = plan.context.read_again(single, seen)
    verdict = plan.rules.verdicts(answers.probability[:, :3], seen)
    verdict[:, :, ~plan.palette_mask] = 0
    member = plan.library.membership.astype(np.float32)
    present = (verdict[:, 0] == PRESENT).astype(np.float32)
    named = (member @ present.T > 0.0).T
    verdict_family = plan.rules.family_verdicts(answers.family, seen, named)
    verdict_family[:, ~(plan.library.membership @ plan.palette_mask)] = 0
    found: dict[str, NDArray[Any]] = {
        "probability": answers.probability[:, 0],
        "top": answers.probability[:, 1],
        "buried": answers.probability[:, 2],
        "ground": answers.probability[:, 3],
        "verdict": verdict[:, 0],
        "verdict_top": verdict[:, 1],
        "verdict_buried": verdict[:, 2],
        "amount": answers.amount,
        "amount_sigma": answers.amount_sigma,
        "family": answers.family,
        "verdict_family": verdict_family,
    }
    if plan.context is not None:
        places = zip(SINGLE_MAPS, range(len(POSITIONS)), strict=True)
        found |= {name: single.probability[:, place] for name, place in places}
    unmeasured = (seen == 0.0).reshape(-1, maps.binned.shape[1])
    for name, values in found.items():
        place = getattr(maps, name)[:, rows]
        place[...] = values.T.reshape(place.shape)
        if place.dtype.kind == "f" and unmeasured.any():
            place[:, unmeasured] = np.nan
    _add_called(called, np.concatenate([verdict[:, 0].T, verdict_family.T]) == PRESENT, spectra)
    return int(np.count_nonzero((seen > 0.0) & (seen < FEWEST_COUNTS)))


def _empty_maps(plan: Plan, y0: int, rows: int, columns: int) -> RowBlock:
    groups, families = len(plan.library.groups), len(plan.library.families)
    depths = {"family": families, "verdict_family": families,
              "element_counts": len(plan.elements.names)}  # fmt: skip
    arrays = {
        name: np.empty((depths.get(name, groups), rows, columns), dtype=dtype_of(name))
        for name in pixel_arrays(as_whole=plan.context is not None)
        if name != "binned"
    }
    binned = np.empty((rows, columns, len(plan.bins)), dtype=np.float32)
    return RowBlock(y0, **arrays, binned=binned)


def ask(plan: Plan, binned: NDArray[np.float32]) -> Predictions:
    """The network's answers, a few spectra at a time."""
    with reckoning(plan.arithmetic):
        return predict(
            plan.weights.reader,
            torch.from_numpy(binned),
            torch.from_numpy(plan.measured[None]),
            torch.full((1,), float(plan.calibration.fwhm(5.9))),
            torch.from_numpy(plan.scanner[None]),
            torch.from_numpy(plan.palette_mask[None]),
            plan.library.membership,
            SPECTRA_AT_ONCE,
        )


def _add_called(
    called: tuple[NDArray[np.float64], NDArray[np.int64]],
    present: NDArray[np.bool_],
    spectra: NDArray[np.float32],
) -> None:
    """Add up the spectra of the pixels in which each name was called present."""
    summed, pixels = called
    some = np.flatnonzero(present.any(axis=1))
    summed[some] += present[some].astype(np.float32) @ spectra
    pixels += present.sum(axis=1)
