"""Non-negative least squares for very many right-hand sides at once."""

from __future__ import annotations

from itertools import pairwise
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
MOST_OVERLAP = 0.1
"""Correlation with all others of a group, added up, below which amplitudes move at once."""


def non_negative(
    start: NDArray[np.floating[Any]],
    gram: NDArray[np.float64],
    projected: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """Minimise a'Ga/2 - a'p over non-negative a for each column.

    By cyclic coordinate descent, over-relaxed (Cryer 1971, doi 10.1137/0309028).
    Only columns whose unconstrained solution has a negative amplitude are worked on (Franc et al.
    2005, doi 10.1007/11556121_50), each until no amplitude moves by more than a thousandth of
    1 / sqrt(G_ii), its error were it alone. Parts that hardly overlap move at the same time (Adams
    and Ortega 1982, multi-color ordering): the gradient of their amplitudes in all columns is one
    product of matrices; single precision is enough for it.

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
    negative = start.min(axis=0, initial=0.0) < 0.0
    diagonal = np.diag(gram)
    used = np.flatnonzero(diagonal > 0.0)
    if not negative.any() or len(used) == 0:
        return solution
    root = np.sqrt(diagonal[used])
    overlap = gram[np.ix_(used, used)] / np.outer(root, root)
    groups = _apart(np.abs(overlap))
    order = np.concatenate(groups)
    used, root = used[order], root[order]
    others = (-OVER * overlap[np.ix_(order, order)]).astype(np.float32)
    np.fill_diagonal(others, 1.0 - OVER)
    ends = np.cumsum([0, *(len(group) for group in groups)]).tolist()
    together = [slice(first, last) for first, last in pairwise(ends)]
    scale = root[:, None].astype(np.float32)
    whole = solution[used] * scale
    done, left = [np.flatnonzero(~negative)], np.flatnonzero(negative)
    found = [np.take(whole, done[0], axis=1)]
    current = np.take(whole, left, axis=1)
    target = np.take(projected[used].astype(np.float32, copy=False) * (OVER / scale), left, axis=1)
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
    found.append(current)
    back = np.argsort(np.concatenate([*done, left]))
    solution[used] = np.take(np.concatenate(found, axis=1) / scale, back, axis=1)
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
