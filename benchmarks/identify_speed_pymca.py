"""PyMca's fast linear fit of a scan, timed; identify_speed.py runs it as a process of its own.

    python benchmarks/identify_speed_pymca.py SCAN.h5 ELEMENTS OUT.npz [OPTIONS]

Lines, energy axis and resolution are those that `underpaint elements` found; the rest is what is
fastest in PyMca: no weights unless asked for, Gaussians with escape peaks, line ratios of an
unabsorbed element, no sum peaks and no scatter peaks beside the tube's families, the spectra in
memory. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PyMca5.PyMcaPhysics.xrf import ClassMcaTheory
from PyMca5.PyMcaPhysics.xrf.FastXRFLinearFit import FastXRFLinearFit

LOWEST_KEV = 1.0
SNIP_CHANNELS, SMOOTHED_CHANNELS = 30, 5


def configuration(axis: dict[str, float], families: list[str], channels: int, snip: bool) -> Any:
    """A configuration of PyMca with these lines on this axis."""
    made = ClassMcaTheory.McaTheory().getConfiguration()
    first = int(np.ceil((LOWEST_KEV - axis["zero_kev"]) / axis["gain_kev"]))
    made["fit"].update(
        xmin=first, xmax=channels - 1, use_limit=1, linearfitflag=1, hypermetflag=1, escapeflag=1,
        sumflag=0, scatterflag=0, energy=None, fitweight=0, stripflag=int(snip), stripalgorithm=1,
        snipwidth=SNIP_CHANNELS, stripfilterwidth=SMOOTHED_CHANNELS,
        continuum=0 if snip else 4, linpolorder=3,
    )  # fmt: skip
    made["detector"].update(
        zero=axis["zero_kev"], gain=axis["gain_kev"], noise=axis["noise_kev"], fano=axis["fano"],
        sum=0.0, fixedzero=1, fixedgain=1, fixednoise=1, fixedfano=1, fixedsum=1,
    )  # fmt: skip
    peaks: dict[str, list[str]] = {}
    for family in families:
        element, _, line = family.partition("-")
        peaks.setdefault(element, []).append(line)
    made["peaks"] = peaks
    return made


def fitted(
    counts: NDArray[Any],
    axis: dict[str, float],
    families: list[str],
    *,
    snip: bool,
    weighted: bool,
    refit: bool = True,
) -> dict[str, NDArray[np.float32]]:
    """Areas by family, (y, x), of counts (y, x, channel)."""
    channels = counts.shape[2]
    fit = FastXRFLinearFit()
    fit.setFitConfiguration(configuration(axis, families, channels, snip))
    found = fit.fitMultipleSpectra(
        x=np.arange(channels), y=counts, weight=int(weighted), refit=refit, save=False
    )
    return {
        name.replace(" ", "-"): np.asarray(image, dtype=np.float32)
        for name, image in zip(found.labels("parameters"), found["parameters"], strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("elements", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--no-snip", action="store_true")
    parser.add_argument("--no-refit", action="store_true", help="leave negative areas as they are")
    parser.add_argument("--weighted", action="store_true", help="by the mean spectrum's noise")
    options = parser.parse_args()
    with h5py.File(options.elements / "elements.h5") as file:
        families = [str(name) for name in file["elements/names"].asstr()]
        axis = json.loads(file.attrs["provenance"])["energy_calibration"]
    begun = time.perf_counter()
    with h5py.File(options.scan) as file:
        counts = file["scan/data/counts"][()]
    read, core = time.perf_counter(), time.process_time()
    areas = fitted(
        counts, axis, families,
        snip=not options.no_snip, weighted=options.weighted, refit=not options.no_refit,
    )  # fmt: skip
    done, core = time.perf_counter(), time.process_time() - core
    np.savez(options.output, **areas)
    spectra = counts.shape[0] * counts.shape[1]
    print(
        json.dumps(
            {
                "spectra": spectra,
                "families": len(families),
                "read_s": read - begun,
                "fit_s": done - read,
                "fit_core_s": core,
            }
        )
    )


if __name__ == "__main__":
    main()
