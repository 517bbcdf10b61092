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
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from training_gap import asked, one_thread
from underpaint.network import TrainConfig, default_config_path, read_config
from underpaint.network.examples import Examples
from underpaint.network.simulation import Unseen, WholeScans
from underpaint.paint import Library, load_library
from whole_scan_reading import ALONE, NEVER, PIXELS, WHOLE, Detail, Scan, read
from whole_scan_scores import POSITIONS, in_ground, print_all, print_ground, score

SEED = 121_121
SCANNERS = 400
PAINTINGS, FEW, BOARDS = "paintings", "paintings of few paints", "mock-ups"
KINDS = {FEW: {"patchy": 1.0, "boards": 0.0}, BOARDS: {"patchy": 0.0, "boards": 1.0}}


def unseen(library: Library, seed: int, scanners: int) -> Iterator[Examples]:
    """Pixels of one painting under each of so many scanners, simulated by two processes."""
    config = _seeded(seed)
    calibration = replace(config.calibration, scanners=scanners, pixels=PIXELS)
    yield from _simulated(Unseen(library, replace(config, calibration=calibration)))


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

    def all_read(simulated: Iterator[Examples]) -> dict[str, list[tuple[Scan, Detail | None]]]:
        found: dict[str, list[tuple[Scan, Detail | None]]] = {name: [] for name in options.judged}
        for number, examples in enumerate(simulated):
            for name, weights in options.judged.items():
                same = np.random.default_rng((options.seed, number))
                found[name].append(read(weights, examples, usual, library, same))
        return found

    kept: dict[str, dict[str, Any]] = {name: {} for name in options.judged}
    for name, both in all_read(unseen(library, options.seed, options.scanners)).items():
        stem, scans = Path(name).stem, [scan for scan, _ in both]
        details = [detail for _, detail in both if detail is not None]
        kept[name] = {
            PAINTINGS: score(scans), "details": score(details), "ground": in_ground(details)
        }  # fmt: skip
        print_all(stem, kept[name][PAINTINGS], _pixels(scans))
        print_all(f"{stem}, details", kept[name]["details"], _pixels(details))
        print_ground(f"{stem}, {len(details)} details", kept[name]["ground"])
    for kind in KINDS:
        read_of_kind = all_read(unseen_of(kind, library, options.seed, options.scanners))
        for name, both in read_of_kind.items():
            scans = [scan.only(ALONE, WHOLE[PIXELS]) for scan, _ in both]
            kept[name][kind] = score(scans)
            print_all(f"{Path(name).stem}, {kind}", kept[name][kind], _pixels(scans))
    if options.json is not None:
        text = json.dumps(kept, indent=1, default=asdict)
        options.json.write_text(text + "\n", encoding="utf-8")


def _pixels(scans: list[Any]) -> int:
    return sum(len(each.there) for each in scans)


if __name__ == "__main__":
    main()
