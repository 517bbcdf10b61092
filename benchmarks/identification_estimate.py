"""How long the stages would take, measured on one scan of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from identification_arms import SETTINGS, Budget
from identification_cnn import train_plain
from identification_conditions import CONDITIONS, COUNTS, measure
from identification_dictionary import Dictionary
from identification_expert import Expert
from identification_scans import scan_of, scanners_in_turn
from identification_table import print_table
from identification_training import PAINTINGS, training_scan
from identification_trees import train_trees
from identification_work import Work
from underpaint.paint import detectability

SAMPLE_GROUPS = 4
SAMPLE_STRATIGRAPHIES = 4
CONDITIONS_READ = 6


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
    few = replace(part, present=part.present[:, :, :SAMPLE_GROUPS])
    _, trees = timed(lambda: train_trees(few, next(iter(SETTINGS["boosted trees"])), 0))
    _, plain = timed(lambda: train_plain(part, SETTINGS["plain CNN"][0], 4, 0, False))
    read, measuring = timed(lambda: measure(scan, library, CONDITIONS["plain"], 0))
    _, ruling = timed(lambda: Expert(library, SETTINGS["expert rules"][0]).scores(read))
    _, fitting = timed(lambda: Dictionary(library, SETTINGS["dictionary"][0]).scores(read))
    spectra = size.test.scans * len(read) * CONDITIONS_READ + _spectra(size.calibration)
    per_spectrum = (measuring + ruling + fitting) / len(read)
    groups = len(library.groups)
    rows = [
        ("sets", f"{scans} scans", scans * simulating),
        ("limit", f"{_stratigraphies(size.test)} stratigraphies",
         _stratigraphies(size.test) / len(stratigraphies) * limiting),
        ("training spectra", f"{budget.spectra}", budget.spectra / each * learning),
        ("boosted trees", "3 settings; linear in spectra, which is too much for large sets",
         3 * groups / SAMPLE_GROUPS * trees * factor),
        ("two CNNs", f"3 settings each, {budget.epochs} epochs",
         6 * plain / 4 * budget.epochs * factor),
        ("expert and dictionary, tuning", "3 settings each",
         3 * _spectra(size.tuning) * (ruling + fitting) / len(read)),
        ("answers", f"{spectra} spectra", spectra * per_spectrum),
    ]  # fmt: skip
    print_table(
        "Cost on one core",
        ("stage", "what", "minutes"),
        [(stage, what, f"{seconds / 60.0:.1f}") for stage, what, seconds in rows],
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
