"""Kill `underpaint identify` at random moments, go on with --resume, and compare the results.

    python benchmarks/interrupted.py SCAN [--kills 20] [--seed 0] [--weights NAME]

The first run is left alone and says how long one takes. Each further one is killed (SIGKILL) at a
moment drawn evenly from that time, then taken up with --resume. result.h5 must not be there between
the two unless it is whole, and every array of numbers in it must be equal to the first run's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Every array of numbers in an HDF5 file."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu":
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(keep)
    return found


def differing(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """Names of arrays that are not the same."""
    return [
        name
        for name in sorted(one.keys() | other.keys())
        if name not in one
        or name not in other
        or not np.array_equal(one[name], other[name], equal_nan=True)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", default="spectrum-15-small")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def command(out: Path, *more: str) -> list[str]:
            files = [str(options.scan), "-o", str(out), "--weights", options.weights]
            return [sys.executable, "-m", "underpaint", "identify", *files, *more]

        begun = time.perf_counter()
        subprocess.run(command(folder / "whole"), check=True, capture_output=True)
        seconds = time.perf_counter() - begun
        whole = arrays_of(folder / "whole" / "result.h5")
        print(f"uninterrupted: {seconds:.1f} s, {len(whole)} arrays\n")
        print("| killed after, s | result there | blocks kept | resumed | arrays that differ |")
        print("|---|---|---|---|---|")
        for number in range(options.kills):
            out = folder / f"{number}"
            moment = float(random.uniform(0.0, seconds))
            process = subprocess.Popen(
                command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            there = (out / "result.h5").exists()
            partial = out.with_name(out.name + ".partial")
            kept = len(list(partial.rglob("*"))) if partial.exists() else 0
            if there:
                different = differing(whole, arrays_of(out / "result.h5"))
                resumed = "not needed"
            else:
                again = subprocess.run(command(out, "--resume"), capture_output=True, text=True)
                resumed = "yes" if again.returncode == 0 else again.stderr.strip()[-200:]
                done = again.returncode == 0
                different = differing(whole, arrays_of(out / "result.h5")) if done else ["all"]
            faults += bool(different)
            print(
                f"| {moment:.1f} | {'whole' if there else 'no'} | {kept} | {resumed} | "
                f"{', '.join(different) or 'none'} |",
                flush=True,
            )
    print(f"\n{options.kills} kills, {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
