"""Blocks run side by side, one core each: libraries are told so before they ask."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from underpaint.cli.cores import LIBRARIES

WATCH = """
import importlib.abc, os, sys

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(*(os.environ.get(each) for each in sys.argv[1].split(",")))
        return None

sys.meta_path.insert(0, Watch())
from underpaint.cli.app import app
app(sys.argv[2:])
"""


@pytest.mark.parametrize("command", ["identify", "elements"])
def test_linear_algebra_is_told_to_stay_on_one_core_before_it_asks(command: str) -> None:
    call = [command, "nowhere.h5", "-o", "out", "--title", "Board", "--pixel-size", "1"]
    free = {name: value for name, value in os.environ.items() if name not in LIBRARIES}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, ",".join(LIBRARIES), *call],
        env=free, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 3 and "nowhere.h5" in done.stderr
    assert done.stdout.splitlines()[0].split() == ["1"] * len(LIBRARIES)
