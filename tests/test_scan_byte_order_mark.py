"""Text files that an editor has saved in an encoding of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.scan import open_scan

COUNTS = ScanBuilder().typed("u2").counts
EMSA = (
    "#FORMAT: EMSA/MAS Spectral Data File\n#NPOINTS: 3\n#XUNITS: eV\n#SPECTRUM:\n1,2,3\n#ENDOFDATA:"
)

pytestmark = pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])


def save_again(path: Path, encoding: str) -> Path:
    path.write_text(path.read_text(), encoding)
    return path


def test_lispix_header(tmp_path: Path, encoding: str) -> None:
    path = ScanBuilder().typed("u2").write_rpl(tmp_path / "a.rpl")
    path.write_text(path.read_text().partition("\n")[2], encoding)
    np.testing.assert_array_equal(open_scan(path).counts, COUNTS)


def test_side_file_and_pixels_of_a_folder(tmp_path: Path, encoding: str) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan")
    save_again(folder / "colonneXrighe.txt", encoding)
    save_again(folder / "None_1.mca", encoding)
    np.testing.assert_array_equal(open_scan(folder).counts, COUNTS)
    np.testing.assert_array_equal(open_scan(folder / "None_1.mca").counts[0, 0], COUNTS[0, 0])


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.txt", EMSA), ("a.spe", "$DATA:\n0 2\n1 2 3\n"), ("a.mca", "1\n2\n3\n")],
)
def test_single_spectra(tmp_path: Path, encoding: str, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding)
    assert np.asarray(open_scan(tmp_path / name).counts)[0, 0].tolist() == [1, 2, 3]
