"""The scan, its energy axis and the promise behind the verdicts, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from underpaint.result import SURE, Answer, Result, chance_of, wrong_names
from underpaint.spectrum import EnergyCalibration

from .figures import counted, joined
from .scaling import readable

FEW_PIXELS = "In a few pixels, which chance may explain"
LOW_KEV, HIGH_KEV = 3.0, 15.0
AGREES_EV = 10.0


def calibration_words(result: Result) -> str:
    """How far the file's energy axis is from the one used, and where that came from."""
    calibration = result.provenance.get("calibration") or {}
    stated, found = calibration.get("stated"), calibration.get("found")
    if found is None:
        return ""
    origin = "given by the user" if calibration.get("given_by_user") else "found from the peaks"
    if stated is None:
        return f"The file states no energy axis; the one used was {origin}."
    if stated == found and not calibration.get("given_by_user"):
        return (
            "The file's energy axis was used as it is: the scan's peaks do not settle a better one."
        )
    file_axis, true_axis = EnergyCalibration(**stated), EnergyCalibration(**found)
    low, high = (
        1000.0 * float(file_axis.energy(true_axis.channel(at)) - at) for at in (LOW_KEV, HIGH_KEV)
    )
    if max(abs(low), abs(high)) < AGREES_EV:
        return (
            f"The file's energy axis agrees within {max(abs(low), abs(high), 1.0):.0f} eV "
            f"with the one {origin}."
        )
    if abs(low - high) < AGREES_EV:
        off = _off(0.5 * (low + high))
    else:
        off = f"{_off(low)} at {LOW_KEV:g} keV and {_off(high)} at {HIGH_KEV:g} keV"
    if calibration.get("given_by_user"):
        return f"By the energy axis that the user gave, which was used, the file's is {off}."
    return f"The file's energy axis is {off}; the one {origin} was used."


def size_words(result: Result) -> str:
    """Pixels, and millimetres where their size is known."""
    height, width = result.shape
    pixels = f"{width:,} × {height:,} pixels"
    size = result.pixel_size_mm
    if size is None:
        return f"{pixels}; the size of a pixel is not known"
    each = f"{size[0]:g} mm" if size[0] == size[1] else f"{size[0]:g} × {size[1]:g} mm"
    return f"{pixels} of {each}; {readable(width * size[0])} × {readable(height * size[1])} mm"


def fact_rows(result: Result) -> list[tuple[str, str, str]]:
    """Name, value and source of each figure about the scan."""
    return [
        (fact["name"], _fact_value(fact), fact.get("source") or "")
        for fact in result.provenance.get("facts") or ()
    ]


def calibration_rows(result: Result) -> list[tuple[str, str, str]]:
    """Name, stated and used value of the four calibration figures; no file states the last two."""
    calibration = result.provenance.get("calibration") or {}
    stated, found = calibration.get("stated") or {}, calibration.get("found") or {}
    if not found:
        return []
    # readers of files give resolution at its defaults, which no file states
    of_file = {key: stated.get(key) for key in ("zero", "gain")}
    rows = [
        ("Zero", "zero", ".4f", " keV"),
        ("Gain", "gain", ".6f", " keV per channel"),
        ("Noise, FWHM", "noise", ".3f", " keV"),
        ("Fano factor", "fano", ".3f", ""),
    ]
    return [
        (name, _figure(of_file, key, form, unit), _figure(found, key, form, unit))
        for name, key, form, unit in rows
    ]


def _figure(axis: Mapping[str, Any], key: str, form: str, unit: str) -> str:
    return "—" if axis.get(key) is None else f"{axis[key]:{form}}{unit}"


def answer_words(result: Result, answer: Answer, open_groups: int) -> str:
    """The answer in a few sentences."""
    words = []
    if answer.found:
        verb = "was" if len(answer.found) == 1 else "were"
        number = counted(len(answer.found), "pigment group").capitalize()
        words.append(f"{number} {verb} found: {_labels(result, answer.found)}.")
    else:
        words.append("No pigment could be named with the certainty that is asked for.")
    if answer.buried:
        words.append(f"Under other paint: {_labels(result, answer.buried)}.")
    if answer.families:
        also = " also" if answer.found else ""
        names = joined([f"{result.families[i]} pigments" for i in answer.families])
        words.append(f"There are{also} {names} that XRF cannot tell apart.")
    if answer.few:
        words.append(f"{FEW_PIXELS}: {_labels(result, answer.few)}.")
    if open_groups and answer.found:
        words.append(
            f"{counted(open_groups, 'further group').capitalize()} can neither be named "
            "nor excluded everywhere."
        )
    return " ".join(words)


def chance_words(result: Result) -> str:
    """How many pixels of this scan a group that is not there may be named in."""
    chance, looked_for = chance_of(result), sum(result.looked_for)
    one_in = 1.0 / (1.0 - SURE**looked_for) if looked_for else 1.0
    return (
        f"In {counted(chance.read, 'pixel')}, a group that is not there is named in "
        f"{chance.most:,} at most in 99 of 100 cases: wrong names come in clusters, where paint "
        f"looks like another. {counted(looked_for, 'group').capitalize()} "
        f"{'was' if looked_for == 1 else 'were'} looked for, so that of such reports one in "
        f"{one_in:.0f} names a group above that is not there."
    )


def promise_words(result: Result) -> str:
    """What the verdicts promise, "present" in this scan's own pixels."""
    rule = result.provenance.get("verdict_rule") or {}
    wrong, sigma = wrong_names(result.provenance), rule.get("line_sigma")
    if not wrong or sigma is None:
        return ""
    chance = chance_of(result)
    expected = chance.rate * chance.read
    here = (
        f"about {expected:,.0f}"
        if expected >= 1.5
        else "about one"
        if expected > 0.5
        else "fewer than one"
    )
    together = (
        "As pixels were read in the light of the whole scan, wrong names come together: most "
        "groups have none, a few may have many. "
        if result.frame.as_whole
        else ""
    )
    return (
        f"A group is called present by a threshold that named at most one pixel in "
        f"{1.0 / wrong:,.0f} wrongly on the simulated scans that set it, and where the called "
        f"pixels together show all of its key lines at {sigma:g} times their uncertainty or more. "
        f"In this scan of {counted(chance.read, 'pixel')}, {here} per group may still be wrong, "
        f"in the mean of all groups. {together}"
        f"{_absence_words(rule)}"
        "“Cannot tell” means that neither presence nor absence is sure: another method has to "
        "settle it."
    )


def _absence_words(rule: Mapping[str, Any]) -> str:
    """What "absent" promises, and that it ends where other paint hides what lies below."""
    share, missed = rule.get("absent_share"), rule.get("absent_missed")
    if share is None or missed is None:
        return ""
    low, high = (f"{100.0 * each:g}" for each in share)
    return (
        f"It is called absent where {low} to {high} % of it in the uppermost paint would have "
        f"shown in {100.0 * (1.0 - missed):.0f} of 100 simulated pixels. Paint above can hide "
        "what lies below: absent means no deeper than X-rays come through. "
    )


def rival_words(result: Result) -> str:
    """How what looks nearly the same was worked out."""
    counts = (result.provenance.get("rivals") or {}).get("counts")
    if counts is None:
        return ""
    here = result.provenance.get("counts_per_pixel")
    mean = "" if here is None else f"; a pixel of this scan has {here:,.0f} on average"
    return (
        f"What looks nearly the same to XRF was worked out for pixels of {counts:,.0f} counts"
        f"{mean}. One pixel does not tell such rivals apart."
    )


def weights_words(provenance: dict[str, Any]) -> str:
    """Name of the weights and the start of their hash."""
    weights = provenance.get("weights") or {}
    parts = [weights.get("name") or "", (weights.get("sha256") or "")[:12]]
    return ", SHA-256 ".join(part for part in parts if part)


def _labels(result: Result, groups: tuple[int, ...]) -> str:
    """Labels of groups; those with commas of their own are parted by semicolons."""
    labels = [result.groups[i].label for i in groups]
    return "; ".join(labels) if any("," in label for label in labels) else joined(labels)


def _off(difference_ev: float) -> str:
    if abs(difference_ev) < 0.5:
        return "right"
    return f"{abs(difference_ev):.0f} eV {'low' if difference_ev < 0 else 'high'}"


def _fact_value(fact: dict[str, Any]) -> str:
    value = fact.get("value")
    if value is None:
        return "not known"
    if isinstance(value, int | float):
        value = f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
    return f"{value} {fact.get('unit') or ''}".strip()
