"""`underpaint identify` and `elements` beside PyMca's fast linear fit: time and memory.

    python benchmarks/identify_speed.py [--scan SCAN.h5 | --spectra N] [--json FILE] [--stages]
                                        [--elements-alone]

All read the same scan, one after the other on the same two cores: 400 x 500 spectra of 2,048
channels (identify_speed_cube.py), unless another is given. Each is a process of its own, from its
start to its end; seconds are by the clock, core seconds by the processor, peak is the largest
resident set. Each runs twice, and the faster run is shown. PyMca fits as identify_speed_pymca.py
says, once with one thread for its matrix products and once with two; its other parts know no
threads. It is given lines and energy axis; `elements` finds them, and then runs again with both
given to it, too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import h5py
import numpy as np

from underpaint.network import DEFAULT, SMALL

ADAPT = "--adapt"
HERE = Path(__file__).resolve().parent
UNDERPAINT = [sys.executable, "-m", "underpaint"]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
OVERLAPS = ("Ar-K", "Rh-L", "Sn-K", "K-K", "Rh-K")
"""Families marked in the table. They were marked after a first look at the correlations of a few
thousand of these spectra, not before: the mark is a guess at the reason, and excuses nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took.

    Attributes
    ----------
    name : of the row
    spectra : how many it read
    wall_s, core_s : by the clock, and by the processor
    peak_mib : largest resident set
    fit_s, fit_core_s : of its fit alone, where it tells
    """

    name: str
    spectra: int
    wall_s: float
    core_s: float
    peak_mib: float
    fit_s: float | None = None
    fit_core_s: float | None = None

    @property
    def rate(self) -> float:
        """Spectra a second by the clock."""
        return self.spectra / self.wall_s


def run(name: str, command: list[str], spectra: int, threads: int | None = None) -> Run:
    """Run a command to its end and see what it took."""
    settings = {key: value for key, value in os.environ.items() if key not in THREADS}
    if threads is not None:
        settings |= dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryFile("w+") as told:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=told, env=settings)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed")
        told.seek(0)
        last = told.read().splitlines()[-1]
    figures = json.loads(last) if last.startswith("{") else {}
    return Run(
        name,
        figures.get("spectra", spectra),
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024.0,
        figures.get("fit_s"),
        figures.get("fit_core_s"),
    )


def twice(name: str, command: list[str], spectra: int, threads: int | None = None) -> Run:
    """The faster of two runs: the first one may find the disk cold, or a neighbour busy."""
    return min(
        (run(name, command, spectra, threads) for _ in range(2)), key=lambda each: each.wall_s
    )


def pymca(scan: Path, elements: Path, output: Path, name: str, *options: str) -> Run:
    """PyMca's fit with one thread or two, whichever is faster."""
    command = [
        sys.executable, str(HERE / "identify_speed_pymca.py"), str(scan), str(elements),
        str(output), *options,
    ]  # fmt: skip
    runs = (
        run(f"{name}, {threads} thread{'s' if threads > 1 else ''}", command, 0, threads)
        for threads in (1, 2)
    )
    return min(runs, key=lambda each: each.wall_s)


def agreement(ours: Path, theirs: Path) -> dict[str, float]:
    """Correlation of each family's map with PyMca's."""
    first, second = np.load(ours), np.load(theirs)
    return {
        name: float(np.corrcoef(first[name].ravel(), second[name].ravel())[0, 1])
        for name in first.files
        if name in second.files and first[name].std() > 0.0
    }


def ratios_of(runs: dict[str, Run]) -> dict[str, float]:
    """PyMca's time over ours, for what was run."""
    named = {
        "elements": "elements",
        "given": "elements, lines and axis given",
        DEFAULT: "identify",
        DEFAULT + SMALL: "identify with the small network",
        f"{DEFAULT} {ADAPT}": f"identify {ADAPT}",
        f"{DEFAULT}{SMALL} {ADAPT}": f"identify {ADAPT} with the small network",
    }
    ratios = {}
    for name, title in named.items():
        if name not in runs:
            continue
        ours = runs[name]
        ratios[f"{title}, whole processes"] = runs["snip"].wall_s / ours.wall_s
        ratios[f"{title}, core seconds"] = runs["snip"].core_s / ours.core_s
    for name in ("elements", "given"):
        title = f"{named[name]}, whole processes, no SNIP"
        ratios[title] = runs["plain"].wall_s / runs[name].wall_s
    if "in memory" in runs:
        ours = runs["in memory"]
        for theirs, title in (("snip", "SNIP"), ("plain", "no SNIP")):
            fit = runs[theirs]
            ratios[f"fit alone, {title}"] = (fit.fit_s or 0.0) / (ours.fit_s or 1.0)
            core = (fit.fit_core_s or 0.0) / (ours.fit_core_s or 1.0)
            ratios[f"fit alone, {title}, core seconds"] = core
    return ratios


def print_runs(runs: list[Run]) -> None:
    """The table."""
    print("| | spectra | s | spectra/s | core s | peak, MiB | fit alone, s | core s | spectra/s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for each in runs:
        fit = ("", "", "")
        if each.fit_s:
            rate = f"{each.spectra / each.fit_s:,.0f}"
            fit = (f"{each.fit_s:.1f}", f"{each.fit_core_s:.1f}", rate)
        print(
            f"| {each.name} | {each.spectra:,} | {each.wall_s:.1f} | {each.rate:,.0f} | "
            f"{each.core_s:.1f} | {each.peak_mib:,.0f} | {fit[0]} | {fit[1]} | {fit[2]} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--scan", type=Path, help="one that is there, instead of a new one")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--columns", type=int, default=500)
    parser.add_argument("--spectra", type=int, help="that many, in rows of --columns")
    parser.add_argument("--stages", action="store_true", help="where identify's time goes")
    parser.add_argument("--elements-alone", action="store_true", help="elements and PyMca alone")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    if options.spectra is not None:
        options.rows = max(1, round(options.spectra / options.columns))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        scan = options.scan or folder / "cube.h5"
        if options.scan is None:
            cube = [sys.executable, str(HERE / "identify_speed_cube.py"), str(scan)]
            size = ["--rows", str(options.rows), "--columns", str(options.columns)]
            subprocess.run([*cube, *size], check=True)
        with h5py.File(scan) as file:
            shape = file["scan/data/counts"].shape
        spectra = shape[0] * shape[1]
        print(f"{shape[0]} x {shape[1]} x {shape[2]}, {scan.stat().st_size / 2**20:,.0f} MiB\n")
        elements = folder / "elements"
        maps, theirs = folder / "maps.npz", folder / "pymca.npz"
        ours = twice(
            "underpaint elements",
            [*UNDERPAINT, "elements", str(scan), "-o", str(elements), "--overwrite"],
            spectra,
        )
        runs = {"elements": ours}
        axis = folder / "axis.toml"
        subprocess.run([*UNDERPAINT, "calibrate", str(scan), "-o", str(axis)], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        given = ["--only", str(elements), "--calibration", str(axis)]
        output = str(folder / "given")
        runs["given"] = twice(
            "underpaint elements, lines and axis given",
            [*UNDERPAINT, "elements", str(scan), "-o", output, "--overwrite", *given],
            spectra,
        )
        if not options.elements_alone:
            in_memory = [sys.executable, str(HERE / "identify_speed_maps.py")]
            command = [*in_memory, str(scan), str(elements), str(maps)]
            runs["in memory"] = twice("element maps in memory", command, spectra, 1)
            for weights, how in product((DEFAULT, DEFAULT + SMALL), ([], [ADAPT])):
                command = [*UNDERPAINT, "identify", str(scan), "-o", str(folder / weights),
                           "--weights", weights, "--overwrite", *how]  # fmt: skip
                name = " ".join((weights, *how))
                runs[name] = twice(f"underpaint identify, {name}", command, spectra)
        other = folder / "other.npz"
        runs["snip"] = pymca(scan, elements, theirs, "PyMca, SNIP")
        if not options.elements_alone:
            runs["no refit"] = pymca(scan, elements, other, "PyMca, SNIP, no refit", "--no-refit")
        runs["plain"] = pymca(scan, elements, other, "PyMca, no SNIP", "--no-snip")
        print_runs(list(runs.values()))
        ratios = ratios_of(runs)
        print("\n| PyMca's time over ours | |\n|---|---|")
        for title, ratio in ratios.items():
            print(f"| {title} | {ratio:.1f} |")
        same = {} if options.elements_alone else agreement(maps, theirs)
        if same:
            print("\n| maps beside PyMca's with SNIP | r |\n|---|---|")
        for family, value in same.items():
            print(f"| {family}{' (overlapped)' if family in OVERLAPS else ''} | {value:.4f} |")
        if options.stages:
            stages = [sys.executable, str(HERE / "identify_speed_stages.py"), str(scan)]
            for weights in (DEFAULT, DEFAULT + SMALL):
                command = [*stages, str(folder / "stages"), "--weights", weights]
                subprocess.run(command, env=os.environ | dict.fromkeys(THREADS, "1"), check=True)
    if options.json:
        all_runs = [asdict(each) for each in runs.values()]
        figures = {"shape": shape, "runs": all_runs, "ratios": ratios, "r": same}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
