"""The tables of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from identification_arms import OURS
from identification_stratigraphies import POSITIONS
from identification_table import print_table
from identification_work import EVEN, RIVALS, UNEVEN, UNSURE

Found = dict[str, Any]
WHERE = {
    EVEN: "",
    UNEVEN: ", where a pixel may be uneven",
    UNSURE: ", where a pixel may be uneven and strengths of lines may err",
}


def print_report(found: Found) -> None:
    """Print all tables for which there are figures."""
    _budget(found)
    sets = found["sets"]
    plain = found["situations"].get(sets["test"], {}).get("plain")
    if plain is not None:
        _arms(plain)
        _splits(plain)
        _limit(plain)
        _smaller(found["smaller"])
        _groups(plain)
        _scanners(plain)
    _verdicts(found)
    _steadiness(found)
    _monte_carlo(found)
    _losses(found)
    rows = [
        (row["goal"], f"{row['value']:.3f}", row["wanted"], "yes" if row["met"] else "no")
        for row in found["goals"]
    ]
    print_table("Goals", ("goal", "found", "wanted", "met"), rows)


def _budget(found: Found) -> None:
    rows = []
    for name, record in found["about"]["arms"].items():
        seconds = sum(each["training_s"] for each in record["tried"].values())
        tuning = sum(each["tuning_s"] for each in record["tried"].values())
        rows.append(
            (name, record["chosen"], f"{record['budget']['spectra']:,}", str(len(record["tried"])),
             f"{seconds:.0f}", f"{tuning:.0f}")
        )  # fmt: skip
    headings = ("arm", "setting kept", "training spectra", "settings tried", "training, s",
                "tuning, s")  # fmt: skip
    print_table("Budget (expert and dictionary learn nothing)", headings, rows)


def _arms(plain: Found) -> None:
    """Recall, false positives, average precision, reliability of every arm."""
    for position in POSITIONS:
        rows = []
        for arm, each in _of_arms(plain):
            if position not in each["recall"]:
                rows.append((arm, *["cannot tell"] + [""] * 8))
                continue
            ranks, wrong = each["ranking"][position], each["false_positives"][position]
            rows.append(
                (
                    arm,
                    _points(each["recall"][position]["recall"]),
                    _points(wrong["rate"], 2),
                    f"{wrong['wrong_names']['value']:.2f}",
                    _figures(ranks["average_precision"]),
                    str(ranks["groups"]),
                    *(f"{ranks[key]:.3f}" if key in ranks else ""
                      for key in ("slope", "classwise_calibration_error", "classwise_by_chance",
                                  "brier_skill")),
                )
            )  # fmt: skip
        headings = ("arm", "recall, %", "false positives, %", "wrong names a pixel",
                    "average precision", "groups it can tell", "slope",
                    "classwise calibration error", "that by chance", "Brier skill")  # fmt: skip
        print_table(
            f"{position.capitalize()}, at 1 % false positives as calibrated", headings, rows
        )


def _scanners(plain: Found) -> None:
    rows = [
        (name, f"{row['spectra']:.0f}", *(f"{100 * row[p]:.1f}" for p in POSITIONS),
         f"{row['wrong_names']:.3f}")
        for name, row in plain.get(OURS, {}).get("scanners", {}).items()
    ]  # fmt: skip
    headings = ("scanner", "spectra", *(f"recall {p}, %" for p in POSITIONS),
                "wrong names at verdicts")  # fmt: skip
    print_table(f"{OURS}, scanner by scanner", headings, rows)


def _verdicts(found: Found) -> None:
    for name, conditions in found["situations"].items():
        ours = conditions.get("plain", {}).get(OURS)
        if ours is None:
            continue
        rows = [
            (place, f"{row['positives']:,}", _points(row["recall"]),
             f"{100 * row['false_positives']:.3f}", _figures(row["wrong_names"]))
            for place, row in (ours["verdicts"] | ours["families"]).items()
        ]  # fmt: skip
        headings = ("position", "positives", "recall, %", "false positives, %",
                    "wrong names a pixel")  # fmt: skip
        print_table(f"{OURS}, {name}: the verdict present, by its own rules", headings, rows)


def _splits(plain: Found) -> None:
    arms = [arm for arm, _ in _of_arms(plain)]
    names = [name for name in plain[arms[0]]["recall"] if ", D " not in name]
    rows = [
        (
            name,
            f"{plain[arms[0]]['recall'][name]['positives']:,}",
            *_of_each(plain, arms, name, "recall", _points),
        )
        for name in names
    ]
    print_table("Recall, %, by position, share, cover, counts", ("cases", "positives", *arms), rows)


def _limit(plain: Found) -> None:
    arms = [arm for arm, _ in _of_arms(plain)]
    names = [name for name in plain[arms[0]]["recall"] if ", D " in name]
    headings = ("cases", "positives", "ideal recall", *arms)
    for ending in RIVALS:
        rows = [
            (
                name.removesuffix(ending),
                f"{plain[arms[0]]['recall'][name]['positives']:,}",
                f"{plain[arms[0]]['recall'][name]['ideal']:.3f}",
                *_of_each(plain, arms, name, "over_ideal", _figures),
            )
            for name in names
            if _ending(name) == ending
        ]
        print_table(f"Recall over the ideal{WHERE[ending]}", headings, rows)


def _ending(split: str) -> str:
    """What the name of a split by D says of rivals."""
    return next((each for each in (UNEVEN, UNSURE) if split.endswith(each)), EVEN)


def _of_each(
    plain: Found, arms: Sequence[str], split: str, score: str, written: Callable[[Found], str]
) -> Iterator[str]:
    """A score of every arm in a split, empty for those that cannot tell it."""
    for arm in arms:
        row = plain[arm]["recall"].get(split)
        yield "" if row is None else written(row[score])


def _smaller(found: list[Found]) -> None:
    headings = ("cases at 30,000 counts", "stratigraphies", "lower quarter", "median",
                "upper quarter", "under 3, %")  # fmt: skip
    for ending in (UNEVEN, UNSURE):
        rows = [
            (row["cases"], f"{row['number']:,}", *(f"{each:.2f}" for each in row["over_even"]),
             f"{100 * row['under_3']:.0f}")
            for row in found
            if row["rivals"] == ending
        ]  # fmt: skip
        print_table(f"D{WHERE[ending]}, over D where neither is so", headings, rows)


def _groups(plain: Found) -> None:
    groups = plain.get(OURS, {}).get("groups", {})
    rows = []
    for name, places in groups.items():
        row = places["anywhere"]
        rows.append(
            (
                name, str(row["positives"]),
                *(f"{100 * places[p]['recall']:.0f} / {100 * places[p]['false_positives']:.1f}"
                  for p in POSITIONS),
                f"{row['average_precision']:.2f}", f"{row['slope']:.2f}",
                f"{row['calibration_error']:.3f}",
            )
        )  # fmt: skip
    headings = ("group", "positives", *(f"{p}: recall / false positives, %" for p in POSITIONS),
                "average precision", "slope", "calibration error")  # fmt: skip
    print_table(f"{OURS}, group by group", headings, rows)


def _steadiness(found: Found) -> None:
    for name, conditions in found["situations"].items():
        rows = []
        for condition, arms in conditions.items():
            for arm, each in _of_arms(arms):
                lost = found["lost"].get(name, {}).get(condition, {}).get(arm, {})
                wrong = each["verdicts"].get("anywhere")
                rows.append(
                    (
                        condition, arm,
                        *(_points(each["recall"][p]["recall"]) if p in each["recall"] else ""
                          for p in POSITIONS),
                        *(_lost(lost[p]) if p in lost else "" for p in POSITIONS),
                        f"{100 * each['false_positives']['anywhere']['rate']['value']:.2f}",
                        "" if wrong is None else f"{wrong['wrong_names']['value']:.3f}",
                        f"{arms['axis']['median_ev_at_5_kev']:.0f} / "
                        f"{arms['axis']['worst_ev_at_5_kev']:.0f}",
                    )
                )  # fmt: skip
        headings = ("condition", "arm", *(f"recall {p}, %" for p in POSITIONS),
                    *(f"lost {p}" for p in POSITIONS), "false positives, %",
                    "wrong names at verdicts", "axis off at 5 keV, eV: median / worst")  # fmt: skip
        print_table(f"Steadiness, {name}", headings, rows)


def _monte_carlo(found: Found) -> None:
    sets = found["sets"]
    theirs = found["situations"].get(sets["monte_carlo"], {}).get("plain")
    ours = found["situations"].get(sets["same_by_ours"], {}).get("plain")
    if theirs is None or ours is None:
        return
    rows = [
        (arm, position, f"{theirs[arm]['recall'][position]['positives']:,}",
         _points(theirs[arm]["recall"][position]["recall"]),
         _points(ours[arm]["recall"][position]["recall"]), _lost(points))
        for arm, each in found["monte_carlo_lower"].items()
        for position, points in each.items()
    ]  # fmt: skip
    headings = ("arm", "position", "positives", "Monte Carlo, %", "simulated by underpaint, %",
                "points lower")  # fmt: skip
    print_table("Recall on the same stratigraphies", headings, rows)


def _losses(found: Found) -> None:
    rows = []
    for arm, splits in found["paired"].items():
        for name, each in splits.items():
            if each["verdict"] == "loss":
                rows.append((arm, name, str(each["positives"]), _points(each)))
    judged = sum(len(splits) for splits in found["paired"].values())
    gains = sum(e["verdict"] == "gain" for s in found["paired"].values() for e in s.values())
    title = f"Splits in which {OURS} loses ({len(rows)} of {judged}; it gains in {gains})"
    print_table(title, ("against", "cases", "positives", "points of recall"), rows)


def _of_arms(situation: Found) -> list[tuple[str, Found]]:
    return [(arm, each) for arm, each in situation.items() if arm != "axis"]


def _points(found: Found, digits: int = 1) -> str:
    """A share in percent with its interval."""
    value, low, high = (100.0 * found[key] for key in ("value", "low", "high"))
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _lost(points: Found) -> str:
    """Points of recall with their interval, where they are of the same cases."""
    if "low" not in points:
        return f"{points['value']:+.1f}"
    return f"{points['value']:+.1f} ({points['low']:+.1f} to {points['high']:+.1f})"


def _figures(found: Found) -> str:
    if "low" not in found:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
