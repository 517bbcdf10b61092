"""How well the energy calibration is found: real spectra, and Monte Carlo spectra of known axis.

python benchmarks/calibration.py [--json FILE]

Reads the reference data in ../shared/data beside the repository.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from underpaint.elements import find_calibration
from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
SHOWN_KEV = (3.0, 6.0, 12.0, 18.0)
PERTURBED = ((0.0, 0.0), (0.1, 0.015), (-0.1, -0.015), (0.1, -0.015), (-0.1, 0.015))
MONTE_CARLO_COUNTS = 30_000.0


@dataclass(frozen=True, eq=False)
class Case:
    """A spectrum and the axis its file states."""

    name: str
    counts: NDArray[np.float64]
    stated: EnergyCalibration | None


def real_cases() -> Iterator[Case]:
    yield painting()
    for path in sorted((DATA / "nist-m4").glob("*.msa")):
        yield emsa(path, "M4 " + path.stem.replace("_50kv_50_ma_Rh_vac_D1", ""))
    for path in sorted((DATA / "horiba-xgt").glob("*.txt")):
        yield emsa(path, "XGT " + path.stem)
    yield bruker(DATA / "bruker" / "bruker_m6_jetstream_file_example.spx", "M6 point")
    for path in sorted((DATA / "nist-m4" / "acrylic_scatter").glob("*acryl*0.spx"))[:1]:
        yield bruker(path, "M4 acrylic, air, Mo")
    yield steel()
    with h5py.File(DATA / "synchrotron" / "srx_scan2D_16411_1.h5") as file:
        total = file["xrfmap/detsum/counts"][()].sum(axis=(0, 1))
    yield Case("SRX map, nominal 10 eV", total, EnergyCalibration(0.0, 0.01))


def painting() -> Case:
    """The sum of a real scan; its stored points are fitted by a line."""
    total = np.zeros(1024)
    points = np.zeros((0, 2))
    with tarfile.open(next((DATA / "painting-scan").glob("*.tar.xz"))) as archive:
        for member in archive:
            if member.name.endswith(".mca"):
                text = archive.extractfile(member).read().decode("latin-1")  # type: ignore[union-attr]
                body = text.split("<<DATA>>")[1].split("<<END>>")[0]
                total += np.array(body.split(), dtype=np.float64)
                rows = text.split("LABEL - Channel")[1].split("<<DATA>>")[0].split()
                points = np.array(rows, dtype=np.float64).reshape(-1, 2)
    gain, zero = np.polyfit(points[:, 0], points[:, 1], 1)
    return Case("painting, sum of 3600", total, EnergyCalibration(float(zero), float(gain)))


def emsa(path: Path, name: str) -> Case:
    text = path.read_text(errors="replace")
    head, body = text.split("#SPECTRUM", 1)
    body = body.split("\n", 1)[1].split("#END")[0]
    if re.search(r"DATATYPE\s*:\s*XY", head):
        values = [float(row.split(",")[1]) for row in body.splitlines() if "," in row]
    else:
        values = [float(value) for value in body.replace(",", " ").split()]
    gain = float(re.search(r"XPERCHAN\s*:\s*(\S+)", head)[1])  # type: ignore[index]
    zero = float(re.search(r"OFFSET\s*:\s*(\S+)", head)[1])  # type: ignore[index]
    return Case(name, np.array(values), EnergyCalibration(zero, gain))


def bruker(path: Path, name: str) -> Case:
    root = ElementTree.fromstring(path.read_bytes())
    spectrum = next(n for n in root.iter("ClassInstance") if n.get("Type") == "TRTSpectrum")
    counts = np.array(spectrum.findtext("Channels", "").split(","), dtype=np.float64)
    zero, gain = (float(next(spectrum.iter(key)).text or 0) for key in ("CalibAbs", "CalibLin"))
    return Case(name, counts, EnergyCalibration(zero, gain))


def steel() -> Case:
    text = (DATA / "pymca" / "Steel.spe").read_text()
    counts = np.array(text.split("$DATA:")[1].split("$")[0].split()[2:], dtype=np.float64)
    section = (DATA / "pymca" / "Steel.cfg").read_text().split("[detector]")[1]
    zero, gain = (
        float(re.search(rf"\n{key} = (\S+)", section)[1])  # type: ignore[index]
        for key in ("zero", "gain")
    )
    return Case("steel, PyMca's fit", counts, EnergyCalibration(zero, gain))


def measure_real(case: Case) -> list[dict[str, Any]]:
    """Found less stated, with the stated axis as a start and without."""
    rows = []
    for start in (case.stated, None):
        row: dict[str, Any] = {"spectrum": case.name, "start": "stated" if start else "none"}
        begun = time.perf_counter()
        try:
            found = find_calibration(case.counts, start)
        except CalibrationError as error:
            rows.append(row | {"error": str(error)})
            continue
        assert case.stated is not None
        channel = case.stated.channel(SHOWN_KEV)
        shift = 1000 * (found.calibration.energy(channel) - np.array(SHOWN_KEV))
        rows.append(
            row
            | {
                "seconds": time.perf_counter() - begun,
                "shift_ev": [float(value) for value in shift],
                "sigma_5_kev_ev": 1000 * found.sigma_kev(5.0),
                "fwhm_5_9_kev_ev": 1000 * float(found.calibration.fwhm(5.895)),
                "explained": found.explained,
                "doubtful": found.doubtful,
                "families": list(found.families[:6]),
            }
        )
    return rows


def measure_monte_carlo(
    counts: float, perturbed: tuple[tuple[float, float], ...] = PERTURBED
) -> list[dict[str, Any]]:
    """Errors on spectra whose axis is known, from wrong starts and from none."""
    generator = np.random.default_rng(1)
    with h5py.File(DATA / "xmimsim" / "dev-rh40.h5") as file:
        spectra = file["spectra"][()]
        energy = file["energy"][()]
    truth = EnergyCalibration(float(energy[0]), float(energy[1] - energy[0]))
    starts: list[EnergyCalibration | None] = [
        EnergyCalibration(truth.zero + zero, truth.gain * (1 + gain)) for zero, gain in perturbed
    ]
    rows = []
    for number, start in enumerate([*starts, None]):
        errors, pulls = [], []
        for expectation in spectra:
            drawn = generator.poisson(expectation / expectation[100:].sum() * counts)
            found = find_calibration(drawn, start)
            at = found.calibration.energy(truth.channel(SHOWN_KEV)) - np.array(SHOWN_KEV)
            errors.append(1000 * at)
            pulls.append(at[1] / found.sigma_kev(SHOWN_KEV[1]))
        off = np.array(errors)
        rows.append(
            {
                "spectrum": f"Monte Carlo, {len(spectra)} paints, {counts:,.0f} counts",
                "start": "none" if start is None else _named(*perturbed[number]),
                "median_error_ev": [float(v) for v in np.median(np.abs(off), axis=0)],
                "within_10_ev_at_6_kev": float(np.mean(np.abs(off[:, 1]) < 10.0)),
                "worst_at_6_kev_ev": float(np.abs(off[:, 1]).max()),
                "rms_pull_at_6_kev": float(np.sqrt(np.median(np.square(pulls)))),
            }
        )
    return rows


def _named(zero: float, gain: float) -> str:
    return f"{1000 * zero:+.0f} eV, {100 * gain:+.1f} %"


def print_tables(real: list[dict[str, Any]], simulated: list[dict[str, Any]]) -> None:
    print("Real spectra: energy found less energy stated, eV\n")
    print(
        "| spectrum | start | 3 keV | 6 keV | 12 keV | 18 keV | FWHM 5.9 keV | explained "
        "| doubtful | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in real:
        if "error" in row:
            print(f"| {row['spectrum']} | {row['start']} | {row['error']} |||||||")
            continue
        shifts = " | ".join(f"{value:+.0f}" for value in row["shift_ev"])
        print(
            f"| {row['spectrum']} | {row['start']} | {shifts} | {row['fwhm_5_9_kev_ev']:.0f} "
            f"| {100 * row['explained']:.0f} % | {'yes' if row['doubtful'] else ''} "
            f"| {row['seconds']:.1f} |"
        )
    print("\nMonte Carlo spectra: median of the absolute error, eV\n")
    print("| counts | start off by | 3 keV | 6 keV | 12 keV | 18 keV | within 10 eV at 6 keV |")
    print("|---|---|---|---|---|---|---|")
    for row in simulated:
        median = " | ".join(f"{value:.1f}" for value in row["median_error_ev"])
        counts = row["spectrum"].split(", ")[-1]
        share = f"{100 * row['within_10_ev_at_6_kev']:.0f} %"
        print(f"| {counts} | {row['start']} | {median} | {share} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"the reference data is absent: {DATA}", file=sys.stderr)
        return 1
    real = [row for case in real_cases() for row in measure_real(case)]
    simulated = measure_monte_carlo(MONTE_CARLO_COUNTS) + measure_monte_carlo(1e6, PERTURBED[1:3])
    print_tables(real, simulated)
    if options.json:
        options.json.write_text(json.dumps({"real": real, "monte_carlo": simulated}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
