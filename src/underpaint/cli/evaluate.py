"""`underpaint evaluate`: how well the weights read labelled spectra."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..identify.evaluation import Evaluation, Score
    from ..identify.labelled_spectra import LabelledSpectra
    from ..network.bootstrap import Interval
    from ..paint import Library

DRAWN_COUNTS = 30_000.0
POSITIONS = ("anywhere", "top", "buried")
PLACES = {
    "anywhere": "anywhere",
    "top": "in the uppermost paint layer",
    "buried": "under other paint, not on top",
    "family": "family of pigments, anywhere",
}


def evaluate(
    labelled: Annotated[
        Path, typer.Argument(metavar="LABELLED.h5", help="Labelled spectra, as simulate writes.")
    ],
    weights: Annotated[
        str | None, typer.Option(help="Weights by name, or a file; those shipped if not given.")
    ] = None,
    counts: Annotated[
        str | None,
        typer.Option(
            help="Counts to draw for each expected spectrum, as 3000,30000; 30000 if not given."
        ),
    ] = None,
    repeats: Annotated[
        int, typer.Option(min=1, help="How often each expected spectrum is drawn.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the counting noise.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare what a network names in labelled spectra with what is there.

    Spectra of whole numbers are taken as counts; others are expectations, from which counts are
    drawn. A name counts as given where its verdict is "present".
    """
    from ..identify.evaluation import evaluate_at
    from ..identify.labelled_spectra import open_labelled
    from ..network import find_weights, load_weights
    from ..paint import load_library
    from .progress import progress_bar

    wanted = _counts(counts)
    library = load_library()
    network = load_weights(find_weights(weights), library)
    spectra = open_labelled(labelled, library)
    doses = _doses(spectra, wanted, repeats)
    with progress_bar("Reading", len(spectra) * repeats * len(doses)) as advance:
        found = evaluate_at(spectra, network, library, doses, repeats, seed, advance)
    if as_json:
        report = {
            "labelled": str(labelled),
            "weights": {"name": network.name, "sha256": network.sha256},
            "library": library.version,
            "repeats": repeats,
            "seed": seed,
            "evaluations": [each.to_dict() for each in found],
        }
        typer.echo(json.dumps(_known(report), indent=2))
        return
    for each in found:
        _print(each, spectra, library, network.name)


def _counts(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            f"'{text}' is not one number or several with commas.", param_hint="--counts"
        ) from error
    if not all(1.0 <= value < math.inf for value in values):
        raise typer.BadParameter("Counts must be 1 or more.", param_hint="--counts")
    return values


def _doses(
    spectra: LabelledSpectra, wanted: list[float] | None, repeats: int
) -> Sequence[float | None]:
    if not spectra.counted:
        return wanted or [DRAWN_COUNTS]
    if wanted is not None or repeats > 1:
        raise typer.BadParameter(
            f"{spectra.path} holds counts already, noise and all; leave --counts and --repeats "
            "away, or give expected spectra."
        )
    return [None]


def _known(value: Any) -> Any:
    """The same with null for what is not a number, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_known(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print(found: Evaluation, spectra: LabelledSpectra, library: Library, weights: str) -> None:
    dose = "their own counts" if found.counts is None else f"{found.counts:,.0f} counts each"
    kinds = f"{found.stratigraphies:,} stratigraph{'y' if found.stratigraphies == 1 else 'ies'}"
    typer.echo(
        f"{spectra.path.name}: {found.spectra:,} spectra of {kinds} with {dose}, read by {weights}"
    )
    headings: tuple[str, ...] = (
        "", "cases", "found", "wrongly named", "wrong names a spectrum", "average precision",
        "slope", "calibration error", "group by group",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (
            PLACES[name], f"{score.cases:,}", _within(between.recall, 100.0, 0, " %"),
            _percent(score.false_positives, 2), _within(between.wrong_names, 1.0, 3),
            _figure(score.average_precision), _within(between.slope, 1.0, 2),
            _figure(score.calibration_error, 3),
            _classwise(found, name),
        )
        for (name, score), between in zip(
            found.overall.items(), found.intervals.values(), strict=True
        )
    ]  # fmt: skip
    _table(headings, rows)
    headings = (
        "group", "cases", *(f"found {p}" for p in POSITIONS),
        *(f"wrong {p}" for p in POSITIONS), "average precision", "slope",
    )  # fmt: skip
    rows = [
        _group_row(library.group(name).label, places)
        for name, places in found.groups.items()
        if places["anywhere"].cases or places["anywhere"].wrong_names > 0.0
    ]
    typer.echo("")
    _table(headings, rows)
    typer.echo("")
    _print_amounts(found, library)


def _print_amounts(found: Evaluation, library: Library) -> None:
    if not found.amounts.cases:
        return
    headings = (
        "amounts where rightly named", "cases", "said over true", "off by a factor of",
        "within a factor of two", "within the error said",
    )  # fmt: skip
    named = [("all groups together", found.amounts)]
    named += [(library.group(name).label, each) for name, each in found.group_amounts.items()]
    rows = [
        (
            label,
            f"{each.cases:,}",
            _figure(each.ratio),
            _figure(each.factor),
            _percent(each.within_two),
            _percent(each.covered),
        )
        for label, each in named
    ]
    _table(headings, rows)
    typer.echo("")


def _group_row(label: str, places: dict[str, Score]) -> tuple[str, ...]:
    anywhere = places["anywhere"]
    return (
        label,
        f"{anywhere.cases:,}",
        *(_percent(places[p].recall) for p in POSITIONS),
        *(_percent(places[p].false_positives, 2) for p in POSITIONS),
        _figure(anywhere.average_precision),
        _figure(anywhere.slope),
    )


def _classwise(found: Evaluation, place: str) -> str:
    """The mean of the groups' own calibration errors, and how much of it is chance."""
    each = found.classwise.get(place)
    if each is None or math.isnan(each.error):
        return "-"
    return f"{each.error:.3f} (by chance {each.by_chance:.3f})"


def _within(score: Interval, scale: float, digits: int, unit: str = "") -> str:
    """A score with its interval, where there is one."""
    if math.isnan(score.value):
        return "-"
    low, middle, high = (
        f"{scale * each:.{digits}f}" for each in (score.low, score.value, score.high)
    )
    return f"{middle}{unit}" if math.isnan(score.low) else f"{middle}{unit} ({low} to {high})"


def _percent(share: float, digits: int = 0) -> str:
    return "-" if math.isnan(share) else f"{100.0 * share:.{digits}f} %"


def _figure(value: float, digits: int = 2) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, and lines of columns divided by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in (headings, *rows):
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
