"""`identify` killed, or out of disk, at any moment: nothing half-written, the same when resumed."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from underpaint.cli.app import app
from underpaint.result import read_result

KILLED = """
import os, signal, sys
from pkgutil import resolve_name
place, name, calls = sys.argv[1:4]
holder, left = resolve_name(place), int(calls)
real = getattr(holder, name)
def killed(*arguments, **named):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(*arguments, **named)
setattr(holder, name, killed)
sys.argv = ["underpaint", *sys.argv[4:]]
from underpaint.cli import main
main()
"""
SMALL = ("--weights", "spectrum-15-small", "--adapt")
WHOLE = {"result.h5", "pigments.csv", "families.csv", "maps", "report.html"}


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def identify(*arguments: object) -> Result:
    return invoke("identify", *arguments, *SMALL)


@pytest.fixture(scope="module")
def undisturbed(board: Path) -> Path:
    out = board.parent / "undisturbed"
    assert identify(board, "-o", out).exit_code == 0
    return out


def assert_same(out: Path, undisturbed: Path) -> None:
    found, wanted = read_result(out), read_result(undisturbed)
    for name in (*wanted.frame.arrays, "energy", "sum_spectrum", "maximum_spectrum", "bin_edges"):
        np.testing.assert_array_equal(
            np.asarray(getattr(found, name)), np.asarray(getattr(wanted, name)), err_msg=name
        )
    for name in ("summary", "family_summary"):
        assert _plain(getattr(found, name)) == _plain(getattr(wanted, name))


def _plain(rows: Any) -> Any:
    """Rows as they are, numbers to nine digits: sums over all pixels depend on numpy's threads."""
    return json.loads(
        json.dumps([asdict(row) for row in rows]), parse_float=lambda text: f"{float(text):.9g}"
    )


def no_room(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def run_until_killed(place: str, name: str, calls: int, *arguments: object) -> None:
    """Run a command that kills itself when a function is called once more than so many times."""
    command = [sys.executable, "-c", KILLED, place, name, str(calls), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")
@pytest.mark.parametrize(
    ("place", "name", "calls"),
    [
        pytest.param("underpaint.result.kept_block:Path", "replace", 3, id="as a block is named"),
        pytest.param("underpaint.result.writer", "kept_block", 2, id="gathering"),
        pytest.param("underpaint.show.outputs", "write_report", 0, id="before the report"),
        pytest.param("underpaint.result.publication", "put_right", 0, id="after the last rename"),
    ],
)
def test_a_killed_run_resumes_to_the_same_result(
    board: Path, undisturbed: Path, tmp_path: Path, place: str, name: str, calls: int
) -> None:
    out = tmp_path / "out"
    run_until_killed(place, name, calls, "identify", board, "-o", out, *SMALL)
    if out.exists():
        assert_same(out, undisturbed)
    done = identify(board, "-o", out, "--resume")
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == WHOLE
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert_same(out, undisturbed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")
def test_a_run_killed_between_an_old_result_and_its_own_loses_nothing(
    board: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "result.h5").write_bytes((undisturbed / "result.h5").read_bytes()[:-100])
    (out / "mine.txt").write_text("notes", encoding="utf-8")
    run_until_killed(
        "pathlib:Path", "rename", 1, "identify", board, "-o", out, *SMALL, "--overwrite"
    )
    assert not out.exists()
    done = identify(board, "-o", out, "--resume")
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {*WHOLE, "mine.txt"}
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert_same(out, undisturbed)


def refuse_after(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, calls: int) -> None:
    """Let a function find the disk full once it was called so many times."""
    real, called = getattr(holder, name), iter(range(calls))

    def sometimes(*arguments: Any, **named: Any) -> Any:
        return no_room() if next(called, None) is None else real(*arguments, **named)

    monkeypatch.setattr(holder, name, sometimes)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The system refuses to let any file grow beyond a size, as it refuses on a full disk."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


WRITING = [
    "underpaint.result.writer.ResultWriter._begin",
    "underpaint.result.writer.keep_block",
    "underpaint.show.outputs.write_table",
    "underpaint.result.tiff._write",
    "underpaint.show.outputs.write_picture",
    "underpaint.show.report.Path.write_text",
    "pathlib.Path.rename",
]


@pytest.mark.parametrize("place", WRITING)
def test_a_full_disk_is_one_sentence_and_is_resumed(
    board: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    out, (holder, _, name) = tmp_path / "out", place.rpartition(".")
    with monkeypatch.context() as patch:
        refuse_after(patch, resolve_name(holder), name, 0)
        assert_stopped(identify(board, "-o", out), out)
    done = identify(board, "-o", out, "--resume")
    assert done.exit_code == 0, done.output
    assert_same(out, undisturbed)


def assert_stopped(done: Result, out: Path, words: str = "No space left on device") -> None:
    assert done.exit_code == 2, done.output
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert words in lines[0]
    assert not out.exists()


def test_a_disk_that_fills_up_under_result_h5_leaves_none(
    board: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from underpaint.result import writer

    out, whole = tmp_path / "out", writer.write_file

    def partly(*arguments: Any) -> None:
        with largest_file(2**17):
            whole(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_file", partly)
        assert_stopped(identify(board, "-o", out), out, "File too large")
        assert not (tmp_path / "out.partial" / "result.h5").exists()
    assert identify(board, "-o", out, "--resume").exit_code == 0
    assert_same(out, undisturbed)


def test_element_maps_that_do_not_fit_on_the_disk_leave_no_folder(
    board: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with largest_file(2**12):
        done = invoke("elements", board, "-o", out)
    assert_stopped(done, out, "File too large")
    assert invoke("elements", board, "-o", out).exit_code == 0


def test_counts_that_can_be_read_again_make_room_for_blocks(
    board: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from underpaint.identify import run
    from underpaint.result import writer

    real, forget, forgotten = writer.keep_block, run.forget_counts, []

    def keep(*arguments: Any) -> None:
        if not forgotten:
            no_room()
        real(*arguments)

    def make_room(scan: Any) -> bool:
        forgotten.append(forget(scan))
        return forgotten[-1]

    monkeypatch.setattr(writer, "keep_block", keep)
    monkeypatch.setattr(run, "forget_counts", make_room)
    assert identify(board, "-o", tmp_path / "out").exit_code == 0
    assert forgotten[0]
    assert_same(tmp_path / "out", undisturbed)


def test_scans_that_are_done_are_not_done_again(board: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(board.read_bytes())
    out = tmp_path / "out"
    assert identify(board, "-o", out / "board").exit_code == 0
    written = (out / "board" / "result.h5").stat()
    done = identify(board, other, "-o", out, "--resume")
    assert done.exit_code == 0, done.output
    assert (out / "board" / "result.h5").stat().st_mtime_ns == written.st_mtime_ns
    rows = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert [row.partition(",")[2].split(",")[0] for row in rows[1:]] == ["done", "done"]
