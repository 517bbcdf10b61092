"""The working folder of the benchmark: sets of scans, limits, training spectra; made once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from identification_conditions import COUNTS
from identification_scans import (
    Plan,
    Scan,
    load_scans,
    monte_carlo_scan,
    save_scan,
    scan_of,
    scanners_in_turn,
    simulated_again,
)
from identification_stratigraphies import POSITIONS
from underpaint.paint import Library, Strengths, detectability, load_library

TEST, CALIBRATION, TUNING = "test", "calibration", "tuning"
MONTE_CARLO, SAME_BY_OURS = "monte-carlo", "monte-carlo-by-ours"
LIMIT_COUNTS = 30_000.0
"""At which rivals are sought."""
EVEN, UNEVEN, UNSURE = "", ", pixel uneven", ", strengths unsure"
RIVALS = (EVEN, UNEVEN, UNSURE)
"""What rivals may be, and what follows the name of a split by D: one that fills the pixel; two that
may share it; these with lines and scatter as much stronger or weaker as data bases disagree."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything.

    Attributes
    ----------
    test, calibration, tuning : sets of scans
    repeats : how often the Monte Carlo spectra are counted at each dose
    training, pixels : training spectra, and how many of a painting
    epochs : of the networks
    """

    test: Plan
    calibration: Plan
    tuning: Plan
    repeats: int
    training: int
    pixels: int
    epochs: int


SIZES = {
    "tiny": Size(
        Plan(992_010, 2, 2, 6), Plan(990_202, 3, 2, 6), Plan(990_303, 1, 2, 8), 1, 192, 12, 4
    ),
    "small": Size(
        Plan(992_010, 13, 5, 8), Plan(990_202, 20, 5, 8), Plan(990_303, 6, 5, 8), 4, 8_000, 40, 8
    ),
    "full": Size(
        Plan(992_010, 52, 8, 10), Plan(990_202, 60, 8, 10), Plan(990_303, 16, 8, 10), 8, 40_000, 64,
        12,
    ),
}  # fmt: skip
TRAINING_SEED = 990_404
COUNTING_SEED = 990_505


@dataclass(frozen=True, eq=False)
class Work:
    """A folder and what is in it.

    Attributes
    ----------
    folder : sets, limits, training spectra, answers
    size : of the run
    library : of pigments
    monte_carlo : labelled spectra of XMI-MSIM; None for none
    workers : processes that simulate
    """

    folder: Path
    size: Size
    library: Library
    monte_carlo: Path | None
    workers: int

    def set_path(self, name: str) -> Path:
        """The file of a set."""
        return self.folder / f"{name}.h5"

    def make_sets(self, tell: Callable[[str], None]) -> None:
        """Simulate all sets of scans, as far as they are not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        size = self.size
        for name, plan in ((TEST, size.test), (CALIBRATION, size.calibration),
                           (TUNING, size.tuning)):  # fmt: skip
            self._make_set(name, plan, tell)
        if self.monte_carlo is not None and not self.set_path(SAME_BY_OURS).exists():
            scan = monte_carlo_scan(self.monte_carlo)
            _save_alone(scan, self.set_path(MONTE_CARLO))
            _save_alone(simulated_again(scan), self.set_path(SAME_BY_OURS))

    def _make_set(self, name: str, plan: Plan, tell: Callable[[str], None]) -> None:
        path = self.set_path(name)
        with h5py.File(path, "a") as file:
            kept = file.attrs.setdefault("plan", str(asdict(plan)))
            if kept != str(asdict(plan)):
                raise SystemExit(f"{path}: is a set of another size; give another folder")
            missing = [k for k in range(plan.scans) if f"{k:05d}" not in file]
        scanners = scanners_in_turn(plan) if name == TEST else None
        arguments = [
            (plan, k, *(() if scanners is None else (scanners[k][1], scanners[k][0])))
            for k in missing
        ]
        for k, scan in zip(missing, spread(_scan, arguments, self.workers), strict=True):
            with h5py.File(path, "a") as file:
                if f"{k:05d}.partial" in file:
                    del file[f"{k:05d}.partial"]
                save_scan(scan, file, f"{k:05d}.partial")
                file.move(f"{k:05d}.partial", f"{k:05d}")
            tell(f"{name}: scan {k + 1} of {plan.scans}, {scan.name}")

    def sets(self) -> tuple[str, ...]:
        """Names of the sets on which arms are judged."""
        both = (MONTE_CARLO, SAME_BY_OURS) if self.set_path(SAME_BY_OURS).exists() else ()
        return (TEST, *both)

    def scans(self, name: str) -> list[Scan]:
        """The scans of a set."""
        if not self.set_path(name).exists():
            raise SystemExit(f"{self.set_path(name)}: is not there; make the sets first")
        return load_scans(self.set_path(name))

    def limit_path(self, number: int) -> Path:
        """The limits of a scan of the test set."""
        return self.folder / f"limits-{self.size.test.seed}" / f"{number:05d}.npy"

    def make_limits(self, tell: Callable[[str], None], at_most: int | None = None) -> None:
        """Work out D for the test set, scan by scan, as far as it is not there.

        Parameters
        ----------
        at_most : scans to work on now; all if None
        """
        scans = self.scans(TEST)
        missing = [k for k in range(len(scans)) if not self.limit_path(k).exists()][:at_most]
        arguments = [(scans[k],) for k in missing]
        for k, limit in zip(missing, spread(_limit, arguments, self.workers), strict=True):
            self.limit_path(k).parent.mkdir(exist_ok=True)
            unfinished = self.limit_path(k).with_suffix(".partial.npy")
            np.save(unfinished, limit)
            unfinished.replace(self.limit_path(k))
            tell(f"limit: scan {k + 1} of {len(scans)}")

    def limits(self) -> NDArray[np.float64] | None:
        """D, (stratigraphy, 3, position, group, counts), in the order of `RIVALS` and `COUNTS`.

        NaN where it is not known; None if that is so everywhere.
        """
        scans = self.scans(TEST)
        shape = (len(RIVALS), len(POSITIONS), len(self.library.groups), len(COUNTS))
        parts = [
            np.load(self.limit_path(k))
            if self.limit_path(k).exists()
            else np.full((len(scan), *shape), np.nan)
            for k, scan in enumerate(scans)
        ]
        limit = np.concatenate(parts)
        return None if np.isnan(limit).all() else limit


def _scan(*arguments: Any) -> Scan:
    plan, number, *scanner = arguments
    return scan_of(plan, number, load_library(), *scanner)


def _limit(scan: Scan) -> NDArray[np.float64]:
    library = load_library()
    order = {group.name: k for k, group in enumerate(library.groups)}
    limit = np.full((len(scan), len(RIVALS), len(POSITIONS), len(order), len(COUNTS)), np.nan)
    found = detectability(
        scan.stratigraphies, scan.instrument, library, counts=LIMIT_COUNTS, positions=POSITIONS,
        strengths=Strengths(),
    )  # fmt: skip
    root = np.sqrt(np.array(COUNTS) / LIMIT_COUNTS)
    for i, each in enumerate(found):
        for case in each:
            both = case.side_by_side
            left = case.blur.left(COUNTS), both.blur.left(COUNTS)  # type: ignore[union-attr]
            unsure = np.minimum(case.D * left[0], both.D * left[1])
            place = POSITIONS.index(case.position), order[case.group]
            limit[i, :, *place] = np.stack([case.D * root, both.D * root, unsure * root])
    return limit


def spread(
    function: Callable[..., Made], arguments: Sequence[tuple[Any, ...]], workers: int
) -> Iterator[Made]:
    """Results in order; in other processes where there are several workers."""
    if workers < 2:
        for each in arguments:
            yield function(*each)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _one_thread) as executor:
        waiting: list[Future[Made]] = []
        for each in arguments:
            waiting.append(executor.submit(function, *each))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)


def _save_alone(scan: Scan, path: Path) -> None:
    unfinished = path.with_suffix(".partial.h5")
    with h5py.File(unfinished, "w") as file:
        save_scan(scan, file, "00000")
    unfinished.replace(path)
