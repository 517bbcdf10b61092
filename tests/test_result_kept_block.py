"""A block on disk comes back as it was kept, and one that was cut short is not taken for whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from underpaint.result.kept_block import is_whole, keep_block, kept_beside, kept_block
from underpaint.result.packing import Chunk, PackedBlock

BLOCK = PackedBlock(4, 2, (Chunk("probability", (4, 0, 0), b"abc"), Chunk("amount", (4, 0), b"")))
BESIDE = {"sums": np.arange(6.0).reshape(2, 3)}


def test_a_block_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "4.block"
    keep_block(path, BLOCK, BESIDE)
    back = kept_block(path)
    assert is_whole(path) and [each.name for each in tmp_path.iterdir()] == ["4.block"]
    assert (back.y0, back.rows) == (4, 2)
    assert [(c.name, c.corner, bytes(c.data)) for c in back.chunks] == [
        ("probability", (4, 0, 0), b"abc"),
        ("amount", (4, 0), b""),
    ]
    np.testing.assert_array_equal(kept_beside(path)["sums"], BESIDE["sums"])


@pytest.mark.parametrize("left", [0, 4, 8, 30, -1])
def test_a_block_that_was_cut_short_is_not_whole(tmp_path: Path, left: int) -> None:
    path = tmp_path / "4.block"
    keep_block(path, BLOCK, BESIDE)
    path.write_bytes(path.read_bytes()[:left])
    assert not is_whole(path)
