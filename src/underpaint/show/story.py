"""What a result says of one group, in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from underpaint.result import (
    CANNOT_TELL,
    PRESENT,
    Chance,
    GroupInfo,
    GroupSummary,
    Result,
    chance_of,
)

from .figures import amount_words, joined, percent, sentence
from .layer_map import IN_GROUND
from .names import pigment_name
from .place import EVERYWHERE, describe_place
from .telling_line import missing_lines, sign_words

NOT_WORTH_TELLING = 0.1
MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class Story:
    """One group in words.

    Attributes
    ----------
    group, summary : what it is told from
    index : the group's place in the maps
    where : the share of the scan it is present in, and where
    layers : whether it lies on top, under other paint, or in the ground
    why : the line that tells it from the other groups found, and its further lines
    rivals : what it could be confused with, a sentence each
    advice : what would settle it; empty where nothing need be settled
    amount : mean amount where present; empty where there is none
    """

    group: GroupInfo
    summary: GroupSummary
    index: int
    where: str
    layers: str
    why: str
    rivals: tuple[str, ...]
    advice: str
    amount: str

    @property
    def pigments(self) -> str:
        """The pigments in the group, joined."""
        return joined([pigment_name(member) for member in self.group.members], "or")


def tell_story(result: Result, index: int, found: tuple[int, ...] = ()) -> Story:
    """Put one group of a result into words.

    Parameters
    ----------
    index : the group's place in the maps
    found : places of the groups found, from which its lines are to tell it
    """
    group, summary = result.groups[index], result.summary[index]
    others = [result.groups[i] for i in found if i != index]
    return Story(
        group=group,
        summary=summary,
        index=index,
        where=_where(result, index),
        layers=_layers(result, index, chance_of(result)),
        why=sign_words(group, summary.lines, others),
        rivals=tuple(sentence(rival) for rival in summary.rivals),
        advice=sentence(summary.advice or group.advice),
        amount=amount_words(summary.amount, summary.amount_sigma),
    )


def why_open(result: Result, index: int) -> str:
    """Where a group can neither be named nor excluded, and what it lacks there."""
    summary = result.summary[index]
    place = describe_place(result.verdict[index] == CANNOT_TELL)
    share = percent(summary.share_cannot_tell)
    where = (
        f"{place} ({share} of the pixels)"
        if place == EVERYWHERE
        else f"in {share} of the scan, {place}"
    )
    rest = summary.share_absent
    excluded = f" In the other {percent(rest)} it is excluded." if rest >= MOSTLY else ""
    return f"It can neither be found nor excluded {where}{_missing(result, index)}.{excluded}"


def _where(result: Result, index: int) -> str:
    present = result.verdict[index] == PRESENT
    place = describe_place(present)
    share = percent(result.summary[index].share_present)
    if place == EVERYWHERE:
        return f"Present over the whole scan ({share} of the pixels)."
    return f"Present in {share} of the scan, {place}."


def _layers(result: Result, index: int, chance: Chance) -> str:
    """The layers it lies in; of pixels so few that chance may explain it, the layer is not told."""
    present = result.verdict[index] == PRESENT
    count = int(present.sum())
    if count == 0:
        return ""
    top, buried = (
        np.zeros_like(place) if chance.explains(int(place.sum()) / chance.pixels) else place
        for place in (
            present & (result.verdict_top[index] == PRESENT),
            present & (result.verdict_buried[index] == PRESENT),
        )
    )
    below = present & ~top & ~buried
    ground = below & (result.ground[index] >= IN_GROUND)
    told = []
    on_top, under = (int(place.sum()) / count for place in (top, buried))
    if on_top == 1.0:
        told.append("There it lies in the uppermost paint that XRF can see.")
    elif on_top > 0:
        told.append(
            f"In {percent(on_top)} of these pixels it lies in the uppermost paint that XRF can see."
        )
    if under == 1.0:
        told.append("There it lies under other paint.")
    elif under > 0:
        told.append(
            f"In {percent(under)} of these pixels it lies under other paint, "
            f"{describe_place(buried)}."
        )
    if under > 0:
        told.append(
            "XRF reads that from the ratios of its lines; bare patches beside thicker paint, "
            "smaller than a pixel, would change them in much the same way."
        )
    for pixels, words in (
        (ground, "it is probably in the ground, beneath all paint"),
        (below & ~ground, "its layer cannot be told"),
    ):
        share = int(pixels.sum()) / count
        if share >= NOT_WORTH_TELLING:
            which = "these pixels" if share == 1.0 else f"{percent(share)} of these pixels"
            told.append(f"In {which} {words}.")
    return " ".join(told)


def _missing(result: Result, index: int) -> str:
    """The lines that a suspected group lacks."""
    needed = (result.provenance.get("verdict_rule") or {}).get("line_sigma")
    lines = result.summary[index].lines
    if needed is None or not lines:
        return ""
    missing = missing_lines(result.groups[index], lines, needed)
    return f"; where it is suspected it lacks {joined(missing)}" if missing else ""
