"""What the scan contradicts of what was stated, and what its user can put right.

Each is a sentence that stands first among a result's notes; the command says it as well.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from underpaint.elements import find_axis, split_family, tube_remark
from underpaint.errors import CalibrationError
from underpaint.scan import CountSummary, RowDisplacement, Scan
from underpaint.xray import Instrument, InstrumentPrior

from .plan import Plan
from .tube import instrument_remark

SURE_SIGMA = 10.0
GAS = frozenset({"Ar"})
COUNTED_FROM_KEV = 1.0
COMPARED_AT_KEV = (3.0, 6.0, 10.0, 15.0)
OFF_KEV, SURE_OFF = 0.02, 5.0
"""An axis is off from here on, and by so many standard deviations of the one found."""


def find_amiss(
    scan: Scan, plan: Plan, seen: CountSummary, instrument: Instrument | None, rows: RowDisplacement
) -> tuple[str, ...]:
    """A sentence for each thing that is amiss, those on which most depends first.

    Parameters
    ----------
    scan, plan, seen : as it is read
    instrument : as the user stated it, or None
    rows : how far odd rows are displaced
    """
    remarks = (
        _axis(scan, plan) if plan.found else _given_axis(scan, plan, seen),
        tube_remark(scan, plan.elements),
        instrument_remark(scan, instrument),
        _palette(scan, plan, seen),
        _rows(rows),
    )
    return tuple(remark for remark in remarks if remark)


def _given_axis(scan: Scan, plan: Plan, seen: CountSummary) -> str | None:
    """What the scan's own peaks say against the axis that the user gave."""
    try:
        found = find_axis(scan, seen.sum_spectrum)
    except CalibrationError:
        return None
    given, true = plan.calibration, found.calibration
    within = [at for at in COMPARED_AT_KEV if 0.0 < true.channel(at) < scan.shape[2]]
    off = {at: float(given.energy(true.channel(at))) - at for at in within}
    beyond = [at for at in within if abs(off[at]) > max(OFF_KEV, SURE_OFF * found.sigma_kev(at))]
    if found.doubtful or not beyond:
        return None
    worst = max(beyond, key=lambda at: abs(off[at]))
    return (
        f"The energy axis that was given puts a line of {worst:g} keV at {worst + off[worst]:.2f} "
        "keV, going by the scan's peaks: all that follows depends on the axis. Without "
        "--calibration it is found from the peaks."
    )


def _axis(scan: Scan, plan: Plan) -> str | None:
    if plan.found is None or not plan.found.doubtful:
        if plan.found and scan.calibration and plan.found.stated is None:
            return (
                "The energy axis that the file states cannot be right; the one found from the "
                "scan's peaks was used."
            )
        return None
    used = "the file's own" if plan.calibration == plan.found.stated else "the likeliest one found"
    return (
        f"The scan's peaks do not settle its energy axis; {used} was used. Give a better one with "
        "--calibration, for all that follows depends on it."
    )


def _palette(scan: Scan, plan: Plan, seen: CountSummary) -> str | None:
    homeless = elements_without_pigment(scan, plan, seen)
    if not homeless:
        return None
    names = ", ".join(homeless)
    are, them = ("is", "it") if len(homeless) == 1 else ("are", "them")
    if plan.palette_mask.all():
        return (
            f"{names} {are} in the scan, but no pigment of the library has {them}, unless as an "
            "impurity: it lacks a pigment, or a part of the scanner shows."
        )
    return (
        f"{names} {are} in the scan, but no pigment held possible has {them}, unless as an "
        f"impurity ({plan.palette.source}): palette or date may leave out what is there, for which "
        "other names then stand."
    )


def elements_without_pigment(scan: Scan, plan: Plan, seen: CountSummary) -> tuple[str, ...]:
    """Elements beyond doubt that nothing held possible accounts for, most significant first.

    What pigments of the palette and supports are typically made of is accounted for, and so are the
    tube, argon of the air, and parts of the scanner as far as these usually show.
    """
    prior, elements = InstrumentPrior(), plan.elements
    known = {*GAS, scan.anode, elements.scatter and elements.scatter.anode}
    for name in plan.palette.pigments:
        known |= plan.library.pigments[name].mass_fractions.keys()
    for support in plan.library.supports.values():
        known |= support.mass_fractions.keys()
    counts: dict[str, float] = defaultdict(float)
    for family in elements.families:
        if family.significance >= SURE_SIGMA and not family.from_tube:
            counts[split_family(family.name)[0]] += family.counts
    energy = plan.calibration.energy(np.arange(len(seen.sum_spectrum)))
    faint = prior.own_line[1] * float(seen.sum_spectrum[energy > COUNTED_FROM_KEV].sum())
    return tuple(
        element
        for element, own in counts.items()
        if element not in known and not (element in prior.own_parts and own <= faint)
    )


def _rows(rows: RowDisplacement) -> str | None:
    if not rows.whole_pixels:
        return None
    words = rows.words
    return (
        f"{words[0].upper()}{words[1:]}, which makes the maps ragged; identify again with "
        "--mend-rows, which moves them back."
    )
