"""Which line families `underpaint elements` finds in measured spectra of known composition.

    python benchmarks/elements_measured.py DATA

DATA holds nist-m4, horiba-xgt and bruker: metals, acrylic glass, soils and a phosphate under three
scanners, one spectrum each, as measured_identification.py has them. Printed for each: families of
elements that are in the sample, families of others, and peaks that nothing explains, those wider
than lines apart. Others are not all wrong: traces and the scanner's own parts are in no
certificate. Those of argon and of the tube's anode are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from measured_identification import Sample, samples
from underpaint.elements import FoundFamily, Identification, find_axis, find_elements
from underpaint.scan import Scan
from underpaint.spectrum import EnergyCalibration

AIR_AND_TUBES = frozenset({"Ar", "Rh", "Mo"})


def found_in(sample: Sample) -> Identification:
    """What is found in a spectrum taken for a scan of one pixel, without its negative energies."""
    measured = sample.measured
    first = max(int(np.ceil(float(measured.calibration.channel(0.0)))), 0)
    counts = np.rint(measured.counts).clip(min=0.0)[first:]
    axis = EnergyCalibration(
        float(measured.energy_kev[first]),
        measured.calibration.gain,
        measured.calibration.noise,
        measured.calibration.fano,
    )
    pixel = counts.astype(np.uint32)[None, None]
    scan = Scan(pixel, Path(f"{sample.name}.npz"), "NumPy", axis)
    found = find_axis(scan, counts)
    return find_elements(scan, [counts, counts], found.in_use, counts.sum()[None, None])[0]


def main() -> None:
    """Look at all spectra, print a row for each and the sums."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with nist-m4, horiba-xgt, bruker")
    options = parser.parse_args()
    # two files hold the same spectrum
    every = list({each.measured.counts.tobytes(): each for each in samples(options.data)}.values())
    families = others = peaks = wide = 0
    print(
        "| scanner | sample | in it | others (standard errors, % of counts) | unexplained, keV "
        "| wider than lines, keV |"
    )
    print("|---|---|---|---|---|---|")
    for sample in every:
        found = found_in(sample)
        own = [each.name for each in found.families if _element(each.name) in sample.elements]
        strange = [
            each
            for each in found.families
            if each.name not in own and _element(each.name) not in AIR_AND_TUBES
        ]
        families += len(own) + len(strange)
        others += len(strange)
        narrow = [peak for peak in found.unexplained if not peak.wide]
        broad = [peak for peak in found.unexplained if peak.wide]
        peaks, wide = peaks + len(narrow), wide + len(broad)
        print(
            f"| {sample.scanner} | {sample.name} | {', '.join(own)} "
            f"| {', '.join(_told(each, found) for each in strange)} "
            f"| {', '.join(f'{peak.energy_kev:.2f}' for peak in narrow)} "
            f"| {', '.join(f'{peak.energy_kev:.2f}' for peak in broad)} |"
        )
    print(
        f"\n{len(every)} spectra, {families} families, {others} of elements that are not in the "
        f"sample, {peaks} peaks unexplained, {wide} wider than lines"
    )


def _told(family: FoundFamily, found: Identification) -> str:
    share = 100.0 * family.counts / float(found.fit.measured.sum())
    return f"{family.name} ({family.significance:.0f}, {share:.2g})"


def _element(family: str) -> str:
    return family.split("-")[0]


if __name__ == "__main__":
    main()
