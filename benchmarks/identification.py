"""Identification on scanners never trained on, against other ways to do it, and against the limit.

    python benchmarks/identification.py STAGE --work DIR --arms DIR [--size tiny|small|full]
        [--monte-carlo LABELLED.h5] [--weights NAME|FILE] [--small NAME|FILE] [--json FILE]
        [--figures DIR]

Stages, each resumable: `sets` simulates test, calibration and tuning scans; `limit` works out what
could be seen of the test set at best; `training` simulates spectra to learn from; `arms` trains
what this is compared with; `answers` has all arms read all sets under all conditions; `report`
prints, writes and draws the scores; `estimate` says how long each would take; `all` does all.

Arms: expert rules and boosted trees on fitted element intensities, a fit of a dictionary of
pigment spectra, a plain CNN, the same trained on single layers without scatter and continuum, and
this project's network, told of the scanner and not, reading the ten stratigraphies of a painting
together, and its small one. Thresholds are fixed at 1 %
false positives on the calibration set, and settings on the tuning set; the test set is read once.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch

from identification_answers import Store, stamp_of
from identification_arms import (
    OURS,
    RIVALS,
    SMALL,
    UNSTATED,
    WHOLE,
    Arm,
    Budget,
    load_arm,
    record_of,
    train_arm,
)
from identification_conditions import AS_STATED, CONDITIONS, Measured, measure
from identification_estimate import estimate
from identification_reader import Ours
from identification_report import report
from identification_training import (
    PAINTINGS,
    TrainingSet,
    add_scan,
    load_training_set,
    scans_in,
    training_scan,
)
from identification_work import (
    CALIBRATION,
    COUNTING_SEED,
    SAME_BY_OURS,
    SIZES,
    TEST,
    TRAINING_SEED,
    TUNING,
    Work,
    spread,
)
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library

STAGES = ("sets", "limit", "training", "arms", "answers", "report", "estimate", "all")
PLAIN_CNN = "plain CNN"


class Run:
    """One run: its options and its folders."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.library = load_library()
        self.work = Work(
            options.work, SIZES[options.size], self.library, options.monte_carlo, options.workers
        )
        size = self.work.size
        self.budget = Budget(options.spectra or size.training, options.epochs or size.epochs, 0)
        self.training_path = options.arms / "training.h5"

    def sets(self) -> None:
        """Simulate the sets."""
        self.work.make_sets(tell)

    def limit(self) -> None:
        """Work out the limit."""
        self.work.make_limits(tell, self.options.at_most)

    def training(self) -> None:
        """Simulate spectra to learn from."""
        self.options.arms.mkdir(parents=True, exist_ok=True)
        pixels = self.work.size.pixels
        wanted = -(-self.budget.spectra // (pixels * PAINTINGS))
        missing = range(scans_in(self.training_path), wanted)
        arguments = [(TRAINING_SEED, k, pixels) for k in missing]
        for k, scan in zip(missing, spread(_scan, arguments, self.options.workers), strict=True):
            add_scan(self.training_path, k, scan)
            tell(f"training: scan {k + 1} of {wanted}")

    def arms(self) -> None:
        """Train the arms, and choose their settings."""
        self.options.arms.mkdir(parents=True, exist_ok=True)

        @cache
        def training() -> TrainingSet:
            return load_training_set(self.training_path, self.budget.spectra)

        @cache
        def tuning() -> Sequence[Measured]:
            return [
                measure(scan, self.library, CONDITIONS["plain"], COUNTING_SEED + 50_000 + k)
                for k, scan in enumerate(self.work.scans(TUNING))
            ]

        for name in self.options.only or RIVALS:
            record = train_arm(name, training, tuning, self.options.arms, self.library, self.budget)
            tell(f"{name}: {record['chosen']} of {record['tried']}")

    def answers(self) -> None:
        """Have all arms read all sets under all conditions."""
        arms, store = self.readers()
        plan = [(CALIBRATION, "plain", 1, COUNTING_SEED + 10_000)]
        for name in self.work.sets():
            repeats = 1 if name == TEST else self.work.size.repeats
            conditions = ["plain"] if name == SAME_BY_OURS else list(CONDITIONS)
            plan += [(name, condition, repeats, COUNTING_SEED) for condition in conditions]
        for name, condition, repeats, seed in plan:
            chosen = (OURS, PLAIN_CNN) if condition in AS_STATED else tuple(arms)
            if name not in (CALIBRATION, TEST):
                # the Monte Carlo stratigraphies are no painting
                chosen = tuple(arm for arm in chosen if arm != WHOLE)
            start = time.perf_counter()
            store.answer(
                {arm: arms[arm] for arm in chosen if arm in arms},
                name, condition, self.work.scans(name), self.library, seed, repeats,
            )  # fmt: skip
            tell(f"{name}, {condition}: {time.perf_counter() - start:.0f} s")

    def readers(self) -> tuple[dict[str, Arm], Store]:
        """All arms ready to answer, and where their answers lie."""
        weights = load_weights(find_weights(self.options.weights), self.library)
        arms: dict[str, Arm] = {OURS: Ours(self.library, weights)}
        arms[UNSTATED] = Ours(self.library, weights, told=False)
        if weights.whole is not None:
            arms[WHOLE] = Ours(self.library, weights, as_whole=True)
        if self.options.small is not None:
            small = load_weights(find_weights(self.options.small), self.library)
            arms[SMALL] = Ours(self.library, small)
        common = (self.library.version, self.work.size)
        stamps = {
            name: stamp_of(*common, name, arm.weights.sha256)
            for name, arm in arms.items()
            if isinstance(arm, Ours)
        }
        for name in self.options.only or RIVALS:
            arms[name] = load_arm(name, self.options.arms, self.library)
            stamps[name] = stamp_of(*common, record_of(name, self.options.arms))
        return arms, Store(self.options.work / "answers", stamps)

    def report(self) -> None:
        """Print, write, draw."""
        arms, store = self.readers()
        weights = arms[OURS].weights  # type: ignore[attr-defined]
        report(
            self.work, store, tuple(arms), self.options.arms, weights, self.options.json,
            self.options.figures,
        )  # fmt: skip

    def estimate(self) -> None:
        """Say how long each stage would take."""
        estimate(self.work, self.budget, TRAINING_SEED)

    def all(self) -> None:
        """All stages but the estimate, in order."""
        for stage in STAGES[:6]:
            start = time.perf_counter()
            getattr(self, stage)()
            tell(f"{stage} took {time.perf_counter() - start:.0f} s")


def _scan(seed: int, number: int, pixels: int) -> TrainingSet:
    return training_scan(seed, number, pixels, load_library())


def tell(text: str) -> None:
    """Progress goes to standard error."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Run one stage, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--work", type=Path, required=True, help="sets, limits, answers")
    parser.add_argument("--arms", type=Path, required=True, help="training spectra, trained arms")
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--monte-carlo", type=Path, help="labelled spectra of XMI-MSIM")
    parser.add_argument("--weights", help="this project's network, by name or file")
    parser.add_argument("--small", help="its small network, by name or file")
    parser.add_argument("--spectra", type=int, help="training spectra, instead of the size's")
    parser.add_argument("--epochs", type=int, help="of the CNNs, instead of the size's")
    parser.add_argument("--only", action="append", choices=RIVALS, help="only these arms")
    parser.add_argument("--at-most", type=int, help="scans to work out the limit of now")
    parser.add_argument("--workers", type=int, default=1, help="processes that simulate")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    getattr(Run(options), options.stage)()


if __name__ == "__main__":
    main()
