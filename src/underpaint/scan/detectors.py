"""A measurement with several detectors: their counts added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from .binned import wide_enough
from .derived_counts import DerivedCounts
from .fact import LIVE_TIME, REAL_TIME, Fact
from .same_measurement import require_same_measurement
from .scan import Scan
from .words import times_in_words

DETECTORS = "detectors"
ALONE = "read one detector alone with --detector 1"


class SummedCounts(DerivedCounts):
    """Counts of several detectors added up, pixel by pixel and channel by channel.

    Parameters
    ----------
    sources : the counts of each, all of one shape
    """

    def __init__(self, sources: Sequence[Any]) -> None:
        dtype = np.result_type(*(source.dtype.newbyteorder("=") for source in sources))
        super().__init__(sources[0], sources[0].shape, wide_enough(dtype, len(sources)))
        self.sources = tuple(sources)
        self.chunks = getattr(sources[0], "chunks", None)

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        total = np.zeros((stop - first, *self.shape[1:]), dtype=self.dtype)
        for source in self.sources:
            total += np.asarray(source[first:stop]).astype(self.dtype, copy=False)
        return total


def add_detectors(scans: Sequence[Scan], names: Sequence[str]) -> Scan:
    """The scans of several detectors, which measured side by side, as one.

    Its times are the mean of theirs: what is added up is counts, not the time that passed.

    Parameters
    ----------
    scans : of one detector each
    names : of the detectors, as the file has them

    Raises
    ------
    ScanFileError
        Their pixels, channels or energy axes differ, so that counts cannot be added up.
    """
    first = scans[0]
    for other, name in zip(scans[1:], names[1:], strict=True):
        titled = [f"detector {names[0]} of {first.path}", f"detector {name}"]
        if other.shape[:2] != first.shape[:2]:
            sizes = " by ".join(map(str, other.shape[:2])), " by ".join(map(str, first.shape[:2]))
            raise ScanFileError(
                f"{titled[1]} of {first.path} has {sizes[0]} pixels and detector {names[0]} "
                f"{sizes[1]}; {ALONE}."
            )
        require_same_measurement(first, other, ALONE, titled[0], titled[1])
    facts = dict(first.facts)
    times: dict[str, NDArray[np.float64] | None] = {}
    for figure, field in ((LIVE_TIME, "live_time_s"), (REAL_TIME, "real_time_s")):
        each = [getattr(scan, field) for scan in scans]
        if any(seconds is None for seconds in each):
            times[field] = None
            facts[figure] = Fact(None, "not every detector states it")
            continue
        mean = np.asarray(np.mean(each, axis=0), dtype=np.float64)
        times[field] = mean
        where = facts[figure].source if figure in facts else "the file"
        facts[figure] = Fact(times_in_words(mean), f"{where}, mean of {len(scans)} detectors")
    words = f"{len(scans)}, added up; --detector N takes one alone"
    facts[DETECTORS] = Fact(words, ", ".join(names))
    return replace(
        first,
        counts=SummedCounts([scan.counts for scan in scans]),
        live_time_s=times["live_time_s"],
        real_time_s=times["real_time_s"],
        facts=facts,
    )
