"""Recall and false positives on simulated boards of scanners that were never trained on.

Six scanners after those that museums own, each with the errors that scan files have, see random
paintings; every pixel is counted at several doses. Verdicts are those of the shipped rules. With
--monte-carlo the same is done for labelled spectra that another program simulated.

    python benchmarks/simulated_boards.py [--weights NAME|FILE] [--monte-carlo FILE] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.network import (
    PRESENT,
    Predictions,
    ScanPrior,
    Weights,
    average_precision,
    count_photons,
    expected_spectra,
    find_weights,
    load_weights,
    make_scanner,
    predict,
    reliability,
)
from underpaint.paint import (
    Library,
    PaintPrior,
    Truth,
    joined,
    load_library,
    sample_painting,
    sample_pixels,
    stratigraphy_from_json,
    truth_of,
)
from underpaint.spectrum import EnergyCalibration, rebin, standard_bins
from underpaint.xray import Instrument

SEED = 990_017
COUNTS = (3_000.0, 10_000.0, 30_000.0, 100_000.0)
TRACE = 0.05
FEWEST = 25
PAINTINGS, PIXELS = 40, 64

SCANNERS = {
    "Rh 50 kV, polycapillary, 450 um": Instrument(
        anode="Rh", kv=50.0, optic_cutoff_kev=17.0, incidence_deg=90.0, take_off_deg=60.0,
        path_in_cm=1.0, path_out_cm=1.3, noise=0.082, fano=0.116, tail=0.01, shelf=0.003,
        count_rate_kcps=20.0, pulse_pair_us=0.3, own_lines={"Fe": 4e-4, "Zn": 3e-4, "Ni": 2e-4},
    ),
    "Rh 40 kV, collimator, 500 um": Instrument(
        anode="Rh", kv=40.0, incidence_deg=90.0, take_off_deg=45.0, path_in_cm=2.5,
        path_out_cm=1.4, crystal_um=500.0, noise=0.092, fano=0.118, tail=0.015, shelf=0.004,
        count_rate_kcps=20.0, pulse_pair_us=0.15, own_lines={"Cu": 5e-4, "Ni": 8e-4},
    ),
    "Ag 40 kV, 500 um": Instrument(
        anode="Ag", kv=40.0, tube_take_off_deg=22.0, incidence_deg=70.0, take_off_deg=65.0,
        path_in_cm=3.0, path_out_cm=2.0, crystal_um=500.0, noise=0.11, fano=0.12, tail=0.02,
        shelf=0.01, count_rate_kcps=20.0, pulse_pair_us=0.2, own_lines={"Ni": 2e-3, "Fe": 5e-4},
    ),
    "Mo 45 kV, Al filter": Instrument(
        anode="Mo", kv=45.0, filters=(("Al", 300.0),), incidence_deg=80.0, take_off_deg=50.0,
        noise=0.09, fano=0.115, shelf=0.005, count_rate_kcps=20.0,
        pulse_pair_us=0.1, own_lines={"Cu": 1e-3, "Zn": 4e-4},
    ),
    "W 40 kV, 300 um": Instrument(
        anode="W", kv=40.0, incidence_deg=90.0, take_off_deg=40.0, crystal_um=300.0, noise=0.1,
        fano=0.119, shelf=0.006, count_rate_kcps=20.0, pulse_pair_us=0.05, own_lines={"Fe": 1e-3},
    ),
    "Rh 30 kV, helium": Instrument(
        anode="Rh", kv=30.0, atmosphere="helium", incidence_deg=90.0, take_off_deg=45.0,
        detector_window_um=8.0, noise=0.075, fano=0.114, shelf=0.002,
        count_rate_kcps=20.0, pulse_pair_us=0.1,
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Answered:
    """Pixels with their truth, answers and verdicts at one dose."""

    truth: Truth
    predictions: Predictions
    verdicts: NDArray[np.uint8]
    families: NDArray[np.uint8]


def boards(library: Library, weights: Weights, counts: float) -> Answered:
    """All boards under all scanners at one dose."""
    parts = []
    for number, instrument in enumerate(SCANNERS.values()):
        random = np.random.default_rng((SEED, number))
        dose = np.random.default_rng((SEED, number, int(counts)))
        scan = ScanPrior()
        scanner = make_scanner(instrument, scan, random)
        for _ in range(PAINTINGS):
            painting = sample_painting(library, PaintPrior(), random)
            pixels = sample_pixels(painting, PaintPrior(), library, PIXELS, random)
            expected = expected_spectra(scanner, pixels)
            counted = count_photons(scanner, expected, np.full(PIXELS, counts), dose)
            measured = torch.from_numpy(np.tile(scanner.measured, (PIXELS, 1)))
            parts.append((counted, measured, scanner.fwhm_kev, pixels.truth))
    return answered(
        library,
        weights,
        torch.cat([part[0] for part in parts]),
        torch.cat([part[1] for part in parts]),
        torch.cat([torch.full((PIXELS,), part[2]) for part in parts]),
        joined([part[3] for part in parts]),
    )


def answered(
    library: Library,
    weights: Weights,
    counts: torch.Tensor,
    measured: torch.Tensor,
    fwhm_kev: torch.Tensor,
    truth: Truth,
) -> Answered:
    """Spectra through the network and the rules, without a palette."""
    palette = torch.ones(len(counts), len(library.groups), dtype=torch.bool)
    answers = predict(weights.reader, counts, measured, fwhm_kev, palette, library.membership)
    seen = (counts * measured).sum(dim=1).numpy()
    verdicts = weights.rules.verdicts(answers.probability[:, :3], seen)
    named = (verdicts[:, 0] == PRESENT) @ library.membership.T
    families = weights.rules.family_verdicts(answers.family, seen, named)
    return Answered(truth, answers, verdicts, families)


def monte_carlo(library: Library, weights: Weights, path: Path, counts: float) -> Answered:
    """Labelled spectra of another program, each counted sixteen times at one dose."""
    import h5py

    repeats, random = 16, np.random.default_rng((SEED, int(counts)))
    with h5py.File(path) as file:
        spectra, energy = file["spectra"][...], file["energy"][...]
        stacks = [stratigraphy_from_json(json.loads(text)) for text in file["stacks"].asstr()]
        detector = json.loads(file.attrs["instrument"])["det"]
    gain = float(energy[1] - energy[0])
    axis = EnergyCalibration(float(energy[0]), gain, detector["noise"], detector["fano"])
    above = energy > 1.0
    scaled = spectra / spectra[:, above].sum(axis=1, keepdims=True) * counts
    counted = rebin(random.poisson(np.repeat(scaled, repeats, axis=0)), axis, standard_bins())
    measured = standard_bins().covered(axis, len(energy))
    truth = truth_of([stack for stack in stacks for _ in range(repeats)], library)
    return answered(
        library,
        weights,
        torch.from_numpy(counted),
        torch.from_numpy(np.tile(measured, (len(counted), 1))),
        torch.full((len(counted),), float(axis.fwhm(5.9))),
        truth,
    )


def splits(found: Answered) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_], int]]:
    """Name, who is there, who is not, and the index of the verdict, for each split."""
    truth = found.truth
    trace = truth.top & (truth.top_share < TRACE) & ~truth.buried & ~truth.ground
    hidden = truth.buried & ~truth.top
    yield "anywhere", truth.anywhere, ~truth.anywhere, 0
    yield "top", truth.top, ~truth.top, 1
    yield "buried, not on top", hidden, ~truth.buried, 2
    yield "under 5 % of the layer", trace, ~truth.anywhere, 0


def overall(found: Answered, library: Library) -> dict[str, dict[str, float]]:
    """Recall, wrong names a pixel, average precision, reliability of all groups together."""
    table = {}
    for name, there, absent, index in splits(found):
        called = found.verdicts[:, index] == PRESENT
        chance = found.predictions.probability[:, index]
        scored = there | absent
        quality = reliability(chance[scored], there[scored])
        table[name] = {
            "positives": int(there.sum()),
            "recall": float(called[there].mean()),
            "false_positives": float(called[absent].mean()),
            "wrong_names_a_pixel": float((called & absent).sum(axis=1).mean()),
            "average_precision": average_precision(chance[scored], there[scored]),
            "reliability_slope": quality.slope,
            "calibration_error": quality.calibration_error,
            "brier_skill": quality.brier_skill,
        }
    in_family = found.truth.anywhere @ library.membership.T
    called = found.families == PRESENT
    table["family, anywhere"] = {
        "positives": int(in_family.sum()),
        "recall": float(called[in_family].mean()),
        "false_positives": float(called[~in_family].mean()),
        "wrong_names_a_pixel": float((called & ~in_family).sum(axis=1).mean()),
        "average_precision": average_precision(found.predictions.family.ravel(), in_family.ravel()),
    }
    return table


def by_group(found: Answered, library: Library) -> dict[str, dict[str, float]]:
    """Recall and false-positive rate of each group in each split; NaN under 25 positives."""
    rows: dict[str, dict[str, float]] = {group.name: {} for group in library.groups}
    for name, there, absent, index in splits(found):
        called = found.verdicts[:, index] == PRESENT
        for k, group in enumerate(library.groups):
            many = there[:, k].sum() >= FEWEST
            rows[group.name][f"{name}: recall"] = (
                float(called[there[:, k], k].mean()) if many else float("nan")
            )
            rows[group.name][f"{name}: false positives"] = float(called[absent[:, k], k].mean())
    return rows


def print_overall(title: str, table: dict[str, dict[str, float]]) -> None:
    """One dose, a line a split."""
    columns = (
        "positives", "recall", "false_positives", "wrong_names_a_pixel", "average_precision",
        "reliability_slope", "calibration_error",
    )  # fmt: skip
    print(f"\n{title}")
    print(f"{'':24s}" + "".join(f"{column.replace('_', ' '):>20s}" for column in columns))
    for name, row in table.items():
        print(f"{name:24s}" + "".join(f"{row.get(c, float('nan')):20.4g}" for c in columns))


def print_groups(title: str, rows: dict[str, dict[str, float]]) -> None:
    """One dose, a line a group: recall / false positives in percent."""
    names = list(dict.fromkeys(key.partition(":")[0] for row in rows.values() for key in row))
    print(f"\n{title}: recall / false positives, %")
    print(f"{'':26s}" + "".join(f"{name:>26s}" for name in names))
    for group, row in rows.items():
        cells = [
            f"{100 * row[f'{n}: recall']:.0f} / {100 * row[f'{n}: false positives']:.2f}"
            for n in names
        ]
        print(f"{group:26s}" + "".join(f"{cell:>26s}" for cell in cells))


def main() -> None:
    """Simulate, read, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights")
    parser.add_argument("--monte-carlo", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    library = load_library()
    weights = load_weights(find_weights(options.weights), library)
    report: dict[str, object] = {"weights": weights.name, "sha256": weights.sha256}
    for counts in COUNTS:
        found = boards(library, weights, counts)
        table, rows = overall(found, library), by_group(found, library)
        report[f"boards {counts:.0f}"] = {"overall": table, "groups": rows}
        print_overall(f"Boards, {counts:,.0f} counts", table)
        print_groups(f"Boards, {counts:,.0f} counts", rows)
        if options.monte_carlo:
            found = monte_carlo(library, weights, options.monte_carlo, counts)
            table = overall(found, library)
            report[f"Monte Carlo {counts:.0f}"] = {"overall": table}
            print_overall(f"Monte Carlo spectra, {counts:,.0f} counts", table)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
