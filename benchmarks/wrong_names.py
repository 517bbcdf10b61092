"""How many pixels of a scan a group is named in that is nowhere in it.

    python benchmarks/wrong_names.py [--weights NAME|FILE] [--scans N] [--pixels N] [--json FILE]

Simulates scans of the shipped prior of a seed of their own, one painting each, and counts in how
many pixels each group and each family that is nowhere in the painting is called present by the
network alone, before any name is withdrawn for want of its lines. Groups that the palette of a scan
excludes are left out. Beside it stands what `underpaint.result` lets chance explain in such scans.
Each scan is read pixel by pixel and, by weights that can, as a whole.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from identification_table import print_table
from underpaint.network import (
    PRESENT,
    WRONG_NAMES,
    Weights,
    default_config_path,
    find_weights,
    load_weights,
    predict,
    read_config,
    read_whole,
)
from underpaint.network.examples import Examples
from underpaint.network.simulation import Unseen
from underpaint.paint import Library, load_library
from underpaint.result.chance import most_by_chance

SEED = 61_531
SCANS, PIXELS = 160, 512


def main() -> None:
    """Simulate, read, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights")
    parser.add_argument("--scans", type=int, default=SCANS)
    parser.add_argument("--pixels", type=int, default=PIXELS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    library = load_library()
    weights = load_weights(find_weights(options.weights), library)
    config = read_config(default_config_path())
    calibration = replace(config.calibration, scanners=options.scans, pixels=options.pixels)
    unseen = Unseen(library, replace(config, seed=SEED, calibration=calibration))
    found: dict[str, list[NDArray[np.int64]]] = {}
    for number in range(options.scans):
        for name, wrong in wrong_in(unseen[number], weights, library).items():
            found.setdefault(name, []).append(wrong)
    table = {name: np.concatenate(parts) for name, parts in found.items()}
    most = most_by_chance(options.pixels, WRONG_NAMES)
    print_table(
        f"{weights.name}, {options.scans} scans of {options.pixels} pixels",
        ("not there", "cases", "wrong names a pixel", "named in a pixel or more, %",
         "99th percentile, pixels", "most", f"in more than the {most} that chance explains, %"),
        [(name, f"{len(wrong):,}", f"{wrong.mean() / options.pixels:.5f}",
          f"{100 * (wrong > 0).mean():.1f}", f"{np.percentile(wrong, 99):.0f}", f"{wrong.max()}",
          f"{100 * (wrong > most).mean():.2f}") for name, wrong in table.items()],
    )  # fmt: skip
    if options.json:
        counts = {name: wrong.tolist() for name, wrong in table.items()}
        options.json.write_text(json.dumps(counts), encoding="utf-8")


def wrong_in(
    examples: Examples, weights: Weights, library: Library
) -> dict[str, NDArray[np.int64]]:
    """Pixels in which each group, and each family, that is nowhere in a scan is called present."""
    answers = predict(
        weights.reader, examples.counts, examples.measured, examples.fwhm_kev, examples.scanner,
        examples.palette, library.membership,
    )  # fmt: skip
    counts = examples.counts.sum(dim=1).numpy()
    allowed, whole = examples.palette[0].numpy(), weights.whole
    readings = {"": (answers, weights.rules)}
    if whole is not None:
        again = read_whole(whole.reader, answers, counts, allowed, library.membership)
        readings[", read as a whole"] = again, whole.rules
    membership = library.membership
    there = examples.truth.anywhere.any(axis=0)
    found = {}
    for how, (said, rules) in readings.items():
        called = rules.verdicts(said.probability, counts)[:, 0] == PRESENT
        families = rules.family_verdicts(said.family, counts, called @ membership.T) == PRESENT
        found[f"groups{how}"] = called.sum(axis=0)[~there & allowed]
        found[f"families{how}"] = families.sum(axis=0)[
            ~(there @ membership.T) & (allowed @ membership.T)
        ]
    return found


if __name__ == "__main__":
    main()
