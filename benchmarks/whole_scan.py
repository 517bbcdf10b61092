"""What it brings to read a scan as a whole, on paintings and scanners that none has seen.

    python benchmarks/whole_scan.py [--weights NAME|FILE] ... [--scanners N] [--seed N]
        [--json FILE]

Simulates one painting of the shipped prior under each of so many scanners drawn from it, 256
blended pixels of each, and reads them without a palette: each pixel by itself; in the light of its
scan, of which 16, 64 or all pixels are seen; by a formula, which estimates from all pixels how
frequent each group is in the scan and moves each answer accordingly (Saerens et al. 2002, doi
10.1162/089976602753284446); and by itself again, told just which groups the painting holds, which
nobody knows beforehand.

Then details: 64 pixels of each painting that have one group in their paint, drawn among those that
are so common and nowhere in its ground, each read by itself and in the light of the others. What
such a detail shares need not be ground, so that the last table says in how many pixels its group is
said to be there.

Recall at 1 % false positives is the mean over groups, thresholds fixed on every other scanner and
recall taken on those between. Slope and error are those of answers between 2 and 98 %. Intervals
hold nineteen in twenty of 200 draws of the scanners with replacement (60 for average precision).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit
from torch.utils.data import DataLoader

from identification_table import print_table
from training_gap import asked, one_thread
from underpaint.network import (
    PRESENT,
    Predictions,
    Weights,
    WholeScan,
    average_precision,
    default_config_path,
    gather,
    possible_names,
    predict,
    read_config,
    read_whole,
    reliability,
    scan_context,
    threshold_at,
)
from underpaint.network.bootstrap import Interval, difference, interval, resample, share
from underpaint.network.examples import Examples
from underpaint.network.simulation import Unseen
from underpaint.paint import Library, Truth, load_library
from underpaint.show.layer_map import IN_GROUND

SEED = 70_707
SCANNERS, PIXELS = 400, 256
SEEN = (16, 64, PIXELS)
POSITIONS = ("anywhere", "top", "buried")
RATE, FEWEST = 0.01, 20
DRAWS, PRECISION_DRAWS = 200, 60
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


@dataclass(frozen=True, eq=False)
class Detail(Scan):
    """Pixels of a painting that share a paint.

    Attributes
    ----------
    in_ground : by reading, share of the pixels in which what they share is said to be in the ground
    """

    in_ground: dict[str, float]


def unseen(library: Library, seed: int, scanners: int) -> Iterator[Examples]:
    """Pixels of one painting under each of so many scanners, simulated by two processes."""
    config = read_config(default_config_path())
    calibration = replace(config.calibration, scanners=scanners, pixels=PIXELS)
    simulation = Unseen(library, replace(config, seed=seed, calibration=calibration))
    yield from DataLoader(simulation, batch_size=None, num_workers=2, worker_init_fn=one_thread)


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
    whole = weights.whole
    if whole is None:
        raise SystemExit(f"{weights.name}: has learnt to read single pixels only")
    member, everything = library.membership, torch.ones_like(examples.palette)
    truth = examples.truth
    there = np.stack([truth.anywhere, truth.top, truth.buried], axis=1)

    def told(palette: torch.Tensor) -> Predictions:
        return predict(
            weights.reader, examples.counts, examples.measured, examples.fwhm_kev,
            examples.scanner, palette, member,
        )  # fmt: skip

    counts = (examples.counts * examples.measured).sum(dim=1).numpy()
    single = told(everything)
    of_it = torch.from_numpy(np.tile(there[:, 0].any(axis=0), (len(counts), 1)))
    alone = single.probability[:, :3]
    chance = {ALONE: alone, FORMULA: frequency_estimated(alone, usual)}
    called = {ALONE: weights.rules.verdicts(alone, counts) == PRESENT}
    possible = possible_names(everything[:1], member)
    for seen, name in WHOLE.items():
        gathered = gather(whole.reader, _some(single, slice(seen)), counts[:seen], possible)
        context = scan_context(whole.reader, gathered, possible, member)
        chance[name] = context.read_again(single, counts).probability[:, :3]
        called[name] = whole.rules.verdicts(chance[name], counts) == PRESENT
    chance[TOLD] = told(of_it).probability[:, :3]
    return Scan(chance, called, there), _detail(
        weights, whole, single, counts, truth, library, random
    )


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


def recall(scans: Sequence[Scan], reading: str, position: int) -> NDArray[np.float64]:
    """Hits and positives of each scanner that thresholds were not fixed on, (scanner, 2).

    Each group counts the same: its pixels weigh one over how many there are.
    """
    fixed, judged = scans[::2], scans[1::2]
    score = np.concatenate([each.chance[reading][:, position] for each in fixed])
    there = np.concatenate([each.there[:, position] for each in fixed])
    total = sum(each.there[:, position].sum(axis=0) for each in judged)
    found = np.zeros((len(judged), 2))
    for group in np.flatnonzero((total >= FEWEST) & (there.sum(axis=0) >= FEWEST)):
        least = threshold_at(score[:, group], there[:, group], RATE)
        for number, each in enumerate(judged):
            positive = each.there[:, position, group]
            hit = positive & (each.chance[reading][:, position, group] >= least)
            found[number] += np.array([hit.sum(), positive.sum()]) / total[group]
    return found


def precision(
    scans: Sequence[Scan], reading: str, position: int, drawn: NDArray[np.int64]
) -> Interval:
    """Average precision over all groups and pixels."""
    chance = np.concatenate([each.chance[reading][:, position].ravel() for each in scans])
    there = np.concatenate([each.there[:, position].ravel() for each in scans])
    owner = np.repeat(np.arange(len(scans)), scans[0].there[:, position].size)
    order = np.argsort(-chance, kind="stable")
    chance, there, owner = chance[order], there[order], owner[order]
    again = [average_precision(chance, there, draw[owner]) for draw in drawn]
    return interval(average_precision(chance, there), np.array(again))


def verdicts(scans: Sequence[Scan], reading: str, position: int) -> dict[str, float]:
    """What the verdict "present" finds, and how often it is wrong."""
    called = np.concatenate([each.called[reading][:, position] for each in scans])
    there = np.concatenate([each.there[:, position] for each in scans])
    wrong = called & ~there
    of_scans = np.stack([
        (each.called[reading][:, position] & ~each.there[:, position]).mean(axis=0)
        for each in scans
    ])  # fmt: skip
    nowhere = np.stack([~each.there[:, position].any(axis=0) for each in scans])
    return {
        "recall": float((called & there).sum() / there.sum()),
        "wrong_names": float(wrong.sum(axis=1).mean()),
        "worst_group": float(wrong.mean(axis=0).max()),
        "nowhere_in_5_percent": float((of_scans[nowhere] > 0.05).mean()),
    }


def score(scans: Sequence[Scan]) -> dict[str, Any]:
    """All figures, by reading and position."""
    random = np.random.default_rng(1)
    drawn = resample(len(scans), PRECISION_DRAWS, random)
    half = resample(len(scans[1::2]), DRAWS, random)
    found: dict[str, Any] = {}
    for position, place in enumerate(POSITIONS):
        alone = recall(scans, ALONE, position)
        for reading in scans[0].chance:
            hits = recall(scans, reading, position)
            chance = np.concatenate([each.chance[reading][:, position].ravel() for each in scans])
            there = np.concatenate([each.there[:, position].ravel() for each in scans])
            sure = reliability(chance, there)
            found.setdefault(reading, {})[place] = {
                "average_precision": precision(scans, reading, position, drawn),
                "recall": share(hits[:, 0], hits[:, 1], half),
                "gain": difference(hits[:, 0], alone[:, 0], hits[:, 1], half),
                "slope": sure.slope,
                "calibration_error": sure.calibration_error,
                "verdicts": verdicts(scans, reading, position)
                if reading in scans[0].called
                else None,
            }
    return found


def in_ground(details: Sequence[Detail]) -> dict[str, dict[str, float]]:
    """How often what a detail shares is said to be in the ground, by reading."""
    found = {}
    for reading in details[0].in_ground:
        share = np.array([each.in_ground[reading] for each in details])
        found[reading] = {"pixels": float(share.mean()), "mostly": float((share > 0.5).mean())}
    return found


def print_ground(name: str, found: dict[str, dict[str, float]]) -> None:
    """One table."""
    rows = [
        [reading, *(f"{100.0 * each[what]:.1f}" for what in ("pixels", "mostly"))]
        for reading, each in found.items()
    ]
    headings = "read", "of the pixels", "of the details, in most pixels"
    print_table(f"{name}: what they share is said to be in the ground, %", headings, rows)


def print_all(name: str, found: dict[str, Any], pixels: int) -> None:
    """Three tables."""

    def table(title: str, cell: Callable[[Any], str | None], more: str = "") -> None:
        rows = [
            [reading, *(cell(each[place]) or "" for place in POSITIONS)]
            for reading, each in found.items()
        ]
        print_table(f"{name}: {title}{more}", ("read", *POSITIONS), [r for r in rows if any(r[1:])])

    table("average precision", lambda each: _said(each["average_precision"], 3, 1.0),
          f", {pixels:,} pixels")  # fmt: skip
    table("recall at 1 % false positives, %", lambda each: _said(each["recall"], 1, 100.0))
    table("points of recall beyond each pixel by itself",
          lambda each: _said(each["gain"], 1, 100.0))  # fmt: skip
    table("slope, and calibration error",
          lambda each: f"{each['slope']:.2f}, {each['calibration_error']:.3f}")  # fmt: skip
    table(
        "verdict present: recall, wrong names a pixel, of the worst group in 1,000 pixels; "
        "groups that are nowhere there and are named in more than 5 % of a painting's pixels, %",
        lambda each: each["verdicts"] and _verdict_words(each["verdicts"]),
    )


def _verdict_words(found: dict[str, float]) -> str:
    return (
        f"{100.0 * found['recall']:.1f} %, {found['wrong_names']:.3f}, "
        f"{1e3 * found['worst_group']:.2f}; {100.0 * found['nowhere_in_5_percent']:.2f}"
    )


def _said(value: Interval, digits: int, times: float) -> str:
    low, high = times * value.low, times * value.high
    return f"{times * value.value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main() -> None:
    """Simulate, read, print."""
    library = load_library()
    options = asked(__doc__, library, SCANNERS, SEED)
    # how frequent groups are in paintings at large, from others than are judged
    others = list(unseen(library, options.seed + 1, options.scanners // 2))
    truths = [each.truth for each in others]
    usual = np.stack([
        np.concatenate([getattr(truth, place) for truth in truths]).mean(axis=0)
        for place in POSITIONS
    ])  # fmt: skip
    usual = np.clip(usual, NEVER, 1.0 - NEVER)
    scans: dict[str, list[Scan]] = {name: [] for name in options.judged}
    details: dict[str, list[Detail]] = {name: [] for name in options.judged}
    for number, examples in enumerate(unseen(library, options.seed, options.scanners)):
        for name, weights in options.judged.items():
            same = np.random.default_rng((options.seed, number))
            scan, detail = read(weights, examples, usual, library, same)
            scans[name].append(scan)
            details[name] += [] if detail is None else [detail]
    kept = {}
    for name, own in scans.items():
        stem, parts = Path(name).stem, details[name]
        kept[name] = {"paintings": score(own), "details": score(parts), "ground": in_ground(parts)}
        print_all(stem, kept[name]["paintings"], sum(len(each.there) for each in own))
        print_all(f"{stem}, details", kept[name]["details"], sum(len(each.there) for each in parts))
        print_ground(f"{stem}, {len(parts)} details", kept[name]["ground"])
    if options.json is not None:
        text = json.dumps(kept, indent=1, default=asdict)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
