"""What a user states of a scan, in the place of what its file says or leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .changed import ASKED_FOR
from .fact import PIXEL_SIZE, STAGE, TITLE, Fact
from .scan import Scan
from .words import size_in_words


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated; nothing unless asked.

    Attributes
    ----------
    pixel_size_mm : height and width of a pixel, mm, as the file has them
    title : of the object
    """

    pixel_size_mm: float | None = None
    title: str = ""


def with_stated(scan: Scan, stated: Stated) -> Scan:
    """The scan with what is stated among its facts, on the user's word.

    Pixels of another size do not lie where the file says, so that stage coordinates go.
    """
    facts = dict(scan.facts)
    if stated.title:
        facts[TITLE] = Fact(stated.title, ASKED_FOR)
    size, stage = scan.pixel_size_mm, scan.stage
    if stated.pixel_size_mm is not None:
        size, stage = (stated.pixel_size_mm, stated.pixel_size_mm), None
        facts[PIXEL_SIZE] = Fact(size_in_words(size), ASKED_FOR)
        facts.pop(STAGE, None)
    return replace(scan, pixel_size_mm=size, stage=stage, facts=facts)
