"""Element maps of a scan in memory, timed; identify_speed.py runs it as a process of its own.

    python benchmarks/identify_speed_maps.py SCAN.h5 ELEMENTS_FOLDER OUT.npz [--workers N]

Lines and energy axis are those that `underpaint elements` found. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np

from underpaint.elements import element_maps
from underpaint.spectrum import EnergyCalibration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("elements", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, help="fit the first rows only")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with h5py.File(options.elements / "elements.h5") as file:
        families = [str(name) for name in file["elements/names"].asstr()]
        axis = json.loads(file.attrs["provenance"])["energy_calibration"]
    calibration = EnergyCalibration(
        axis["zero_kev"], axis["gain_kev"], axis["noise_kev"], axis["fano"]
    )
    begun = time.perf_counter()
    with h5py.File(options.scan) as file:
        counts = file["scan/data/counts"][: options.rows]
    read, core = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(options.workers) as executor:
        maps = element_maps(counts, calibration, families, executor=executor)
    fitted, core = time.perf_counter(), time.process_time() - core
    np.savez(options.output, **dict(zip(maps.names, maps.counts, strict=True)))
    figures = {
        "spectra": counts.shape[0] * counts.shape[1],
        "families": len(families),
        "read_s": read - begun,
        "fit_s": fitted - read,
        "fit_core_s": core,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
