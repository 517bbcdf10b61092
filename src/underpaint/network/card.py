"""The model card that lies beside the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .architecture import POSITIONS
from .metrics import BINS
from .rules import COUNT_EDGES, WRONG_NAMES
from .weights import Weights

TEXT = """# {name}

{summary}

| | |
|---|---|
| file | `{file}` |
| SHA-256 | `{sha256}` |
| parameters | {parameters:,} |
| library | {library} |
| bins | {bins} (fingerprint `{bins_hash}`) |
| groups | {groups} |
| licence | GPL-3.0-or-later |

## What it does

Reads one XRF spectrum of a painting, whatever the scanner, and says for each group of pigments
how likely it is anywhere, in the uppermost paint layer that XRF can see, in a layer beneath, and
in the ground; how much of it there is; and how likely each family (of a shared key element) is.
It knows nothing of neighbouring pixels{unless}.

## What it was trained on

Simulated spectra only: {pixels:,} pixels in {steps:,} batches of {scans} paintings, each pixel
blended, counted and seen once, from paintings that are met several times.
{begun}The forward model has primary and secondary fluorescence, scatter of first and
second order, and the detector's response. The prior is that of the configuration
("{prior}"). Loss at the end{whose}: {loss}.

## Verdicts

"Present" where the probability passes a threshold of its own for each group and position, fixed on
{calibration:,} simulated pixels of scanners that were not trained on, such that a group
is named wrongly in at most {wrong_names:.1%} of those read without a palette, and of those read
with one; with room for chance, so that some nine in ten such thresholds keep to it on other
scanners. "Absent" where the probability is so low that nineteen in twenty pixels with 2.5 to 10 %
of the group in their uppermost layer, at as many counts, showed a higher one (counts in steps at
{edges}). "Cannot tell" for all else. Thresholds of "present" anywhere: median {median:.2f},
highest {highest:.2f}.
{scores}{whole}
## Limits

Probabilities mean what they say for paintings drawn from the prior; a real collection has another
frequency of pigments. Carbon black, indigo and red lakes (but for eosin, which holds bromine) have
no line and are never named.
Benchmarks on simulated boards and on a real scan are in the project's documentation.
"""


WHOLE = """
## A scan read as a whole

With `--adapt` a second, small network ({parameters:,} parameters) is told the answers to all
pixels of a scan, and answers to each again. It learnt from what this network said of {pixels:,}
further pixels of {paintings:,} paintings, {epochs} times over.{kinds} Its verdicts have
thresholds of their own, fixed alike: median {median:.2f}, highest {highest:.2f}.
"""
KINDS = """ Of these {boards:.0%} were mock-ups, and {patchy:.0%}
of the others paintings of few paints, in which many pixels are of the same stratigraphy."""
SCORED = """On the pixels that verdicts were fixed on, of scanners never trained on, all groups
together; slope and error of the answers between 2 and 98 %."""
RELIABILITY = """Reliability: what was stated in the mean, and how often it was so."""
FIGURES = (
    ("average precision", "average_precision", 3),
    ("slope of the log odds", "slope", 2),
    ("calibration error", "calibration_error", 3),
    ("Brier skill", "brier_skill", 2),
)
HARDEST = 5


def write_card(weights: Weights, sha256: str, path: Path) -> None:
    """Write the card of weights."""
    config = weights.training["config"]
    training, calibration = config["training"], config["calibration"]
    present = weights.rules.present[0]
    unfinished = path.with_name(path.name + ".unfinished")
    text = TEXT.format(
        name=weights.name,
        summary=weights.summary,
        file=path.with_suffix(".safetensors").name,
        sha256=sha256,
        parameters=sum(each.numel() for each in weights.reader.parameters()),
        library=weights.library_version,
        bins=weights.reader.shape.bins,
        bins_hash=weights.bins_hash,
        groups=len(weights.groups),
        pixels=training["steps"] * training["scans"] * training["pixels"],
        steps=training["steps"],
        begun=_begun(weights.training) + _beside(config),
        whose=" (of the network that learnt from the truth)" if config.get("teacher") else "",
        scans=training["scans"],
        prior=config["prior"],
        loss=weights.training["loss"][-1][1],
        calibration=calibration["scanners"] * calibration["pixels"],
        wrong_names=WRONG_NAMES,
        edges=", ".join(f"{edge:,.0f}" for edge in COUNT_EDGES),
        median=float(np.median(present)),
        highest=float(present.max()),
        scores=_scores(weights.training.get("scores")),
        unless="" if weights.whole is None else ", unless a scan is read as a whole",
        whole=_whole(weights),
    )
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _whole(weights: Weights) -> str:
    """What reads scans as a whole, as a section; empty where there is nothing that does."""
    if weights.whole is None:
        return ""
    learnt = weights.training["config"]["scan_reader"]
    paintings = learnt["scanners"] * learnt["paintings"]
    present = weights.whole.rules.present[0]
    told = WHOLE.format(
        parameters=sum(each.numel() for each in weights.whole.reader.parameters()),
        paintings=paintings,
        pixels=paintings * learnt["pixels"],
        epochs=learnt["epochs"],
        kinds=KINDS.format(**learnt) if learnt.get("patchy") or learnt.get("boards") else "",
        median=float(np.median(present)),
        highest=float(present.max()),
    )
    return told + _scores(weights.training.get("scores_whole"), "### Scores of that reading")


def _scores(found: Mapping[str, Any] | None, heading: str = "## Scores") -> str:
    """What the network is worth, as a section; empty for weights that do not say."""
    if found is None:
        return ""
    parts = [found[position] for position in POSITIONS]
    figures = [
        (label, *(_said(each[key], digits) for each in parts)) for label, key, digits in FIGURES
    ]
    reliability = [
        (f"{number / BINS:.0%} to {(number + 1) / BINS:.0%}", *(_bin(e, number) for e in parts))
        for number in range(BINS)
    ]
    hardest = sorted(found["groups"].items(), key=lambda each: each[1])[:HARDEST]
    told = [heading, SCORED, _table("", figures), RELIABILITY, _table("stated", reliability)]
    if hardest:
        listed = ", ".join(f"{name} {value:.2f}" for name, value in hardest)
        told.append(f"Least known, by average precision anywhere: {listed}.")
    return "\n" + "\n\n".join(told) + "\n"


def _table(corner: str, rows: Iterable[Sequence[str]]) -> str:
    """A table with a column a position."""
    lines = [(corner, *POSITIONS), ["---"] * (1 + len(POSITIONS)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bin(scored: Mapping[str, Any], number: int) -> str:
    """What was stated in a bin of the probability, and how often it was so."""
    if not scored["answers"][number]:
        return "-"
    return f"{scored['stated'][number]:.1%}: {scored['observed'][number]:.1%}"


def _said(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _begun(training: Mapping[str, Any]) -> str:
    """With which weights it began, and which taught it; empty where none did."""
    names = [name for name, _ in training.get("from") or ()]
    told = f"It began with the weights {' and '.join(names)}. " if names else ""
    teacher = training.get("teacher")
    told += f"Its teacher was {teacher[0]}. " if teacher else ""
    return f"{told.rstrip()}\n" if told else ""


def _beside(config: Mapping[str, Any]) -> str:
    """By what networks that learnt together were taught; empty where none was larger than they."""
    if not config.get("teacher"):
        return ""
    share = config["training"]["taught"]
    return (
        "Three networks learnt together: the largest from the truth, the others with\n"
        f"{share:.0%} of what the largest said in its place.\n"
    )
