"""How much of what 32 Monte Carlo stratigraphies say of probabilities is chance.

    python benchmarks/monte_carlo_chance.py LABELLED.h5 [--weights NAME|FILE] [--mock-ups]
        [--as-whole] [--scans N] [--seed N] [--json FILE]

The Monte Carlo spectra are of few stratigraphies, each counted again and again: answers to one
stratigraphy are right or wrong together. So scans of as many stratigraphies are drawn from the
prior that networks are trained for, each of a painting of its own, simulated by this project's
model under the Monte Carlo spectra's scanner, and counted, disturbed and read in the same way.
What they scatter by is what so few stratigraphies leave open, where probabilities mean what they
say. Printed beside: the same of the Monte Carlo spectra, of their stratigraphies by this project's
model, and of all scans in one.

With --mock-ups the stratigraphies of a scan are those of one mock-up of the prior. With --as-whole
each spectrum is read in the light of the others of its scan.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from identification_conditions import CONDITIONS, measure
from identification_reader import Ours
from identification_scans import Scan, monte_carlo_scan, simulate, simulated_again
from identification_stratigraphies import POSITIONS, draw_stratigraphies
from identification_table import print_table
from underpaint.network import (
    PRESENT,
    classwise_calibration,
    find_weights,
    load_weights,
    reliability,
)
from underpaint.paint import (
    BoardPrior,
    Library,
    PaintPrior,
    Stratigraphy,
    load_library,
    sample_painting,
    sample_stratigraphies,
    stratigraphies_of,
)

SEED = 81_818
SCANS, REPEATS = 100, 8
LOOKED_AT = ("plain", "all")
SCORES = ("slope", "classwise calibration error", "wrong names a spectrum")


@dataclass(frozen=True, eq=False)
class Read:
    """What a network says of some spectra.

    Attributes
    ----------
    chance : (spectrum, 3, group) float32
    there, called : (spectrum, 3, group) bool
    """

    chance: NDArray[np.float32]
    there: NDArray[np.bool_]
    called: NDArray[np.bool_]

    def scores(self, position: int) -> tuple[float, float, float]:
        """Slope, classwise calibration error and wrong names a spectrum, see `SCORES`."""
        chance, there = self.chance[:, position], self.there[:, position]
        wrong = (self.called[:, position] & ~there).sum() / len(there)
        error = classwise_calibration(chance, there).error
        return reliability(chance.ravel(), there.ravel()).slope, error, float(wrong)


def read(scan: Scan, reader: Ours, condition: str, number: int) -> Read:
    """Count a scan under a condition, and read it."""
    measured = measure(scan, reader.library, CONDITIONS[condition], number, REPEATS)
    said = reader.everything(measured)
    return Read(
        np.asarray(said["scores"], dtype=np.float32),
        measured.labels.present,
        said["verdicts"] == PRESENT,
    )


def joined(reads: list[Read]) -> Read:
    """All spectra in one."""
    return Read(
        *(np.concatenate([getattr(r, name) for r in reads]) for name in Read.__dataclass_fields__)
    )


def prior_scans(
    like: Scan, library: Library, mock_ups: bool, number: int, seed: int
) -> Iterator[Scan]:
    """Scans of as many stratigraphies of the prior, each of another painting, or of one mock-up."""
    draw = _of_a_mock_up if mock_ups else _of_paintings
    for place in range(number):
        random = np.random.default_rng((seed, place))
        paintings = draw(library, len(like), random)
        made = simulate(
            f"prior {place}", like.instrument, like.axes, paintings, None, like.single.shape[1]
        )
        # blended with one another, as the Monte Carlo stratigraphies are
        yield replace(made, more_lines=like.more_lines, painting=np.zeros_like(made.painting))


def _of_paintings(
    library: Library, number: int, random: np.random.Generator
) -> list[list[Stratigraphy]]:
    prior = PaintPrior()
    return [
        draw_stratigraphies(sample_painting(library, prior, random), library, 1, random)
        for _ in range(number)
    ]


def _of_a_mock_up(
    library: Library, number: int, random: np.random.Generator
) -> list[list[Stratigraphy]]:
    prior = BoardPrior().of(PaintPrior())
    board = sample_painting(library, prior, random)
    return [stratigraphies_of(sample_stratigraphies(board, prior, library, number, random))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("labelled", type=Path, help="labelled spectra of XMI-MSIM")
    parser.add_argument("--weights")
    parser.add_argument("--mock-ups", action="store_true")
    parser.add_argument("--as-whole", action="store_true")
    parser.add_argument("--scans", type=int, default=SCANS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    library = load_library()
    weights = load_weights(find_weights(options.weights), library)
    reader = Ours(library, weights, as_whole=options.as_whole)
    monte_carlo = monte_carlo_scan(options.labelled)
    ours = simulated_again(monte_carlo)
    drawn: dict[str, list[Read]] = {name: [] for name in LOOKED_AT}
    simulated = prior_scans(monte_carlo, library, options.mock_ups, options.scans, options.seed)
    for place, scan in enumerate(simulated):
        for name in LOOKED_AT:
            drawn[name].append(read(scan, reader, name, place))
    rows, kept = [], []
    for name in LOOKED_AT:
        given, again = (read(scan, reader, name, options.scans) for scan in (monte_carlo, ours))
        together = joined(drawn[name])
        for position, where in enumerate(POSITIONS):
            each = np.array([some.scores(position) for some in drawn[name]])
            for k, score in enumerate(SCORES):
                told = {
                    "condition": name, "position": where, "score": score,
                    "monte_carlo": given.scores(position)[k], "ours": again.scores(position)[k],
                    "each": each[:, k].tolist(), "together": together.scores(position)[k],
                }  # fmt: skip
                kept.append(told)
                low, middle, high = np.nanquantile(each[:, k], [0.025, 0.5, 0.975])
                above = np.mean(each[:, k] >= told["monte_carlo"])
                rows.append([
                    f"{name}, {where}: {score}", f"{told['monte_carlo']:.3f}",
                    f"{told['ours']:.3f}", f"{middle:.3f} ({low:.3f} to {high:.3f})",
                    f"{100.0 * above:.0f}", f"{told['together']:.3f}",
                ])  # fmt: skip
    headings = (
        reader.weights.name, "Monte Carlo", "the same by underpaint",
        f"{options.scans} {'mock-ups' if options.mock_ups else 'scans'} of the prior: "
        "median (95 %)",
        "of these at or above Monte Carlo, %", "all of these in one",
    )  # fmt: skip
    print_table(f"{len(monte_carlo)} stratigraphies", headings, rows)
    if options.json is not None:
        options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
