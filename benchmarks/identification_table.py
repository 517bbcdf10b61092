"""Tables on standard output: drawn on a terminal, Markdown in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; all but the first column are figures."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
        for number, heading in enumerate(headings):
            table.add_column(heading, justify="right" if number else "left")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    print(f"\n### {title}\n")
    print(f"| {' | '.join(headings)} |")
    print(f"|{'|'.join('---' for _ in headings)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
