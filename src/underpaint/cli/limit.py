"""`underpaint limit`: would it be seen? For planning a scan."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..paint import Detectability, Library, Plan

HEADINGS = (
    "pigment", "where", "verdict", "D", "D uneven", "found", "counts for D = 5", "mistaken for",
)  # fmt: skip
FIGURES = ("D", "D uneven", "found", "counts for D = 5")
WANTED = 5.0
MOST_COUNTS = 1e9


def limit(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="A stratigraphy.")],
    instrument: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="The scanner; the file's if not given."),
    ] = None,
    counts: Annotated[
        float | None,
        typer.Option(
            min=1.0, max=MOST_COUNTS, help="Counts of a pixel, from 1 keV to the tube voltage."
        ),
    ] = None,
    palette: Annotated[
        str | None,
        typer.Option(help="Pigments held possible: names joined by commas, or a TOML file."),
    ] = None,
    made: Annotated[
        str | None, typer.Option(help="When the object was painted, as 1890-1905.")
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="TOML file with pigments of your own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which pigments of a stratigraphy a scan would show, before it is scanned.

    FILE.toml states the layers, as for `underpaint simulate`. For each group of pigments in them,
    D says by how many standard deviations its spectrum differs from the most similar one that
    does without it; "found" is the share of such pixels that can be found at best, if 1 % of
    the others may be named wrongly. "D uneven" is lower where two paints side by side in one pixel
    would look alike as well.
    """
    from ..paint import detectability, load_library, parse_palette, read_plan

    library = load_library(own)
    chosen = parse_palette(palette, library, made)
    plan = read_plan(file, library, instrument, counts)
    positions = ("anywhere", "top", "buried", "ground", "family")
    found = detectability([plan.layers], plan.instrument, library, chosen, plan.counts, positions)[
        0
    ]
    unseen = _unseen(plan, library)
    if as_json:
        data = {
            "title": plan.title,
            "instrument": plan.scanner,
            "counts": plan.counts,
            "palette": chosen.source,
            "false_positive_rate": 0.01,
            "groups": [_as_data(each, library) for each in found],
            "without_lines": unseen,
        }
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{plan.title}: {plan.scanner}, {plan.counts:,.0f} counts a pixel")
    _print_rows([_row(each, library) for each in found])
    doubtful = _only_if_even(found, library)
    if doubtful:
        typer.echo(
            "Only where the pixel is the same all over, not where a crack or the edge of a "
            f"brushstroke lets two paints share it: {'; '.join(doubtful)}."
        )
    if unseen:
        names = ", ".join(unseen)
        typer.echo(f"Without lines of their own, so never seen by XRF: {names}.")


def _unseen(plan: Plan, library: Library) -> list[str]:
    visible = {group.name for group in library.groups}
    names = {name: None for layer in plan.layers for name in layer.pigments}
    return [
        library.pigment(name).label for name in names if library.pigment(name).group not in visible
    ]


def _only_if_even(found: Sequence[Detectability], library: Library) -> list[str]:
    """What would be seen, but not where two paints may share the pixel."""
    from ..paint import verdict
    from ..paint.limit_words import PLACES, SEEN

    return [
        f"{_label(each, library)}, {PLACES[each.position]}"
        for each in found
        if verdict(each.D) == SEEN != verdict(each.side_by_side.D)
    ]


def _row(found: Detectability, library: Library) -> tuple[str, ...]:
    from ..paint import ideal_recall, verdict
    from ..paint.limit_words import PLACES, describe_rival

    return (
        _label(found, library),
        PLACES[found.position],
        verdict(found.D),
        f"{found.D:.1f}",
        f"{found.side_by_side.D:.1f}",
        f"{float(ideal_recall(found.D)):.0%}",
        _needed(found),
        describe_rival(found, library),
    )


def _label(found: Detectability, library: Library) -> str:
    """A group's label, or the family's element in words."""
    if found.position == "family":
        return f"{found.group.capitalize()} pigments"
    return library.group(found.group).label


def _needed(found: Detectability) -> str:
    """Counts for D = 5 to two digits."""
    needed = found.counts_for(WANTED)
    if needed > MOST_COUNTS:
        return "no counts suffice"
    return f"{float(f'{needed:.2g}'):,.0f}"


def _as_data(found: Detectability, library: Library) -> dict[str, Any]:
    from ..paint import describe_layers, ideal_recall, stratigraphy_to_json, verdict
    from ..paint.limit_words import describe_rival

    needed, both = found.counts_for(WANTED), found.side_by_side
    return {
        "group": found.group,
        "position": found.position,
        "verdict": verdict(found.D),
        "D": found.D,
        "ideal_recall": float(ideal_recall(found.D)),
        "counts_for_D_5": needed if needed <= MOST_COUNTS else None,
        "rival": describe_rival(found, library),
        "impurities": list(found.impurities),
        "rival_layers": stratigraphy_to_json(found.rival)["layers"],
        "side_by_side": {
            "verdict": verdict(both.D),
            "D": both.D,
            "ideal_recall": float(ideal_recall(both.D)),
            "share_of_second": both.share,
            "rivals": [describe_layers(each, library) for each in both.rivals],
            "rival_layers": [stratigraphy_to_json(each)["layers"] for each in both.rivals],
        },
    }


def _print_rows(rows: list[tuple[str, ...]]) -> None:
    """A table on a terminal, and lines of columns divided by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in (HEADINGS, *rows):
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in HEADINGS:
        right = heading in FIGURES
        table.add_column(heading, overflow="fold", justify="right" if right else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
