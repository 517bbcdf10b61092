"""Blocks on a Dask cluster: the same result, though a worker is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from board_builder import build_board_scan
from underpaint.cli.app import app
from underpaint.cli.cluster import ClusterExecutor
from underpaint.scan import in_order, write_hdf5

distributed: Any = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster") / "board.h5"
    write_hdf5(build_board_scan(), path)
    return path


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Every array of numbers in an HDF5 file."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu":
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(keep)
    return found


def assert_same(one: Path, other: Path) -> None:
    first, second = arrays_of(one), arrays_of(other)
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


def test_what_a_killed_worker_left_is_done_by_others(cluster: Any) -> None:
    def slowly_squared(number: int) -> int:
        time.sleep(0.2)
        return number * number

    with distributed.Client(cluster) as client:
        executor = ClusterExecutor(client)
        victim = next(iter(client.run(os.getpid).values()))
        killer = threading.Timer(1.0, os.kill, (victim, signal.SIGKILL))
        killer.start()
        found = list(in_order(executor, slowly_squared, range(24)))
        killer.join()
        assert victim not in client.run(os.getpid).values()
    assert found == [number * number for number in range(24)]


def run(*command: str | Path) -> None:
    """Run a command in a process of its own, where numpy has as many threads as for users."""
    done = subprocess.run(
        [sys.executable, "-m", "underpaint", *map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_identify_is_the_same_on_a_cluster_that_loses_a_worker(
    cluster: Any, scan: Path, tmp_path: Path
) -> None:
    run("identify", scan, "-o", tmp_path / "alone")
    address = cluster.scheduler_address
    with distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
        killer = threading.Timer(6.0, os.kill, (victim, signal.SIGKILL))
        killer.start()
        run("identify", scan, "-o", tmp_path / "together", "--scheduler", address)
        killer.join()
        assert victim not in client.run(os.getpid).values()
    assert_same(tmp_path / "alone" / "result.h5", tmp_path / "together" / "result.h5")


def test_elements_are_the_same_on_a_cluster(cluster: Any, scan: Path, tmp_path: Path) -> None:
    run("elements", scan, "-o", tmp_path / "alone")
    run("elements", scan, "-o", tmp_path / "together", "--scheduler", cluster.scheduler_address)
    assert_same(tmp_path / "alone" / "elements.h5", tmp_path / "together" / "elements.h5")


def test_a_cluster_that_is_not_there_is_named(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("underpaint.cli.cluster.PATIENCE_S", 1)
    asked = ["identify", str(scan), "-o", str(tmp_path / "x"), "--scheduler", "tcp://127.0.0.1:9"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 3
    assert "no Dask scheduler answers" in done.stderr
    assert not (tmp_path / "x").exists()
