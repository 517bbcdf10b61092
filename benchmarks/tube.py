"""The tube against another code's, against measured tubes, and the polycapillary's transmission.

python benchmarks/tube.py SPECTRA.h5 [--acrylic FOLDER] [--json FILE]

SPECTRA.h5 carries a tube spectrum as JSON in its attribute `instrument` (key `tube`: `discrete`
and `continuum`). FOLDER holds .spx spectra of acrylic, taken with a Rh tube behind a polycapillary
and with a Mo tube behind a collimator, each with the same filters.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
import xraylib
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from underpaint.xray import Instrument
from underpaint.xray.lines import atomic_number
from underpaint.xray.source import continuum_density, tube_line_beam
from underpaint.xray.tube import continuum, line_photons, tube_lines

Floats = NDArray[np.float64]

MEASURED_KA_OVER_CONTINUUM = {
    "Rh": (18.7, {30.0: 1.91, 35.0: 3.53, 40.0: 4.93}),
    "Mo": (16.0, {30.0: 3.28, 35.0: 5.04, 40.0: 6.51}),
}
"""Ka photons over continuum photons per keV at an energy, by voltage: worked out from the fits of
Boone et al. 1997 (Med. Phys. 24, 1863) to measured spectra, line less the continuum about it."""

BANDS_KEV = ((6.6, 6.9), (7.2, 7.4), (8.3, 8.5), (9.1, 10), (10, 11), (11, 12), (12, 13), (13, 14),
             (14, 15), (24.5, 25.5), (26, 28), (28, 30), (30, 32))  # fmt: skip
"""Where both acrylic spectra show scattered continuum alone."""
ACRYLIC = {"C": 0.599846, "O": 0.319613, "H": 0.080541}
SCATTER_DEG = 100.0


def against_another_code(path: Path) -> list[dict[str, Any]]:
    """Ratios of this tube to a stored one, with one factor from the continuum."""
    with h5py.File(path) as file:
        stored = json.loads(file.attrs["instrument"])
    ours = Instrument(
        anode=xraylib.AtomicNumberToSymbol(stored["anode"]),
        kv=float(stored["kv"]),
        tube_incidence_deg=90.0,
        tube_take_off_deg=45.0,
        tube_window_um=stored["be"] * 1e4,
        path_in_cm=0.0,
    )
    energy, photons = np.array(stored["tube"]["continuum"]).T
    energy, photons = energy[photons > 0.0], photons[photons > 0.0]
    ratio = continuum_density(ours, torch.from_numpy(energy)).numpy() / photons
    factor = float(np.median(ratio))
    rows = [
        {"what": "continuum", "kev": float(e), "ratio": float(r)}
        for e, r in zip(energy, ratio / factor, strict=True)
    ]
    at, in_lines = (part.numpy() for part in tube_line_beam(ours))
    theirs = np.array(stored["tube"]["discrete"])
    for i, group in enumerate(tube_lines(ours.anode)):
        of_group = [line.energy_kev for line in group.lines]
        near = np.array([np.min(np.abs(np.array(of_group) - e)) < 0.002 for e in theirs[:, 0]])
        if near.any():
            name = ", ".join(line.siegbahn for line in group.lines)
            found = float(in_lines[i] / factor / theirs[near, 1].sum())
            rows.append({"what": name, "kev": float(at[i]), "ratio": found})
    return rows


def against_measured_tubes() -> list[dict[str, Any]]:
    """Ka over continuum, of this tube and measured."""
    rows = []
    for anode, (at_kev, by_voltage) in MEASURED_KA_OVER_CONTINUUM.items():
        ka = torch.tensor([group.lines[0].name in ("KL2", "KL3") for group in tube_lines(anode)])
        for kv, measured in by_voltage.items():
            voltage = torch.tensor(kv, dtype=torch.float64)
            at = torch.tensor([at_kev], dtype=torch.float64)
            beside = continuum(anode, voltage, at, 70.0, 20.0)[0]
            ours = float(line_photons(anode, voltage, 70.0, 20.0)[ka].sum() / beside)
            rows.append({"anode": anode, "kv": kv, "ours": ours, "measured": measured})
    return rows


def read_spx(path: Path) -> tuple[Floats, Floats]:
    """keV and counts of a Bruker spectrum."""
    text = path.read_text(encoding="latin-1")
    zero, gain = (
        float(re.search(rf"<{key}>([^<]+)<", text)[1])  # type: ignore[index]
        for key in ("CalibAbs", "CalibLin")
    )
    channels = re.search(r"<Channels>(.*?)</Channels>", text, re.DOTALL)[1]  # type: ignore[index]
    counts = np.array(channels.split(","), dtype=np.float64)
    return zero + gain * np.arange(len(counts)), counts


def scattered(
    anode: str, angles: tuple[float, float], window_um: float, transmission: Callable[..., Floats]
) -> Callable[[Floats], Floats]:
    """Continuum scattered once by thick acrylic; filters and detector left out."""
    voltage = torch.tensor(50.0, dtype=torch.float64)
    cosine = np.cos(np.radians(SCATTER_DEG))

    def mixed(function: Callable[..., float], energy: float, *more: float) -> float:
        return sum(w * function(atomic_number(e), energy, *more) for e, w in ACRYLIC.items())

    def at(out: Floats) -> Floats:
        total = np.zeros_like(out)
        before = out / (1.0 - out / 511.0 * (1.0 - cosine))
        for came, section in ((out, xraylib.DCS_Rayl), (before, xraylib.DCS_Compt)):
            made = continuum(anode, voltage, torch.from_numpy(came), *angles).numpy()
            window = [np.exp(-1.848e-4 * window_um * xraylib.CS_Total(4, e)) for e in came]
            back = [
                mixed(section, e, np.radians(SCATTER_DEG))
                / (mixed(xraylib.CS_Total, e) + mixed(xraylib.CS_Total, o))
                for e, o in zip(came, out, strict=True)
            ]
            stretch = (came / out) ** 2
            total += made * np.array(window) * np.array(back) * stretch * transmission(came)
        return total

    return at


def polycapillary(folder: Path, filter_name: str) -> dict[str, Any]:
    """Transmission of the Rh tube's optic relative to none, and the curves that fit it."""
    spectra = []
    for anode in ("Rh", "Mo"):
        found = sorted(
            p for p in folder.glob(f"*D1_{anode}_*") if p.stem.split("acryl")[1].strip(" _0") ==
            filter_name
        )  # fmt: skip
        spectra.append(read_spx(found[0]))
    middle = np.array([(low + high) / 2 for low, high in BANDS_KEV])
    rates = [
        np.array([counts[(e > low) & (e < high)].mean() for low, high in BANDS_KEV])
        for e, counts in spectra
    ]
    bare = scattered("Mo", (84.0, 6.0), 200.0, np.ones_like)(middle)
    measured = rates[0] / rates[1] * bare

    def curve(energy: Floats, size: float, cutoff: float, power: float) -> Floats:
        behind = scattered(
            "Rh", (78.0, 12.0), 100.0, lambda came: 1.0 / (1.0 + (came / cutoff) ** power)
        )
        return np.log(size * behind(energy))

    fits = []
    for fixed in (None, 3.0, 4.0):

        def shape(energy: Floats, *free: float, held: float | None = fixed) -> Floats:
            return curve(energy, free[0], free[1], free[2] if held is None else held)

        start = [4.0, 14.0, 4.0] if fixed is None else [4.0, 14.0]
        found_figures, _ = curve_fit(shape, middle, np.log(measured), p0=start)
        missed = np.log(measured) - shape(middle, *found_figures)
        fits.append(
            {
                "power": float(found_figures[2]) if fixed is None else fixed,
                "power free": fixed is None,
                "cutoff_kev": float(found_figures[1]),
                "rms": float(np.sqrt(np.mean(missed**2))),
            }
        )
    flat = scattered("Rh", (78.0, 12.0), 100.0, np.ones_like)(middle)
    points = measured / flat
    return {
        "filter": filter_name,
        "kev": middle.tolist(),
        "transmission": (points / points.max()).tolist(),
        "fits": fits,
    }


def print_tables(result: dict[str, Any]) -> None:
    print("This tube over the stored one, one factor for all\n")
    print("| part | keV | ratio |\n|---|---|---|")
    for row in result["another code"]:
        print(f"| {row['what']} | {row['kev']:.3f} | {row['ratio']:.3f} |")
    print("\nKa over continuum, keV\n\n| anode | kV | this tube | measured | ratio |")
    print("|---|---|---|---|---|")
    for row in result["measured tubes"]:
        print(
            f"| {row['anode']} | {row['kv']:.0f} | {row['ours']:.2f} | {row['measured']:.2f} "
            f"| {row['ours'] / row['measured']:.2f} |"
        )
    for optic in result.get("polycapillary", []):
        print(f"\nPolycapillary, spectra with filter {optic['filter']}\n")
        print("| keV | transmission |\n|---|---|")
        for energy, share in zip(optic["kev"], optic["transmission"], strict=True):
            print(f"| {energy:.2f} | {share:.3f} |")
        print("\n| power | cut-off, keV | rms of the logarithm |\n|---|---|---|")
        for fit in optic["fits"]:
            free = " (free)" if fit["power free"] else ""
            print(f"| {fit['power']:.2f}{free} | {fit['cutoff_kev']:.1f} | {fit['rms']:.3f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("spectra", type=Path, help="HDF5 file that carries a tube spectrum")
    parser.add_argument("--acrylic", type=Path, help="folder of acrylic spectra (.spx)")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    if not options.spectra.is_file():
        print(f"there is no file {options.spectra}", file=sys.stderr)
        return 1
    result: dict[str, Any] = {
        "another code": against_another_code(options.spectra),
        "measured tubes": against_measured_tubes(),
    }
    if options.acrylic:
        result["polycapillary"] = [polycapillary(options.acrylic, name) for name in ("f1", "f2")]
    print_tables(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
