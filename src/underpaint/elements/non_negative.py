"""Non-negative least squares for very many right-hand sides at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coordinate_descent import descend

SURE = 0.99
"""Share of columns in which an amplitude is positive from which on it is taken to be so in all."""
RIDGE = 1e-9


def non_negative(free: NDArray[np.floating[Any]], gram: NDArray[np.float64]) -> NDArray[np.float32]:
    """Minimise (a - f)'G(a - f) over non-negative a for each column f.

    Amplitudes that are positive in nearly all columns, as those of strong lines and most of the
    continuum are, are first left free: they are eliminated (Schur complement), which leaves fewer
    amplitudes to look for that hang together less. Where one of them then comes out negative, the
    column is solved once more with all of them bound. Only columns whose unconstrained solution
    has a negative amplitude are worked on (Franc et al. 2005, doi 10.1007/11556121_50).

    Parameters
    ----------
    free : (part, n), unconstrained solutions
    gram : (part, part) float64

    Returns
    -------
    (part, n) float32, none below 0
    """
    solution: NDArray[np.float32] = np.maximum(free, 0.0).astype(np.float32, copy=False)
    columns = np.flatnonzero(free.min(axis=0, initial=0.0) < 0.0)
    used = np.flatnonzero(np.diag(gram) > 0.0)
    if not len(columns) or not len(used):
        return solution
    own = np.take(free[used].astype(np.float32, copy=False), columns, axis=1)
    inner = gram[np.ix_(used, used)]
    sure = np.mean(own > 0.0, axis=1) >= SURE
    found = _beside_sure(own, inner, sure) if sure.any() else own
    wrong = np.flatnonzero(found.min(axis=0) < 0.0)
    if len(wrong):
        start = np.maximum(np.take(found, wrong, axis=1), 0.0)
        found[:, wrong] = descend(start, inner, inner.astype(np.float32) @ own[:, wrong])
    solution[np.ix_(used, columns)] = found
    return solution


def _beside_sure(
    free: NDArray[np.float32], gram: NDArray[np.float64], sure: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The solution in which some amplitudes are free and the others are not negative."""
    found = np.empty_like(free)
    across = gram[np.ix_(sure, ~sure)]
    held = gram[np.ix_(sure, sure)]
    answer = np.linalg.solve(held + RIDGE * np.diag(np.diag(held)), across)
    bound = free[~sure]
    if len(bound):
        left = gram[np.ix_(~sure, ~sure)] - across.T @ answer
        start = np.maximum(bound, 0.0)
        found[~sure] = descend(start, left, left.astype(np.float32) @ bound)
    found[sure] = free[sure] - answer.astype(np.float32) @ (found[~sure] - bound)
    return found
