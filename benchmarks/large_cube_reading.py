"""An underpaint command that tells at its end how long its threads were reading the scan.

    python benchmarks/large_cube_reading.py identify SCAN.h5 -o OUT

Reading is all that happens between asking for rows and having their counts: waiting for the disk,
unpacking, and reading again what was kept. The last line of its output is JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    from underpaint.cli.cores import one_core_a_call

    one_core_a_call()  # before numpy comes along with the scan
    from underpaint.cli import main as underpaint
    from underpaint.scan import Scan

    spent = {"read_s": 0.0}
    lock, inside = threading.Lock(), threading.local()

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if getattr(inside, "reading", False):
                return work(*arguments)
            inside.reading = True
            begun = time.perf_counter()
            try:
                return work(*arguments)
            finally:
                inside.reading = False
                with lock:
                    spent["read_s"] += time.perf_counter() - begun

        return call

    patched: Any = Scan
    patched.read, patched.compact = timed(Scan.read), timed(Scan.compact)
    try:
        underpaint()
    finally:
        sys.stdout.write(json.dumps(spent) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
