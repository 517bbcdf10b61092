"""A row for each group: how much of the scan, how much of it, why, and what else it may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.network import CANNOT_TELL, PRESENT
from underpaint.paint import Double, Library, Palette, load_doubles
from underpaint.result import FamilySummary, GroupSummary, RowBlock

from .evidence import Support

LIKELY_RIVAL = 0.05
MOST_DOUBLES = 3
WHAT_ELSE_IS_THERE = "what else paint and ground hold"


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of pixels over all blocks.

    Attributes
    ----------
    present, top, buried, unsure : (group,) pixels of each verdict
    family_present, family_unsure, unnamed : (family,) pixels of each verdict, and those where a
        family is present and none of its groups is
    candidates : (family, group) sum of the group's probability over called pixels of the family
    together : (group, group) sum of the probability of the second over called pixels of the first
    amount, variance : (group,) sums over called pixels, mg/cm2 and its square
    pixels : that were measured
    """

    present: NDArray[np.float64]
    top: NDArray[np.float64]
    buried: NDArray[np.float64]
    unsure: NDArray[np.float64]
    family_present: NDArray[np.float64]
    family_unsure: NDArray[np.float64]
    unnamed: NDArray[np.float64]
    candidates: NDArray[np.float64]
    together: NDArray[np.float64]
    amount: NDArray[np.float64]
    variance: NDArray[np.float64]
    pixels: int


def tally(blocks: Iterable[RowBlock], membership: NDArray[np.bool_]) -> Tally:
    """Count verdicts and add up amounts.

    Parameters
    ----------
    membership : (family, group) bool
    """
    families, groups = membership.shape
    member = membership.astype(np.float32)
    counted = {name: np.zeros(groups) for name in ("present", "top", "buried", "unsure")}
    counted |= {name: np.zeros(families) for name in ("family_present", "family_unsure", "unnamed")}
    candidates, together = np.zeros((families, groups)), np.zeros((groups, groups))
    amount, variance, pixels = np.zeros(groups), np.zeros(groups), 0
    for block in blocks:
        called = (block.verdict == PRESENT).reshape(groups, -1)
        weight = called.astype(np.float32)
        in_family = (block.verdict_family == PRESENT).reshape(families, -1)
        # shares are those of the pixels that were measured; of the others no number is given
        measured = ~np.isnan(block.probability[:1]).reshape(1, -1)
        probability, block_amount, block_sigma = (
            _of_measured(each.reshape(groups, -1), measured)
            for each in (block.probability, block.amount, block.amount_sigma)
        )
        counted["present"] += called.sum(axis=1)
        counted["top"] += (block.verdict_top == PRESENT).sum(axis=(1, 2))
        counted["buried"] += (block.verdict_buried == PRESENT).sum(axis=(1, 2))
        counted["unsure"] += _unsure(block.verdict, measured)
        counted["family_present"] += in_family.sum(axis=1)
        counted["family_unsure"] += _unsure(block.verdict_family, measured)
        counted["unnamed"] += (in_family & (member @ weight == 0.0)).sum(axis=1)
        candidates += in_family.astype(np.float32) @ probability.T
        together += weight @ probability.T
        amount += _sums(weight, block_amount)
        variance += _sums(weight, block_sigma**2)
        pixels += int(np.count_nonzero(measured))
    return Tally(
        **counted,
        candidates=candidates * membership,
        together=together,
        amount=amount,
        variance=variance,
        pixels=pixels,
    )


def _of_measured(values: NDArray[np.float32], measured: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Values (group, pixel) with 0 for pixels where nothing was measured, which add nothing."""
    return values if measured.all() else np.where(measured, values, np.float32(0.0))


def _unsure(verdict: NDArray[np.uint8], measured: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many measured pixels (1, pixel) nothing can be told of, by verdicts (name, y, x)."""
    unsure = (verdict == CANNOT_TELL).reshape(len(verdict), -1)
    return np.asarray((unsure if measured.all() else unsure & measured).sum(axis=1))


def _sums(weight: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of each group's values over its called pixels, both (group, pixel)."""
    return np.asarray(np.vecdot(weight, values), dtype=np.float64)


def summarise_groups(
    library: Library, palette: Palette, counted: Tally, lines: tuple[Support, ...]
) -> tuple[GroupSummary, ...]:
    """One row a group, in the order of the maps."""
    doubles = load_doubles(library, palette.groups)
    rows = []
    for index, group in enumerate(library.groups):
        present = counted.present[index]
        some = present > 0
        rivals: list[str] = []
        if some:
            rivals += _likely_rivals(library, counted, index)
        if some or counted.unsure[index] > 0:
            rivals += _what_passes(library, doubles.get(group.name, ()))
        rows.append(
            GroupSummary(
                name=group.name,
                share_present=float(present / counted.pixels),
                share_top=float(counted.top[index] / counted.pixels),
                share_buried=float(counted.buried[index] / counted.pixels),
                share_cannot_tell=float(counted.unsure[index] / counted.pixels),
                amount=float(counted.amount[index] / present) if some else None,
                amount_sigma=(float(np.sqrt(counted.variance[index] / present)) if some else None),
                lines=lines[index].lines,
                confirmed=lines[index].confirmed,
                rivals=tuple(rivals),
                advice=group.advice,
            )
        )
    return tuple(rows)


def summarise_families(
    library: Library, counted: Tally, lines: tuple[Support, ...]
) -> tuple[FamilySummary, ...]:
    """One row a family, in the order of the maps."""
    rows = []
    for index, name in enumerate(library.families):
        present = counted.family_present[index]
        chance = counted.candidates[index] / max(present, 1.0)
        likely = [k for k in np.argsort(-chance) if chance[k] >= LIKELY_RIVAL]
        rows.append(
            FamilySummary(
                name=name,
                share_present=float(present / counted.pixels),
                share_cannot_tell=float(counted.family_unsure[index] / counted.pixels),
                share_unnamed=float(counted.unnamed[index] / counted.pixels),
                lines=lines[index].lines,
                confirmed=lines[index].confirmed,
                candidates=tuple((library.groups[k].name, float(chance[k])) for k in likely),
            )
        )
    return tuple(rows)


def _what_passes(library: Library, doubles: tuple[Double, ...]) -> list[str]:
    """What one pixel does not tell from a group: unmixed, and what else where it is mixed."""
    labels = {group.name: group.label for group in library.groups}
    unmixed = [each.groups for each in doubles if not each.host]
    told: list[str] = []
    for host, share in sorted({(each.host, each.share) for each in doubles}):
        sets = [each.groups for each in doubles if each.host == host]
        names = [
            " with ".join(sorted(labels[name] for name in groups)) or WHAT_ELSE_IS_THERE
            for groups in sets
            if not host or groups not in unmixed
        ]
        more = len(names) - MOST_DOUBLES
        if more > 0:
            names = [*names[:MOST_DOUBLES], f"{more} more of the kind"]
        if names:
            paint = f"as {100 * share:.0f} % of a {host.replace('-', ' ')} paint " if host else ""
            looks = "also looks" if told else "looks"
            told.append(f"{paint}it {looks} to XRF nearly the same as {', or as '.join(names)}")
    return told


def _likely_rivals(library: Library, counted: Tally, index: int) -> list[str]:
    """Groups of a shared family that are likely where this one is called."""
    group = library.groups[index]
    found: list[tuple[float, str]] = []
    for other, rival in enumerate(library.groups):
        shared = [family for family in rival.families if family in group.families]
        if other == index or not shared:
            continue
        chance = counted.together[index, other] / counted.present[index]
        if chance >= LIKELY_RIVAL:
            reason = f"also has {_listed(shared)}; {100 * chance:.0f} % likely in the same pixels"
            found.append((chance, f"{rival.label}: {reason}"))
    return [text for _, text in sorted(found, reverse=True)]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
