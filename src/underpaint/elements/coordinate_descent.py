"""Non-negative least squares for very many right-hand sides at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SWEEPS = 80
BETWEEN_LOOKS = 4
SETTLED_SIGMA = 1e-3
OVER = 1.35
"""How far each step goes, over the way to the best value. Lines and the continuum beneath them
share counts, which takes many small steps otherwise."""
WORTH_LEAVING = 0.25


def non_negative(
    start: NDArray[np.floating[Any]],
    gram: NDArray[np.float64],
    projected: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """Minimise a'Ga/2 - a'p over non-negative a for each column.

    By cyclic coordinate descent, over-relaxed (Cryer 1971, doi 10.1137/0309028).
    Only columns whose unconstrained solution has a negative amplitude are worked on (Franc et al.
    2005, doi 10.1007/11556121_50), each until no amplitude moves by more than a thousandth of
    1 / sqrt(G_ii), its error were it alone. The gradient of one amplitude in all columns is one
    product of a vector with a matrix; single precision is enough for it.

    Parameters
    ----------
    start : (part, n), unconstrained solutions
    gram : (part, part) float64
    projected : (part, n), weighted projections of the spectra on the parts

    Returns
    -------
    (part, n) float32, none below 0
    """
    solution: NDArray[np.float32] = np.maximum(start, 0.0).astype(np.float32, copy=False)
    columns = np.flatnonzero(start.min(axis=0, initial=0.0) < 0.0)
    diagonal = np.diag(gram)
    used = np.flatnonzero(diagonal > 0.0)
    if len(columns) == 0 or len(used) == 0:
        return solution
    root = np.sqrt(diagonal[used])
    others = (gram[np.ix_(used, used)] / np.outer(root, root)).astype(np.float32)
    others *= -OVER
    np.fill_diagonal(others, 1.0 - OVER)
    scale = root[:, None].astype(np.float32)
    current = solution[np.ix_(used, columns)] * scale
    target = projected[np.ix_(used, columns)].astype(np.float32, copy=False) * (OVER / scale)
    for _ in range(0, SWEEPS, BETWEEN_LOOKS):
        for _ in range(BETWEEN_LOOKS - 1):
            _sweep(current, others, target)
        before = current.copy()
        _sweep(current, others, target)
        settled = np.abs(current - before).max(axis=0) < SETTLED_SIGMA
        if settled.all():
            break
        if settled.mean() > WORTH_LEAVING:
            solution[np.ix_(used, columns[settled])] = current[:, settled] / scale
            left = np.flatnonzero(~settled)
            columns, current, target = columns[left], current[:, left], target[:, left]
    solution[np.ix_(used, columns)] = current / scale
    return solution


def _sweep(
    current: NDArray[np.float32], others: NDArray[np.float32], target: NDArray[np.float32]
) -> None:
    """Move every amplitude once towards its best value beside the others, in place.

    `others` is what each is moved by for one of each, itself included; `target` by the spectra.
    """
    best = np.empty(current.shape[1], dtype=np.float32)
    for row, own, wanted in zip(others, current, target, strict=True):
        np.matmul(row, current, out=best)
        best += wanted
        np.maximum(best, 0.0, out=own)
