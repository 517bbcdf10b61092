"""The command line as a whole: exit statuses, quick help, sentences instead of tracebacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from underpaint import __version__
from underpaint.cli import app as app_module
from underpaint.cli.app import COMMANDS, Command, app, load
from underpaint.errors import OutputError, ScanFileError

HEAVY = ("torch", "matplotlib", "h5py", "scipy", "numpy", "xraylib")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def failing_command(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Add a command `fail` that raises an error."""

    def fail() -> None:
        """Fail."""
        raise error

    monkeypatch.setattr(sys.modules["underpaint.cli.info"], "fail", fail, raising=False)
    monkeypatch.setitem(app_module.COMMANDS, "fail", Command("info:fail", "Fail."))


def loaded_by(*arguments: str) -> set[str]:
    """Modules in a process once a command of its own has ended."""
    code = (
        "import sys; from underpaint.cli import main; "
        f"sys.argv = ['underpaint', *{arguments!r}]; "
        "import atexit; atexit.register(lambda: print('LOADED', *sorted(sys.modules))); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_app_imports_nothing_heavy() -> None:
    loaded = loaded_by("--help")
    assert "underpaint.cli.app" in loaded
    assert not set(HEAVY) & loaded


@pytest.mark.parametrize("command", ["elements", "identify"])
def test_that_a_scan_is_missing_is_said_before_anything_slow_is_imported(
    tmp_path: Path, command: str
) -> None:
    loaded = loaded_by(command, str(tmp_path / "none.h5"), "-o", str(tmp_path / "out"))
    assert "underpaint.scan" in loaded
    assert not {"torch", "scipy.optimize"} & loaded


def test_commands_are_not_imported_before_they_are_used() -> None:
    code = "import sys, underpaint.cli; print(*(m for m in sys.modules if 'underpaint.cli' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    needed = {"underpaint.cli", "underpaint.cli.app", "underpaint.cli.fault"}
    assert set(done.stdout.split()) == needed


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_can_be_loaded_and_has_help(name: str) -> None:
    assert load(name).help
    done = run(name, "--help")
    assert done.exit_code == 0


def test_help_lists_every_command_with_its_line() -> None:
    done = run("--help")
    assert done.exit_code == 0
    for name, command in COMMANDS.items():
        assert name in done.output
        assert command.help.split()[0] in done.output


def test_version_is_shown() -> None:
    done = run("--version")
    assert (done.exit_code, done.output) == (0, f"underpaint {__version__}\n")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["info"], ["info", "--frob", "x"]])
def test_wrong_use_has_status_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ScanFileError("a.rpl is broken; mend it."), 3),
        (OutputError("a.h5 exists already; delete it."), 2),
        (RuntimeError("surprise"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_one_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    load("info")
    failing_command(monkeypatch, error)
    done = run("fail")
    assert done.exit_code == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(error) in done.stderr
    assert done.stderr.startswith("underpaint: ")


def test_unexpected_error_asks_for_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    load("info")
    failing_command(monkeypatch, RuntimeError("surprise\nin two lines"))
    done = run("fail")
    assert "--debug" in done.stderr
    assert "report" in done.stderr


def test_interruption_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    load("info")
    failing_command(monkeypatch, KeyboardInterrupt())
    assert "--resume" in run("fail").stderr


@pytest.mark.parametrize("arguments", [["--debug", "fail"], ["fail", "--debug"]])
def test_debug_shows_the_traceback_and_keeps_the_status(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    load("info")
    failing_command(monkeypatch, ScanFileError("a.rpl is broken; mend it."))
    done = run(*arguments)
    assert done.exit_code == 3
    assert "Traceback" in done.stderr
    assert done.stderr.rstrip().endswith("underpaint: a.rpl is broken; mend it.")


def test_closed_pipe_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    load("info")
    monkeypatch.setattr(app_module, "_let_go_of_output", lambda: None)
    failing_command(monkeypatch, BrokenPipeError())
    done = run("fail")
    assert (done.exit_code, done.stderr) == (141, "")


def test_reader_that_stops_early_gets_no_traceback() -> None:
    code = "from underpaint.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--version"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait()
    process.stderr.close()
