"""Opening the package is quick: what reads rare formats is imported when it is used."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("rsciio", "fabio", "hdf5plugin", "h5py", "torch", "dask")


def test_readers_of_rare_formats_are_imported_when_used() -> None:
    code = (
        "import sys, underpaint.cli.app, underpaint.scan\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
