"""What becomes of answers where a scan errs by more than networks have learnt to expect.

    python benchmarks/strained_scans.py [--weights NAME|FILE] ... [--scanners N] [--seed N]
        [--json FILE]

Simulates one painting of the shipped prior under each of so many scanners, 256 blended pixels of
each, and reads them without a palette, each pixel by itself and in the light of all. Then the same
again with errors that are so many times as large as those that training draws: such errors are
common to all pixels of a scan, and no number of pixels takes them away.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from identification_table import print_table
from training_gap import asked
from underpaint.network.prior_file import Prior
from underpaint.paint import load_library
from whole_scan import unseen
from whole_scan_reading import ALONE, PIXELS, WHOLE, Scan, alone_and_whole
from whole_scan_scores import POSITIONS, score

SEED = 131_131
SCANNERS = 100


def lines(prior: Prior, times: float) -> Prior:
    """Intensities of lines, shell by shell of each element."""
    return _scan(prior, yields=tuple(times * each for each in prior.scan.yields))


def scatter(prior: Prior, times: float) -> Prior:
    """The continuum: its shape, and what scatters more than twice."""
    return _scan(prior, scatter=times * prior.scan.scatter, haze=times * prior.scan.haze)


def axis(prior: Prior, times: float) -> Prior:
    """What is left of the energy axis's error, and the stated resolution."""
    scan = prior.scan
    return _scan(
        prior,
        zero_kev=times * scan.zero_kev,
        gain=times * scan.gain,
        resolution=times * scan.resolution,
    )


def thickness(prior: Prior, times: float) -> Prior:
    """How far thickness varies within a pixel."""
    return replace(prior, paint=replace(prior.paint, uneven=times * prior.paint.uneven))


def everything(prior: Prior, times: float) -> Prior:
    """All of these."""
    for strain in (lines, scatter, axis, thickness):
        prior = strain(prior, times)
    return prior


def _scan(prior: Prior, **figures: Any) -> Prior:
    return replace(prior, scan=replace(prior.scan, **figures))


STRAINS: dict[str, Callable[[Prior], Prior]] = {
    "as learnt": lambda prior: prior,
    "lines, four times": partial(lines, times=4.0),
    "scattered continuum, four times": partial(scatter, times=4.0),
    "energy axis and resolution, four times": partial(axis, times=4.0),
    "thickness within a pixel, twice": partial(thickness, times=2.0),
    "all of these, twice": partial(everything, times=2.0),
}


def main() -> None:
    """Simulate, read, print."""
    library = load_library()
    options = asked(__doc__, library, SCANNERS, SEED)
    found: dict[str, dict[str, Any]] = {name: {} for name in options.judged}
    for strain, altered in STRAINS.items():
        scans: dict[str, list[Scan]] = {name: [] for name in options.judged}
        for examples in unseen(library, options.seed, options.scanners, altered):
            for name, weights in options.judged.items():
                scans[name].append(alone_and_whole(weights, examples, library))
        for name, of_it in found.items():
            of_it[strain] = score(scans[name])
    for name, of_it in found.items():
        for reading in (ALONE, WHOLE[PIXELS]):
            print_reading(f"{Path(name).stem}, {reading}", reading, of_it)
    if options.json is not None:
        text = json.dumps(found, indent=1, default=asdict)
        options.json.write_text(text + "\n", encoding="utf-8")


def print_reading(title: str, reading: str, found: dict[str, Any]) -> None:
    """One table: a row for each strain."""
    rows = []
    for strain, scored in found.items():
        row = [strain]
        for place in POSITIONS:
            each = scored[reading][place]
            row += [
                f"{each['average_precision'].value:.3f}",
                f"{each['slope']:.2f}, {each['calibration_error']:.3f}",
                f"{100.0 * each['verdicts']['recall']:.1f}; {each['verdicts']['wrong_names']:.3f}",
            ]
        rows.append(row)
    kinds = ("average precision", "slope, error", "present: recall, %; wrong names a pixel")
    headings = [f"{place}: {kind}" for place in POSITIONS for kind in kinds]
    print_table(title, ("errors", *headings), rows)


if __name__ == "__main__":
    main()
