"""`underpaint demo`: the main job on the shipped board."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from underpaint.cli.app import app


def test_the_demo_ends_with_the_path_of_a_report_and_is_not_overwritten(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    report = tmp_path / "demo" / "result" / "report.html"
    assert done.stdout.splitlines()[-1] == f"Report: {report}"
    assert "Vermilion" in report.read_text(encoding="utf-8")
    assert "Vermilion: present" in done.stdout

    again = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo")])
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
