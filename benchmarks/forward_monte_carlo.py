"""Whole spectra of layered paint: this model against XMI-MSIM's Monte Carlo spectra.

python benchmarks/forward_monte_carlo.py FILE [--json FILE] [--figures DIR]

FILE is one of XMI-MSIM spectra. They are compared behind the tube's spectrum that was simulated,
so that sample and detector are tested, and behind this project's own tube. XMI-MSIM counts photons
that the crystal only scatters, and takes attenuation from another of xraylib's tables; both are
taken over, and left in turn to show what they make. The solid angle of its detector, which is
smaller from deep layers, is taken over always. One scale factor is fitted to each spectrum; lines
by number of interactions are compared in absolute counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spectrum_figure import draw_overlays
from underpaint.xray import ForwardModel
from xmimsim_reference import MonteCarlo, its_crystal, read_monte_carlo

Array = NDArray[np.float64]
FROM_KEV, TO_KEV = 1.5, 39.5
STRONG = 0.01
OWN_SHARE = 0.5
LINES_AT_MOST = 0.2
COUNTED = 0.002
PHOTONS = 1e9
REGIONS = {
    "tube's L lines": (2.55, 2.95),
    "continuum, 15 to 18 keV": (15.0, 18.0),
    "low side of the Compton peak": (17.6, 18.6),
    "tube's Ka, Compton": (18.7, 19.6),
    "tube's Ka, Rayleigh": (19.9, 20.5),
    "tube's Kb, Compton": (20.8, 22.0),
    "tube's Kb, Rayleigh": (22.4, 23.1),
    "15 to 20 keV": (15.0, 20.0),
    "22 to 27 keV": (22.0, 27.0),
    "27 to 35 keV": (27.0, 35.0),
    "35 to 39 keV": (35.0, 39.0),
}
SYSTEMATICS = """What XMI-MSIM itself has: Monte Carlo noise of about 1 % on strong lines and more
between them; atomic data from xraylib, as this model, so that agreement does not test those; a
detector 2 cm away, seen from deep layers under a smaller solid angle; a crystal that counts photons
which it only scatters (its counts of lines all, its spectra those that Compton scatter does not
lead out); xraylib's Kissel totals for attenuation, which fall to half of NIST's for carbon and
nitrogen above 10 keV, for oxygen above 15, and stand 10 % over it for lead at 2.7 keV; a tube whose
continuum is linear between some 40 energies."""


def spread(ratios: Sequence[float] | Array) -> dict[str, float]:
    """Ratios in a few figures."""
    if not len(ratios):
        return {"count": 0}
    values = np.asarray(ratios)
    off = np.abs(values - 1.0)
    low, middle, high = np.percentile(values, (5.0, 50.0, 95.0))
    return {
        "count": len(values),
        "median": float(middle),
        "p5": float(low),
        "p95": float(high),
        "median_off": float(np.median(off)),
        "p95_off": float(np.percentile(off, 95.0)),
        "within_5": float(np.mean(off <= 0.05)),
        "within_15": float(np.mean(off <= 0.15)),
    }


class Comparison:
    """One model beside all Monte Carlo spectra, with XMI-MSIM's crystal or this project's."""

    def __init__(self, monte_carlo: MonteCarlo, model: ForwardModel, crystal: bool) -> None:
        self.monte_carlo, self.model = monte_carlo, model
        self.centres: Array = model.bins.centres
        self.at_exits: Array = np.ones(len(model.exits))
        in_bins: Array = np.ones(len(self.centres))
        if crystal:
            energies = np.array([group.energy_kev for group in model.exits])
            self.at_exits = its_crystal(model.instrument, energies, scattered_lost=False)
            in_bins = its_crystal(model.instrument, self.centres, scattered_lost=True)
        response = model.line_response.numpy() * in_bins
        self.response: Array = response
        self.lines: Array = monte_carlo.seen_from_near(model.lines)
        expected = monte_carlo.seen_from_near(model.expected) * in_bins
        inside = (self.centres > FROM_KEV) & (self.centres < TO_KEV)
        counted = monte_carlo.binned[:, inside].sum(axis=1)
        self.factor: Array = counted / expected[:, inside].sum(axis=1)
        self.scaled: Array = expected * self.factor[:, None]
        self.in_lines: Array = (self.lines @ response) * self.factor[:, None]

    def peaks(self) -> list[tuple[str, float, float]]:
        """(family, keV, ratio) of groups that fill their peak and hold 1 % of the counts."""
        found = []
        total = self.monte_carlo.binned.sum(axis=1)
        for j, group in enumerate(self.model.exits):
            if group.energy_kev < FROM_KEV:
                continue
            half = float(self.monte_carlo.calibration.fwhm(group.energy_kev))
            near = np.abs(self.centres - group.energy_kev) < half
            counted = self.monte_carlo.binned[:, near].sum(axis=1)
            own = self.lines[:, j] * self.factor * self.response[j, near].sum()
            mine = self.scaled[:, near].sum(axis=1)
            use = (own > OWN_SHARE * mine) & (counted > STRONG * total)
            name = f"{group.element} {group.shell[0]}"
            found += [(name, group.energy_kev, float(r)) for r in mine[use] / counted[use]]
        return found

    def regions(self) -> dict[str, list[float]]:
        """Ratios of counts in regions, without the bins in which lines of the sample stand."""
        found = {}
        clear = self.in_lines < LINES_AT_MOST * self.scaled
        for name, (first, last) in REGIONS.items():
            inside = clear & (self.centres > first) & (self.centres < last)
            mine = np.where(inside, self.scaled, 0.0).sum(axis=1)
            counted = np.where(inside, self.monte_carlo.binned, 0.0).sum(axis=1)
            held = inside.sum(axis=1) >= 3
            found[name] = (mine / counted.clip(1e-30))[held].tolist()
        return found

    def by_interactions(self) -> list[dict[str, Any]]:
        """Groups of lines in absolute counts: primary, later, all."""
        share = self.at_exits * PHOTONS * self.monte_carlo.solid_angle_share
        primary = self.monte_carlo.primary_counts(self.model) * share
        everything = self.monte_carlo.unscattered_counts(self.model) * share
        found = []
        for i, (first, later) in enumerate(
            zip(self.monte_carlo.lines, self.monte_carlo.later, strict=True)
        ):
            least = COUNTED * (sum(first.values()) + sum(later.values()))
            for j, group in enumerate(self.model.exits):
                names = [(group.element, line.name) for line in group.lines]
                once = sum(first.get(name, 0.0) for name in names)
                more = sum(later.get(name, 0.0) for name in names)
                if once + more > least:
                    found.append(
                        {
                            "sample": i,
                            "element": group.element,
                            "shell": group.shell,
                            "energy_kev": group.energy_kev,
                            "primary": [float(primary[i, j]), once],
                            "later": [float(everything[i, j] - primary[i, j]), more],
                        }
                    )
        return found


def summarise(comparison: Comparison) -> dict[str, Any]:
    """All figures of one comparison."""
    peaks, groups = comparison.peaks(), comparison.by_interactions()
    families = {"all": [ratio for *_, ratio in peaks]}
    for letter in "KLM":
        families[f"{letter} lines"] = [r for name, _, r in peaks if name.endswith(letter)]
    factor = comparison.factor / (PHOTONS * comparison.monte_carlo.solid_angle_share)
    return {
        "factor": {"median": float(np.median(factor)), "spread": float(factor.std())},
        "peaks": {name: spread(ratios) for name, ratios in families.items()},
        "regions": {name: spread(ratios) for name, ratios in comparison.regions().items()},
        "interactions": {
            "primary": spread([g["primary"][0] / g["primary"][1] for g in groups]),
            "all": spread([sum(side) / sum(other) for g in groups for side, other in [_sides(g)]]),
            "primary alone over all": spread(
                [g["primary"][0] / (g["primary"][1] + g["later"][1]) for g in groups]
            ),
            "later, of the line": {
                "theirs": float(np.median([_share(g, 1) for g in groups])),
                "ours": float(np.median([_share(g, 0) for g in groups])),
                "off_p95": float(
                    np.percentile([abs(_share(g, 0) - _share(g, 1)) for g in groups], 95.0)
                ),
            },
        },
        "shells": _by_shell(groups),
    }


def _sides(group: dict[str, Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    ours, theirs = zip(group["primary"], group["later"], strict=True)
    return ours, theirs


def _share(group: dict[str, Any], side: int) -> float:
    """What comes after more than one interaction, of the line as Monte Carlo has it."""
    return float(group["later"][side] / (group["primary"][1] + group["later"][1]))


def _by_shell(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    shells: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for group in groups:
        shells[group["element"], group["shell"]].append(group)
    rows = []
    for (element, shell), held in sorted(shells.items()):
        once = [g["primary"][0] / g["primary"][1] for g in held]
        both = [sum(ours) / sum(theirs) for ours, theirs in map(_sides, held)]
        later = [g["later"][0] / g["later"][1] for g in held if _share(g, 1) > 0.01]
        rows.append(
            {
                "element": element,
                "shell": shell,
                "groups": len(held),
                "primary": float(np.median(once)),
                "all": float(np.median(both)),
                "later_share": float(np.median([_share(g, 1) for g in held])),
                "later": float(np.median(later)) if later else None,
            }
        )
    return rows


def print_summary(name: str, figures: dict[str, Any]) -> None:
    factor = figures["factor"]
    print(
        f"\n## {name}\n\nscale factor {factor['median']:.3f}, its spread {factor['spread']:.4f}\n"
    )
    print("| ratio to Monte Carlo | count | median | 5 to 95 % | off: median | 95 % | within 5 % |")
    print("|---|---|---|---|---|---|---|")
    shown = {f"peaks, {key}": row for key, row in figures["peaks"].items()} | figures["regions"]
    for key in ("primary", "all", "primary alone over all"):
        shown[f"groups of lines, absolute: {key}"] = figures["interactions"][key]
    for key, row in shown.items():
        if row["count"]:
            print(
                f"| {key} | {row['count']} | {row['median']:.3f} "
                f"| {row['p5']:.3f} to {row['p95']:.3f} | {100 * row['median_off']:.1f} % "
                f"| {100 * row['p95_off']:.1f} % | {100 * row['within_5']:.0f} % |"
            )
    later = figures["interactions"]["later, of the line"]
    print(
        f"\nAfter more than one interaction, of a line: {100 * later['theirs']:.2f} % there, "
        f"{100 * later['ours']:.2f} % here (medians); 95 % of groups differ by less than "
        f"{100 * later['off_p95']:.2f} % of the line."
    )


def print_shells(rows: Sequence[dict[str, Any]]) -> None:
    print("\nGroups of lines in absolute counts, this model over Monte Carlo, medians\n")
    print("| element | shell | groups | primary | all | share after more than one | those alone |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        later = "" if row["later"] is None else f"{row['later']:.2f}"
        print(
            f"| {row['element']} | {row['shell']} | {row['groups']} | {row['primary']:.3f} "
            f"| {row['all']:.3f} | {100 * row['later_share']:.1f} % | {later} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("file", type=Path, help="XMI-MSIM's spectra")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="folder for figures")
    options = parser.parse_args()
    if not options.file.is_file():
        print(f"{options.file} is missing: give a file of XMI-MSIM spectra", file=sys.stderr)
        return 1
    torch.set_num_threads(1)
    monte_carlo = read_monte_carlo(options.file)
    behind_its_tube, own = monte_carlo.model_with_its_tube, monte_carlo.model
    comparisons = {
        "its tube, crystal, attenuation": Comparison(
            monte_carlo, monte_carlo.model_with_its_data, crystal=True
        ),
        "its tube, crystal": Comparison(monte_carlo, behind_its_tube, crystal=True),
        "its tube": Comparison(monte_carlo, behind_its_tube, crystal=False),
        "its crystal, this project's tube": Comparison(monte_carlo, own, crystal=True),
    }
    figures = {name: summarise(each) for name, each in comparisons.items()}
    for name, each in figures.items():
        print_summary(name, each)
    first = next(iter(figures))
    print_shells(figures[first]["shells"])
    print(f"\n{SYSTEMATICS}")
    if options.json:
        document = {"file": options.file.name, "systematics": SYSTEMATICS, **figures}
        options.json.write_text(json.dumps(document, indent=1))
    if options.figures:
        draw_overlays(monte_carlo, comparisons[first].scaled, options.figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
