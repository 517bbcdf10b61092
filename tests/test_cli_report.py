"""`underpaint report OUT`."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from result_builder import build_result
from underpaint.cli.report import report
from underpaint.errors import ResultError
from underpaint.result import write_result


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(report)
    return app


def test_the_report_is_written_again_from_the_result(tmp_path: Path, app: typer.Typer) -> None:
    before = write_result(build_result(), tmp_path / "out").read_bytes()
    done = CliRunner().invoke(app, [str(tmp_path / "out")])
    assert done.exit_code == 0
    assert done.output.strip() == str(tmp_path / "out" / "report.html")
    assert "Study of hands" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "result.h5").read_bytes() == before


def test_each_scan_in_a_folder_of_results_gets_its_report(tmp_path: Path, app: typer.Typer) -> None:
    for name in ("a", "b"):
        write_result(build_result(), tmp_path / name)
    done = CliRunner().invoke(app, [str(tmp_path)])
    assert done.exit_code == 0
    assert (tmp_path / "a" / "report.html").exists()
    assert (tmp_path / "b" / "report.html").exists()


def test_the_result_file_does_as_well_as_its_folder(tmp_path: Path, app: typer.Typer) -> None:
    file = write_result(build_result(), tmp_path / "out")
    done = CliRunner().invoke(app, [str(file)])
    assert done.exit_code == 0
    assert done.output.strip() == str(tmp_path / "out" / "report.html")
    assert (tmp_path / "out" / "report.html").exists()


def test_a_folder_without_a_result_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="give the folder that identify wrote"):
        report(tmp_path)
