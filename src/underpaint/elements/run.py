"""From a scan that was added up to its element maps: axis, families, maps, exposure."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.scan import CountSummary, Exposure, Progress, Scan, find_exposure, measured_pixels
from underpaint.spectrum import EnergyCalibration, StatedAxis

from .design import Design
from .identify import Identification
from .maps import ElementMaps, element_maps
from .normalised import per_live_time
from .not_measured import without_gaps
from .reach import out_of_reach
from .scan_elements import ScanAxis, find_elements, settle_axis
from .windows import Window


class UnseenFamiliesError(ValueError):
    """Families were asked for that the scan cannot show: their maps would be empty."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be mapped, and how.

    Attributes
    ----------
    families : these line families only, as "Fe-K"; all that are found if there are none
    only : these families are fitted, and no others are looked for, if there are any
    axis : the user's own energy axis, or None
    windows : whose counts are mapped beside
    misfit : whether a map says how far the fit is off
    signed : whether noise may stay below zero
    normalise : whether pixels are scaled to the mean live time
    """

    families: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    axis: StatedAxis | None = None
    windows: tuple[Window, ...] = ()
    misfit: bool = False
    signed: bool = False
    normalise: bool = False


@dataclass(frozen=True, eq=False)
class MappedScan:
    """What a scan shows.

    Attributes
    ----------
    axis : energy calibration in use, and how it was found
    found : line families, and peaks that none explains
    maps : of what was wanted; NaN where nothing was measured
    exposure : what pixels were scaled by, if they were
    measured : (y, x) bool, pixels with counts
    """

    axis: ScanAxis
    found: Identification
    maps: ElementMaps
    exposure: Exposure | None
    measured: NDArray[np.bool_]


def map_elements(
    scan: Scan, summary: CountSummary, wanted: Wanted, progress: Progress, executor: Executor
) -> MappedScan:
    """Map the net counts of every line family that a scan shows.

    Parameters
    ----------
    scan : read again, twice: for what a few pixels hold, and for the maps
    summary : what it adds up to
    wanted : what is to be mapped
    progress : called with a description and a number of rows, gives a context whose value is
        called with the number of rows just done
    executor : where blocks of rows are worked on

    Raises
    ------
    CalibrationError : no axis is found, or no peak is the line of an element
    UnseenFamiliesError : for families that this scan cannot show
    """
    height = scan.shape[0]
    axis = settle_axis(scan, summary.sum_spectrum, wanted.axis)
    found, design = find_elements(
        scan,
        [summary.sum_spectrum, summary.maximum_spectrum],
        axis.in_use,
        summary.pixel_counts,
        certain=wanted.families,
        only=wanted.only,
        executor=executor,
    )
    asked = (*wanted.families, *wanted.only)
    _require_seen(asked, axis.in_use, len(summary.sum_spectrum), found.tube_kv, design)
    with progress("Mapping", height) as advance:
        maps = element_maps(
            scan,
            axis.in_use,
            design.families,
            design=design,
            nonnegative=not wanted.signed,
            windows=wanted.windows,
            with_misfit=wanted.misfit,
            progress=advance,
            executor=executor,
        )
    exposure = None
    if wanted.normalise:
        with progress("Exposure", height) as advance:
            exposure = find_exposure(scan, summary.sum_spectrum, advance, executor, axis.in_use)
        maps = per_live_time(maps, exposure.relative)
    if wanted.families:
        maps = maps.of(wanted.families)
    measured = measured_pixels(summary.pixel_counts)
    return MappedScan(axis, found, without_gaps(maps, measured), exposure, measured)


def _require_seen(
    families: tuple[str, ...],
    axis: EnergyCalibration,
    channels: int,
    tube_kv: float,
    design: Design,
) -> None:
    window = slice(design.first, design.last)
    unseen = out_of_reach(families, axis, channels, tube_kv, window)
    if unseen:
        last = float(axis.energy(design.last - 1))
        raise UnseenFamiliesError(
            f"{', '.join(unseen)} cannot be seen in this scan: it was excited by up to "
            f"{tube_kv:.4g} keV, and its spectra are fitted up to {last:.1f} keV."
        )


def provenance(scan: Scan, mapped: MappedScan, wanted: Wanted) -> dict[str, Any]:
    """How maps came about, as plain values."""
    from underpaint import __version__

    used, scatter = mapped.axis.in_use, mapped.found.scatter
    return {
        "underpaint": __version__,
        "scan": str(scan.path),
        "format": scan.format,
        "energy_calibration": {
            "zero_kev": used.zero,
            "gain_kev": used.gain,
            "noise_kev": used.noise,
            "fano": used.fano,
            **_how_found(mapped.axis),
        },
        "tube": {
            "highest_energy_kev": mapped.found.tube_kv,
            "anode_stated": scan.anode,
            "scattered_lines": None if scatter is None else scatter.family,
            "scatter_deg": None if scatter is None else scatter.angle_deg,
        },
        "families_given": list(wanted.only) or None,
        "signed": wanted.signed,
        "normalised_by": None if mapped.exposure is None else mapped.exposure.source,
        "facts": [
            {"name": name, "value": fact.value, "source": fact.source}
            for name, fact in scan.facts.items()
        ],
    }


def _how_found(axis: ScanAxis) -> dict[str, Any]:
    found = axis.found
    if found is None:
        return {"source": "given by the user", "standard_errors": None, "doubtful": False}
    if axis.in_use != found.calibration:
        return {"source": "file", "standard_errors": None, "doubtful": found.doubtful}
    return {
        "source": "peaks of the sum spectrum",
        "standard_errors": asdict(found.uncertainty),
        "doubtful": found.doubtful,
    }
