"""The numbers of an EMSA/MAS spectrum, with decimal points or, as in much of Europe, commas."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from ...errors import ScanFileError

SEPARATORS = re.compile(r"[\s,;]+")
SEPARATORS_BESIDE_DECIMAL_COMMAS = re.compile(r"[\s;]+|,(?=\s|;|$)")
WITHIN_NUMBER = re.compile(r"\d,\d")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
PAIR = re.compile(r"([+-]?\d{1,9}),\d+")


def words_of(lines: list[str], expected: float | None, path: Path) -> list[str]:
    """The numbers of some lines as words with decimal points.

    Blanks, semicolons and commas divide numbers. Where a comma between digits would make more of
    them than the header states, it is a decimal mark.

    Parameters
    ----------
    expected : how many numbers the header states; None if none can be told

    Raises
    ------
    ScanFileError
        Commas may be decimal marks or something else.
    """
    words = [word for line in lines for word in SEPARATORS.split(line) if word]
    if expected is None or len(words) <= expected:
        return words
    if any("." in line for line in lines) or not any(map(WITHIN_NUMBER.search, lines)):
        return words
    divided = (SEPARATORS_BESIDE_DECIMAL_COMMAS.split(line) for line in lines)
    decimal = [word for parts in divided for word in parts if word]
    if len(decimal) == expected and (doubtful := _doubtful(decimal)):
        raise ScanFileError(
            f"{path} holds {doubtful[:20]!r} among its counts, where a comma may be a decimal mark "
            "or not; export the spectrum again with decimal points."
        )
    return [word.replace(",", ".") for word in decimal]


def _doubtful(words: list[str]) -> str:
    """A word whose comma may be another thing than a decimal mark; empty if none is."""
    marked = [word for word in words if "," in word]
    if all(map(THOUSANDS.fullmatch, marked)) or _may_be_pairs(words):
        return marked[0]
    return next((word for word in marked if word.count(",") > 1), "")


def _may_be_pairs(words: list[str]) -> bool:
    """Whether words look like energies in even steps, each with its count behind a comma."""
    found = [PAIR.fullmatch(word) for word in words]
    firsts = [int(pair[1]) for pair in found if pair]
    steps = {after - before for before, after in pairwise(firsts)}
    return len(firsts) == len(words) and len(steps) == 1 and steps.pop() > 0
