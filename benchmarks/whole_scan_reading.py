"""One painting read in all ways that `whole_scan.py` compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit
from torch import Tensor

from underpaint.network import (
    PRESENT,
    Predictions,
    Weights,
    WholeScan,
    gather,
    possible_names,
    predict,
    read_whole,
    scan_context,
)
from underpaint.network.examples import Examples
from underpaint.paint import Library, Truth
from underpaint.show.layer_map import IN_GROUND

PIXELS = 256
SEEN = (16, 64, PIXELS)
ROUNDS, NEVER = 50, 1e-6
ALONE, FORMULA, TOLD = "each pixel by itself", "by the formula", "by itself, told its groups"
DETAIL_PIXELS = 64
WHOLE = {seen: f"in the light of {seen} pixels" for seen in SEEN}
TOGETHER = "in the light of its detail"
Chances = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scan:
    """What was said of one painting in each way, and what is true.

    Attributes
    ----------
    chance : by reading, (pixel, 3, group) float32
    called : by reading, of the ways that have verdicts, (pixel, 3, group) bool
    there : (pixel, 3, group) bool
    """

    chance: dict[str, Chances]
    called: dict[str, NDArray[np.bool_]]
    there: NDArray[np.bool_]

    def only(self, *readings: str) -> Scan:
        """Read in these ways alone."""
        return Scan(
            {name: self.chance[name] for name in readings},
            {name: self.called[name] for name in readings if name in self.called},
            self.there,
        )


@dataclass(frozen=True, eq=False)
class Detail(Scan):
    """Pixels of a painting that share a paint.

    Attributes
    ----------
    in_ground : by reading, share of the pixels in which what they share is said to be in the ground
    """

    in_ground: dict[str, float]


def frequency_estimated(chance: Chances, usual: NDArray[np.float64]) -> Chances:
    """Probabilities (pixel, 3, group) as they are where each group is as frequent as they say.

    Expectation and maximisation, from how frequent each is in paintings at large, (3, group).
    """
    odds = logit(np.clip(chance.astype(np.float64), NEVER, 1.0 - NEVER)) - logit(usual)
    frequent = usual
    for _ in range(ROUNDS):
        moved = expit(odds + logit(frequent))
        frequent = np.clip(moved.mean(axis=0), NEVER, 1.0 - NEVER)
    return np.asarray(moved, dtype=np.float32)


def read(
    weights: Weights,
    examples: Examples,
    usual: NDArray[np.float64],
    library: Library,
    random: np.random.Generator,
) -> tuple[Scan, Detail | None]:
    """One painting read in all ways, and a detail of it if it has one."""
    whole, truth = _whole_of(weights), examples.truth
    single, counts = _by_itself(weights, examples, library), _counts(examples)
    scan = _scan(weights, single, counts, truth, library, SEEN)
    alone = scan.chance[ALONE]
    of_it = torch.from_numpy(np.tile(scan.there[:, 0].any(axis=0), (len(counts), 1)))
    told = _by_itself(weights, examples, library, of_it).probability[:, :3]
    formula = frequency_estimated(alone, usual)
    # in the order of the tables
    chance = {ALONE: alone, FORMULA: formula, **scan.chance, TOLD: told}
    detail = _detail(weights, whole, single, counts, truth, library, random)
    return Scan(chance, scan.called, scan.there), detail


def alone_and_whole(weights: Weights, examples: Examples, library: Library) -> Scan:
    """One painting read pixel by pixel and in the light of all of them."""
    single = _by_itself(weights, examples, library)
    return _scan(weights, single, _counts(examples), examples.truth, library, (PIXELS,))


def _whole_of(weights: Weights) -> WholeScan:
    if weights.whole is None:
        raise SystemExit(f"{weights.name}: has learnt to read single pixels only")
    return weights.whole


def _counts(examples: Examples) -> NDArray[np.float32]:
    counts: NDArray[np.float32] = (examples.counts * examples.measured).sum(dim=1).numpy()
    return counts


def _by_itself(
    weights: Weights, examples: Examples, library: Library, palette: Tensor | None = None
) -> Predictions:
    """What the network says of single pixels, with any group possible unless told otherwise."""
    if palette is None:
        palette = torch.ones_like(examples.palette)
    return predict(
        weights.reader, examples.counts, examples.measured, examples.fwhm_kev, examples.scanner,
        palette, library.membership,
    )  # fmt: skip


def _scan(
    weights: Weights,
    single: Predictions,
    counts: NDArray[np.float32],
    truth: Truth,
    library: Library,
    seen: Sequence[int],
) -> Scan:
    """Single answers, and these in the light of so many pixels."""
    whole = _whole_of(weights)
    alone = single.probability[:, :3]
    chance = {ALONE: alone}
    called = {ALONE: weights.rules.verdicts(alone, counts) == PRESENT}
    everything = torch.ones((1, len(library.groups)), dtype=torch.bool)
    possible = possible_names(everything, library.membership)
    for number in seen:
        name = WHOLE[number]
        gathered = gather(whole.reader, _some(single, slice(number)), counts[:number], possible)
        context = scan_context(whole.reader, gathered, possible, library.membership)
        chance[name] = context.read_again(single, counts).probability[:, :3]
        called[name] = whole.rules.verdicts(chance[name], counts) == PRESENT
    there = np.stack([truth.anywhere, truth.top, truth.buried], axis=1)
    return Scan(chance, called, there)


def _detail(
    weights: Weights,
    whole: WholeScan,
    single: Predictions,
    counts: NDArray[np.float32],
    truth: Truth,
    library: Library,
    random: np.random.Generator,
) -> Detail | None:
    in_paint = (truth.top | truth.buried) & ~truth.ground.any(axis=0)
    common = np.flatnonzero(in_paint.sum(axis=0) >= DETAIL_PIXELS)
    if not len(common):
        return None
    group = int(random.choice(common))
    pixels = random.permutation(np.flatnonzero(in_paint[:, group]))[:DETAIL_PIXELS]
    alone, dose = _some(single, pixels), counts[pixels]
    palette = np.ones(len(library.groups), dtype=bool)
    together = read_whole(whole.reader, alone, dose, palette, library.membership)
    said = {ALONE: (weights.rules, alone), TOGETHER: (whole.rules, together)}
    chance = {name: each.probability[:, :3] for name, (_, each) in said.items()}
    called = {
        name: rules.verdicts(chance[name], dose) == PRESENT for name, (rules, _) in said.items()
    }
    there = np.stack([truth.anywhere, truth.top, truth.buried], axis=1)[pixels]
    ground = {
        name: float((each.probability[:, 3, group] >= IN_GROUND).mean())
        for name, (_, each) in said.items()
    }
    return Detail(chance, called, there, ground)


def _some(predictions: Predictions, pixels: slice | NDArray[np.intp]) -> Predictions:
    return Predictions(**{key: values[pixels] for key, values in vars(predictions).items()})
