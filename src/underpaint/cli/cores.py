"""How a command shares the cores: blocks of a scan side by side, one core each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_core_a_call() -> None:
    """Tell the libraries of linear algebra to stay on one core, unless the user told them else.

    Blocks run side by side; more threads in each would only wait for one another. To be called
    before numpy is imported: later the libraries do not ask.
    """
    for name in LIBRARIES:
        os.environ.setdefault(name, "1")


def workers() -> ThreadPoolExecutor:
    """A thread for each core that this process may use."""
    from concurrent.futures import ThreadPoolExecutor

    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cores = os.cpu_count() or 1
    return ThreadPoolExecutor(max_workers=cores)
