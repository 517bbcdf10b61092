"""Cyclic coordinate descent to non-negative solutions, many at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SWEEPS = 80
BETWEEN_LOOKS = 4
SETTLED_SIGMA = 1e-3
OVER = 1.2
"""How far each step goes, over the way to the best value. Lines and the continuum beneath them
share counts, which takes many small steps otherwise."""
WORTH_LEAVING = 0.25
MOST_OVERLAP = 0.1
"""Correlation with all others of a group, added up, below which amplitudes move at once."""


def descend(
    start: NDArray[np.float32], gram: NDArray[np.float64], projected: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Minimise a'Ga/2 - a'p over non-negative a for each column.

    By cyclic coordinate descent, over-relaxed (Cryer 1971, doi 10.1137/0309028), until no amplitude
    of a column moves by more than a thousandth of 1 / sqrt(G_ii), its error were it alone. Parts
    that hardly overlap move at the same time (Adams and Ortega 1982, multi-color ordering): the
    gradient of their amplitudes in all columns is one product of matrices; single precision is
    enough for it.

    Parameters
    ----------
    start : (part, n), not negative
    gram : (part, part) float64, nothing on its diagonal 0
    projected : (part, n), weighted projections of the spectra on the parts

    Returns
    -------
    (part, n) float32, none below 0
    """
    root = np.sqrt(np.diag(gram))
    overlap = gram / np.outer(root, root)
    groups = _apart(np.abs(overlap))
    order = np.concatenate(groups)
    others = (-OVER * overlap[np.ix_(order, order)]).astype(np.float32)
    np.fill_diagonal(others, 1.0 - OVER)
    ends = np.cumsum([0, *(len(group) for group in groups)]).tolist()
    together = [slice(first, last) for first, last in pairwise(ends)]
    scale = root[order, None].astype(np.float32)
    current, target = start[order] * scale, projected[order] * (OVER / scale)
    done, found, left = [], [], np.arange(start.shape[1])
    for _ in range(0, SWEEPS, BETWEEN_LOOKS):
        for _ in range(BETWEEN_LOOKS - 1):
            _sweep(current, others, target, together)
        before = current.copy()
        _sweep(current, others, target, together)
        settled = np.abs(current - before).max(axis=0) < SETTLED_SIGMA
        if settled.all():
            break
        if settled.mean() > WORTH_LEAVING:
            done.append(left[settled])
            found.append(np.compress(settled, current, axis=1))
            stay = np.flatnonzero(~settled)
            left, current, target = (
                np.take(each, stay, axis=-1) for each in (left, current, target)
            )
    solution = np.empty_like(start)
    solution[np.ix_(order, np.concatenate([*done, left]))] = (
        np.concatenate([*found, current], axis=1) / scale
    )
    return solution


def _apart(overlap: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Parts in groups of which no two overlap, as few as come of taking them in turn."""
    groups: list[list[int]] = []
    for part in range(len(overlap)):
        for group in groups:
            if overlap[part, group].sum() < MOST_OVERLAP:
                group.append(part)
                break
        else:
            groups.append([part])
    return [np.array(group) for group in groups]


def _sweep(
    current: NDArray[np.float32],
    others: NDArray[np.float32],
    target: NDArray[np.float32],
    together: list[slice],
) -> None:
    """Move every amplitude once towards its best value beside the others, in place.

    `others` is what each is moved by for one of each, itself included; `target` by the spectra.
    """
    for group in together:
        best = others[group] @ current
        best += target[group]
        np.maximum(best, 0.0, out=current[group])
