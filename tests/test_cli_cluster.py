"""Blocks on a Dask cluster: the same result, though a worker is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from board_builder import build_board_scan
from underpaint.cli.app import app
from underpaint.cli.cluster import ClusterExecutor, cluster_named, executor_at, require_workers
from underpaint.cli.parcel import CountsByPath, Parcel
from underpaint.errors import ClusterError
from underpaint.scan import as_done, look_at_rows, open_scan, write_hdf5

distributed: Any = pytest.importorskip("distributed")

SMALL = ("--weights", "spectrum-15-small", "--adapt")


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


@pytest.fixture(scope="module")
def running_alone(scan: Path) -> subprocess.Popen[str]:
    """The scan identified without a cluster, while tests go on."""
    return begin("identify", scan, "-o", scan.parent / "alone", *SMALL)


@pytest.fixture
def alone(scan: Path, running_alone: subprocess.Popen[str]) -> Path:
    """The result of the scan, made without a cluster."""
    assert running_alone.wait(timeout=240) == 0
    return scan.parent / "alone"


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


def test_what_killed_workers_left_is_done_by_others(cluster: Any) -> None:
    def slowly_squared(number: int) -> tuple[int, bytes]:
        time.sleep(0.05)
        return number * number, bytes(4_000_000)  # long enough on the way for a kill to cut it off

    def kill() -> None:
        while len(killed) < 3:
            time.sleep(0.8)
            there = set(client.run(os.getpid, on_error="ignore").values()) - killed
            if there:  # on a busy machine the next worker may take a while
                worker = there.pop()
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)

    killed: set[int] = set()
    with distributed.Client(cluster) as client, ClusterExecutor(client) as executor:
        killer = threading.Thread(target=kill)
        killer.start()
        found = sorted(square for square, _ in as_done(executor, slowly_squared, range(60)))
        killer.join()
    assert len(killed) == 3
    assert found == [number * number for number in range(60)]


def begin(*command: str | Path) -> subprocess.Popen[str]:
    """Start a command in a process of its own, where numpy has as many threads as for users."""
    whole = [sys.executable, "-m", "underpaint", *map(str, command)]
    return subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], status: int = 0) -> str:
    """What a command says on standard error, once it has ended so."""
    _, told = process.communicate(timeout=240)
    assert process.returncode == status, told
    return told


def kill_a_worker_amid_blocks(client: Any, partial: Path) -> int:
    """Kill a worker that has blocks to do, once a first block is written; gives its process."""
    pids = client.run(os.getpid)
    while not list(partial.glob("blocks/*.block")):
        time.sleep(0.02)
    busy = max(client.processing().items(), key=lambda each: len(each[1]))[0]
    os.kill(pids[busy], signal.SIGKILL)
    return int(pids[busy])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")
def test_identify_is_the_same_on_a_cluster_that_loses_a_worker(
    cluster: Any, scan: Path, running_alone: subprocess.Popen[str], tmp_path: Path
) -> None:
    out = tmp_path / "together"
    with distributed.Client(cluster) as client:
        running = begin("identify", scan, "-o", out, *SMALL, "--scheduler", client.scheduler.addr)
        victim = kill_a_worker_amid_blocks(client, tmp_path / "together.partial")
        assert finish(running) == ""
        assert victim not in client.run(os.getpid).values()
    finish(running_alone)
    assert_same(scan.parent / "alone" / "result.h5", out / "result.h5")


@pytest.mark.slow
def test_several_scans_share_a_cluster(
    cluster: Any, scan: Path, alone: Path, tmp_path: Path
) -> None:
    other, broken, out = tmp_path / "other.h5", tmp_path / "broken.rpl", tmp_path / "out"
    other.write_bytes(scan.read_bytes())
    broken.write_text("no header at all", encoding="utf-8")
    there = ("--scheduler", cluster.scheduler_address)
    finish(begin("identify", scan, broken, other, "-o", out, *SMALL, *there), status=4)
    rows = (out / "summary.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = [",".join(row.split(",")[:2]) for row in rows]
    assert names == ["board,done", "broken,failed", "other,done"]
    for name in ("board", "other"):
        assert_same(alone / "result.h5", out / name / "result.h5")


def test_counts_are_not_sent_but_opened_by_the_workers(cluster: Any, tmp_path: Path) -> None:
    whole = build_board_scan()
    path = tmp_path / "counts.npy"
    np.save(path, whole.counts)
    kept = replace(open_scan(path), counts=np.load(path))
    rows = partial(look_at_rows, kept)
    opened = CountsByPath.of(kept.counts, str(path))
    packed = Parcel.of(rows, [(kept.counts, opened)]).packed
    assert len(packed) < 10_000 < kept.counts.nbytes
    with distributed.Client(cluster) as client:
        executor = ClusterExecutor(client)
        executor.open_by_path(kept, str(path))
        seen = executor.submit(rows, slice(0, 2)).result()
    np.testing.assert_array_equal(seen.total, whole.counts[:2].sum(axis=(0, 1)))


@pytest.mark.parametrize("there", [None, np.zeros((2, 3, 512))])
def test_a_scan_that_workers_do_not_see_is_one_sentence(
    cluster: Any, scan: Path, tmp_path: Path, there: np.ndarray | None
) -> None:
    path = tmp_path / "elsewhere.npy"
    with distributed.Client(cluster) as client:
        executor, opened = ClusterExecutor(client), open_scan(scan)
        executor.open_by_path(opened, str(path))
        if there is not None:
            np.save(path, there)
        with pytest.raises(ClusterError, match=r"worker on .* all workers see it") as told:
            executor.submit(opened.read, slice(0, 1)).result()
    assert str(path) in str(told.value)
    assert str(told.value).count(".\n") == 0


def test_workers_without_this_version_are_named(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with distributed.Client(cluster) as client:
        monkeypatch.setattr(client, "run", lambda *_, **__: {"tcp://there:1": "0.0.1"})
        with pytest.raises(ClusterError, match=r"tcp://there:1 has underpaint 0\.0\.1"):
            require_workers(client, "tcp://here:1")


def test_a_cluster_without_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underpaint.cli.cluster.WORKERS_WITHIN_S", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", host="127.0.0.1") as empty,
        pytest.raises(ClusterError, match="has no workers"),
        executor_at(empty.scheduler_address),
    ):
        pass


def test_a_cluster_that_goes_away_is_one_sentence() -> None:
    with pytest.raises(ClusterError, match=r"has gone.*--resume"), cluster_named("tcp://here:1"):
        raise CancelledError


@pytest.mark.slow
def test_elements_are_the_same_on_a_cluster(cluster: Any, scan: Path, tmp_path: Path) -> None:
    there = ("--scheduler", cluster.scheduler_address)
    changes = ("--crop", "1:,:", "--mirror", "y", "--rotate", "90")
    finish(begin("elements", scan, "-o", tmp_path / "alone", *changes))
    finish(begin("elements", scan, "-o", tmp_path / "together", *changes, *there))
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
