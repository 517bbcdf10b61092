"""What a user is told of an error, and where its traceback is shown."""

from __future__ import annotations

import traceback

import typer

from ..errors import UnderpaintError, words_of

REPORT_IT = "run the command again with --debug, and report what it prints."


def tell(error: Exception, *, debug: bool, before: str = "underpaint: ") -> None:
    """Print an error in one sentence to standard error; its traceback first, if asked for."""
    if debug:
        traceback.print_exception(error)
    todo = "" if isinstance(error, UnderpaintError) else f"; {REPORT_IT}"
    typer.echo(f"{before}{words_of(error)}{todo}", err=True)
