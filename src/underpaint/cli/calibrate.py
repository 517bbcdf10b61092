"""`underpaint calibrate`: the energy calibration, found from the scan's own peaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .changing import Detector

if TYPE_CHECKING:
    from ..elements import FoundCalibration

SHOWN_KEV = (5.0, 15.0)


def calibrate(
    scan: Annotated[str, typer.Argument(metavar="SCAN", help="File or folder of the scan.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="AXIS.toml", help="Also write what --calibration reads."
        ),
    ] = None,
    detector: Detector = None,
) -> None:
    """Find zero, gain, noise and fano from the peaks of the scan's sum spectrum.

    Neither tube nor sample need be known. What the file states is where the search begins; it
    goes on without where that explains little.
    """
    from ..elements import find_calibration, write_axis
    from ..errors import CalibrationError
    from ..scan import open_scan, require_new, summarise
    from .progress import progress_bar

    if output is not None:
        require_new(output)
    opened = open_scan(scan, detector)
    with progress_bar("Adding up", opened.shape[0]) as advance:
        summary = summarise(opened, progress=advance)
    try:
        found = find_calibration(summary.sum_spectrum, opened.calibration)
    except CalibrationError as error:
        raise CalibrationError(f"{opened.path.name}: {error}") from error
    if output is not None:
        write_axis(found, opened.path.name, output)
    if as_json:
        typer.echo(json.dumps(_as_data(found), indent=2))
        return
    for line in _as_lines(found):
        typer.echo(line)
    if output is not None:
        typer.echo(str(output))


def _as_lines(found: FoundCalibration) -> list[str]:
    axis, sigma, stated = found.calibration, found.uncertainty, found.stated
    lines = [
        f"zero: {1000 * axis.zero:.1f} ± {1000 * sigma.zero:.1f} eV"
        + (f" (stated {1000 * stated.zero:.1f})" if stated else ""),
        f"gain: {1000 * axis.gain:.4f} ± {1000 * sigma.gain:.4f} eV per channel"
        + (f" (stated {1000 * stated.gain:.4f})" if stated else ""),
        f"noise: {1000 * axis.noise:.0f} ± {1000 * sigma.noise:.0f} eV FWHM",
        f"fano: {axis.fano:.3f} ± {sigma.fano:.3f}",
    ]
    if stated is not None:
        shifts = " and ".join(
            f"{1000 * found.shift_kev(energy):+.0f} ± {1000 * found.sigma_kev(energy):.0f} eV at "
            f"{energy:g} keV"
            for energy in SHOWN_KEV
        )
        lines.append(f"found less stated: {shifts}")
    lines.append(f"peaks explained: {100 * found.explained:.0f} %")
    lines.append(f"by the lines of: {', '.join(found.clearest)}")
    if found.doubtful:
        lines.append("doubtful: too few clear lines decide; check it against a line you know")
    return lines


def _as_data(found: FoundCalibration) -> dict[str, Any]:
    axis, sigma, stated = found.calibration, found.uncertainty, found.stated
    return {
        "zero_kev": axis.zero,
        "gain_kev": axis.gain,
        "noise_kev": axis.noise,
        "fano": axis.fano,
        "uncertainty": {
            "zero_kev": sigma.zero,
            "gain_kev": sigma.gain,
            "noise_kev": sigma.noise,
            "fano": sigma.fano,
        },
        "stated": stated and {"zero_kev": stated.zero, "gain_kev": stated.gain},
        "shift_ev": None
        if stated is None
        else {f"{energy:g} keV": 1000 * found.shift_kev(energy) for energy in SHOWN_KEV},
        "explained": found.explained,
        "families": list(found.clearest),
        "doubtful": found.doubtful,
        "message": found.message,
    }
