"""Axis, elements and design of a scan, from its summed spectra and a second look at its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.scan import Scan, measured_pixels
from underpaint.spectrum import EnergyCalibration, StatedAxis

from .background_spread import hold_background
from .calibrate import FoundCalibration, find_calibration
from .design import Design, build_design, unevenness
from .excitation import CUT_OFF_BEYOND, RANGE_KV, believable_kv, is_cut_off, last_counted
from .family import split_family
from .identify import Identification, identify_elements
from .pixel_pairs import pixel_coincidences
from .rare import with_rare
from .resolution import with_resolution
from .trial import CANDIDATES


@dataclass(frozen=True, slots=True)
class ScanAxis:
    """The energy axis that a scan is read on.

    Attributes
    ----------
    in_use : zero, gain and resolution
    found : how it was found; None where the user gave zero and gain
    """

    in_use: EnergyCalibration
    found: FoundCalibration | None


def settle_axis(scan: Scan, total: NDArray[np.float64], stated: StatedAxis | None) -> ScanAxis:
    """The axis that the user states, or else that of `find_axis`.

    Parameters
    ----------
    total : (channel,) counts of all pixels
    stated : the user's own zero and gain; what is None of its resolution is found from peaks

    Raises
    ------
    CalibrationError : the spectrum has no usable peaks, or no axis explains them
    """
    if stated is not None:
        return ScanAxis(with_resolution(total, stated), None)
    found = find_axis(scan, total)
    return ScanAxis(found.in_use, found)


def find_axis(scan: Scan, total: NDArray[np.float64]) -> FoundCalibration:
    """The energy axis of a scan, found from its sum spectrum.

    Parameters
    ----------
    total : (channel,) counts of all pixels

    Raises
    ------
    CalibrationError : the spectrum has no usable peaks, or no axis explains them
    """
    try:
        return find_calibration(total, scan.calibration)
    except CalibrationError as error:
        raise CalibrationError(f"{scan.path.name}: {error}") from error


def find_elements(
    scan: Scan,
    spectra: Sequence[NDArray[np.float64]],
    calibration: EnergyCalibration,
    pixel_counts: NDArray[np.float64],
    *,
    certain: Sequence[str] = (),
    only: Sequence[str] = (),
    executor: Executor | None = None,
) -> tuple[Identification, Design]:
    """Find the elements of a scan, those of a few pixels too, and how they are fitted.

    Parameters
    ----------
    scan : read again, for what a few pixels hold
    spectra : (channel,) counts each, the sum and the maximum-pixel spectrum
    calibration : energy axis and resolution
    pixel_counts : (y, x) counts
    certain : line families that are fitted whatever their significance, as "Fe-K"
    only : the same, and no others are looked for, if there are any
    executor : where rows are read; here if None

    Raises
    ------
    CalibrationError : no peak is the line of an element
    """
    certain = (*certain, *only)
    kv = believable_kv(scan.tube_voltage_kv, spectra[0], calibration)
    pairs = pixel_coincidences(scan, spectra[0], calibration, executor)
    found = identify_elements(
        spectra, calibration,
        tube_kv=kv, anode=scan.anode, candidates=only or CANDIDATES, certain=certain, pairs=pairs,
    )  # fmt: skip
    if not found.names and not all(peak.wide for peak in found.unexplained):
        raise CalibrationError(
            f"{scan.path.name}: no peak is the line of an element on the energy axis used (zero "
            f"{calibration.zero:.4g} keV, gain {calibration.gain:.4g} keV a channel): it cannot be "
            "right: give the right one with --calibration"
        )
    counted = pixel_counts[measured_pixels(pixel_counts)]
    pixels, uneven = counted.size, unevenness(counted)
    if not only:
        found = with_rare(
            scan, calibration, spectra, found,
            pixels=pixels, unevenness=uneven, pairs=pairs, executor=executor,
        )  # fmt: skip
    design = build_design(
        spectra[0],
        calibration,
        tuple(dict.fromkeys((*found.names, *certain))),
        pixels=pixels,
        unevenness=uneven,
        tube_kv=found.tube_kv,
        scatter=found.scatter,
        pairs=pairs,
    )
    return _marked(found, scan.anode), hold_background(design, scan, executor)


def _marked(found: Identification, anode: str | None) -> Identification:
    """With all lines of the anode that the file states as the tube's."""
    families = tuple(
        replace(family, from_tube=family.from_tube or split_family(family.name)[0] == anode)
        for family in found.families
    )
    return replace(found, families=families)


def tube_remark(scan: Scan, found: Identification) -> str | None:
    """One sentence where the tube voltage that a scan states is not the one that was used."""
    if scan.tube_voltage_kv is None or scan.tube_voltage_kv == found.tube_kv:
        return None
    stated, used = scan.tube_voltage_kv, found.tube_kv
    remark = f"The stated tube voltage of {stated:g} kV cannot be right, as "
    counts = found.fit.measured[: last_counted(found.fit.measured)]
    cut_off = is_cut_off(counts, float(counts[found.fit.first :].sum()))
    if not cut_off or not RANGE_KV[0] < used < RANGE_KV[1]:
        only = "only " if stated > used else ""
        return f"{remark}counts reach {only}up to {used:.1f} keV; that was used instead."
    end = used / CUT_OFF_BEYOND
    seen = "ends already" if stated > used else "is full of counts to its end"
    return (
        f"{remark}the energy axis {seen} at {end:.1f} keV; {used:.1f} kV was used instead, since "
        "more may lie beyond."
    )
