"""Blocks of scans on the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import ClusterError
from .parcel import CountsByPath, Parcel

if TYPE_CHECKING:
    from ..scan import Scan

PATIENCE_S = 10
WORKERS_WITHIN_S = 60
BLOCKS_A_CORE = 2
"""How many blocks are under way for each core: enough that none waits, few enough for memory."""
SCANS_SIDE_BY_SIDE = 4
"""Enough that workers have blocks while one scan is read and another is written."""

PARCELS_A_SCAN = 2
"""One for its sums, one for its maps."""


@contextmanager
def executor_at(address: str | None, scans: int = 1) -> Iterator[Executor]:
    """The cores of this machine, or the cluster whose scheduler is at an address.

    Parameters
    ----------
    address : as tcp://host:8786; None for this machine
    scans : how many are to be worked on

    Raises
    ------
    ClusterError : there is no such cluster, or it cannot work
    """
    from .cores import workers

    if address is None:
        with workers() as executor:
            yield executor
        return
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise ClusterError(
            "--scheduler needs Dask: install it with pip install 'underpaint[cluster]'."
        ) from error
    dask: Any = distributed  # most of it has no types
    # what it has to say is said in one sentence here
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = dask.Client(address, timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at '{address}'; start one with 'dask scheduler' and "
            "workers with 'dask worker', and give its address, such as tcp://host:8786."
        ) from error
    with client:
        require_workers(client, address)
        with (
            cluster_named(address),
            ClusterExecutor(client, min(scans, SCANS_SIDE_BY_SIDE)) as cluster,
        ):
            yield cluster


def require_workers(client: Any, address: str) -> None:
    """See that there is a worker, and that all who are there have this version."""
    import importlib.metadata

    from .. import __version__

    try:
        client.wait_for_workers(1, timeout=WORKERS_WITHIN_S)
    except TimeoutError as error:
        raise ClusterError(
            f"the cluster at '{address}' has no workers; start some with 'dask worker'."
        ) from error
    found = client.run(importlib.metadata.version, "underpaint", on_error="return")
    for worker, version in found.items():
        if version != importlib.metadata.version("underpaint"):
            has = f"underpaint {version}" if isinstance(version, str) else "no underpaint"
            raise ClusterError(
                f"the worker at {worker} has {has}; install underpaint {__version__} where the "
                "workers run."
            )


@contextmanager
def cluster_named(address: str | None) -> Iterator[None]:
    """What Dask raises, as one sentence; what is done by then is kept.

    Raises
    ------
    ClusterError : the workers die over the same rows again and again, or the cluster is gone
    """
    try:
        yield
    except CancelledError as error:
        raise _gone(address) from error
    except Exception as error:
        dask: Any = sys.modules.get("distributed")
        if dask is None or address is None:
            raise
        if isinstance(error, dask.KilledWorker):
            raise ClusterError(
                f"workers of the cluster at '{address}' died over the same rows again and again; "
                "give them more memory, and run the command again, with --resume where it offers "
                "it."
            ) from error
        if isinstance(error, dask.CancelledError | dask.comm.CommClosedError):
            raise _gone(address) from error
        raise


def _gone(address: str | None) -> ClusterError:
    return ClusterError(
        f"the cluster at '{address}' has gone; start it again, and run the command again, with "
        "--resume where it offers it."
    )


def open_by_path(executor: Executor, scan: Scan, path: object, detector: int | None = None) -> None:
    """Have workers elsewhere open a scan by its path; on this machine they share its memory.

    Parameters
    ----------
    scan : as it was opened; what is made of its counts is made anew by the workers
    path, detector : as the user named them
    """
    if isinstance(executor, ClusterExecutor):
        executor.open_by_path(scan, str(path), detector)


class ClusterExecutor(Executor):
    """A cluster as an executor that sends what all blocks share to its workers only once.

    Rows of a worker that dies are done again by others. `Client.get_executor` is not used: where a
    worker dies while its result is on the way, it takes the result for an error (distributed
    2026.8, `_cascade_future`). Here a thread waits for each block.

    Parameters
    ----------
    client : a `distributed.Client`, connected to the cluster
    scans : how many scans send blocks at the same time

    Attributes
    ----------
    ahead : how many blocks of each scan should be under way
    scans : how many scans should be worked on side by side
    """

    def __init__(self, client: Any, scans: int = 1) -> None:
        self._client = client
        self._sent: OrderedDict[int, tuple[Callable[..., Any], Any]] = OrderedDict()
        self._opened: dict[int, tuple[Any, CountsByPath]] = {}
        self._lock = threading.Lock()
        self.scans = scans
        self.ahead = max(2, -(-BLOCKS_A_CORE * sum(client.ncores().values()) // scans))
        self._waiting = ThreadPoolExecutor(self.ahead * scans)

    def open_by_path(self, scan: Scan, path: str, detector: int | None = None) -> None:
        """Have the workers open a scan themselves."""
        where = CountsByPath.of(scan.counts, path, detector)
        with self._lock:
            self._opened[id(scan.counts)] = scan.counts, where
            while len(self._opened) > self.scans:
                del self._opened[next(iter(self._opened))]

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function, which is sent but once, on some worker."""
        return self._waiting.submit(self._result, self._parcel(fn), args, kwargs)

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let go of what is under way; it ends when the client is closed."""
        self._waiting.shutdown(wait, cancel_futures=cancel_futures)

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def _result(self, parcel: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._client.submit(_called, parcel, args, kwargs, pure=False).result()

    def _parcel(self, function: Callable[..., Any]) -> Any:
        """A task that gives the parcel, so that it can be had again when its worker dies."""
        import warnings

        with self._lock:
            sent = self._sent.pop(id(function), None)
            if sent is None:
                parcel = Parcel.of(function, self._opened.values())
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", message="Sending large graph")
                    sent = function, self._client.submit(_same, parcel, pure=False)
            self._sent[id(function)] = sent
            while len(self._sent) > PARCELS_A_SCAN * self.scans:
                self._sent.popitem(last=False)
            return sent[1]


def _same(parcel: Parcel) -> Parcel:
    return parcel


def _called(parcel: Parcel, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    function = parcel.unpacked()
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        # its sums depend on how many threads share them
        with contextlib.suppress(RuntimeError):
            torch.set_num_threads(1)
    return function(*args, **kwargs)
