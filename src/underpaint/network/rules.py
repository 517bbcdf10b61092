"""When a probability becomes a verdict, fixed on simulation that the network never saw.

Present: the threshold at which a group is named wrongly in at most one pixel of a thousand, whether
all pigments are held possible or a palette of some; and that not only among the scanners of the
simulation but, in some nine of ten cases, among all that they were drawn from. Absent: a
probability so low that nineteen in twenty pixels with 2.5 to 10 % of the group in their uppermost
layer, at as many counts, showed a higher one. Absent beneath: the same of pixels with as much
of it in a layer below, under whatever covers it there; where covers hide it, its probability stays
what it is in paintings at large, and nothing is called absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Truth

from .predict import Predictions

WRONG_NAMES = 1e-3
CERTAINTY = 1.645
"""In standard errors. Of normal sums 95 in 100 keep to it; those of few scanners are skewed, and of
them some 90 do.
"""
LEAST_PRESENT = 0.5
MOST_ABSENT = 0.05
SEEN_SHARE = (0.025, 0.1)
MISSED = 0.05
COUNT_EDGES = (3_000.0, 10_000.0, 40_000.0, 160_000.0)
FEWEST_COUNTS = 500.0
"""Half of the fewest that networks are trained on; of fewer nothing can be told."""
FEWEST = 20

ABSENT, CANNOT_TELL, PRESENT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class VerdictRules:
    """Thresholds of verdicts.

    Attributes
    ----------
    present : (3, group) for anywhere, top, buried
    absent, absent_buried : (counts, group) for pixels with counts up to each of `COUNT_EDGES`, and
        beyond
    family_present : (family,)
    family_absent : (counts, family)
    """

    present: NDArray[np.float32]
    absent: NDArray[np.float32]
    absent_buried: NDArray[np.float32]
    family_present: NDArray[np.float32]
    family_absent: NDArray[np.float32]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {each.name: getattr(self, each.name).tolist() for each in fields(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> VerdictRules:
        """The inverse of `to_dict`; without thresholds for it, nothing is called absent beneath."""
        values = {"absent_buried": np.zeros_like(values["absent"])} | values
        return cls(**{key: np.asarray(value, dtype=np.float32) for key, value in values.items()})

    def verdicts(
        self, probability: NDArray[np.float32], counts: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """Verdicts on groups; a position is "present" or "absent" only where the group is.

        That a group is present and yet not in one of its layers is never promised: what is known
        of absence is known of the whole pixel. Where it is absent it is so in the uppermost layer,
        and below that where a trace would have shown through what covers it. Of a pixel with fewer
        counts than `FEWEST_COUNTS` nothing is told.

        Parameters
        ----------
        probability : (pixel, 3, group) anywhere, top, buried
        counts : (pixel,) counts of each spectrum

        Returns
        -------
        (pixel, 3, group) uint8: 0 absent, 1 cannot tell, 2 present
        """
        level = np.searchsorted(COUNT_EDGES, counts)
        # pixels last, as they lie in memory where a network has answered
        chance = np.moveaxis(probability, 0, -1)
        verdict = np.empty(chance.shape, dtype=np.uint8)
        absent = self.absent.T[:, level]
        for position, least in enumerate((absent, absent, self.absent_buried.T[:, level])):
            _verdicts(chance[position], least, self.present[position], verdict[position])
        anywhere, placed = verdict[0], verdict[1:]
        placed[...] = np.where(placed == anywhere, placed, np.uint8(CANNOT_TELL))
        verdict[1] *= anywhere != ABSENT
        verdict[..., counts < FEWEST_COUNTS] = CANNOT_TELL
        return np.moveaxis(verdict, -1, 0)

    def family_verdicts(
        self,
        probability: NDArray[np.float32],
        counts: NDArray[np.float32],
        named: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """Verdicts on families, anywhere.

        Parameters
        ----------
        probability : (pixel, family)
        counts : (pixel,) counts of each spectrum
        named : (pixel, family) bool, whether a group of the family is called present

        Returns
        -------
        (pixel, family) uint8, as `verdicts`
        """
        absent = self.family_absent.T[:, np.searchsorted(COUNT_EDGES, counts)]
        verdict = np.empty(probability.shape[::-1], dtype=np.uint8)
        _verdicts(probability.T, absent, self.family_present, verdict)
        np.maximum(verdict, named.T * np.uint8(PRESENT), out=verdict)
        verdict[:, counts < FEWEST_COUNTS] = CANNOT_TELL
        return verdict.T


def _verdicts(
    probability: NDArray[np.float32],
    absent: NDArray[np.float32],
    present: NDArray[np.float32],
    out: NDArray[np.uint8],
) -> None:
    """Verdicts of (name, pixel) probabilities, from thresholds (name, pixel) and (name,)."""
    certain = probability >= present[:, None]
    np.multiply(certain, np.uint8(PRESENT), out=out)
    # the greater verdict holds: present, though below what absence asks for
    np.maximum(out, ~(probability < absent) * np.uint8(CANNOT_TELL), out=out)


def fix_rules(
    predictions: Predictions,
    counts: NDArray[np.float32],
    truth: Truth,
    membership: NDArray[np.bool_],
    palette: NDArray[np.bool_],
    scanner: NDArray[np.intp],
) -> VerdictRules:
    """Thresholds from simulated pixels.

    A wrong name is one in a thousand of the pixels in which it is held possible: where a palette
    excludes it, it cannot be wrong. That holds of what is read without a palette and of what is
    read with one alike, as a palette makes what it leaves likelier. Wrong names come scanner by
    scanner, so that thresholds leave room for how differently others would have fared.

    Parameters
    ----------
    predictions : the network's answers
    counts : (pixel,)
    truth : of the pixels
    membership : (family, group) bool
    palette : (pixel, group) bool, groups held possible
    scanner : (pixel,) the number of the scanner that each was seen by
    """
    level = np.searchsorted(COUNT_EDGES, counts)
    positions = (truth.anywhere, truth.top, truth.buried)
    in_family = truth.anywhere @ membership.T
    share = truth.top_share @ membership.T.astype(np.float32)
    whole = np.asarray(palette.all(axis=1))
    readings = [rows for rows in (whole, ~whole) if rows.any()]
    only_buried = np.where(truth.top, np.float32(0.0), truth.buried_share)
    return VerdictRules(
        present=np.stack(
            [
                _present(predictions.probability[:, i], there, palette, readings, scanner)
                for i, there in enumerate(positions)
            ]
        ),
        absent=_absent(predictions.probability[:, 0], truth.top_share, level),
        absent_buried=_absent(predictions.probability[:, 2], only_buried, level),
        family_present=_present(
            predictions.family, in_family, palette @ membership.T, readings, scanner
        ),
        family_absent=_absent(predictions.family, share, level),
    )


def _present(
    probability: NDArray[np.float32],
    there: NDArray[np.bool_],
    possible: NDArray[np.bool_],
    readings: Sequence[NDArray[np.bool_]],
    scanner: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Thresholds of "present", one a column of (pixel, name): wrong names a pixel are bounded.

    They are so in each of the `readings`, (pixel,) bool.
    """
    least = np.full(there.shape[1], LEAST_PRESENT, dtype=np.float32)
    for rows in readings:
        for name in range(len(least)):
            some = rows & possible[:, name]
            absent = some & ~there[:, name]
            least[name] = max(
                least[name],
                surely_few(probability[absent, name], scanner[absent], WRONG_NAMES * some.sum()),
            )
    return least


def surely_few(
    probability: NDArray[np.float32], scanner: NDArray[np.intp], allowed: float
) -> float:
    """Lowest threshold that at most `allowed` pixels reach, beyond chance.

    Of w pixels of each scanner that reach it the sum has a variance of w squared, added up, where
    scanners fare independently (the cluster-robust estimate for a rare total: Liang and Zeger 1986,
    doi 10.1093/biomet/73.1.13). The sum and `CERTAINTY` times its standard error are allowed.

    Parameters
    ----------
    probability : (pixel,), of what is not there
    scanner : (pixel,) the number of the scanner that each was seen by
    allowed : number of pixels
    """
    order = np.argsort(-probability, kind="stable")[: int(allowed) + 1]
    turn = _turns(scanner[order])
    reached = np.arange(1, len(order) + 1)
    # the square of a scanner's w grows by 1, 3, 5 ... with its first, second, third pixel
    most = reached + CERTAINTY * np.sqrt(np.cumsum(2 * turn + 1))
    few = int(np.count_nonzero(most <= allowed))
    if few >= len(probability):
        return 0.0
    return float(np.nextafter(probability[order[few]], np.inf, dtype=probability.dtype))


def _turns(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """How often each number has come before, (n,)."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    place = np.arange(len(numbers))
    first = np.maximum.accumulate(np.where(np.diff(ordered, prepend=-1) != 0, place, 0))
    turns = np.empty(len(numbers), dtype=np.intp)
    turns[order] = place - first
    return turns


def _absent(
    probability: NDArray[np.float32], share: NDArray[np.float32], level: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Thresholds of "absent", (counts, name), from pixels with little of it in a layer.

    More counts show more, so that thresholds grow with them: where those of the simulation do not,
    the lower one holds for fewer counts too, and no level misses more than `MISSED`. Levels with
    too few examples lend theirs to the next with more counts until they are enough; the highest
    have the threshold of the last that had enough.
    """
    low, high = SEEN_SHARE
    faint = (share >= low) & (share <= high)
    absent = np.full((len(COUNT_EDGES) + 1, share.shape[1]), MOST_ABSENT, dtype=np.float32)
    known = np.zeros(absent.shape, dtype=np.bool_)
    for k in range(share.shape[1]):
        first = 0
        for counts in range(len(absent)):
            shown = probability[faint[:, k] & (level >= first) & (level <= counts), k]
            if len(shown) >= FEWEST:
                known[counts, k] = True
                absent[counts, k] = min(float(np.quantile(shown, MISSED)), MOST_ABSENT)
                first = counts + 1
    absent = np.minimum.accumulate(absent[::-1], axis=0)[::-1]
    return np.asarray(np.maximum.accumulate(np.where(known, absent, np.float32(0.0)), axis=0))
