"""The palette that somebody might state for a painting: what is held possible, not what is there.

A palette made of what a painting's pixels hold would tell the network the answer: the fewer names
it had, the likelier each. So it is made as people make theirs, from a date or from what a painter
had at hand, before any spectrum is seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Library, Painting

from .scan_prior import ScanPrior

LONGEST_SPAN = 100.0


def sample_palette(
    painting: Painting,
    there: NDArray[np.bool_],
    library: Library,
    prior: ScanPrior,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Groups held possible, (group,) bool: never without one that is there.

    Everything; or what was in use within some years about the painting's; or what its painters had
    at hand, whether used or not, and some of the rest.

    Parameters
    ----------
    there : (group,) bool, in the pixels that are read
    """
    groups = len(there)
    if random.random() < prior.any_palette:
        return np.ones(groups, dtype=np.bool_)
    if painting.year is not None and random.random() < prior.dated:
        span = int(np.exp(random.uniform(0.0, np.log(LONGEST_SPAN))))
        first = painting.year - int(random.integers(span + 1))
        used = {
            pigment.group
            for pigment in library.pigments.values()
            if pigment.used_between(first, first + span)
        }
        return np.asarray(there | [group.name in used for group in library.groups])
    own = {pigment.group for pigment in painting.palette}
    own |= {library.pigments[name].group for coat in painting.preparation for name in coat.pigments}
    at_hand = np.array([group.name in own for group in library.groups])
    return np.asarray(there | at_hand | (random.random(groups) < random.random()))
