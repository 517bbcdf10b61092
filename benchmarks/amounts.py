"""How near amounts come to those that are there, on paintings and scanners never trained on.

    python benchmarks/amounts.py [--weights NAME|FILE] ... [--scanners N] [--seed N] [--json FILE]

Simulates paintings of the shipped prior, one under each of so many scanners drawn from it, gives
all weights the same pixels, palettes included, and holds the amounts they say of groups that they
rightly call present against the truth. "Usual": by what factor one is off who always says the
median of the group's amounts in these cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from identification_table import print_table
from training_gap import asked, unseen
from underpaint.identify.amount_scores import score_amounts
from underpaint.network import PRESENT, Predictions, Weights, predict
from underpaint.network.examples import Examples
from underpaint.network.simulation import as_batch
from underpaint.paint import Library, load_library

SEED = 50_503
SCANNERS = 384
FEWEST = 200
COUNTS = (3_000.0, 10_000.0, 40_000.0)
HEADINGS = (
    "", "cases", "said over true", "off by a factor of", "usual", "within a factor of two",
    "within the error said", "sum of all said over true",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Read:
    """What weights said of some pixels, all (pixel, group).

    Attributes
    ----------
    said, sigma, there : mg/cm2
    called : rightly called present
    top, buried : where the group is
    counts : of each pixel, the same for all groups
    """

    said: NDArray[np.float32]
    sigma: NDArray[np.float32]
    there: NDArray[np.float32]
    called: NDArray[np.bool_]
    top: NDArray[np.bool_]
    buried: NDArray[np.bool_]
    counts: NDArray[np.float32]


def read(weights: Weights, examples: Examples, library: Library) -> Read:
    """Amounts that weights say of examples, and the true ones."""
    batch = as_batch(examples, library)
    found: Predictions = predict(
        weights.reader, batch.counts, batch.measured, batch.fwhm_kev, batch.scanner,
        batch.palette, library.membership,
    )  # fmt: skip
    counts = (batch.counts * batch.measured).sum(dim=1).numpy()
    verdict = weights.rules.verdicts(found.probability[:, :3], counts)[:, 0]
    truth = examples.truth
    return Read(
        said=found.amount,
        sigma=found.amount_sigma,
        there=truth.amount,
        called=(verdict == PRESENT) & batch.palette.numpy() & truth.anywhere,
        top=truth.top,
        buried=truth.buried,
        counts=np.repeat(counts[:, None], truth.amount.shape[1], axis=1),
    )


def parts_of(all_read: Read, names: list[str]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """What the table has a row for: name, and which cases."""
    called = all_read.called & (all_read.there > 0.0)
    yield "all", called
    yield "in the uppermost layer alone", called & all_read.top & ~all_read.buried
    yield "beneath other paint alone", called & all_read.buried & ~all_read.top
    yield "in the ground alone", called & ~all_read.buried & ~all_read.top
    for low, high in zip((0.0, *COUNTS), (*COUNTS, np.inf), strict=True):
        inside = (all_read.counts >= low) & (all_read.counts < high)
        yield f"{low:,.0f} to {high:,.0f} counts", called & inside
    for k, name in enumerate(names):
        own = np.zeros_like(called)
        own[:, k] = called[:, k]
        if own.sum() >= FEWEST:
            yield name, own


def row_of(name: str, all_read: Read, cases: NDArray[np.bool_], names: list[str]) -> list[object]:
    """One row of the table."""
    score, _ = score_amounts(all_read.said, all_read.sigma, all_read.there, cases, names)
    usual = [
        np.abs(np.log(own / np.median(own)))
        for k in np.flatnonzero(cases.any(axis=0))
        for own in [all_read.there[cases[:, k], k]]
    ]
    return [
        name,
        score.cases,
        score.ratio,
        score.factor,
        float(np.exp(np.median(np.concatenate(usual)))),
        score.within_two,
        score.covered,
        float(all_read.said[cases].sum() / all_read.there[cases].sum()),
    ]


def main() -> None:
    """Simulate, read, print a table for each of the weights."""
    library = load_library()
    options = asked(__doc__, library, SCANNERS, SEED)
    names = [group.name for group in library.groups]
    reads: dict[str, list[Read]] = {name: [] for name in options.judged}
    for examples in unseen(library, options.seed, options.scanners):
        for name, weights in options.judged.items():
            reads[name].append(read(weights, examples, library))
    tables = {}
    for name, parts in reads.items():
        joined = Read(*(np.concatenate(each) for each in zip(*map(_values, parts), strict=True)))
        rows = [row_of(part, joined, cases, names) for part, cases in parts_of(joined, names)]
        tables[name] = [dict(zip(HEADINGS, row, strict=True)) for row in rows]
        print_table(
            f"{name}: {len(joined.said):,} pixels under {options.scanners} scanners",
            HEADINGS,
            [[row[0], f"{row[1]:,}", *(f"{value:.2f}" for value in row[2:])] for row in rows],
        )
    if options.json is not None:
        options.json.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


def _values(part: Read) -> tuple[NDArray[np.generic], ...]:
    return tuple(vars(part).values())


if __name__ == "__main__":
    main()
