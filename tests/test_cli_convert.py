"""`underpaint convert`: one scan in, one HDF5 file out, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from builders import ScanBuilder
from underpaint.cli.app import app
from underpaint.scan import open_scan


def test_scan_is_converted_and_announced(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target)])
    assert done.exit_code == 0
    assert str(target) in done.stdout
    np.testing.assert_array_equal(open_scan(target).counts[()], ScanBuilder().counts)


def test_existing_output_is_refused_with_status_2(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    target = tmp_path / "scan.h5"
    target.write_text("precious")
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(target)])
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert target.read_text() == "precious"


def test_several_scans_are_refused_as_not_available(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["convert", "a", "b", "-o", str(tmp_path / "c.h5")])
    assert done.exit_code == 2
    assert "not available yet" in " ".join(done.stderr.split())


def test_broken_input_leaves_no_output(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    (folder / "None_3.mca").unlink()
    done = CliRunner().invoke(app, ["convert", str(folder), "-o", str(tmp_path / "c.h5")])
    assert done.exit_code == 3
    assert "None_3.mca" in done.stderr
    assert not (tmp_path / "c.h5").exists()
