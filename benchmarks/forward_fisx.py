"""Fluorescence of random layered samples: this model's transport against fisx's.

python benchmarks/forward_fisx.py [--samples N] [--cache FILE] [--json FILE] [--figures DIR]

Atomic data are made equal, so that only the transport differs: this model is given fisx's
attenuation, cross sections at the beam's energies, and cross sections of every line at the energy
of every other. Plain integration over depth is a third opinion on secondary fluorescence. A second
table compares the atomic data themselves: fisx's own against this project's, from xraylib.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from atomic_data import compare_data, print_data
from fisx_cases import BEAM, Case, make_cases
from fisx_reference import FisxReference
from line_errors import Lines, grouped_lines, measure
from random_stacks import EMITTERS

FAINTEST = 1e-4
WORST = 12
SIDES = (
    ("this model, lines one by one", "ours", "fisx"),
    ("this model, lines in its groups", "grouped", "fisx"),
    ("this model, lines one by one", "ours", "integrated"),
    ("fisx", "fisx", "integrated"),
)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest, and of how many."""
    if not len(values):
        return {"lines": 0}
    middle, high, most = np.percentile(values, (50.0, 95.0, 100.0))
    return {
        "lines": len(values),
        "median": float(middle),
        "p95": float(high),
        "largest": float(most),
    }


def summarise(cases: Sequence[Case], all_lines: Sequence[Lines]) -> list[dict[str, Any]]:
    """Errors by side and by kind and number of layers of the samples."""
    subsets = {"all": [True] * len(cases)}
    subsets |= {kind: [case.kind == kind for case in cases] for kind in ("paint", "hard")}
    subsets |= {f"{n} layers": [len(case.layers) == n for case in cases] for n in (1, 2, 3, 4)}
    rows = []
    for name, side, against in SIDES:
        for subset, chosen in subsets.items():
            lines = [one for one, use in zip(all_lines, chosen, strict=True) if use]
            row: dict[str, Any] = {"side": name, "against": against, "samples": subset}
            for part in ("primary", "total", "secondary"):
                errors = [one.errors(side, against, part, FAINTEST) for one in lines]
                row[part] = percentiles(np.concatenate(errors) if errors else [])
            rows.append(row)
    return rows


def worst(cases: Sequence[Case], all_lines: Sequence[Lines]) -> list[dict[str, Any]]:
    """The lines that differ most from fisx in total intensity, and which side integration backs."""
    found = []
    for case, lines in zip(cases, all_lines, strict=True):
        errors = lines.errors("ours", "fisx", "total", FAINTEST)
        if len(errors):
            most = int(np.argmax(errors))
            at = lines.bright("fisx", FAINTEST)[most]
            found.append((float(errors[most]), int(at), case, lines))
    found.sort(key=lambda row: -row[0])
    rows = []
    for error, line, case, lines in found[:WORST]:
        share = {
            side: float(lines.enhanced[side][line] / lines.primary["fisx"][line])
            for side in ("fisx", "ours", "integrated")
        }
        ours, fisx = (abs(share[side] - share["integrated"]) for side in ("ours", "fisx"))
        thickest = max(mass for _, mass in case.layers)
        slices = f"this model's slices, in a sample with a layer of {thickest:.2g} g/cm2"
        rows.append(
            {
                "error": error,
                "line": " ".join(str(part) for part in lines.peaks[line][:3]),
                "secondary_over_primary": share,
                "closer_to_integration": "this model" if ours < fisx else "fisx",
                "why": lines.why(line) if ours < fisx else slices,
                "sample": case.number,
                "layers": [
                    f"{mass:.3g} g/cm2 " + " ".join(f"{e} {x:.2g}" for e, x in material.items())
                    for material, mass in case.layers
                ],
            }
        )
    return rows


def print_summary(rows: Sequence[dict[str, Any]]) -> None:
    print("Error of a line, median / 95th percentile, %; secondary: of the secondary part itself")
    print("where it is over 1 % of the line\n")
    print("| side | against | samples | lines | primary | total | secondary |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        parts = " | ".join(
            f"{100 * row[part]['median']:.3f} / {100 * row[part]['p95']:.3f}"
            if row[part]["lines"]
            else ""
            for part in ("primary", "total", "secondary")
        )
        head = f"| {row['side']} | {row['against']} | {row['samples']} "
        print(f"{head}| {row['total']['lines']} | {parts} |")


def print_worst(rows: Sequence[dict[str, Any]]) -> None:
    print("\nLines that differ most from fisx: secondary over primary by each\n")
    print("| line | error, % | fisx | this model | integration | reason | sample |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        share = row["secondary_over_primary"]
        print(
            f"| {row['line']} | {100 * row['error']:.2f} | {share['fisx']:.4f} "
            f"| {share['ours']:.4f} | {share['integrated']:.4f} | {row['why']} "
            f"| {row['sample']}: {'; '.join(row['layers'])} |"
        )


def draw(all_lines: Sequence[Lines], folder: Path) -> None:
    """The distribution of errors as a figure."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(3.5, 3.4), layout="constrained")
    curves = (
        ("ours", "fisx", "primary", "primary, this model and fisx"),
        ("ours", "fisx", "total", "with secondary, this model and fisx"),
        ("grouped", "fisx", "total", "the same, lines in groups"),
        ("ours", "integrated", "total", "with secondary, this model and integration"),
        ("fisx", "integrated", "total", "with secondary, fisx and integration"),
    )
    for side, against, part, label in curves:
        found = [one.errors(side, against, part, FAINTEST) for one in all_lines]
        errors = np.sort(np.concatenate(found)).clip(1e-8)
        share = 100.0 * np.arange(1, len(errors) + 1) / len(errors)
        axis.plot(100.0 * errors, share, label=label, linewidth=1.0)
    for goal in (0.5, 2.0):
        axis.axvline(goal, color="0.7", linewidth=0.6, zorder=0)
    axis.set(xscale="log", xlim=(1e-6, 100.0), ylim=(0.0, 100.0))
    axis.set(xlabel="difference in a line's intensity, %", ylabel="lines, %")
    figure.legend(fontsize=7, frameon=False, loc="outside upper center")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "forward_fisx_errors.png", dpi=300)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--samples", type=int, default=240, help="how many samples to draw")
    parser.add_argument("--seed", type=int, default=20220727, help="what they are drawn with")
    parser.add_argument("--cache", type=Path, help="file that keeps the slow answers for the next")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="folder for figures")
    options = parser.parse_args()
    torch.set_num_threads(1)
    reference = FisxReference(EMITTERS)
    groups = grouped_lines(reference)
    cases = make_cases(reference, options.samples, options.seed, options.cache)
    all_lines = [measure(reference, groups, case) for case in cases]
    rows, extremes = summarise(cases, all_lines), worst(cases, all_lines)
    data = compare_data(reference, BEAM)
    refused = sum(case.refused for case in cases)
    print(f"{len(cases)} samples; on {refused} of them fisx breaks off with an error\n")
    print_summary(rows)
    print_worst(extremes)
    print_data(data)
    if options.json:
        document = {
            "samples": len(cases),
            "fisx_breaks_off": refused,
            "beam": BEAM,
            "errors": rows,
            "worst": extremes,
            "data": data,
        }
        options.json.write_text(json.dumps(document, indent=1))
    if options.figures:
        draw(all_lines, options.figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
