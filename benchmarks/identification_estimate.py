"""How long the stages would take, measured on one scan of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from identification_arms import SETTINGS, Budget
from identification_cnn import train_plain
from identification_conditions import CONDITIONS, COUNTS, measure
from identification_dictionary import Dictionary
from identification_expert import Expert
from identification_scans import scan_of, scanners_in_turn
from identification_scores import TIMES_RANKED
from identification_stratigraphies import POSITIONS
from identification_table import print_table
from identification_training import PAINTINGS, TrainingSet, training_scan
from identification_trees import train_trees
from identification_work import Work
from underpaint.network import average_precision
from underpaint.paint import detectability

SAMPLE_GROUPS = 3
SAMPLE_SPECTRA = (1024, 8192)
SAMPLE_STRATIGRAPHIES = 4
CONDITIONS_READ = 7


def estimate(work: Work, budget: Budget, seed: int) -> None:
    """Print what each stage would take on one core, from one scan of each kind."""
    size, library = work.size, work.library
    name, instrument, number = scanners_in_turn(size.test)[0]
    scan, simulating = timed(lambda: scan_of(size.test, number, library, instrument, name))
    scans = size.test.scans + size.calibration.scans + size.tuning.scans
    stratigraphies = scan.stratigraphies[:SAMPLE_STRATIGRAPHIES]
    _, limiting = timed(lambda: detectability(stratigraphies, instrument, library))
    part, learning = timed(lambda: training_scan(seed, 0, size.pixels, library))
    each = size.pixels * PAINTINGS
    factor = budget.spectra / len(part)
    setting = next(iter(SETTINGS["boosted trees"]))
    small, large = (_few_groups(part, spectra) for spectra in SAMPLE_SPECTRA)
    train_trees(small, setting, 0)
    (_, little), (_, much) = (
        timed(partial(train_trees, some, setting, 0)) for some in (small, large)
    )
    slope = (much - little) / (len(large) - len(small))
    trees = much + slope * (budget.spectra - len(large))
    _, plain = timed(lambda: train_plain(part, SETTINGS["plain CNN"][0], 4, 0, False))
    read, measuring = timed(lambda: measure(scan, library, CONDITIONS["plain"], 0))
    _, ruling = timed(lambda: Expert(library, SETTINGS["expert rules"][0]).scores(read))
    _, fitting = timed(lambda: Dictionary(library, SETTINGS["dictionary"][0]).scores(read))
    cases = _spectra(size.test) * len(library.groups)
    chance = np.random.default_rng(0).random(cases)
    _, ranking = timed(lambda: average_precision(chance, chance > 0.9, chance))
    spectra = size.test.scans * len(read) * CONDITIONS_READ + _spectra(size.calibration)
    per_spectrum = (measuring + ruling + fitting) / len(read)
    groups = len(library.groups)
    rows = [
        ("sets", f"{scans} scans", scans * simulating),
        ("limit", f"{_stratigraphies(size.test)} stratigraphies",
         _stratigraphies(size.test) / len(stratigraphies) * limiting),
        ("training spectra", f"{budget.spectra}", budget.spectra / each * learning),
        ("boosted trees", "3 settings, twice as many trees in the third",
         4 * groups / SAMPLE_GROUPS * trees),
        ("two CNNs", f"3 settings each, {budget.epochs} epochs",
         6 * plain / 4 * budget.epochs * factor),
        ("expert and dictionary, tuning", "3 settings each",
         3 * _spectra(size.tuning) * (ruling + fitting) / len(read)),
        ("answers", f"{spectra} spectra", spectra * per_spectrum),
        ("report", "the intervals of average precision take most of it",
         (len(SETTINGS) + 1) * len(POSITIONS) * TIMES_RANKED * ranking),
    ]  # fmt: skip
    print_table(
        "Cost on one core",
        ("stage", "what", "minutes"),
        [(stage, what, f"{seconds / 60.0:.1f}") for stage, what, seconds in rows],
    )


def _few_groups(part: TrainingSet, spectra: int) -> TrainingSet:
    """As many spectra as wanted, by repetition, with few groups to learn."""
    rows = np.resize(np.arange(len(part)), spectra)
    noise = np.random.default_rng(0).normal(1.0, 0.01, (spectra, part.attributes.shape[1]))
    return replace(
        part,
        dose=part.dose[rows],
        expected=part.expected[rows],
        present=part.present[rows][:, :, :SAMPLE_GROUPS],
        attributes=(part.attributes[rows] * noise).astype(np.float32),
    )


def _stratigraphies(plan: Any) -> int:
    return int(np.prod([plan.scans, plan.paintings, plan.stratigraphies]))


def _spectra(plan: Any) -> int:
    return _stratigraphies(plan) * len(COUNTS)


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What a function gives, and its seconds."""
    start = time.perf_counter()
    given = function()
    return given, time.perf_counter() - start
