"""Runs the command line, and looks at what it says of a mistake."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from underpaint.cli.app import app


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def assert_one_sentence(done: Result, status: int, *words: str) -> None:
    assert done.exit_code == status, done.output
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]
