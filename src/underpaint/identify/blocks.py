"""One block of rows: counts in, all maps of those rows out, and the spectra of what was named."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.elements import fit_design
from underpaint.network import PRESENT, Predictions, predict, reckoning
from underpaint.result import RowBlock
from underpaint.spectrum import rebinning

from .evidence import Called
from .plan import Plan

SPECTRA_AT_ONCE = 256
"""Few enough that what the network works on stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class ReadBlock:
    """What was read off a block of rows.

    Attributes
    ----------
    maps : of those rows
    called : summed counts of the pixels in which each group, then each family, was called present
    """

    maps: RowBlock
    called: Called


def read_block(plan: Plan, y0: int, counts: NDArray[Any]) -> ReadBlock:
    """Identify the pixels of some rows.

    Parameters
    ----------
    plan : of the scan
    y0 : the first row
    counts : (row, x, channel) counts
    """
    rows, columns, channels = counts.shape
    spectra = counts.reshape(-1, channels).astype(np.float32)
    binned = rebinning(plan.calibration, channels, plan.bins)(spectra)
    answers = ask(plan, binned)
    seen = (binned * plan.measured).sum(axis=1)
    verdict = plan.weights.rules.verdicts(answers.probability[:, :3], seen)
    verdict[:, :, ~plan.palette_mask] = 0
    possible = plan.library.membership @ plan.palette_mask
    named = (verdict[:, 0] == PRESENT) @ plan.library.membership.T
    verdict_family = plan.weights.rules.family_verdicts(answers.family, seen, named)
    verdict_family[:, ~possible] = 0
    lines = fit_design(spectra, plan.design)

    def as_maps(values: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(values.reshape(rows, columns, -1), -1, 0)

    maps = RowBlock(
        y0=y0,
        probability=as_maps(answers.probability[:, 0]),
        top=as_maps(answers.probability[:, 1]),
        buried=as_maps(answers.probability[:, 2]),
        ground=as_maps(answers.probability[:, 3]),
        verdict=as_maps(verdict[:, 0]),
        verdict_top=as_maps(verdict[:, 1]),
        verdict_buried=as_maps(verdict[:, 2]),
        amount=as_maps(answers.amount),
        amount_sigma=as_maps(answers.amount_sigma),
        family=as_maps(answers.family),
        verdict_family=as_maps(verdict_family),
        element_counts=as_maps(lines.counts),
        binned=binned.reshape(rows, columns, -1),
    )
    return ReadBlock(maps, _called(np.hstack([verdict[:, 0], verdict_family]), spectra))


def ask(plan: Plan, binned: NDArray[np.float32]) -> Predictions:
    """The network's answers, a few spectra at a time."""
    together = min(len(binned), SPECTRA_AT_ONCE)
    measured = torch.from_numpy(np.tile(plan.measured, (together, 1)))
    fwhm = torch.full((together,), float(plan.calibration.fwhm(5.9)))
    scanner = torch.from_numpy(np.tile(plan.scanner, (together, 1)))
    palette = torch.from_numpy(np.tile(plan.palette_mask, (together, 1)))
    parts = []
    with reckoning(plan.arithmetic):
        for start in range(0, len(binned), together):
            some = torch.from_numpy(binned[start : start + together])
            same = slice(0, len(some))
            answers = predict(
                plan.weights.reader, some, measured[same], fwhm[same], scanner[same],
                palette[same], plan.library.membership,
            )  # fmt: skip
            parts.append(answers)
    return Predictions(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(Predictions)
        }
    )


def _called(verdict: NDArray[np.uint8], spectra: NDArray[np.float32]) -> Called:
    """Summed counts of the pixels in which each name was called present."""
    called = (verdict == PRESENT).T
    summed = np.zeros((len(called), spectra.shape[1]), dtype=np.float32)
    some = np.flatnonzero(called.any(axis=1))
    summed[some] = called[some].astype(np.float32) @ spectra
    return Called(summed, called.sum(axis=1))
