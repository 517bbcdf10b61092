"""One block of rows: counts in, all maps of those rows out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.elements import fit_design
from underpaint.network import PRESENT, predict
from underpaint.result import RowBlock
from underpaint.spectrum import rebin

from .plan import Plan


def read_block(plan: Plan, y0: int, counts: NDArray[Any]) -> RowBlock:
    """Identify the pixels of some rows.

    Parameters
    ----------
    plan : of the scan
    y0 : the first row
    counts : (row, x, channel) counts
    """
    rows, columns, channels = counts.shape
    spectra = counts.reshape(-1, channels)
    binned = rebin(spectra, plan.calibration, plan.bins)
    pixels = len(binned)
    answers = predict(
        plan.weights.reader,
        torch.from_numpy(binned),
        torch.from_numpy(np.tile(plan.measured, (pixels, 1))),
        torch.full((pixels,), float(plan.calibration.fwhm(5.9))),
        torch.from_numpy(np.tile(plan.palette_mask, (pixels, 1))),
        plan.library.membership,
    )
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

    return RowBlock(
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
