"""Non-negative least squares for very many right-hand sides at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SWEEPS = 80
BETWEEN_LOOKS = 4
SETTLED_SIGMA = 1e-3
WORTH_LEAVING = 0.25


def non_negative(
    start: NDArray[np.float64], gram: NDArray[np.float64], projected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimise a'Ga/2 - a'p over non-negative a for each row by cyclic coordinate descent.

    Only rows whose unconstrained solution has a negative amplitude are worked on (Franc et al.
    2005, doi 10.1007/11556121_50), each until no amplitude moves by more than a thousandth of
    1 / sqrt(G_ii), its error were it alone. The gradient of one amplitude in all rows is one
    product of a vector with a matrix; single precision is enough for it.

    Parameters
    ----------
    start : (n, part) float64, unconstrained solutions
    gram : (part, part) float64
    projected : (n, part) float64, weighted projections of the spectra on the parts

    Returns
    -------
    (n, part) float64, none below 0
    """
    solution = np.maximum(start, 0.0)
    rows = np.flatnonzero((start < 0.0).any(axis=1))
    diagonal = np.diag(gram)
    used = np.flatnonzero(diagonal > 0.0)
    if len(rows) == 0 or len(used) == 0:
        return solution
    scale = np.sqrt(diagonal[used])
    normal = (gram[np.ix_(used, used)] / np.outer(scale, scale)).astype(np.float32)
    current = _columns(solution[np.ix_(rows, used)] * scale)
    target = _columns(projected[np.ix_(rows, used)] / scale)
    for _ in range(0, SWEEPS, BETWEEN_LOOKS):
        for _ in range(BETWEEN_LOOKS - 1):
            _sweep(current, normal, target)
        before = current.copy()
        _sweep(current, normal, target)
        settled = np.abs(current - before).max(axis=0) < SETTLED_SIGMA
        if settled.all():
            break
        if settled.mean() > WORTH_LEAVING:
            solution[np.ix_(rows[settled], used)] = current[:, settled].T / scale
            rows = rows[~settled]
            current = np.ascontiguousarray(current[:, ~settled])
            target = np.ascontiguousarray(target[:, ~settled])
    solution[np.ix_(rows, used)] = current.T / scale
    return solution


def _columns(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows.T, dtype=np.float32)


def _sweep(
    current: NDArray[np.float32], normal: NDArray[np.float32], target: NDArray[np.float32]
) -> None:
    """Move every amplitude once to its best value, in place; the diagonal of `normal` is 1."""
    for row, own, wanted in zip(normal, current, target, strict=True):
        step = row @ current
        np.subtract(wanted, step, out=step)
        step += own
        np.maximum(step, 0.0, out=own)
