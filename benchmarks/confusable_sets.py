"""Which groups of pigments pass for which others, at the counts of one pixel.

python benchmarks/confusable_sets.py [--instruments NAME,NAME] [--counts N] [--json FILE]

Each visible group is painted in plain cases; named are all smallest sets of at most two other
groups that make up its spectrum. The file is what `underpaint identify` names rivals from.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from underpaint.paint import Lookalikes, load_library, lookalike_spectra, plain_cases
from underpaint.xray import find_instrument

SMALL = 3.0
MOST_NAMED = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instruments", default="bruker-m6-jetstream")
    parser.add_argument("--counts", type=float, default=30_000.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    library = load_library()
    instruments = options.instruments.split(",")
    with ProcessPoolExecutor(len(instruments)) as executor:
        rows = [
            r for each in executor.map(partial(_rows, options.counts), instruments) for r in each
        ]
    data = {
        "library": library.version,
        "instruments": instruments,
        "counts": options.counts,
        "below": SMALL,
        "cases": rows,
    }
    print_table(data)
    if options.json:
        options.json.write_text(_a_case_a_line(data), encoding="utf-8")


def _a_case_a_line(data: dict[str, Any]) -> str:
    head = json.dumps({**data, "cases": []}, indent=1).removesuffix("[]\n}")
    return head + "[\n" + ",\n".join(json.dumps(row) for row in data["cases"]) + "\n]}\n"


def _rows(counts: float, instrument: str) -> list[dict[str, Any]]:
    library = load_library()
    spectra = lookalike_spectra(library, find_instrument(instrument))
    rows = []
    for case in plain_cases(library):
        alike = Lookalikes(library, case, spectra, counts)
        rows.append(
            {
                "group": case.group,
                "pigment": case.pigment,
                "share": case.share,
                "host": case.host,
                "ground": case.ground,
                "beside": sorted(alike.own - {case.group}),
                "instrument": instrument,
                "D": round(alike.distance(alike.others), 3),
                "passing": [
                    {"groups": list(each.groups), "D": round(each.D, 3)}
                    for each in alike.smallest_sets(SMALL)
                ],
            }
        )
    return rows


def print_table(data: dict[str, Any]) -> None:
    """A row a group that has anything that passes for it; D is the smallest of all cases."""
    cases = data["cases"]
    shares = sorted({row["share"] for row in cases}, reverse=True)
    print("| group | " + " | ".join(f"D, {_share(s)} | passes for" for s in shares) + " |")
    print("|---|" + "---|---|" * len(shares))
    for group in dict.fromkeys(row["group"] for row in cases):
        own = [[row for row in cases if (row["group"], row["share"]) == (group, s)] for s in shares]
        if any(row["passing"] for rows in own for row in rows):
            print(f"| {group} | " + " | ".join(_cells(rows) for rows in own) + " |")
    for share in shares:
        least: dict[str, float] = {}
        for row in cases:
            if row["share"] == share:
                least[row["group"]] = min(row["D"], least.get(row["group"], row["D"]))
        small = sum(data["below"] > D for D in least.values())
        print(f"\n{_share(share)}: {small} of {len(least)} groups have D under {data['below']:g}")


def _share(share: float) -> str:
    return "alone" if share == 1.0 else f"{share:.0%}"


def _cells(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return " | "
    least: dict[tuple[str, ...], float] = {}
    for row in rows:
        for each in row["passing"]:
            groups = tuple(each["groups"])
            least[groups] = min(each["D"], least.get(groups, each["D"]))
    smallest = {g: D for g, D in least.items() if not any(set(o) < set(g) for o in least if o)}
    named = sorted(smallest.items(), key=lambda item: item[1])
    words = [
        f"{' + '.join(groups) or 'what is there already'} ({D:.1f})"
        for groups, D in named[:MOST_NAMED]
    ]
    if len(named) > MOST_NAMED:
        words.append(f"{len(named) - MOST_NAMED} more")
    return f"{min(row['D'] for row in rows):.1f} | {', '.join(words)}"


if __name__ == "__main__":
    main()
