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

from .figures import amount_words, counted, joined, percent, sentence
from .layer_map import layer_map
from .names import pigment_name
from .palettes import Lies
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
    ruled_out : pigments of the group that the palette rules out
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
    ruled_out: tuple[str, ...]

    @property
    def pigments(self) -> str:
        """The pigments in the group, joined; at the end those that the palette rules out."""
        possible = [name for name in self.group.members if name not in self.ruled_out]
        names = joined([pigment_name(name) for name in possible], "or")
        if not self.ruled_out:
            return names
        others = joined([pigment_name(name) for name in self.ruled_out])
        return f"{names} (ruled out by the palette: {others})".lstrip()


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
        ruled_out=result.ruled_out[index],
    )


def why_open(result: Result, index: int) -> str:
    """Where a group can neither be named nor excluded, and what it lacks there."""
    summary = result.summary[index]
    place = describe_place(result.verdict[index] == CANNOT_TELL, result.measured)
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
    place = describe_place(present, result.measured)
    share = percent(result.summary[index].share_present)
    if place == EVERYWHERE:
        return f"Present over the whole scan ({share} of the pixels)."
    return f"Present in {share} of the scan, {place}."


def _layers(result: Result, index: int, chance: Chance) -> str:
    """The layers it lies in, as its layer map shows them, and where chance may explain that."""
    layers = layer_map(result, index)
    count = int((result.verdict[index] == PRESENT).sum())
    if count == 0:
        return ""
    buried = np.isin(layers, (Lies.BURIED, Lies.BOTH))
    on_top = int(np.isin(layers, (Lies.TOP, Lies.BOTH)).sum())
    under = int(buried.sum())
    told = [_position(on_top, count, "in the uppermost paint that XRF can see", "", chance)]
    place = describe_place(buried, result.measured)
    told.append(_position(under, count, "under other paint", place, chance))
    if not _by_chance(under, chance):
        told.append(
            "XRF reads that from the ratios of its lines; bare patches beside thicker paint, "
            "smaller than a pixel, would change them in much the same way."
        )
    for kind, words in (
        (Lies.GROUND, "it is probably in the ground, beneath all paint"),
        (
            Lies.GROUND_PERHAPS_PAINT,
            "it is probably in the ground; whether in paint as well cannot be told",
        ),
        (Lies.NOT_TOLD, "its layer cannot be told"),
    ):
        share = int((layers == kind).sum()) / count
        if share >= NOT_WORTH_TELLING:
            which = "these pixels" if share == 1.0 else f"{percent(share)} of these pixels"
            told.append(f"In {which} {words}.")
    return " ".join(each for each in told if each)


def _position(pixels: int, of: int, words: str, place: str, chance: Chance) -> str:
    """In how many of its pixels a group lies in one position; empty where in none."""
    if pixels == 0:
        return ""
    if _by_chance(pixels, chance):
        return f"In {counted(pixels, 'pixel')} it lies {words}, so few that chance may explain it."
    if pixels == of:
        return f"There it lies {words}."
    where = f", {place}" if place else ""
    return f"In {percent(pixels / of)} of these pixels it lies {words}{where}."


def _by_chance(pixels: int, chance: Chance) -> bool:
    """Whether chance may explain a position, which it does where there is none."""
    return chance.explains(pixels / chance.pixels)


def _missing(result: Result, index: int) -> str:
    """The lines that a suspected group lacks."""
    needed = (result.provenance.get("verdict_rule") or {}).get("line_sigma")
    lines = result.summary[index].lines
    if needed is None or not lines:
        return ""
    missing = missing_lines(result.groups[index], lines, needed)
    return f"; where it is suspected it lacks {joined(missing)}" if missing else ""
