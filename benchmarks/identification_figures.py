"""Figures of the report: reliability, recall over the limit, recall by counts, arms compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from identification_arms import OURS, SMALL, WHOLE
from identification_conditions import COUNTS
from identification_splits import LIMITS
from identification_stratigraphies import POSITIONS
from identification_work import RIVALS

mpl.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

COLOURS = {
    WHOLE: "#222222", OURS: "#c1272d", SMALL: "#8c564b", "boosted trees": "#0072b2",
    "plain CNN": "#009e73", "CNN, single layers": "#56b4e9", "expert rules": "#e69f00",
    "dictionary": "#7f7f7f",
}  # fmt: skip
"""The network that is not told of the scanner would lie upon the one that is."""
MARKERS = dict(zip(COLOURS, "XohsD^vP", strict=True))
WANTED = {"D 3 to 5": 0.75, "D 5 to 10": 0.92, "D over 10": 0.98}
DPI = 200
Found = dict[str, Any]
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 9, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "legend.fontsize": 7,
}  # fmt: skip


def draw_figures(found: Found, folder: Path) -> None:
    """Draw all figures for which there are scores."""
    plain = found["situations"].get(found["sets"]["test"], {}).get("plain")
    if plain is None:
        return
    with mpl.rc_context(STYLE):
        _reliability(plain, folder / "identification-reliability.png")
        if any(", D " in name for name in plain[OURS]["recall"]):
            _over_ideal(plain, folder / "identification-limit.png")
        _by_counts(plain, folder / "identification-counts.png")
        _steadiness(found, folder / "identification-steadiness.png")


def _panels(width: float, height: float = 2.7) -> tuple[Any, list[Axes]]:
    figure, panels = pyplot.subplots(
        1, 3, figsize=(width, height), layout="constrained", sharey=True
    )
    for axes, position in zip(panels, POSITIONS, strict=True):
        axes.set_title(position)
    return figure, list(panels)


def _reliability(plain: Found, path: Path) -> None:
    """Observed against stated share; the area of a dot goes with the number of answers."""
    figure, panels = _panels(7.2, 3.5)
    for axes, position in zip(panels, POSITIONS, strict=True):
        axes.plot([0, 1], [0, 1], color="0.6", lw=0.8, zorder=0)
        for arm in (arm for arm in COLOURS if arm in plain):
            row = plain[arm]["ranking"].get(position, {})
            if "curve" not in row:
                continue
            stated, observed, count = (
                np.array(row["curve"][key], dtype=float) for key in ("stated", "observed", "count")
            )
            size = 4.0 + 40.0 * np.sqrt(count / max(count[1:].max(), 1.0)).clip(0.0, 1.0)
            axes.plot(stated, observed, color=COLOURS[arm], lw=0.8)
            label = f"{arm}: {row['slope']:.2f}"
            axes.scatter(stated, observed, s=size, color=COLOURS[arm], alpha=0.8, label=label)
        axes.set(xlabel="stated probability", xlim=(0, 1), ylim=(0, 1))
        axes.legend(
            loc="upper left", bbox_to_anchor=(-0.14, -0.22), fontsize=6.5, handletextpad=0.2,
            title="slope of", alignment="left", title_fontsize=6.5,
        )  # fmt: skip
    panels[0].set_ylabel("share that is there")
    _save(figure, path)


def _over_ideal(plain: Found, path: Path) -> None:
    """Against rivals that fill a pixel; two that share it; these with lines that may err."""
    figure, rows = pyplot.subplots(
        len(RIVALS), 3, figsize=(7.2, 6.4), layout="constrained", sharey=True
    )
    labels = [label for label in LIMITS if label in WANTED]
    arms = [arm for arm in COLOURS if arm in plain]
    for panels, ending in zip(rows, RIVALS, strict=True):
        for axes, position in zip(panels, POSITIONS, strict=True):
            for i, label in enumerate(labels):
                axes.hlines(WANTED[label], i - 0.4, i + 0.4, color="0.5", lw=1.0, ls=":")
            for number, arm in enumerate(arms):
                cells = [plain[arm]["recall"].get(f"{position}, {each}{ending}") for each in labels]
                where = np.arange(len(labels)) + 0.1 * (number - 0.5 * (len(arms) - 1))
                _with_errors(axes, where, [r and r.get("over_ideal") for r in cells], arm, False)
            axes.set_xticks(range(len(labels)), [label.removeprefix("D ") for label in labels])
            axes.set(ylim=(0.0, 1.1), title=f"{position}{ending}")
        panels[0].set_ylabel("recall over ideal recall")
    for axes in rows[-1]:
        axes.set_xlabel("limit D")
    _legend(figure, rows[0, 0])
    _save(figure, path)


def _by_counts(plain: Found, path: Path) -> None:
    figure, panels = _panels(7.2)
    for axes, position in zip(panels, POSITIONS, strict=True):
        for arm in (arm for arm in COLOURS if arm in plain):
            rows = [plain[arm]["recall"].get(f"{position}, {n:,} counts") for n in COUNTS]
            _with_errors(axes, np.array(COUNTS, float), [r and r["recall"] for r in rows], arm)
        axes.set_xscale("log")
        axes.set_xticks(COUNTS, [f"{n // 1000}k" for n in COUNTS])
        axes.minorticks_off()
        axes.set(xlabel="counts of a spectrum", ylim=(0.0, 1.0))
    panels[0].set_ylabel("recall at 1 % false positives")
    _legend(figure, panels[0])
    _save(figure, path)


def _steadiness(found: Found, path: Path) -> None:
    """Recall of every arm under every condition, on the test set and on Monte Carlo spectra."""
    names = [name for name in (found["sets"]["test"], found["sets"]["monte_carlo"])
             if name in found["situations"]]  # fmt: skip
    figure, panels = pyplot.subplots(
        len(names), 3, figsize=(7.2, 2.5 * len(names)), layout="constrained", squeeze=False
    )
    for row, name in zip(panels, names, strict=True):
        situations = found["situations"][name]
        conditions = [c for c in situations if not c.endswith("as-stated")]
        for axes, position in zip(row, POSITIONS, strict=True):
            for arm in (arm for arm in COLOURS if arm in situations["plain"]):
                cells = [situations[c][arm]["recall"].get(position) for c in conditions]
                recall = [cell and cell["recall"] for cell in cells]
                _with_errors(axes, np.arange(len(conditions), dtype=float), recall, arm)
            axes.set_xticks(range(len(conditions)), conditions, rotation=35, ha="right")
            axes.set_ylim(0.0, 1.0)
            axes.set_title(f"{name}, {position}")
        row[0].set_ylabel("recall at 1 % false positives")
    _legend(figure, panels[0, 0])
    _save(figure, path)


def _with_errors(
    axes: Axes, where: np.ndarray[Any, Any], rows: list[Any], arm: str, line: bool = True
) -> None:
    known = [i for i, row in enumerate(rows) if row]
    if not known:
        return
    value, low, high = (np.array([rows[i][key] for i in known]) for key in ("value", "low", "high"))
    axes.errorbar(
        where[known], value, yerr=np.maximum([value - low, high - value], 0.0), label=arm,
        color=COLOURS[arm], marker=MARKERS[arm], ms=3.5, lw=1.0, elinewidth=0.7, capsize=1.5,
        ls="-" if line else "none",
    )  # fmt: skip


def _legend(figure: Any, axes: Axes) -> None:
    """One legend for all panels, above them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=(len(labels) + 1) // 2)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=DPI)
    pyplot.close(figure)
