"""Quadratic programmes over numbers that are zero or more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_STEPS = 120
JOINING = 2


def least_quadratic(
    matrix: NDArray[np.float64],
    linear: NDArray[np.float64],
    start: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    gain: float,
    curvature: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Minimise y.matrix.y / 2 + linear.y over y >= 0 (Lawson and Hanson 1974, chapter 23).

    Parameters
    ----------
    matrix : (column, column), positive definite
    linear : (column,)
    start : (column,) where to begin, zero or more
    allowed : (column,) bool, others stay 0
    gain : stop when no column seems to lower the value by more
    curvature : (column,) that columns have on their own, above 0; what a column gains is judged
        by it, so that stiff conditions in `matrix` do not hide an exchange of columns

    Returns
    -------
    (column,)
    """
    y = np.where(allowed, start, 0.0)
    passive = y > 0.0
    for _ in range(MOST_STEPS):
        y = _settle(matrix, linear, y, passive)
        slope = linear + matrix[:, passive] @ y[passive]
        worth = np.where(allowed & ~passive & (slope < 0.0), slope**2 / (2.0 * curvature), 0.0)
        best = (
            np.argpartition(-worth, JOINING)[:JOINING]
            if len(worth) > JOINING
            else (np.arange(len(worth)))
        )
        best = best[worth[best] > gain]
        if not len(best):
            break
        passive[best] = True
    return y


def _settle(
    matrix: NDArray[np.float64],
    linear: NDArray[np.float64],
    y: NDArray[np.float64],
    passive: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The minimum over the passive columns; those that would turn negative leave, in place."""
    while passive.any():
        held = np.flatnonzero(passive)
        wanted = np.linalg.solve(matrix[np.ix_(held, held)], -linear[held])
        below = wanted <= 0.0
        if not below.any():
            y = np.zeros_like(y)
            y[held] = wanted
            return y
        now = y[held]
        share = np.where(below, now / np.maximum(now - wanted, 1e-300), np.inf)
        step = share.min()
        y = np.zeros_like(y)
        y[held] = np.maximum(now + step * (wanted - now), 0.0)
        leaving = held[below & (share <= step + 1e-12)]
        y[leaving] = 0.0
        passive[leaving] = False
    return np.zeros_like(y)
