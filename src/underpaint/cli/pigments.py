"""`underpaint pigments`: what the pigment library holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..paint import Group, Library, Pigment

pigments = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="The pigments and groups that the library knows, and a check of your own.",
)

Own = Annotated[
    Path | None,
    typer.Option("--with", metavar="FILE", help="TOML file with pigments of your own."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@pigments.command("list")
def list_all(as_json: AsJson = False, own: Own = None) -> None:
    """List all pigments with their groups, key lines and dates of use."""
    from ..paint import load_library

    library = load_library(own)
    if as_json:
        data = {
            "version": library.version,
            "groups": [_group_data(library, group) for group in library.groups],
            "unseen": [_group_data(library, group) for group in library.unseen],
            "pigments": [_pigment_data(pigment) for pigment in library.pigments.values()],
        }
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    rows = [
        (
            pigment.name,
            group.name,
            ", ".join(group.key_lines) or "none",
            pigment.formula,
            _dates(pigment),
        )
        for group in (*library.groups, *library.unseen)
        for pigment in library.members(group.name)
    ]
    _print_rows(("pigment", "group", "key lines", "formula", "in use"), rows)


@pigments.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Pigment or group.")],
    as_json: AsJson = False,
    own: Own = None,
) -> None:
    """Show all that is known of one pigment, or of one group and its members."""
    from ..paint import load_library

    library = load_library(own)
    groups = {group.name: group for group in (*library.groups, *library.unseen)}
    if name in groups and name not in library.pigments:
        group = groups[name]
        if as_json:
            typer.echo(json.dumps(_group_data(library, group), indent=2, ensure_ascii=False))
        else:
            _print_rows(("", ""), _group_rows(library, group))
        return
    pigment = library.pigment(name)
    if as_json:
        typer.echo(json.dumps(_pigment_data(pigment), indent=2, ensure_ascii=False))
        return
    _print_rows(("", ""), _pigment_rows(library, pigment))


@pigments.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML file to read.")],
) -> None:
    """Read a file of your own pigments and say what was understood, or what is wrong with it."""
    from ..paint import load_library

    library = load_library(file)
    known = load_library()
    added = [item for name, item in library.pigments.items() if name not in known.pigments]
    known_groups = {group.name for group in (*known.groups, *known.unseen)}
    for pigment in added:
        new = "" if pigment.group in known_groups else " (new; the weights at hand do not know it)"
        lines = ", ".join(library.group(pigment.group).key_lines) or "none"
        typer.echo(f"{pigment.name}: group {pigment.group}{new}, key lines {lines}")
        typer.echo(f"  elements {_elements(pigment.mass_fractions)}")
    typer.echo(f"{file.name}: {len(added)} {'pigment' if len(added) == 1 else 'pigments'} read.")


def _pigment_rows(library: Library, pigment: Pigment) -> list[tuple[str, str]]:
    group = library.group(pigment.group)
    density = f"{pigment.density_g_cm3:g} g/cm3 (from {_source(library, pigment.density_source)})"
    phases = "; ".join(
        f"{phase.name} {phase.weight:.1%}"
        + (f" ({phase.low:.0%} to {phase.high:.0%})" if phase.high > phase.low else "")
        for phase in pigment.phases
    )
    rows = [
        ("pigment", f"{pigment.label} ({pigment.name})"),
        ("formula", pigment.formula),
        ("Colour Index", pigment.colour_index or "none"),
        ("in use", _dates(pigment)),
        ("phases by weight", phases),
        ("elements", _elements(pigment.mass_fractions)),
        ("impurities, at most", _elements(pigment.impurities)),
        ("variation", pigment.variation),
        ("density", density),
        ("PVC in oil", f"{pigment.pvc[0]:.0%} to {pigment.pvc[1]:.0%}"),
    ]
    if pigment.leaf_um is not None:
        rows.append(("leaf", f"{pigment.leaf_um[0]:g} to {pigment.leaf_um[1]:g} micrometres"))
    others = [item.name for item in library.members(group.name) if item.name != pigment.name]
    rows += [
        ("group", f"{group.label} ({group.name})"),
        ("not told apart from", ", ".join(others) or "none"),
        ("key lines", ", ".join(group.key_lines) or "none: XRF cannot see it"),
        ("what would settle it", group.advice),
    ]
    return rows + [("reference", library.references[key]) for key in pigment.references]


def _group_rows(library: Library, group: Group) -> list[tuple[str, str]]:
    members = library.members(group.name)
    return [
        ("group", f"{group.label} ({group.name})"),
        ("members", ", ".join(pigment.name for pigment in members)),
        ("families", ", ".join(group.families) or "none"),
        ("key lines", ", ".join(group.key_lines) or "none: XRF cannot see it"),
        ("what would settle it", group.advice),
    ]


def _pigment_data(pigment: Pigment) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(pigment)


def _group_data(library: Library, group: Group) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(group) | {"members": [item.name for item in library.members(group.name)]}


def _source(library: Library, key: str) -> str:
    meanings = {
        "crystal": "the unit cell",
        "phases": "the densities of its phases",
        "estimate": "judgement",
    }
    return meanings.get(key, library.references.get(key, key))


def _dates(pigment: Pigment) -> str:
    if pigment.used_from is None and pigment.used_until is None:
        return "since antiquity"
    if pigment.used_from is None:
        return f"until {pigment.used_until}"
    if pigment.used_until is None:
        return f"from {pigment.used_from}"
    return f"{pigment.used_from} to {pigment.used_until}"


def _elements(fractions: dict[str, float]) -> str:
    ordered = sorted(fractions.items(), key=lambda item: -item[1])
    return ", ".join(f"{element} {_percent(fraction)}" for element, fraction in ordered) or "none"


def _percent(fraction: float) -> str:
    return f"{fraction:.1%}" if fraction >= 0.01 else f"{100.0 * fraction:.2g}%"


def _print_rows(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on a terminal, and lines of columns divided by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=any(headings), header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
