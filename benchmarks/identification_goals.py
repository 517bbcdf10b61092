"""The goals of the design, and whether a report meets them."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from identification_arms import OURS
from identification_stratigraphies import POSITIONS
from identification_work import RIVALS
from underpaint.network.metrics import FEWEST_UNSURE

OVER_IDEAL = {"D over 10": 0.98, "D 5 to 10": 0.92, "D 3 to 5": 0.75}
SLOPE = (0.9, 1.1)
CALIBRATION_ERROR = 0.05
MONTE_CARLO_POINTS = 3.0
STEADY_POINTS = 2.0
WRONG_NAMES, WRONG_NAMES_EACH = 0.05, 0.001
Found = dict[str, Any]


def goals(found: Found) -> list[Found]:
    """Every goal with what was found: name, value, wanted, met."""
    rows: list[Found] = []
    situations, sets = found["situations"], found["sets"]
    plain = situations.get(sets["test"], {}).get("plain", {}).get(OURS)
    if plain is None:
        return rows
    for position in POSITIONS:
        for ending, (label, wanted) in product(RIVALS, OVER_IDEAL.items()):
            row = plain["recall"].get(f"{position}, {label}{ending}")
            if row is not None and "over_ideal" in row:
                value = row["over_ideal"]["value"]
                what = f"recall over ideal, {position}, {label}{ending}"
                rows.append(_goal(what, value, wanted, True))
    for name in (sets["test"], sets["monte_carlo"], sets["same_by_ours"]):
        for condition in ("plain", "palette"):
            ours = situations.get(name, {}).get(condition, {}).get(OURS)
            where = name if condition == "plain" else f"{name}, {condition}"
            for position in POSITIONS if ours is not None else ():
                rows += _reliability(ours["ranking"][position], f"{where}, {position}")
    rows += _by_group(plain.get("groups", {}))
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
            for position in POSITIONS if not condition.endswith("as-stated") else ():
                if position in verdicts:
                    what = f"wrong names, {name}, {condition}, {position}"
                    value = verdicts[position]["wrong_names"]["value"]
                    rows.append(_goal(what, value, WRONG_NAMES, False))
    return rows


def _reliability(row: Found, where: str) -> list[Found]:
    return [
        *(_goal(f"slope, {where}", row["slope"], end, least)
          for end, least in zip(SLOPE, (True, False), strict=True)),
        _goal(f"classwise calibration error, {where}", row["classwise_calibration_error"],
              CALIBRATION_ERROR, False),
        _goal(f"Brier skill, {where}", row["brier_skill"], 0.0, True),
    ]  # fmt: skip


def _by_group(groups: Found) -> list[Found]:
    """Reliability and wrong names of the verdicts, group by group, on the test set."""
    rows = []
    for position in POSITIONS:
        each = [group[position] for group in groups.values() if position in group]
        told = [row for row in each if row["count"] >= FEWEST_UNSURE]
        slopes = [row["slope"] for row in told if not math.isnan(row["slope"])]
        counted = {
            f"slope in {SLOPE[0]:g} to {SLOPE[1]:g}":
                [SLOPE[0] <= slope <= SLOPE[1] for slope in slopes],
            f"calibration error at most {CALIBRATION_ERROR:g}":
                [row["calibration_error"] <= CALIBRATION_ERROR for row in told],
            "Brier skill above 0": [row["brier_skill"] > 0.0 for row in told],
            f"wrong names at most {WRONG_NAMES_EACH:g} a pixel":
                [row["wrong_names"] <= WRONG_NAMES_EACH for row in each if "wrong_names" in row],
        }  # fmt: skip
        for what, held in counted.items():
            if held:
                name = f"share of {len(held)} groups with {what}, {position}"
                rows.append(_goal(name, sum(held) / len(held), 1.0, True))
    return rows


def _goal(name: str, value: float, wanted: float, least: bool) -> Found:
    met = value >= wanted if least else value <= wanted
    return {
        "goal": name, "value": value, "wanted": f"{'>=' if least else '<='} {wanted:g}",
        "met": bool(met),
    }  # fmt: skip
