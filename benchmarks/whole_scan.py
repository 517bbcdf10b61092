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

Then the same of paintings of few paints, so that many of a painting's pixels are of the same
stratigraphy and err alike, and of mock-ups: patches of paint laid out to try a scanner.

Recall at 1 % false positives is the mean over groups, thresholds fixed on every other scanner and
recall taken on those between. Slope and error are those of answers between 2 and 98 %. Intervals
hold nineteen in twenty of 200 draws of the scanners with replacement (60 for average precision).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from training_gap import asked, one_thread
from underpaint.network import TrainConfig, default_config_path, read_config
from underpaint.network.examples import Examples
from underpaint.network.prior_file import Prior
from underpaint.network.simulation import Unseen, WholeScans
from underpaint.paint import Library, load_library
from whole_scan_reading import ALONE, NEVER, PIXELS, WHOLE, Detail, Scan, read
from whole_scan_scores import POSITIONS, in_ground, print_all, print_ground, score

SEED = 121_121
SCANNERS = 400
PAINTINGS, FEW, BOARDS = "paintings", "paintings of few paints", "mock-ups"
KINDS = {FEW: {"patchy": 1.0, "boards": 0.0}, BOARDS: {"patchy": 0.0, "boards": 1.0}}


def unseen(
    library: Library, seed: int, scanners: int, altered: Callable[[Prior], Prior] | None = None
) -> Iterator[Examples]:
    """Pixels of one painting under each of so many scanners, simulated by two processes.

    Parameters
    ----------
    altered : given the shipped prior, what they are drawn from instead of it
    """
    config = _seeded(seed)
    calibration = replace(config.calibration, scanners=scanners, pixels=PIXELS)
    simulation = Unseen(library, replace(config, calibration=calibration))
    if altered is not None:
        simulation.prior = altered(simulation.prior)
    yield from _simulated(simulation)


def unseen_of(kind: str, library: Library, seed: int, scanners: int) -> Iterator[Examples]:
    """The same of a kind of `KINDS`."""
    config = _seeded(seed)
    wanted = replace(
        config.scan_reader, scanners=scanners, paintings=1, pixels=PIXELS, **KINDS[kind]
    )
    yield from _simulated(WholeScans(library, replace(config, scan_reader=wanted)))


def _seeded(seed: int) -> TrainConfig:
    return replace(read_config(default_config_path()), seed=seed)


def _simulated(simulation: Unseen | WholeScans) -> Iterator[Examples]:
    yield from DataLoader(simulation, batch_size=None, num_workers=2, worker_init_fn=one_thread)


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

    def all_read(simulated: Iterator[Examples]) -> Iterator[tuple[str, Scan, Detail | None]]:
        for number, examples in enumerate(simulated):
            for name, weights in options.judged.items():
                same = np.random.default_rng((options.seed, number))
                yield name, *read(weights, examples, usual, library, same)

    kept: dict[str, dict[str, Any]] = {name: {} for name in options.judged}

    def judge_paintings() -> None:
        scans: dict[str, list[Scan]] = {name: [] for name in options.judged}
        details: dict[str, list[Detail]] = {name: [] for name in options.judged}
        for name, scan, detail in all_read(unseen(library, options.seed, options.scanners)):
            scans[name].append(scan)
            details[name] += [detail] if detail is not None else []
        for name, found in kept.items():
            stem, shown = Path(name).stem, details[name]
            found[PAINTINGS] = score(scans[name])
            found |= {"details": score(shown), "ground": in_ground(shown)}
            print_all(stem, found[PAINTINGS], _pixels(scans[name]))
            print_all(f"{stem}, details", found["details"], _pixels(shown))
            print_ground(f"{stem}, {len(shown)} details", found["ground"])

    def judge(kind: str) -> None:
        scans: dict[str, list[Scan]] = {name: [] for name in options.judged}
        simulated = unseen_of(kind, library, options.seed, options.scanners)
        for name, scan, _ in all_read(simulated):
            scans[name].append(scan.only(ALONE, WHOLE[PIXELS]))
        for name, found in kept.items():
            found[kind] = score(scans[name])
            print_all(f"{Path(name).stem}, {kind}", found[kind], _pixels(scans[name]))

    # each lets go of its scans, of which there are gigabytes, before the next
    judge_paintings()
    for kind in KINDS:
        judge(kind)
    if options.json is not None:
        text = json.dumps(kept, indent=1, default=asdict)
        options.json.write_text(text + "\n", encoding="utf-8")


def _pixels(scans: list[Any]) -> int:
    return sum(len(each.there) for each in scans)


if __name__ == "__main__":
    main()
