"""Which groups of pigments pass for which others, at the counts of one pixel.

python benchmarks/confusable_sets.py [--instrument NAME] [--counts N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from underpaint.paint import Confusion, confusable_sets, confusions, ideal_recall, load_library
from underpaint.xray import find_instrument

SMALL = 3.0
MOST_NAMED = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instrument", default="bruker-m6-jetstream")
    parser.add_argument("--counts", type=float, default=30_000.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    library = load_library()
    found = confusions(library, find_instrument(options.instrument), options.counts)
    shares = sorted({each.share for each in found}, reverse=True)
    print("| group | " + " | ".join(f"D, {_share(s)} | passes for" for s in shares) + " |")
    print("|---|" + "---|---|" * len(shares))
    by_group = dict.fromkeys(sorted(each.group for each in found))
    for group in by_group:
        cells = [_cells(found, group, share) for share in shares]
        print(f"| {group} | " + " | ".join(cells) + " |")
    sets = {str(s): confusable_sets([e for e in found if e.share == s], SMALL) for s in shares}
    for share in shares:
        small = sum(each.found.D < SMALL for each in found if each.share == share)
        print(f"\n{_share(share)}: {small} groups with D under {SMALL:g}; sets of likes:")
        for known in sets[str(share)]:
            print("- " + ", ".join(sorted(known)))
    if options.json:
        data = {
            "library": library.version,
            "instrument": options.instrument,
            "counts": options.counts,
            "groups": [
                {
                    "group": each.group,
                    "pigment": each.pigment,
                    "share": each.share,
                    "host": each.host,
                    "D": each.found.D,
                    "ideal_recall": float(ideal_recall(each.found.D)),
                    "substitutes": list(each.found.substitutes),
                }
                for each in found
            ],
            "sets": {share: [sorted(known) for known in each] for share, each in sets.items()},
        }
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _share(share: float) -> str:
    return "alone" if share == 1.0 else f"{share:.0%}"


def _cells(found: list[Confusion], group: str, share: float) -> str:
    each = next((e for e in found if e.group == group and e.share == share), None)
    if each is None:
        return " | "
    others = list(each.found.substitutes)
    more = f" + {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return f"{each.found.D:.1f} | {' + '.join(others[:MOST_NAMED]) or 'the rest'}{more}"


if __name__ == "__main__":
    main()
