"""The command line: its commands, its options for all of them, and its exit statuses.

To add a command, write a module in this folder and add one line to `COMMANDS`: its name, where
it is, and its help in one line. What the line points to is a function with typer's annotations
(its docstring is the help of the command), or a `typer.Typer` that has commands of its own.
The module is imported when the command is used, so that `underpaint --help` stays quick: at its
top it may import typer and the standard library, and all else inside the function.

A command raises `UnderpaintError` for what the user can put right, and `typer.Exit(4)` where
some of several inputs failed; it prints results with `typer.echo`, and progress with
`underpaint.cli.progress`. Everything else is done here.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__
from ..errors import UnderpaintError
from .fault import tell

FAULT = 1
INTERRUPTED = 130
PIPE_CLOSED = 141


class Command(NamedTuple):
    """Where a command is: "module:attribute", the module within this folder."""

    place: str
    help: str


COMMANDS = {
    "demo": Command("demo:demo", "The main job on a small mock-up board."),
    "info": Command("info:info", "What a scan file holds, and where each figure comes from."),
    "calibrate": Command("calibrate:calibrate", "The energy axis, found from the scan's peaks."),
    "convert": Command("convert:convert", "Write a scan as HDF5 that PyMca opens."),
    "elements": Command("elements:elements", "Element maps: net counts of every line family."),
    "identify": Command("identify:identify", "Pigment maps: which, where, how sure, and why."),
    "report": Command("report:report", "Write the report of a result again."),
    "pigments": Command("pigments:pigments", "The pigment library, and a check of your own."),
    "simulate": Command("simulate:simulate", "What a scanner sees of a stratigraphy or a scene."),
    "limit": Command("limit:limit", "Would it be seen? For planning a scan."),
    "train": Command("train:train", "Train a network on simulated paintings."),
    "evaluate": Command("evaluate:evaluate", "How well the weights read labelled spectra."),
}


def load(name: str) -> Any:
    """Import a command's module and make a command of what it offers."""
    module_name, _, attribute = COMMANDS[name].place.partition(":")
    offered = getattr(importlib.import_module(f".{module_name}", __package__), attribute)
    if not isinstance(offered, typer.Typer):
        function, offered = offered, typer.Typer(add_completion=False, rich_markup_mode="markdown")
        offered.command(name)(function)
    command = typer.main.get_command(offered)
    command.name = name
    return command


class Commands(TyperGroup):
    """Lists the commands without importing them, and turns their errors into sentences."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, command in COMMANDS.items():
            self.add_command(TyperCommand(name, help=command.help), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else listed, rest

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # People add --debug at the end of the command that has just failed.
        end = args.index("--") if "--" in args else len(args)
        if "--debug" in args[:end]:
            args = ["--debug", *(a for a in args[:end] if a != "--debug"), *args[end:]]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UnderpaintError as error:
            tell(error, debug=ctx.params.get("debug", False))
            raise typer.Exit(error.exit_status) from None
        except KeyboardInterrupt:
            sentence = "interrupted; run the command again, with --resume where it offers it."
            if ctx.params.get("debug"):
                traceback.print_exc()
            typer.echo(f"underpaint: {sentence}", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _let_go_of_output()
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if hasattr(error, "format_message"):
                # typer's own errors of usage: it words them and exits with 2.
                raise
            tell(error, debug=ctx.params.get("debug", False))
            raise typer.Exit(FAULT) from None


def _let_go_of_output() -> None:
    """Whoever read our output has closed it, as `head` does: what is left has no reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"underpaint {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def underpaint(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Pigment maps, top and buried, from the X-ray fluorescence scan of a painting."""


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a name that this terminal cannot show is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_output()
        sys.exit(PIPE_CLOSED)
