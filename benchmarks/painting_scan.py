"""How well `underpaint identify` reads a real painting's scan, by marks made without it.

The reference is crude, and takes nothing from the result but the energy axis: net counts of one
line in a window over the mean of two sidebands, in standard errors. Where Hg La (or Cu Ka) stands
at 6 sigma or more, vermilion (or a copper pigment, whichever: the family's verdict) should be
present; where it is under 2 sigma, it should not. As a paint seldom ends with a pixel, and noise
does, pixels called against that are judged by their neighbours, too: how many net counts of Hg La
the eight around them have in the median, and how many those around pixels that are not called; and
by how many standard errors Hg La stands out of the sum of all of them.

    python benchmarks/painting_scan.py SCAN [--adapt] [--result OUT] [--json FILE]

prints a table; --result reads a result that is there instead of identifying anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.result import PRESENT, Result, read_result
from underpaint.scan import open_scan

SURE, UNSEEN = 6.0, 2.0
HALF_WINDOW_KEV = 0.12
LINES = {
    "Hg La": (9.988, (9.72, 9.82), (10.17, 10.25)),
    "Cu Ka": (8.047, (7.70, 7.84), (8.36, 8.44)),
    "Pb Lb": (12.62, (11.05, 11.15), (13.35, 13.55)),
}
NOT_THERE = (
    "lead-tin", "tin-sulfide", "cobalt-stannate", "arsenic-sulfide", "copper-arsenite",
    "cadmium-sulfide", "cadmium-selenide", "strontium-chromate",
)  # fmt: skip


def net_counts(
    counts: NDArray[np.integer], energy_kev: NDArray[np.float64], line: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Net counts of a line, and their standard error, (y, x) each."""
    centre, *sides = LINES[line]
    inside = np.abs(energy_kev - centre) <= HALF_WINDOW_KEV
    beside = np.zeros_like(inside)
    for low, high in sides:
        beside |= (energy_kev >= low) & (energy_kev <= high)
    scale = inside.sum() / beside.sum()
    peak = counts[..., inside].sum(axis=-1, dtype=np.float64)
    background = counts[..., beside].sum(axis=-1, dtype=np.float64)
    error = np.sqrt(np.maximum(peak + scale**2 * background, 1.0))
    return peak - scale * background, error


def significance(
    counts: NDArray[np.integer], energy_kev: NDArray[np.float64], line: str
) -> NDArray[np.float64]:
    """Net counts of a line over their standard error, (y, x)."""
    net, error = net_counts(counts, energy_kev, line)
    return net / error


def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of the eight neighbours of each pixel, of fewer at the edge, (y, x)."""
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=np.nan)
    steps = [(dy, dx) for dy in range(3) for dx in range(3) if (dy, dx) != (1, 1)]
    beside = [padded[dy : dy + height, dx : dx + width] for dy, dx in steps]
    return np.asarray(np.nanmedian(np.stack(beside), axis=0))


def judged_where_unseen(
    called: NDArray[np.bool_], net: NDArray[np.float64], error: NDArray[np.float64]
) -> dict[str, float]:
    """Net counts around pixels where a line is unseen, those that are called and the others.

    And the line's net counts in all of these taken together, in standard errors.
    """
    sigma = net / error
    unseen, beside = sigma < UNSEEN, around(net)

    def together(pixels: NDArray[np.bool_]) -> float:
        return float(net[pixels].sum() / np.sqrt(max((error[pixels] ** 2).sum(), 1.0)))

    return {
        "together_called_sigma": together(unseen & called),
        "together_the_others_sigma": together(unseen & ~called),
        "called": int((unseen & called).sum()),
        "around_called": float(np.median(beside[unseen & called])),
        "around_the_others": float(np.median(beside[unseen & ~called])),
        "around_those_of_2_to_6_sigma": float(np.median(beside[~unseen & (sigma < SURE)])),
    }


def scores(called: NDArray[np.bool_], sigma: NDArray[np.float64]) -> dict[str, float]:
    """F1, precision and recall of a verdict where the line is sure or unseen."""
    sure, unseen = sigma >= SURE, sigma < UNSEEN
    hit, miss = int((called & sure).sum()), int((~called & sure).sum())
    wrong = int((called & unseen).sum())
    return {
        "sure_pixels": int(sure.sum()),
        "unseen_pixels": int(unseen.sum()),
        "recall": hit / max(hit + miss, 1),
        "precision": hit / max(hit + wrong, 1),
        "f1": 2 * hit / max(2 * hit + miss + wrong, 1),
    }


def present(result: Result, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Where any of some groups is called present, (y, x) bool."""
    index = [result.group_index[name] for name in names]
    return np.any([np.asarray(result.verdict[i]) == PRESENT for i in index], axis=0)


def family_present(result: Result, name: str) -> NDArray[np.bool_]:
    """Where a family is called present, (y, x) bool."""
    return np.asarray(result.verdict_family[result.family_index[name]]) == PRESENT


def measure(scan_path: Path, result: Result) -> dict[str, object]:
    """All figures of one result."""
    scan = open_scan(scan_path)
    counts = np.asarray(scan.counts[:])
    energy = np.asarray(result.energy)
    copper = tuple(group.name for group in result.groups if "copper" in group.families)
    vermilion = present(result, ("mercury-sulfide",))
    hg_la = significance(counts, energy, "Hg La")
    cu_ka = significance(counts, energy, "Cu Ka")
    axis = result.provenance["calibration"]
    at_10 = round((10.0 - axis["stated"]["zero"]) / axis["stated"]["gain"])
    return {
        "axis_shift_ev_at_10_kev": 1000.0
        * (axis["found"]["zero"] + at_10 * axis["found"]["gain"] - 10.0),
        "vermilion_by_hg_la": scores(vermilion, hg_la),
        "vermilion_where_unseen": judged_where_unseen(
            vermilion, *net_counts(counts, energy, "Hg La")
        ),
        "copper_family_by_cu_ka": scores(family_present(result, "copper"), cu_ka),
        "copper_group_named_by_cu_ka": scores(present(result, copper), cu_ka),
        "share_lead_family": float(family_present(result, "lead").mean()),
        "share_lead_group": float(present(result, ("lead",)).mean()),
        "share_pb_lb_seen": float((significance(counts, energy, "Pb Lb") >= SURE).mean()),
        "share_not_there": {name: float(present(result, (name,)).mean()) for name in NOT_THERE},
        "share_present": {
            row.name: row.share_present for row in result.summary if row.share_present > 0.0
        },
        "share_family_present": {
            row.name: row.share_present for row in result.family_summary if row.share_present > 0.0
        },
        "unexplained_kev": [round(peak.energy_kev, 2) for peak in result.unexplained],
    }


def main() -> None:
    """Identify, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scan", type=Path)
    parser.add_argument("--result", type=Path)
    parser.add_argument("--weights")
    parser.add_argument("--adapt", action="store_true", help="read the scan as a whole")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out, seconds = options.result, None
        if out is None:
            out = Path(folder) / "result"
            command = [sys.executable, "-m", "underpaint", "identify", str(options.scan), "-o", out]
            command += ["--weights", options.weights] if options.weights else []
            command += ["--adapt"] if options.adapt else []
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
        figures = measure(options.scan, read_result(out))
    figures["identify_seconds"] = seconds
    for name, value in figures.items():
        if isinstance(value, dict):
            print(name)
            for key, figure in value.items():
                print(f"  {key:28s} {figure:.4g}")
        else:
            print(f"{name:30s} {value if not isinstance(value, float) else round(value, 4)}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
