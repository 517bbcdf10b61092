"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

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
def data() -> Path:
    """The real measurements that belong to the tests."""
    return Path(__file__).parent / "data"
