"""`underpaint identify` of several scans: a folder each, and a summary that loses no row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli_runner import assert_one_sentence, invoke
from underpaint.cli.identify import _name_of
from underpaint.cli.several import Outcome, write_summary


def test_several_scans_get_a_folder_each_and_a_summary(board: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.rpl"
    broken.write_text("no header at all", encoding="utf-8")
    done = invoke("identify", board, broken, "-o", tmp_path / "out")
    assert done.exit_code == 4
    assert (tmp_path / "out" / "board" / "result.h5").exists()
    assert not (tmp_path / "out" / "broken").exists()
    rows = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1].startswith("board,done") and rows[2].startswith("broken,failed")
    again = invoke("identify", board, broken, "-o", tmp_path / "out")
    assert again.exit_code == 3
    assert (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines() == rows
    other = tmp_path / "other.rpl"
    other.write_text("no header either", encoding="utf-8")
    assert invoke("identify", other, broken, "-o", tmp_path / "out").exit_code == 3
    later = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert later[:2] == rows[:2] and later[3].startswith("other,failed")


def test_a_fault_of_this_program_in_one_scan_leaves_the_others(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from underpaint.cli import identify as command

    real = command.identify_with

    def faulty(executor: object, path: Path, *rest: Any) -> Any:
        if path.stem == "odd":
            raise ZeroDivisionError("nothing to share")
        return real(executor, path, *rest)

    monkeypatch.setattr(command, "identify_with", faulty)
    (tmp_path / "odd.h5").write_bytes(board.read_bytes())
    done = invoke("identify", tmp_path / "odd.h5", board, "-o", tmp_path / "out")
    assert done.exit_code == 4
    assert (
        "fault of this program, not of yours (ZeroDivisionError: nothing to share)" in done.stderr
    )
    assert "--debug, and report" in done.stderr and "Traceback" not in done.stderr
    rows = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1].startswith("odd,failed") and rows[2].startswith("board,done")
    asked = [tmp_path / "odd.h5", board, "-o", tmp_path / "other", "--debug"]
    assert "ZeroDivisionError: nothing to share\nodd: " in invoke("identify", *asked).stderr


def test_folders_of_several_scans_keep_their_dots_and_datasets_their_names() -> None:
    assert _name_of(Path("scans/2024.rpl")) == "2024"
    assert _name_of(Path("scans/a.h5::/scan/data")) == "a-scan-data"


def test_scans_that_would_share_a_folder_are_named(tmp_path: Path) -> None:
    for name in ("2024.05.01", "2024.05.02"):
        (tmp_path / name).mkdir()
    done = invoke("identify", *tmp_path.iterdir(), "-o", tmp_path / "out")
    assert done.exit_code == 3
    assert "2024.05.01: " in done.stderr and "2024.05.02: " in done.stderr
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.h5").write_bytes(b"")
    done = invoke("identify", tmp_path / "a/s.h5", tmp_path / "b/s.h5", "-o", tmp_path / "o")
    assert_one_sentence(done, 2, str(tmp_path / "a/s.h5"), str(tmp_path / "b/s.h5"), "rename")


def test_a_summary_that_a_spreadsheet_saved_again_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    for encoding in ("utf-8-sig", "latin-1"):
        path.write_text("scan,status,fault,present\r\nMusée,done,,lead\r\n", encoding=encoding)
        write_summary([Outcome("b", ("iron-oxides",))], path)
        rows = path.read_text(encoding="utf-8").splitlines()
        assert len(rows) == 3 and rows[1].endswith(",done,,lead") and rows[2].startswith("b,done")


def test_a_file_is_no_folder_for_several_scans(board: Path, tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("mine")
    (tmp_path / "b.h5").write_bytes(board.read_bytes())
    done = invoke("identify", board, tmp_path / "b.h5", "-o", tmp_path / "afile")
    assert_one_sentence(done, 2, "afile", "cannot be made")
