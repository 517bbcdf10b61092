"""Which of a group's lines tells it from the others, and which it lacks."""

from __future__ import annotations

from collections.abc import Iterable

from underpaint.result import GroupInfo, LineEvidence

from .figures import joined
from .names import line_name


def key_elements(group: GroupInfo) -> frozenset[str]:
    """Elements of a group's key lines, as "Hg"."""
    return frozenset(name.split("-")[0] for name in _names(group.key_lines))


def sign_words(
    group: GroupInfo, lines: tuple[LineEvidence, ...], others: Iterable[GroupInfo]
) -> str:
    """The line that tells a group from the others found, and the names of its further lines.

    It is one of an element that none of the others has; of several the weakest, for all are needed.

    Parameters
    ----------
    lines : what supports the group
    others : the other groups found
    """
    keys = _strongest_of_each(group.key_lines, lines)
    if not keys:
        return ""
    taken = frozenset[str]().union(*(key_elements(other) for other in others))
    own = [line for line in keys if _element(line) not in taken]
    shared = "" if own else " Other groups that were found have the same elements."
    return told(min(own or keys, key=lambda line: line.sigma), lines) + shared


def told(telling: LineEvidence, lines: tuple[LineEvidence, ...]) -> str:
    """One line in words, and the names of the others."""
    words = (
        f"Most telling: the {line_name(telling.line)} line at {telling.energy_kev:.2f} keV, "
        f"{telling.sigma:,.0f} times its uncertainty in the pixels taken together"
    )
    others = [line_name(line.line) for line in lines if line is not telling]
    return words + (f"; also {joined(others)}." if others else ".")


def missing_lines(
    group: GroupInfo, lines: tuple[LineEvidence, ...], needed_sigma: float
) -> tuple[str, ...]:
    """Key lines that do not reach what is needed, as "Sb K or Sb L", "Cr K (3.5 sigma)"."""
    missing = []
    for key in group.key_lines:
        strongest = max((line.sigma for line in _of_key(key, lines)), default=0.0)
        if strongest < needed_sigma:
            reached = f" ({strongest:.1f} sigma)" if strongest > 0.0 else ""
            missing.append(key.replace("-", " ").replace("|", " or ") + reached)
    return tuple(missing)


def _strongest_of_each(
    keys: tuple[str, ...], lines: tuple[LineEvidence, ...]
) -> list[LineEvidence]:
    """Of each key line, the strongest of its alternatives that are seen."""
    seen = [_of_key(key, lines) for key in keys]
    return [max(each, key=lambda line: line.sigma) for each in seen if each]


def _of_key(key: str, lines: tuple[LineEvidence, ...]) -> list[LineEvidence]:
    """Lines of a key such as "Cd-K|Cd-L"."""
    names = _names((key,))
    return [line for line in lines if f"{_element(line)}-{line.line.split()[1][0]}" in names]


def _names(keys: Iterable[str]) -> list[str]:
    return [name for key in keys for name in key.split("|")]


def _element(line: LineEvidence) -> str:
    return line.line.split()[0]
