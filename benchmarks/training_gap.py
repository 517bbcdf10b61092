"""How near other weights come to the shipped ones, on spectra that none has seen.

    python benchmarks/training_gap.py [--weights NAME|FILE] ... [--scanners N] [--seed N]
        [--json FILE]

Simulates paintings of the shipped prior under scanners of a seed of their own, one painting under
each, and gives all weights the same pixels, palettes included. For each it prints the loss that
training makes least, average precision over all groups and pixels that the palette allows, and how
much worse than the first weights it is. Intervals hold nineteen in twenty of 1,000 draws of the
scanners with replacement (200 for average precision).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from identification_table import print_table
from underpaint.network import (
    DEFAULT,
    Weights,
    average_precision,
    default_config_path,
    find_weights,
    load_weights,
    read_config,
)
from underpaint.network.bootstrap import Interval, difference, interval, resample, share
from underpaint.network.examples import Examples
from underpaint.network.simulation import Unseen, as_batch
from underpaint.network.train import loss_of
from underpaint.paint import Library, load_library

SEED = 40_407
SCANNERS = 384
POSITIONS = ("anywhere", "top", "buried")
DRAWS, PRECISION_DRAWS = 1_000, 200


@dataclass(frozen=True, eq=False)
class Read:
    """What weights said of the pixels of one scanner.

    Attributes
    ----------
    loss : of a pixel, in the mean
    chance, there : (pixel, 3, group), float32 and bool
    allowed : (pixel, group) bool, by the palette
    """

    loss: float
    chance: NDArray[np.float32]
    there: NDArray[np.bool_]
    allowed: NDArray[np.bool_]


def one_thread(_worker: int) -> None:
    """Leave the other processes their cores."""
    torch.set_num_threads(1)


def unseen(library: Library, seed: int, scanners: int) -> Iterator[Examples]:
    """Pixels of one painting under each of so many scanners, simulated by two processes."""
    config = read_config(default_config_path())
    calibration = replace(config.calibration, scanners=scanners)
    simulation = Unseen(library, replace(config, seed=seed, calibration=calibration))
    yield from DataLoader(
        simulation,
        batch_size=None,
        num_workers=2,
        worker_init_fn=one_thread,
    )


def read(weights: Weights, examples: Examples, library: Library, amount_loss: float) -> Read:
    """What weights say of them."""
    batch = as_batch(examples, library)
    with torch.inference_mode():
        answers = weights.reader(
            batch.counts, batch.measured, batch.fwhm_kev, batch.scanner, batch.palette
        )
        loss = float(loss_of(answers, batch, amount_loss))
    many = len(POSITIONS)
    return Read(
        loss,
        torch.sigmoid(answers.logits[:, :many]).numpy(),
        batch.positions[:, :many].numpy() > 0.5,
        batch.palette.numpy(),
    )


def precision(reads: list[Read], position: int, drawn: NDArray[np.int64]) -> Interval:
    """Average precision over all groups and pixels that the palette allows."""
    chance = np.concatenate([each.chance[:, position][each.allowed] for each in reads])
    there = np.concatenate([each.there[:, position][each.allowed] for each in reads])
    owner = np.repeat(np.arange(len(reads)), [int(each.allowed.sum()) for each in reads])
    order = np.argsort(-chance, kind="stable")
    chance, there, owner = chance[order], there[order], owner[order]
    again = np.array([average_precision(chance, there, draw[owner]) for draw in drawn])
    return interval(average_precision(chance, there), again)


@dataclass(frozen=True, slots=True)
class Score:
    """Of weights: the loss, that beyond the first weights', and average precisions."""

    loss: Interval
    worse: Interval
    precision: dict[str, Interval]


def score(reads: list[Read], first: list[Read], drawn: NDArray[np.int64]) -> Score:
    """How good weights are, and how much worse than the first."""
    loss = np.array([each.loss for each in reads])
    least = np.array([each.loss for each in first])
    each = np.ones(len(loss))
    some = drawn[:PRECISION_DRAWS]
    return Score(
        share(loss, each, drawn),
        difference(loss, least, each, drawn),
        {name: precision(reads, place, some) for place, name in enumerate(POSITIONS)},
    )


def _said(value: Interval, digits: int) -> str:
    return f"{value.value:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


@dataclass(frozen=True, eq=False)
class Asked:
    """What a benchmark on unseen pixels is asked for: weights by name, scanners, a seed, a file."""

    judged: dict[str, Weights]
    scanners: int
    seed: int
    json: Path | None


def asked(about: str | None, library: Library, scanners: int, seed: int) -> Asked:
    """Read the command line of such a benchmark.

    Parameters
    ----------
    about : the module's docstring
    scanners, seed : where none are given
    """
    parser = argparse.ArgumentParser(description=str(about).splitlines()[0])
    parser.add_argument("--weights", action="append", help="once for each")
    parser.add_argument("--scanners", type=int, default=scanners)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = options.weights or [DEFAULT, f"{DEFAULT}-small"]
    judged = {name: load_weights(find_weights(name), library) for name in names}
    return Asked(judged, options.scanners, options.seed, options.json)


def main() -> None:
    """Simulate, read, print a table."""
    library = load_library()
    options = asked(__doc__, library, SCANNERS, SEED)
    amount_loss = read_config(default_config_path()).training.amount_loss
    reads: dict[str, list[Read]] = {name: [] for name in options.judged}
    for examples in unseen(library, options.seed, options.scanners):
        for name, weights in options.judged.items():
            reads[name].append(read(weights, examples, library, amount_loss))
    first = next(iter(reads.values()))
    drawn = resample(options.scanners, DRAWS, np.random.default_rng(options.seed))
    scores = {name: score(kept, first, drawn) for name, kept in reads.items()}
    pixels = sum(len(each.chance) for each in first)
    print_table(
        f"{pixels:,} pixels under {options.scanners} scanners never trained on",
        ("weights", "loss", "worse than the first", *POSITIONS),
        [
            (
                Path(name).stem,
                _said(scored.loss, 2),
                _said(scored.worse, 2),
                *(_said(scored.precision[position], 3) for position in POSITIONS),
            )
            for name, scored in scores.items()
        ],
    )
    if options.json is not None:
        options.json.write_text(
            json.dumps({name: asdict(scored) for name, scored in scores.items()}, indent=1) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
