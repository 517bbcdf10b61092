"""Non-negative least squares for very many right-hand sides at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SWEEPS = 80
SETTLED = 1e-4


def non_negative(
    start: NDArray[np.float64], gram: NDArray[np.float64], projected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimise a'Ga/2 - a'p over non-negative a for each row by cyclic coordinate descent.

    Only rows whose unconstrained solution has a negative amplitude are worked on (Franc et al.
    2005, doi 10.1007/11556121_50).

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
    active = np.flatnonzero((start < 0.0).any(axis=1))
    diagonal = np.diag(gram)
    movable = np.flatnonzero(diagonal > 0.0)
    current = solution[active].T.copy()
    slope = gram @ current - projected[active].T
    scale = np.sqrt(np.maximum(diagonal, 0.0))
    for _ in range(SWEEPS):
        largest = 0.0
        for part in movable:
            step = np.maximum(-slope[part] / diagonal[part], -current[part])
            current[part] += step
            slope += gram[part][:, None] * step
            largest = max(largest, float(np.abs(step).max(initial=0.0)) * float(scale[part]))
        if largest < SETTLED:
            break
    solution[active] = current.T
    return solution
