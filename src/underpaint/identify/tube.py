"""One tube for all that reckons with one, where the scan's file and the user each state their own.

The file's goes before the user's: an instrument says what a scanner is like, a file what it was set
to that day. A voltage that the counts contradict is nobody's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from underpaint.elements import Identification
from underpaint.scan import ANODE, TUBE_VOLTAGE, Fact, Scan
from underpaint.xray import HIGHEST_KEV, Instrument

BY_USER = "the user's instrument"
SAME_KV = 1.0


def with_stated_tube(scan: Scan, instrument: Instrument | None) -> Scan:
    """The scan with anode and voltage of the user's instrument, where its file states none."""
    if instrument is None:
        return scan
    facts = dict(scan.facts)
    if scan.anode is None:
        facts[ANODE] = Fact(instrument.anode, BY_USER)
    if scan.tube_voltage_kv is None:
        facts[TUBE_VOLTAGE] = Fact(f"{float(instrument.kv):g} kV", BY_USER)
    return replace(
        scan,
        anode=scan.anode or instrument.anode,
        tube_voltage_kv=scan.tube_voltage_kv or float(instrument.kv),
        facts=facts,
    )


def as_set(
    instrument: Instrument | None, scan: Scan, elements: Identification
) -> Instrument | None:
    """The user's instrument with the tube that the elements were sought with.

    Parameters
    ----------
    scan : with the stated tube
    elements : found in it
    """
    if instrument is None:
        return None
    kv = min(elements.tube_kv, HIGHEST_KEV)
    return instrument.but(anode=scan.anode or instrument.anode, kv=kv)


def instrument_remark(scan: Scan, instrument: Instrument | None) -> str | None:
    """One sentence where the user's instrument has another tube than the scan's file states."""
    if instrument is None:
        return None
    kv, differs = float(instrument.kv), []
    if scan.anode not in (None, instrument.anode):
        differs.append(f"{scan.anode}, not {instrument.anode}")
    if scan.tube_voltage_kv is not None and abs(scan.tube_voltage_kv - kv) > SAME_KV:
        differs.append(f"{scan.tube_voltage_kv:g} kV, not {kv:g} kV")
    if not differs:
        return None
    return (
        f"The file states another tube than --instrument ({'; '.join(differs)}): the file's was "
        "used, with all else of the instrument."
    )


def tube_in_use(scan: Scan, elements: Identification) -> dict[str, Any]:
    """The tube for the provenance: as file or user state it, else as its scattered lines show it.

    Parameters
    ----------
    scan : with the stated tube
    elements : found in it
    """
    seen = elements.scatter
    found = {} if seen is None else {"anode": seen.anode, "scatter_deg": seen.angle_deg}
    stated: dict[str, Any] = {}
    if scan.anode is not None:
        stated["anode"] = scan.anode
    if scan.tube_voltage_kv is not None:
        stated["kv"] = elements.tube_kv
    by_user = ANODE in scan.facts and scan.facts[ANODE].source == BY_USER
    source = BY_USER if by_user else "file"
    return {
        **found,
        **stated,
        "source": source if scan.anode else "scattered lines in the sum spectrum",
    }
