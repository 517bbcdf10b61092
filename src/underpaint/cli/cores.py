"""How a command uses the machine: blocks of a scan side by side, one core each, memory kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

TRIM_THRESHOLD, MMAP_THRESHOLD, MOST_ARENAS = -1, -3, -8
"""As malloc.h of the GNU C library numbers them."""
KEPT_BYTES, LARGEST_KEPT_BYTES = 2**29, 2**25
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_core_a_call() -> None:
    """Tell the libraries of linear algebra to stay on one core, unless the user told them else.

    Blocks run side by side; more threads in each would only wait for one another. To be called
    before numpy is imported: later the libraries do not ask.
    """
    for name in LIBRARIES:
        os.environ.setdefault(name, "1")


def keep_memory() -> None:
    """Tell the C library to keep what is freed for what is asked for next.

    Blocks come and go by tens of MiB; handed back to the system each time, every page of them
    costs a fault when it is first touched again. All threads share one store, as those of their own
    hand back whatever is empty. Other systems than Linux are left as they are.
    """
    import ctypes

    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(TRIM_THRESHOLD, KEPT_BYTES)
    set_option(MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
    set_option(MOST_ARENAS, 1)


def workers() -> ThreadPoolExecutor:
    """A thread for each core that this process may use."""
    from concurrent.futures import ThreadPoolExecutor

    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cores = os.cpu_count() or 1
    return ThreadPoolExecutor(max_workers=cores)
