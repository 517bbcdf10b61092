"""What raw spectra of pure metals say of a detector: escape, pulse-pair time, dead time.

python benchmarks/measured_detector.py ../shared/data/horiba-xgt [--json FILE]

Net counts of Gaussian peaks of known place and width over a polynomial, in the spectra of an
XGT-7200; the model's escape beside the measured one.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import torch

from measured_spectra import Measured, read_emsa
from underpaint.xray import Instrument
from underpaint.xray.detector import SILICON_KA_KEV, escape_probability, fwhm

METALS = {"Ti": 4.509, "Fe": 6.400, "Cu": 8.041, "Zn": 8.631}
DETECTOR = Instrument(noise=0.068, fano=0.12)


def at(*energies: float) -> torch.Tensor:
    return torch.tensor(energies, dtype=torch.float64)


def escape(spectrum: Measured, ka_kev: float) -> tuple[float, float]:
    """Escape over parent peak, and its standard error."""
    place = ka_kev - SILICON_KA_KEV
    widths = fwhm(DETECTOR, at(ka_kev, place)).tolist()
    (parent,), _ = spectrum.peaks([ka_kev], widths[:1], (ka_kev - 0.11, ka_kev + 0.11), 0)
    (found,), (sigma,) = spectrum.peaks([place], widths[1:], (place - 0.25, place + 0.25), 2)
    return found / parent, sigma / parent


def pulse_pair_us(spectrum: Measured, ka_kev: float) -> tuple[float, float]:
    """Pulse-pair time from the sum peak of two Ka photons, and its standard error."""
    widths = fwhm(DETECTOR, at(ka_kev, 2.0 * ka_kev)).tolist()
    (single,), _ = spectrum.peaks([ka_kev], widths[:1], (ka_kev - 0.11, ka_kev + 0.11), 0)
    window = (2.0 * ka_kev - 0.35, 2.0 * ka_kev + 0.35)
    (double,), (sigma,) = spectrum.peaks([2.0 * ka_kev], widths[1:], window, 1)
    scale = spectrum.live_s / single**2 * 1e6
    return double * scale, sigma * scale


def dead_us(spectrum: Measured) -> tuple[float, float]:
    """Dead time of a paralysable, and of a non-paralysable counter."""
    rate = spectrum.photons / spectrum.live_s * 1e-6
    live = spectrum.live_s / spectrum.real_s
    return -math.log(live) / rate, (1.0 / live - 1.0) / rate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path, help="the folder with Ti.txt, Fe.txt, Cu.txt, Zn.txt")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    rows = {}
    print("| metal | escape, % | model, % | pulse pair, us | dead time, us | non-paralysable, us |")
    print("|---|---|---|---|---|---|")
    for name, ka_kev in METALS.items():
        spectrum = read_emsa(options.folder / f"{name}.txt")
        share, error = escape(spectrum, ka_kev)
        expected = float(escape_probability(at(ka_kev))[0])
        pair, pair_error = pulse_pair_us(spectrum, ka_kev)
        dead, other = dead_us(spectrum)
        rows[name] = {
            "escape": share, "escape_error": error, "escape_expected": expected,
            "pulse_pair_us": pair, "pulse_pair_error_us": pair_error,
            "dead_us": dead, "dead_us_not_paralysable": other,
        }  # fmt: skip
        print(
            f"| {name} | {100 * share:.3f} ± {100 * error:.3f} | {100 * expected:.3f} | "
            f"{pair:.3f} ± {pair_error:.3f} | {dead:.2f} | {other:.2f} |"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
