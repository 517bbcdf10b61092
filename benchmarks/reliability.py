"""Whether probabilities mean what they say, group by group, on paintings of the prior.

    python benchmarks/reliability.py [--weights NAME|FILE] ... [--scanners N] [--seed N]
        [--json FILE]

Simulates paintings of the shipped prior, blended pixels included, one painting under each of so
many scanners drawn from it, some read with a palette, as in training; none was trained on. Slope
and calibration error of the answers between 2 and 98 %, all groups together and each by itself;
groups that a palette rules out are left out. "Beyond doubt": by two standard errors, scanners drawn
anew. Wrong names are those of the verdict "present", over the pixels in which a group is possible,
read without a palette and with one, as its thresholds are to hold for both. Weights that read scans
as a whole are judged once more by that, in the light of 64 pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from identification_table import print_table
from training_gap import asked, unseen
from underpaint.network import (
    PRESENT,
    Weights,
    predict,
    read_whole,
    reliability,
)
from underpaint.network.bootstrap import Interval, interval, resample
from underpaint.network.examples import Examples
from underpaint.network.simulation import as_batch
from underpaint.paint import Library, load_library

SEED = 60_601
SCANNERS = 1_400
POSITIONS = ("anywhere", "top", "buried")
AS_A_WHOLE = ", scans read as a whole"
DRAWS = 60
SLOPES, ERROR, WRONG = (0.9, 1.1), 0.05, 1e-3
COUNTS = (("under 3,000 counts", 0.0, 3e3), ("3,000 to 10,000", 3e3, 1e4),
          ("10,000 to 40,000", 1e4, 4e4), ("over 40,000", 4e4, np.inf))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Read:
    """What weights said of some pixels.

    Attributes
    ----------
    chance : (pixel, 3, group) float32
    there, called : (pixel, 3, group) bool
    possible : (pixel, group) bool, by the palette
    counts : (pixel,)
    scanner : (pixel,) its number
    """

    chance: NDArray[np.float32]
    there: NDArray[np.bool_]
    called: NDArray[np.bool_]
    possible: NDArray[np.bool_]
    counts: NDArray[np.float32]
    scanner: NDArray[np.int64]

    def some(self, rows: NDArray[np.bool_]) -> Read:
        """Some of the pixels."""
        return Read(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def read(weights: Weights, examples: Examples, number: int, library: Library) -> dict[str, Read]:
    """What weights say of the pixels of one scanner, by how they are read."""
    batch = as_batch(examples, library)
    found = predict(
        weights.reader, batch.counts, batch.measured, batch.fwhm_kev, batch.scanner,
        batch.palette, library.membership,
    )  # fmt: skip
    counts = (batch.counts * batch.measured).sum(dim=1).numpy()
    palette, whole = batch.palette.numpy(), weights.whole
    readings = {"": (found, weights.rules)}
    if whole is not None:
        again = read_whole(whole.reader, found, counts, palette[0], library.membership)
        readings[AS_A_WHOLE] = again, whole.rules
    reads = {}
    for how, (answers, rules) in readings.items():
        chance = answers.probability[:, : len(POSITIONS)]
        reads[how] = Read(
            chance=chance,
            there=batch.positions[:, : len(POSITIONS)].numpy() > 0.5,
            called=rules.verdicts(chance, counts) == PRESENT,
            possible=palette,
            counts=counts,
            scanner=np.full(len(counts), number),
        )
    return reads


def joined(reads: list[Read]) -> Read:
    """All pixels in one."""
    return Read(
        *(np.concatenate([getattr(r, name) for r in reads]) for name in Read.__dataclass_fields__)
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Of one group in one position."""

    name: str
    answers: int
    slope: Interval
    calibration_error: float
    wrong_names: tuple[float, ...]

    @property
    def doubtless(self) -> bool:
        """Whether its slope is outside what is aimed at by two standard errors and more."""
        return self.slope.low > SLOPES[1] or self.slope.high < SLOPES[0]


def of_groups(seen: Read, position: int, names: list[str], draws: NDArray[np.int64]) -> list[Group]:
    """Each group by itself."""
    groups, whole = [], seen.possible.all(axis=1)
    for k, name in enumerate(names):
        rows = seen.possible[:, k]
        chance, there = seen.chance[rows, position, k], seen.there[rows, position, k]
        found = reliability(chance, there)
        unsure = (chance > 0.01) & (chance < 0.99)
        owner = seen.scanner[rows][unsure]
        again = [
            reliability(chance[unsure], there[unsure], weight=draw[owner]).slope for draw in draws
        ]
        error = 2.0 * float(np.nanstd(again))
        wrong = seen.called[:, position, k] & ~seen.there[:, position, k]
        each = (rows & whole, rows & ~whole)
        slope = Interval(found.slope, found.slope - error, found.slope + error)
        groups.append(
            Group(
                name,
                found.count,
                slope,
                found.calibration_error,
                tuple(float(wrong[some].sum() / max(some.sum(), 1)) for some in each),
            )
        )
    return groups


def together(seen: Read, position: int, draws: NDArray[np.int64]) -> tuple[Interval, float]:
    """Slope of all groups together, and their calibration error."""
    pixel, group = np.nonzero(
        seen.possible & (seen.chance[:, position] > 0.01) & (seen.chance[:, position] < 0.99)
    )
    chance, there = seen.chance[pixel, position, group], seen.there[pixel, position, group]
    found = reliability(chance, there)
    owner = seen.scanner[pixel]
    again = [reliability(chance, there, weight=draw[owner]).slope for draw in draws]
    return interval(found.slope, np.array(again)), found.calibration_error


def subsets(seen: Read) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Pixels that are looked at together."""
    whole = seen.possible.all(axis=1)
    yield "all", np.ones(len(whole), dtype=np.bool_)
    yield "read without a palette", whole
    yield "read with one", ~whole
    for name, low, high in COUNTS:
        yield name, (seen.counts >= low) & (seen.counts < high)


def share(groups: list[Group], held: Callable[[Group], bool]) -> str:
    """In how many of the groups something holds, %."""
    return f"{100.0 * sum(map(held, groups)) / len(groups):.0f}"


def wrong_names(groups: list[Group], how: int) -> tuple[str, str, str]:
    """Mean and most in 1,000 pixels, and how many groups have more than one."""
    found = [each.wrong_names[how] for each in groups]
    return (
        f"{1e3 * np.mean(found):.2f}",
        f"{1e3 * max(found):.2f}",
        str(sum(each > WRONG for each in found)),
    )


def print_all(name: str, seen: Read, groups: dict[str, list[Group]]) -> None:
    """Two tables."""
    few = resample(int(seen.scanner.max()) + 1, DRAWS, np.random.default_rng(1))
    rows = []
    for title, chosen in subsets(seen):
        part = seen.some(chosen)
        row = [title, f"{len(part.counts):,}"]
        for position in range(len(POSITIONS)):
            slope, error = together(part, position, few)
            row += [f"{slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f})", f"{error:.3f}"]
        rows.append(row)
    headings = [f"{place}: {what}" for place in POSITIONS for what in ("slope", "error")]
    print_table(f"{name}: all groups together", ("pixels", "number", *headings), rows)
    rows = [
        [
            place,
            f"{np.median([each.answers for each in own]):,.0f}",
            share(own, lambda each: SLOPES[0] <= each.slope.value <= SLOPES[1]),
            str(sum(each.doubtless for each in own)),
            f"{min(each.slope.value for each in own):.2f} to "
            f"{max(each.slope.value for each in own):.2f}",
            share(own, lambda each: each.calibration_error <= ERROR),
            f"{np.mean([each.calibration_error for each in own]):.3f}",
            *(words for how in range(2) for words in wrong_names(own, how)),
        ]
        for place, own in groups.items()
    ]
    headings = [
        "groups", "answers of each, median", f"slope in {SLOPES[0]:g} to {SLOPES[1]:g}, %",
        "outside beyond doubt", "slopes", f"error at most {ERROR:g}, %", "mean error",
        *(
            words
            for how in ("without a palette", "with one")
            for words in (
                f"wrong names in 1,000 pixels read {how}, mean", "most", "groups with more than 1"
            )
        ),
    ]  # fmt: skip
    print_table(f"{name}: group by group", headings, rows)


def main() -> None:
    """Simulate, read, print."""
    library = load_library()
    options = asked(__doc__, library, SCANNERS, SEED)
    reads: dict[str, list[Read]] = {}
    for number, examples in enumerate(unseen(library, options.seed, options.scanners)):
        for name, weights in options.judged.items():
            for how, part in read(weights, examples, number, library).items():
                reads.setdefault(Path(name).stem + how, []).append(part)
    drawn = resample(options.scanners, DRAWS, np.random.default_rng(options.seed))
    names = [group.name for group in library.groups]
    kept = {}
    for name, parts in reads.items():
        seen = joined(parts)
        groups = {
            place: of_groups(seen, position, names, drawn)
            for position, place in enumerate(POSITIONS)
        }
        print_all(name, seen, groups)
        kept[name] = {place: [asdict(each) for each in own] for place, own in groups.items()}
    if options.json is not None:
        options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
