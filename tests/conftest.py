"""What all tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from underpaint.paint import Library

# A busy machine is slow, not wrong.
settings.register_profile("underpaint", deadline=None)
settings.load_profile("underpaint")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator that is the same in every run."""
    return np.random.default_rng(20220727)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real measurements, which lies beside the project and not in it."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("real measurements are not beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def library() -> Library:
    """The library of pigments that comes with the program."""
    from underpaint.paint import load_library

    return load_library()


@pytest.fixture(scope="session")
def data() -> Path:
    """The real measurements that belong to the tests."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of a board of paints, alone in its folder."""
    from board_builder import build_board_scan
    from underpaint.scan import write_hdf5

    path = tmp_path_factory.mktemp("board") / "board.h5"
    write_hdf5(build_board_scan(), path)
    return path
