"""Element maps beside PyMca's fast linear fit: real scans, a point that ESPRIT fitted, truth.

    python benchmarks/element_maps.py SCAN [SCAN...] [--spx FILE] [--no-truth] [--json FILE]

Each SCAN is converted and mapped by `underpaint elements`; PyMca fits the same families on the
same axis, as identify_speed_pymca.py says: with SNIP, weighted and not, and with a polynomial.
Printed for each family: how the maps correlate, in how many pixels it stands above three of its own
errors, and which family that was mapped as well it is known to overlap; then how the maps of half
of the photons correlate with windows in the other half (element_maps_held_out.py). --spx compares
both with the net counts that a Bruker point states (element_maps_esprit.py).

Truth: stratigraphies drawn from the prior under three scanners, eight noisy pixels of 30,000
counts each. Both programs are scored by what is left of the difference from the true counts in a
family's lines after one factor for the whole map (each counts tails and escapes in its own way), as
a share of the true map's root mean square; and by all counts found over all true ones. The spectra
are this project's own simulation, with line shapes like those that its fit supposes: that favours
it over PyMca's Gaussians.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from element_maps_esprit import compare_esprit
from element_maps_held_out import halve, net_counts
from underpaint.elements.templates import brightest_kev
from underpaint.network import find_prior
from underpaint.paint import load_library, sample_painting, sample_strokes
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, find_instrument

HERE = Path(__file__).resolve().parent
UNDERPAINT = [sys.executable, "-m", "underpaint"]
OVERLAPS = (
    ("As-K", "Pb-L"), ("S-K", "Pb-M"), ("S-K", "Hg-M"), ("Pb-M", "Hg-M"), ("Ba-L", "Ti-K"),
    ("Cr-K", "Mn-K"), ("Mn-K", "Fe-K"), ("Fe-K", "Co-K"), ("Co-K", "Ni-K"), ("Ni-K", "Cu-K"),
    ("Cu-K", "Zn-K"), ("Zn-K", "Hg-L"), ("Zn-K", "Au-L"), ("Ar-K", "Ag-L"), ("Ar-K", "Rh-L"),
    ("Ar-K", "Cd-L"), ("Cd-L", "K-K"), ("Sn-L", "K-K"), ("Sb-L", "Ca-K"), ("Sn-L", "Ca-K"),
    ("K-K", "Ca-K"), ("Hg-L", "Au-L"), ("Hg-L", "As-K"), ("Rh-L", "Cl-K"), ("P-K", "Zr-L"),
    ("Cl-K", "S-K"), ("Ti-K", "V-K"), ("V-K", "Cr-K"), ("Sr-K", "Pb-L"), ("Br-K", "Hg-L"),
    ("Se-K", "Hg-L"), ("Se-K", "As-K"), ("Au-M", "P-K"), ("Au-M", "Hg-M"), ("I-L", "Ba-L"),
    ("Bi-L", "Pb-L"), ("Bi-M", "Pb-M"), ("Mo-L", "S-K"), ("Mo-L", "Pb-M"), ("Pt-L", "Zn-K"),
)  # fmt: skip
"""Families with a strong line within about one resolution of a strong line of the other."""
SCANNERS = ("bruker-m6-jetstream", "xglab-elio", "bruker-crono")
STACKS, PIXELS, COUNTS, CHANNELS, GAIN_KEV = 240, 8, 30_000, 2048, 0.02
SEED = 20_261_126
PYMCA = {"SNIP": [], "SNIP, weighted": ["--weighted"], "no SNIP": ["--no-snip"]}
"""Ways to fit with PyMca, and options of identify_speed_pymca.py."""


@dataclass(frozen=True, eq=False)
class Maps:
    """Maps by name, (y, x), of underpaint and of PyMca in each of its ways."""

    names: list[str]
    ours: dict[str, NDArray[np.float32]]
    sigma: dict[str, NDArray[np.float32]]
    pymca: dict[str, dict[str, NDArray[np.float32]]]


def run(*command: str | Path) -> None:
    """Run a program; show what it said where it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def map_with_both(scan: Path, folder: Path) -> Maps:
    """Maps of a scan by both programs, made in a folder."""
    cube = folder / "scan.h5"
    run(*UNDERPAINT, "convert", scan, "-o", cube)
    return map_cube(cube, folder)


def map_cube(cube: Path, folder: Path) -> Maps:
    """Maps of a converted scan by both programs."""
    elements = folder / "elements"
    run(*UNDERPAINT, "elements", cube, "-o", elements)
    pymca = {}
    for name, options in PYMCA.items():
        out = folder / f"{name}.npz"
        run(sys.executable, HERE / "identify_speed_pymca.py", cube, elements, out, *options)
        with np.load(out) as areas:
            pymca[name] = dict(areas)
    with h5py.File(elements / "elements.h5") as file:
        names = [str(name) for name in file["elements/names"].asstr()]
        ours, sigma = (
            {name: file[f"elements/{name}/{kind}"][()] for name in names}
            for kind in ("counts", "counts_errors")
        )
    return Maps(names, ours, sigma, pymca)


def overlaps_of(name: str, mapped: list[str]) -> list[str]:
    """The families, mapped as well, whose lines lie under those of one."""
    pairs = [pair for pair in OVERLAPS if name in pair]
    return [other for pair in pairs for other in pair if other != name and other in mapped]


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Pearson's r of two maps; NaN where one is flat."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def compare_scan(scan: Path) -> list[dict[str, Any]]:
    """A row for each family of a real scan."""
    with tempfile.TemporaryDirectory() as folder:
        maps = map_with_both(scan, Path(folder))
    return [
        {
            "family": name,
            "seen": float((maps.ours[name] > 3.0 * maps.sigma[name]).mean()),
            "overlaps": overlaps_of(name, maps.names),
        }
        | {
            f"r, {kind}": correlation(maps.ours[name], areas[name])
            for kind, areas in maps.pymca.items()
        }
        for name in maps.names
    ]


def compare_held_out(scan: Path) -> list[dict[str, Any]]:
    """A row for each family of half of a real scan's photons, beside windows in the other half."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cube = folder / "scan.h5"
        run(*UNDERPAINT, "convert", scan, "-o", cube)
        others = halve(cube)
        maps = map_cube(cube, folder)
        with h5py.File(folder / "elements" / "elements.h5") as file:
            made = json.loads(file.attrs["provenance"])
    found = made["energy_calibration"]
    axis = EnergyCalibration(
        found["zero_kev"], found["gain_kev"], found["noise_kev"], found["fano"]
    )
    kv = made["tube"]["highest_energy_kev"]
    windows = {name: net_counts(others, axis, brightest_kev(name, kv)) for name in maps.names}
    return [
        {
            "family": name,
            "overlaps": overlaps_of(name, maps.names),
            "r with a window, ours": correlation(windows[name], maps.ours[name]),
        }
        | {
            f"r with a window, {kind}": correlation(windows[name], areas[name])
            for kind, areas in maps.pymca.items()
        }
        for name in maps.names
    ]


def drawn_truth() -> Iterator[tuple[str, NDArray[np.uint16], dict[str, NDArray[np.float64]]]]:
    """Noisy counts (stack, pixel, channel) under each scanner, true counts (stack,) by family."""
    library = load_library()
    paint = find_prior("shipped", library).paint
    random = np.random.default_rng(SEED)
    axis = EnergyCalibration(0.0, GAIN_KEV, 0.1, 0.115)
    bins = Bins(axis.edges(CHANNELS))
    for scanner in SCANNERS:
        instrument = find_instrument(scanner).but(count_rate_kcps=0.0, zero_peak=0.0)
        model = ForwardModel(instrument, bins)
        kept = []
        for _ in range(STACKS // 20):
            painting = sample_painting(library, paint, random)
            kept.append(sample_strokes(painting, paint, library, 20, random).stacks)
        lines, scatter = (torch.cat(part) for part in zip(*map(model.emitted, kept), strict=True))
        counted = lines * model.line_response.sum(dim=1)
        expected = model.detected(lines, scatter, model.rates(lines, scatter))
        scale = COUNTS / expected.sum(dim=1, keepdim=True)
        mean = (expected * scale).double().numpy().clip(min=0.0)
        counts = random.poisson(np.repeat(mean[:, None], PIXELS, axis=1)).astype(np.uint16)
        truth: dict[str, NDArray[np.float64]] = {}
        for index, group in enumerate(model.exits):
            name = f"{group.element}-{group.shell[0]}"
            truth[name] = truth.get(name, 0.0) + (counted * scale)[:, index].double().numpy()
        yield scanner, counts, truth


def left_over(found: NDArray[Any], truth: NDArray[np.float64]) -> float:
    """What one factor leaves of a map's difference from the truth, over the truth's size."""
    found = found.astype(np.float64)
    square = float((found * found).sum())
    factor = float((found * truth).sum()) / square if square else 0.0
    return float(np.sqrt(((factor * found - truth) ** 2).sum() / (truth**2).sum()))


def compare_truth() -> list[dict[str, Any]]:
    """A row for each scanner and family that has 50 counts in a twentieth of the pixels."""
    rows = []
    for scanner, counts, truth in drawn_truth():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            energy = GAIN_KEV * np.arange(CHANNELS)
            np.savez(folder / "cube.npz", counts=counts, energy=energy)
            maps = map_with_both(folder / "cube.npz", folder)
        strong = [name for name, each in truth.items() if np.quantile(each, 0.95) > 50.0]
        missed = [name for name in strong if name not in maps.names]
        print(f"{scanner}: mapped {', '.join(maps.names)}; not mapped {', '.join(missed) or '-'}")
        for family in (name for name in strong if name in maps.names):
            true = np.repeat(truth[family][:, None], PIXELS, axis=1)
            found = {"ours": maps.ours[family]}
            found |= {kind: areas[family] for kind, areas in maps.pymca.items()}
            rows.append(
                {"scanner": scanner, "family": family, "overlaps": overlaps_of(family, maps.names)}
                | {kind: left_over(each, true) for kind, each in found.items()}
                | {
                    f"{kind}, all over true": float(each.sum()) / true.sum()
                    for kind, each in found.items()
                }
            )
    return rows


def print_table(title: str, rows: list[dict[str, Any]]) -> None:
    """Rows as a table."""
    print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        cells = (
            ", ".join(value) if isinstance(value, list)
            else f"{value:.4g}" if isinstance(value, float) else str(value)
            for value in row.values()
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |")


def summarise_truth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians, with overlap and without, and how often ours is closer."""
    found = []
    for title, chosen in (
        ("without overlap", [row for row in rows if not row["overlaps"]]),
        ("overlapped", [row for row in rows if row["overlaps"]]),
    ):
        closer = {kind: sum(row["ours"] < row[kind] for row in chosen) for kind in PYMCA}
        medians = {
            kind: float(np.median([row[kind] for row in chosen])) for kind in ("ours", *PYMCA)
        }
        biases = {
            kind: float(np.median([abs(row[f"{kind}, all over true"] - 1.0) for row in chosen]))
            for kind in medians
        }
        found.append(
            {"families": title, "maps": len(chosen)}
            | {f"median left over, {kind}": value for kind, value in medians.items()}
            | {f"median bias, {kind}": value for kind, value in biases.items()}
            | {f"ours closer than {kind}": number for kind, number in closer.items()}
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scans", nargs="*", type=Path)
    parser.add_argument("--spx", type=Path, help="a Bruker point with ESPRIT's net counts")
    parser.add_argument("--no-truth", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tables: dict[str, list[dict[str, Any]]] = {}
    for scan in options.scans:
        tables[scan.name] = compare_scan(scan)
        tables[f"{scan.name}, one half beside the other"] = compare_held_out(scan)
    if options.spx:
        tables["ESPRIT"] = compare_esprit(options.spx)
    if not options.no_truth:
        rows = compare_truth()
        tables["truth"] = rows
        tables["truth, in short"] = summarise_truth(rows)
    for title, rows in tables.items():
        print_table(title, rows)
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
