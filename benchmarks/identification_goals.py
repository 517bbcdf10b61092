"""The goals of the design, and whether a report meets them."""

from __future__ import annotations

from typing import Any

from identification_arms import OURS
from identification_stratigraphies import POSITIONS

OVER_IDEAL = {"D over 10": 0.98, "D 5 to 10": 0.92, "D 3 to 5": 0.75}
SLOPE = (0.9, 1.1)
CALIBRATION_ERROR = 0.05
MONTE_CARLO_POINTS = 3.0
STEADY_POINTS = 2.0
WRONG_NAMES = 0.05
Found = dict[str, Any]


def goals(found: Found) -> list[Found]:
    """Every goal with what was found: name, value, wanted, met."""
    rows: list[Found] = []
    situations, sets = found["situations"], found["sets"]
    plain = situations.get(sets["test"], {}).get("plain", {}).get(OURS)
    if plain is None:
        return rows
    for position in POSITIONS:
        for label, wanted in OVER_IDEAL.items():
            row = plain["recall"].get(f"{position}, {label}")
            if row is not None and "over_ideal" in row:
                value = row["over_ideal"]["value"]
                rows.append(_goal(f"recall over ideal, {position}, {label}", value, wanted, True))
    for name in (sets["test"], sets["monte_carlo"]):
        ours = situations.get(name, {}).get("plain", {}).get(OURS)
        for position in POSITIONS if ours is not None else ():
            row = ours["ranking"][position]
            for end, least in zip(SLOPE, (True, False), strict=True):
                rows.append(_goal(f"slope, {name}, {position}", row["slope"], end, least))
            rows.append(
                _goal(
                    f"classwise calibration error, {name}, {position}",
                    row["classwise_calibration_error"], CALIBRATION_ERROR, False,
                )
            )  # fmt: skip
            rows.append(_goal(f"Brier skill, {name}, {position}", row["brier_skill"], 0.0, True))
    for position, points in found["monte_carlo_lower"].get(OURS, {}).items():
        what = f"points of recall lower on Monte Carlo, {position}"
        rows.append(_goal(what, points["value"], MONTE_CARLO_POINTS, False))
    for name, conditions in found["lost"].items():
        for condition in ("axis", "pile-up"):
            for position, points in conditions.get(condition, {}).get(OURS, {}).items():
                what = f"points of recall lost, {name}, {condition}, {position}"
                rows.append(_goal(what, points["value"], STEADY_POINTS, False))
    for name, conditions in situations.items():
        for condition, arms in conditions.items():
            verdicts = arms.get(OURS, {}).get("verdicts", {})
            if "anywhere" in verdicts and not condition.endswith("as-stated"):
                value = verdicts["anywhere"]["wrong_names"]["value"]
                rows.append(_goal(f"wrong names, {name}, {condition}", value, WRONG_NAMES, False))
    return rows


def _goal(name: str, value: float, wanted: float, least: bool) -> Found:
    met = value >= wanted if least else value <= wanted
    return {
        "goal": name, "value": value, "wanted": f"{'>=' if least else '<='} {wanted:g}",
        "met": bool(met),
    }  # fmt: skip
