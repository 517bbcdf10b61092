"""A cube of 17 GB through `identify` and `elements`: memory, time, and how both grow.

    python benchmarks/large_cube.py [--scan CUBE.h5] [--rows N] [--columns N] [--channels N]
                                    [--parts cube,sizes,cluster] [--json FILE]

`cube`: both commands on the cube of large_cube_scan.py, `identify` with each of --weights. Peak is
the largest sum of resident memory over all processes of the command, looked at ten times a second.
Reading is the share of the cores' time that threads spend on getting counts: disk, unpacking, and
reading what was kept.
`sizes`: the same commands from 10^4 to 2x10^6 spectra, with the slope of log time over log size.
`cluster`: `identify` on a Dask cluster of 1, 2 and 4 workers of one thread on this machine, beside
the same without a cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np

from large_cube_scan import CHANNELS, COLUMNS, COUNTS, ROWS, write_large_cube

HERE = Path(__file__).resolve().parent
UNDERPAINT = [sys.executable, str(HERE / "large_cube_reading.py")]
SAMPLE_S = 0.1
SHIPPED = "shipped"
PARTS = ("cube", "sizes", "cluster")
ASPECT = COLUMNS / ROWS


@dataclass(frozen=True, slots=True)
class Taken:
    """What one command took.

    Attributes
    ----------
    name : of the row
    spectra : how many it read
    wall_s, core_s : by the clock, and by the processor (of this process alone)
    peak_mib : largest sum of resident sets, all processes of the command and of its cluster
    read_share : of the time of all its threads, spent on getting counts; None on a cluster
    disk_mib : of what was written
    """

    name: str
    spectra: int
    wall_s: float
    core_s: float
    peak_mib: float
    read_share: float | None
    disk_mib: float

    @property
    def rate(self) -> float:
        """Spectra a second by the clock."""
        return self.spectra / self.wall_s


class MemoryWatch:
    """The largest sum of resident memory over all descendants of this process."""

    def __init__(self) -> None:
        self.peak_mib = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self.peak_mib = max(self.peak_mib, resident_mib(os.getpid()))


def resident_mib(ancestor: int) -> float:
    """Resident memory of all descendants of a process, shared pages counted once a process."""
    parents, resident = {}, {}
    page = os.sysconf("SC_PAGE_SIZE")
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # gone meanwhile
            continue
        parents[int(folder.name)] = int(after_name[1])
        resident[int(folder.name)] = int(after_name[21]) * page
    total = 0
    for process in parents:
        above = process
        while (above := parents.get(above, 0)) not in (0, ancestor):
            pass
        if above == ancestor:
            total += resident[process]
    return total / 2**20


def run(name: str, arguments: list[str], output: Path, spectra: int, cores: int) -> Taken:
    """Run a command to its end, see what it took, and remove what it wrote."""
    command = [*UNDERPAINT, *arguments, "-o", str(output)]
    with MemoryWatch() as watch, tempfile.TemporaryFile("w+") as told:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=told)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed")
        told.seek(0)
        figures = json.loads(told.read().splitlines()[-1])
    written = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    shutil.rmtree(output)
    on_cluster = "--scheduler" in arguments
    return Taken(
        name,
        spectra,
        wall,
        usage.ru_utime + usage.ru_stime,
        watch.peak_mib,
        None if on_cluster else figures["read_s"] / (wall * cores),
        written / 2**20,
    )


def commands(weights: list[str]) -> dict[str, list[str]]:
    """Arguments of each command, by the name of its row."""
    found = {"elements": ["elements"]}
    for name in weights:
        chosen = [] if name == SHIPPED else ["--weights", name]
        found[f"identify, {name}"] = ["identify", *chosen]
    return found


def spectra_in(scan: Path) -> int:
    """How many spectra a cube holds."""
    with h5py.File(scan) as file:
        rows, columns, _ = file[COUNTS].shape
    return int(rows * columns)


def on_cube(scan: Path, folder: Path, work: dict[str, list[str]], cores: int) -> list[Taken]:
    """Some commands on one cube."""
    spectra = spectra_in(scan)
    return [
        run(name, [*arguments[:1], str(scan), *arguments[1:]], folder / "out", spectra, cores)
        for name, arguments in work.items()
    ]


def on_sizes(
    sizes: list[int], channels: int, folder: Path, work: dict[str, list[str]], cores: int
) -> list[Taken]:
    """Some commands on cubes of several sizes."""
    taken = []
    for size in sizes:
        rows = max(1, round((size / ASPECT) ** 0.5))
        scan = folder / f"{size}.h5"
        write_large_cube(scan, rows, round(size / rows), channels)
        taken += on_cube(scan, folder, work, cores)
        scan.unlink()
    return taken


def on_cluster(
    scan: Path, folder: Path, weights: str, workers: list[int], cores: int
) -> list[Taken]:
    """`identify` without a cluster, and on clusters of so many workers."""
    import distributed

    chosen = [] if weights == SHIPPED else ["--weights", weights]
    spectra, out = spectra_in(scan), folder / "out"
    arguments = ["identify", str(scan), *chosen]
    taken = [run("no cluster", arguments, out, spectra, cores)]
    for number in workers:
        with distributed.LocalCluster(
            n_workers=number, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address=None,
        ) as cluster:  # fmt: skip
            there = ["--scheduler", cluster.scheduler_address]
            name = f"{number} worker{'s' if number > 1 else ''}"
            taken.append(run(name, [*arguments, *there], out, spectra, cores))
    return taken


def slope(rows: list[Taken]) -> float:
    """Of log time over log size: 1 where time is proportional to size."""
    size, wall = np.log([row.spectra for row in rows]), np.log([row.wall_s for row in rows])
    return float(np.polyfit(size, wall, 1)[0])


def print_rows(title: str, rows: list[Taken]) -> None:
    """A table."""
    print(f"\n| {title} | spectra | s | spectra/s | core s | peak, MiB | "
          "reading, % | written, MiB |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        reading = "" if row.read_share is None else f"{100 * row.read_share:.0f}"
        print(
            f"| {row.name} | {row.spectra:,} | {row.wall_s:.1f} | {row.rate:,.0f} | "
            f"{row.core_s:.1f} | {row.peak_mib:,.0f} | {reading} | "
            f"{row.disk_mib:,.0f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--scan", type=Path, help="a cube that is there; written if it is not")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--channels", type=int, default=CHANNELS)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--weights", default=f"{SHIPPED},spectrum-15-small")
    parser.add_argument("--only", help="one command, such as 'elements'")
    parser.add_argument("--sizes", default="10000,100000,500000,2000000")
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--cluster-spectra", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="for all that is written on the way")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    parts, weights = options.parts.split(","), options.weights.split(",")
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(unknown)}")
    work = {
        name: arguments
        for name, arguments in commands(weights).items()
        if options.only in (None, name, arguments[0])
    }
    cores = len(os.sched_getaffinity(0))
    figures: dict[str, object] = {"cores": cores}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if "cube" in parts:
            scan = options.scan or folder / "cube.h5"
            if not scan.exists():
                write_large_cube(scan, options.rows, options.columns, options.channels)
            with h5py.File(scan) as file:
                shape, width = file[COUNTS].shape, file[COUNTS].dtype.itemsize
            print(
                f"{' x '.join(map(str, shape))}, {np.prod(shape) * width / 1e9:.1f} GB of counts, "
                f"{scan.stat().st_size / 1e9:.1f} GB on disk; {cores} cores"
            )
            rows = on_cube(scan, folder, work, cores)
            print_rows("the cube", rows)
            figures["cube"] = [asdict(row) for row in rows]
        if "sizes" in parts:
            sizes = [int(size) for size in options.sizes.split(",")]
            rows = on_sizes(sizes, options.channels, folder, work, cores)
            print_rows("by size", rows)
            figures["sizes"] = [asdict(row) for row in rows]
            slopes = {name: slope([row for row in rows if row.name == name]) for name in work}
            print("\n| | slope of log time over log size |\n|---|---|")
            for name, value in slopes.items():
                print(f"| {name} | {value:.2f} |")
            figures["slopes"] = slopes
        if "cluster" in parts:
            scan = folder / "cluster.h5"
            high = max(1, round((options.cluster_spectra / ASPECT) ** 0.5))
            across = round(options.cluster_spectra / high)
            write_large_cube(scan, high, across, options.channels)
            workers = [int(number) for number in options.workers.split(",")]
            rows = on_cluster(scan, folder, weights[-1], workers, cores)
            print_rows(f"identify, {weights[-1]}", rows)
            figures["cluster"] = [asdict(row) for row in rows]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
