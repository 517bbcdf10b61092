"""Answers of arms to whole sets, kept on disk so that a long run can be done in pieces."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_arms import Arm, file_of
from identification_conditions import CONDITIONS, Measured, measure
from identification_reader import Ours
from identification_scans import Scan
from identification_stratigraphies import Labels, joined_labels
from underpaint.paint import Library, Truth

KEV = (5.0, 15.0)


@dataclass(frozen=True, eq=False)
class Situation:
    """The spectra of one set under one condition.

    Attributes
    ----------
    labels : of the spectra
    dose : (spectrum,) counts
    stratigraphy : (spectrum,) int, number within the set
    axis_ev : (scan, 2) how far the axis in use is off at 5 and at 15 keV, eV
    scan : (spectrum,) int, which scan a spectrum is of
    scanners : (scan,) names
    """

    labels: Labels
    dose: NDArray[np.float64]
    stratigraphy: NDArray[np.intp]
    axis_ev: NDArray[np.float64]
    scan: NDArray[np.intp]
    scanners: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Answers:
    """What an arm says of a situation.

    Attributes
    ----------
    scores : (spectrum, 3, group) float32
    seconds : spent on it
    verdicts : (spectrum, 3, group) uint8; None for arms that have no rules
    family, family_verdicts : (spectrum, family) float32 and uint8; None likewise
    """

    scores: NDArray[np.float32]
    seconds: float
    verdicts: NDArray[np.uint8] | None = None
    family: NDArray[np.float32] | None = None
    family_verdicts: NDArray[np.uint8] | None = None


def _possible(arm: Arm, read: Measured) -> dict[str, NDArray[np.generic]]:
    """Scores of an arm that knows of no palette, none for what is ruled out."""
    return {"scores": arm.scores(read) * read.palette[:, None]}


class Store:
    """A folder of answers.

    Parameters
    ----------
    folder : where they lie
    stamp : of the sets, arms and weights; answers with another stamp are given anew
    """

    def __init__(self, folder: Path, stamps: Mapping[str, str]) -> None:
        self.folder = folder
        self.stamps = stamps
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, kind: str, group: str, condition: str) -> Path:
        return self.folder / f"{group}.{condition}.{file_of(kind)}.npz"

    def has(self, arm: str, group: str, condition: str) -> bool:
        """Whether an arm has answered a situation as it is now."""
        path = self._path(arm, group, condition)
        if not path.exists():
            return False
        with np.load(path) as file:
            return str(file["stamp"]) == self.stamps[arm]

    def answers(self, arm: str, group: str, condition: str) -> Answers:
        """What an arm said."""
        with np.load(self._path(arm, group, condition)) as file:
            kept = {name: file[name] for name in file.files if name not in ("stamp", "seconds")}
            return Answers(seconds=float(file["seconds"]), **kept)

    def situation(self, group: str, condition: str) -> Situation:
        """The labels of a set under a condition."""
        with np.load(self._path("labels", group, condition)) as file:
            truth = Truth(
                **{name: file[name] for name in ("top", "buried", "ground", "amount", "top_share")},
                buried_share=file["share"][:, 2],
            )
            labels = Labels(truth, file["share"], file["cover_um"])
            return Situation(
                labels, file["dose"], file["stratigraphy"], file["axis_ev"], file["scan"],
                tuple(str(name) for name in file["scanners"]),
            )  # fmt: skip

    def answer(
        self,
        arms: Mapping[str, Arm],
        group: str,
        condition: str,
        scans: Sequence[Scan],
        library: Library,
        seed: int,
        repeats: int,
    ) -> None:
        """Have arms answer a situation, scan by scan, where they have not yet."""
        wanted = {name: arm for name, arm in arms.items() if not self.has(name, group, condition)}
        if not wanted:
            return
        said: dict[str, list[dict[str, NDArray[np.generic]]]] = {name: [] for name in wanted}
        seconds = dict.fromkeys(wanted, 0.0)
        labels, doses, numbers, off, first = [], [], [], [], 0
        for number, scan in enumerate(scans):
            read = measure(scan, library, CONDITIONS[condition], seed + number, repeats)
            for name, arm in wanted.items():
                start = time.perf_counter()
                said[name].append(
                    arm.everything(read) if isinstance(arm, Ours) else _possible(arm, read)
                )
                seconds[name] += time.perf_counter() - start
            labels.append(read.labels)
            doses.append(read.dose)
            numbers.append(first + np.tile(np.arange(len(scan)), len(read) // len(scan)))
            first += len(scan)
            true = scan.axes.true
            off.append([1e3 * (float(read.calibration.energy(true.channel(e))) - e) for e in KEV])
        joined = joined_labels(labels)
        np.savez_compressed(
            self._path("labels", group, condition), dose=np.concatenate(doses),
            scanners=np.array([scan.name for scan in scans]),
            scan=np.repeat(np.arange(len(scans)), [len(part) for part in doses]),
            stratigraphy=np.concatenate(numbers), axis_ev=np.array(off), share=joined.share,
            cover_um=joined.cover_um, **vars(joined.truth),
        )  # fmt: skip
        for name in wanted:
            kept: dict[str, Any] = {
                what: np.concatenate([part[what] for part in said[name]]) for what in said[name][0]
            }
            path = self._path(name, group, condition)
            unfinished = path.with_suffix(".partial.npz")
            np.savez_compressed(
                unfinished, stamp=np.array(self.stamps[name]), seconds=seconds[name], **kept
            )
            unfinished.replace(path)


def stamp_of(*parts: object) -> str:
    """A text that changes when anything that answers rest on does."""
    return json.dumps(parts, sort_keys=True, default=str)
