"""An energy axis as a TOML file: what `calibrate` writes, and `--calibration` reads."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from underpaint.errors import CalibrationError, ConfigError
from underpaint.scan import whole_file
from underpaint.settings import read_toml
from underpaint.spectrum import GAIN_KEV, StatedAxis

if TYPE_CHECKING:
    from .calibrate import FoundCalibration

NEEDED, KNOWN = ("zero", "gain"), ("zero", "gain", "noise", "fano")
FURTHEST_ZERO_KEV = 5.0
"""No detector's first channel lies further from 0 keV, whatever was cut off it."""
IN_EV = "the file wants keV, so divide electronvolts by 1,000"


def read_axis(path: Path) -> StatedAxis:
    """An energy axis from a TOML file with zero, gain and, if wanted, noise and fano.

    Raises
    ------
    CalibrationError : the file cannot be read, a key is missing or unknown, or a figure is one
        that no detector has
    """
    try:
        values = read_toml(path)
    except ConfigError as error:
        raise CalibrationError(f"{error}.") from error
    if not set(NEEDED) <= set(values) <= set(KNOWN) or not all(map(_is_number, values.values())):
        raise CalibrationError(
            f"{path} must hold the numbers zero and gain in keV, and may hold noise and fano; "
            "'underpaint calibrate SCAN -o FILE' writes such a file."
        )
    axis = StatedAxis(**{key: float(value) for key, value in values.items()})
    if not GAIN_KEV[0] <= axis.gain <= GAIN_KEV[1]:
        raise CalibrationError(
            f"{path}: no detector has a gain of {axis.gain:g} keV a channel, but "
            f"{GAIN_KEV[0]:g} to {GAIN_KEV[1]:g}; {IN_EV}."
        )
    if abs(axis.zero) > FURTHEST_ZERO_KEV:
        raise CalibrationError(
            f"{path}: a zero of {axis.zero:g} keV is further from 0 than "
            f"{FURTHEST_ZERO_KEV:g} keV; {IN_EV}."
        )
    if not all(figure is None or 0.0 < figure < 1.0 for figure in (axis.noise, axis.fano)):
        raise CalibrationError(
            f"{path}: noise (keV) and fano must lie above 0 and below 1; {IN_EV}."
        )
    return axis


def write_axis(found: FoundCalibration, scan: str, path: Path) -> None:
    """Write the axis that was found as a TOML file that `read_axis` reads.

    Parameters
    ----------
    scan : the name of what it was found from

    Raises
    ------
    OutputError : the file exists already, or cannot be written
    """
    axis, sigma = found.calibration, found.uncertainty
    doubt = "; doubtful, as too few clear lines decide" if found.doubtful else ""
    lines = [
        f"# The energy axis of {' '.join(scan.split())}, found from its peaks{doubt}.",
        f"zero = {axis.zero:.6f}  # keV, ± {sigma.zero:.6f}",
        f"gain = {axis.gain:.8f}  # keV per channel, ± {sigma.gain:.8f}",
        f"noise = {axis.noise:.5f}  # FWHM, keV, ± {sigma.noise:.5f}",
        f"fano = {axis.fano:.5f}  # ± {sigma.fano:.5f}",
    ]
    with whole_file(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
