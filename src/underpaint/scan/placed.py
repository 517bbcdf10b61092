"""A scan put where a user says that it lies on the stage."""

from __future__ import annotations

from dataclasses import replace

from .changed import ASKED_FOR
from .fact import STAGE, Fact
from .scan import Scan
from .stage_place import StagePlace
from .words import stage_in_words


def place(scan: Scan, first: tuple[float, float], source: str = ASKED_FOR) -> Scan:
    """The scan with its first pixel at a place on the stage.

    Rows and columns run as the file states, else down and to the right.

    Parameters
    ----------
    first : (y, x) mm; pixels, where the pixel size is not known
    source : on whose word
    """
    if scan.stage is not None:
        stage = replace(scan.stage, first=first)
    else:
        height, width = scan.pixel_size_mm or (1.0, 1.0)
        stage = StagePlace(first, (height, 0.0), (0.0, width))
    facts = {**scan.facts, STAGE: Fact(stage_in_words(stage), source)}
    return replace(scan, stage=stage, facts=facts)
