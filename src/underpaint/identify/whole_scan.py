"""A scan is seen as a whole, before any of its pixels is named."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from underpaint.errors import WeightsError
from underpaint.network import (
    FEWEST_COUNTS,
    Gathered,
    ScanReader,
    Weights,
    WholeScan,
    gather,
    possible_names,
    reckoning,
    scan_context,
)
from underpaint.scan import Progress, Scan, in_order
from underpaint.spectrum import rebinning

from .blocks import SPECTRA_IN_MEMORY, ask
from .plan import Plan

MOST_PIXELS = 2**15
"""Rows evenly spread over a larger scan are enough to know what is common in it."""
AT_ONCE = 512
"""Pixels that are worth a call."""


def see_whole(scan: Scan, plan: Plan, executor: Executor, progress: Progress) -> Plan:
    """The plan with what the scan says as a whole, in whose light its pixels will be read.

    Parameters
    ----------
    progress : as for `identify`

    Raises
    ------
    WeightsError : where the weights have learnt to read single pixels only
    """
    whole = require_whole(plan.weights)
    possible = possible_names(torch.from_numpy(plan.palette_mask[None]), plan.library.membership)
    spans = spread_spans(*scan.shape[:2])
    total: Gathered | None = None
    with progress("Seeing the scan as a whole", sum(s.stop - s.start for s in spans)) as advance:
        work = partial(_gathered, scan, plan, whole.reader, possible)
        for rows, part in zip(spans, in_order(executor, work, spans), strict=True):
            if part is not None:
                total = part if total is None else total + part
            advance(rows.stop - rows.start)
    if total is None:
        return plan
    context = scan_context(whole.reader, total, possible, plan.library.membership)
    return replace(plan, context=context)


def require_whole(weights: Weights) -> WholeScan:
    """What reads scans as a whole; WeightsError where the weights have nothing that does."""
    if weights.whole is None:
        raise WeightsError(
            f"{weights.name}: has learnt to read single pixels, and not scans as a whole; "
            "leave out --adapt, or use other weights"
        )
    return weights.whole


def spread_spans(height: int, width: int) -> list[slice]:
    """Rows spread evenly over a scan, some together where they are short: all of a small scan."""
    rows = max(1, AT_ONCE // width)
    step = max(rows, -(-height * rows * width // MOST_PIXELS))
    first = (min(step, height) - min(rows, height)) // 2
    return [slice(y, min(y + rows, height)) for y in range(first, height, step)]


def _gathered(
    scan: Scan, plan: Plan, reader: ScanReader, possible: torch.Tensor, rows: slice
) -> Gathered | None:
    """What the pixels of some rows add up to; None where none has counts enough."""
    counts = scan.read(rows)
    counts = counts.reshape(-1, counts.shape[-1])
    onto = rebinning(plan.calibration, counts.shape[-1], plan.bins)
    total: Gathered | None = None
    for start in range(0, len(counts), SPECTRA_IN_MEMORY):
        binned = onto(counts[start : start + SPECTRA_IN_MEMORY].astype(np.float32))
        seen = binned @ plan.measured.astype(np.float32)
        enough = seen >= FEWEST_COUNTS
        if enough.any():
            answers = ask(plan, binned[enough])
            with reckoning(plan.arithmetic):
                part = gather(reader, answers, seen[enough], possible)
            total = part if total is None else total + part
    return total
