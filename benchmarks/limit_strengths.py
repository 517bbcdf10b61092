"""What D loses because strengths of lines and of scatter are not known exactly.

The limit takes them for known, so that D grows with the square root of the counts. Here the
rivals that it found may have lines and scatter as much stronger or weaker as the prior over scans
holds possible, each standard deviation adding one to the squared distance. A rival sought under
these rules could only be harder to tell, so that these D can only be too large.

python benchmarks/limit_strengths.py [--instrument NAME] [--cases N]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from numpy.typing import NDArray

from limit_cases import random_stratigraphies
from underpaint.paint import Strengths, detectability, load_library
from underpaint.xray import find_instrument

SEED = 9
RANGES = ((0.3, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0), (30.0, np.inf))
COUNTS = (30_000.0, 100_000.0, 1_000_000.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instrument", default="bruker-m6-jetstream")
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    library = load_library()
    found = detectability(
        random_stratigraphies(library, options.cases, SEED),
        find_instrument(options.instrument),
        library,
        counts=COUNTS[0],
        strengths=Strengths(),
    )
    even, uneven = [], []
    for each in (case for answers in found for case in answers):
        both = each.side_by_side
        if each.blur is None or both.blur is None:
            raise RuntimeError("strengths were not asked for")
        even.append((each.D, *each.blur.left(COUNTS)))
        uneven.append((both.D, *both.blur.left(COUNTS)))
    report("Share of D that is left, median (10 to 90 %)", np.array(even))
    report("The same where two rivals may share the pixel", np.array(uneven))


def report(title: str, rows: NDArray[np.float64]) -> None:
    """Print a table of rows of D and the share that is left of it at each of `COUNTS`."""
    heads = " | ".join(f"{counts:,.0f} counts" for counts in COUNTS)
    print(f"\n{title}")
    print(f"| D, strengths known | questions | {heads} |")
    print("|---|---|" + "---|" * len(COUNTS))
    for low, high in RANGES:
        few = rows[(rows[:, 0] >= low) & (rows[:, 0] < high), 1:]
        if len(few):
            middle, least, most = (np.quantile(few, q, axis=0) for q in (0.5, 0.1, 0.9))
            cells = " | ".join(
                f"{m:.2f} ({a:.2f} to {b:.2f})" for m, a, b in zip(middle, least, most, strict=True)
            )
            name = f"{low:g} to {high:g}" if np.isfinite(high) else f"over {low:g}"
            print(f"| {name} | {len(few)} | {cells} |")


if __name__ == "__main__":
    main()
