"""How good and how fast the search for the best rival is.

Random stratigraphies; for each group and position, D as `detectability` gives it against the
lowest D of many random starts, each followed for many steps; and the same for two rivals that
share the pixel, from pairs drawn at random.

python benchmarks/limit_convergence.py [--cases N] [--starts N] [--steps N] [--pairs N]
    [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from limit_cases import random_stratigraphies
from underpaint.paint import load_library
from underpaint.paint.rival_materials import rival_slots
from underpaint.paint.rival_pair import Pair, best_pair, in_turns
from underpaint.paint.rival_search import Question, Rival, RivalSearch
from underpaint.paint.rival_space import RivalSpace, held_by, space_of
from underpaint.paint.rival_spectra import RivalSpectra
from underpaint.paint.rival_starts import Starts, best_rival, question_of
from underpaint.xray import find_instrument

SEED = 5
CLEAR = 30.0
RANGES = ((0.0, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, CLEAR))
POSITIONS = ("anywhere", "top", "buried")


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instrument", default="bruker-m6-jetstream")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--starts", type=int, default=6)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    library = load_library()
    visible = frozenset(group.name for group in library.groups)
    stacks = random_stratigraphies(library, options.cases, SEED)
    slots = [rival_slots(layers, library, tuple(library.pigments)) for layers in stacks]
    elements = held_by(slot for each in slots for slot in each)
    spectra = RivalSpectra(find_instrument(options.instrument), elements)
    random = np.random.default_rng(SEED)
    rows: list[dict[str, float]] = []
    quick = pairing = 0.0
    for each in slots:
        search = RivalSearch(space_of(each, visible, elements), spectra)
        began = time.process_time()
        starts, found = Starts(search), []
        for group in search.space.present():
            without: list[Rival] = []
            for position in POSITIONS:
                if search.space.holds(group, position):
                    question = question_of(search.space, [group], position)
                    found.append((question, best_rival(search, starts, question, without)))
                    without += [found[-1][1]] if position == "anywhere" else []
        quick += time.process_time() - began
        began = time.process_time()
        pairs = [best_pair(search, starts, question, rival) for question, rival in found]
        pairing += time.process_time() - began
        for (question, rival), pair in zip(found, pairs, strict=True):
            if rival.deviance > CLEAR**2:
                rows.append({"D": rival.deviance**0.5})
                continue
            drawn = [random_pair(search, question, random) for _ in range(options.pairs)]
            many = [rival, search.descend(rival, question, options.steps, 1e-3)]
            for _ in range(options.starts):
                begin = search.judged(random_rival(search.space, question, random)[None])[0]
                many.append(search.descend(begin, question, options.steps, 1e-3))
            lengths = [max(r.deviance, 0.0) ** 0.5 for r in many]
            both = [max(p.deviance, 0.0) ** 0.5 for p in (pair, *drawn)]
            rows.append(
                {"D": lengths[0], "followed": min(lengths[:2]), "many": min(lengths),
                 "pair": both[0], "many pairs": min(both)}
            )  # fmt: skip
    report(rows, quick, options.cases)
    report_pairs(rows, pairing, options.cases)
    if options.json:
        data = {"questions": rows, "seconds": quick, "cases": options.cases}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def random_rival(
    space: RivalSpace, question: Question, random: np.random.Generator
) -> NDArray[np.float64]:
    """The stratigraphy, or the same lowered, all masses changed, and pigments put in at random."""
    begin = space.truth if random.random() < 0.5 else space.lowered()
    columns = np.where(question.allowed, begin * random.lognormal(0.0, 0.5, len(begin)), 0.0)
    choice = np.flatnonzero(question.allowed & space.visible)
    for column in random.choice(choice, size=int(random.integers(1, 5))):
        columns[column] += 5e-4 * random.lognormal(0.0, 1.0) / space.thickness[column]
    missing = question.least_cover - float(question.cover @ columns)
    if missing > 0.0:
        column = random.choice(np.flatnonzero(question.allowed & (question.cover > 0.0)))
        columns[column] += missing / question.cover[column]
    return space.within(columns)


def random_pair(search: RivalSearch, question: Question, random: np.random.Generator) -> Pair:
    """The stratigraphy without the group, or a random rival, and a random one beside it."""
    bare = np.where(question.allowed, search.space.truth, 0.0)
    first = random_rival(search.space, question, random)
    if random.random() < 0.5 and question.admits(bare):
        first = bare
    second = random_rival(search.space, question, random)
    return in_turns(search, question, first, search.next_to(first).judged(second[None])[0])


def report_pairs(rows: list[dict[str, float]], seconds: float, cases: int) -> None:
    print("\nTwo rivals that share the pixel: D, and D over the reference's")
    print("| D of one rival alone | questions | D of two: median | over that of one: median "
          "| over that with random pairs: median | 90 % | largest |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    looked = [row for row in rows if "pair" in row]
    for low, high in RANGES[1:]:
        few = [row for row in looked if low <= row["D"] < high]
        if few:
            of_one = np.median([row["pair"] / row["D"] for row in few])
            gap = np.array([max(row["pair"], 0.2) / max(row["many pairs"], 0.2) for row in few])
            cells = (np.median([row["pair"] for row in few]), of_one, np.median(gap),
                     np.quantile(gap, 0.9), gap.max())  # fmt: skip
            figures = " | ".join(f"{cell:.2f}" for cell in cells)
            print(f"| {low:g} to {high:g} | {len(few)} | {figures} |")
    print(f"{seconds / cases:.2f} s of one core a stratigraphy beyond that")


def report(rows: list[dict[str, float]], seconds: float, cases: int) -> None:
    print(f"{len(rows)} questions about {cases} stratigraphies; D over the reference's")
    print("| D of the reference | questions | followed on | with random starts: median | 90 % "
          "| largest |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    looked = [row for row in rows if "many" in row]
    for low, high in RANGES:
        few = [row for row in looked if low <= row["many"] < high]
        if not few:
            continue
        if low == 0.0:
            own = np.median([row["D"] - row["followed"] for row in few])
            gap = np.array([row["D"] - row["many"] for row in few])
            words = "{:+.2f}"
        else:
            own = np.median([row["D"] / row["followed"] for row in few])
            gap = np.array([row["D"] / row["many"] for row in few])
            words = "{:.3f}"
        figures = (own, np.median(gap), np.quantile(gap, 0.9), gap.max())
        cells = " | ".join(words.format(figure) for figure in figures)
        print(f"| {low:g} to {high:g} | {len(few)} | {cells} |")
    each = 1e3 * seconds / len(rows)
    print(f"{each:.0f} ms of one core a question, {seconds / cases:.2f} s a stratigraphy; "
          f"2,000 stratigraphies: {2000 * seconds / cases / 60:.0f} minutes")  # fmt: skip


if __name__ == "__main__":
    main()
