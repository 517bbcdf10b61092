"""A scan of which counts, and all figures that depend on them, are changed together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .counts import CountArray
from .fact import LIVE_TIME, PIXEL_SIZE, REAL_TIME, STAGE, Fact, absent
from .scan import Scan
from .stage_place import StagePlace
from .words import size_in_words, stage_in_words, times_in_words

ASKED_FOR = "the user's request"


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a scan, for its facts.

    Attributes
    ----------
    name : of the fact
    words : what was done
    source : why, or on whose word
    """

    name: str
    words: str
    source: str = ASKED_FOR


def changed(
    scan: Scan,
    counts: CountArray,
    change: Change,
    times: Callable[[NDArray[np.float64]], NDArray[Any]],
    *,
    pixel_size_mm: tuple[float, float] | None = None,
    stage: StagePlace | None = None,
) -> Scan:
    """The scan with other counts.

    Parameters
    ----------
    change : noted among the facts; after what they said before, where it is made again
    times : makes the times of the new pixels, (y, x) s, of those of the old ones
    pixel_size_mm, stage : of the new pixels
    """
    facts = dict(scan.facts)
    live, real = (
        _times_left(figure, seconds, times, facts)
        for figure, seconds in ((LIVE_TIME, scan.live_time_s), (REAL_TIME, scan.real_time_s))
    )
    words = {
        LIVE_TIME: None if live is None else times_in_words(live),
        REAL_TIME: None if real is None else times_in_words(real),
        PIXEL_SIZE: None if pixel_size_mm is None else size_in_words(pixel_size_mm),
        STAGE: None if stage is None else stage_in_words(stage),
    }
    for figure, said in words.items():
        if said is not None and figure in facts:
            facts[figure] = Fact(said, facts[figure].source)
    before = facts.get(change.name)
    done = f"{before.value}; then {change.words}" if before is not None else change.words
    facts[change.name] = Fact(done, change.source)
    return replace(
        scan,
        counts=counts,
        live_time_s=live,
        real_time_s=real,
        pixel_size_mm=pixel_size_mm,
        stage=stage,
        facts=facts,
    )


def _times_left(
    figure: str,
    seconds: NDArray[np.float64] | None,
    times: Callable[[NDArray[np.float64]], NDArray[Any]],
    facts: dict[str, Fact],
) -> NDArray[np.float64] | None:
    """Times of the new pixels; none, and the facts say so, where the file states that of no one."""
    if seconds is None:
        return None
    left = np.asarray(times(seconds), dtype=np.float64)
    if np.isnan(left).all():
        facts[figure] = absent("of no pixel that is left is it known")
        return None
    return left
