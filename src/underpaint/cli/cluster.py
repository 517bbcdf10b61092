"""Blocks of a scan on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from ..errors import ConfigError

PATIENCE_S = 10
BLOCKS_A_CORE = 2
"""How many blocks are under way for each core: enough that none waits, few enough for memory."""


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor]:
    """The cores of this machine, or the cluster whose scheduler is at an address.

    Raises
    ------
    ConfigError : there is no such cluster, or its workers die over the same rows again and again
    """
    from .cores import workers

    if address is None:
        with workers() as executor:
            yield executor
        return
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise ConfigError(
            "--scheduler needs Dask: install it with pip install 'underpaint[cluster]'."
        ) from error
    dask: Any = distributed  # most of it has no types
    try:
        client = dask.Client(address, timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at '{address}'; start one with 'dask scheduler' and "
            "workers with 'dask worker', and give its address, such as tcp://host:8786."
        ) from error
    with client:
        if not client.ncores():
            raise ConfigError(
                f"the cluster at '{address}' has no workers; start some with 'dask worker'."
            )
        try:
            yield ClusterExecutor(client)
        except dask.KilledWorker as error:
            raise ConfigError(
                f"workers of the cluster at '{address}' die over the same rows ({error}); give "
                "them more memory, and go on with --resume."
            ) from error


class ClusterExecutor(Executor):
    """A cluster's executor that sends what all blocks share to its workers only once.

    Rows of a worker that dies are done again by others. Workers open the scan by its path, so that
    it must lie where all of them see it.

    Parameters
    ----------
    client : a `distributed.Client`, connected to the cluster

    Attributes
    ----------
    ahead : how many blocks should be under way
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._sent: tuple[Callable[..., Any], Any] | None = None
        self.ahead = BLOCKS_A_CORE * sum(client.ncores().values())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function, which is sent but once, on some worker."""
        if self._sent is None or self._sent[0] is not fn:
            self._sent = fn, self._send(fn)
        future: Future[Any] = self._executor.submit(_called, self._sent[1], args, kwargs)
        return future

    def _send(self, function: Callable[..., Any]) -> Any:
        """A task that unpacks the function, so that it can be had again when its worker dies."""
        import warnings

        import cloudpickle

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            return self._client.submit(_unpacked, cloudpickle.dumps(function), pure=False)


def _unpacked(packed: bytes) -> Any:
    import pickle

    return pickle.loads(packed)  # ours, and packed a moment ago


def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    return function(*args, **kwargs)
