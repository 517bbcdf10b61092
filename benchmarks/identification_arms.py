"""The arms of the comparison: all get the same spectra, the same budget, the same choice.

Each arm tries three settings; the one kept is best on a set of scans apart, by the mean recall at
1 % false positives over groups and positions. Trained arms lie in a folder and are trained once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from identification_cnn import SETTINGS as PLAIN_SETTINGS
from identification_cnn import load_plain, train_plain
from identification_conditions import Measured
from identification_dictionary import SETTINGS as DICTIONARY_SETTINGS
from identification_dictionary import Dictionary
from identification_expert import SETTINGS as EXPERT_SETTINGS
from identification_expert import Expert
from identification_training import TrainingSet
from identification_trees import SETTINGS as TREE_SETTINGS
from identification_trees import load_trees, train_trees
from underpaint.network import recall_at
from underpaint.paint import Library

OURS = "underpaint"
UNSTATED = "underpaint, scanner not stated"
SMALL = "underpaint, small"
WHOLE = "underpaint, painting as a whole"
"""Each spectrum in the light of the others of its painting at its dose, of ten stratigraphies."""
OWN = (OURS, UNSTATED, SMALL, WHOLE)
FALSE_POSITIVES = 0.01
FEWEST = 20
SETTINGS: dict[str, tuple[str, ...]] = {
    "expert rules": EXPERT_SETTINGS,
    "boosted trees": tuple(TREE_SETTINGS),
    "dictionary": DICTIONARY_SETTINGS,
    "plain CNN": PLAIN_SETTINGS,
    "CNN, single layers": PLAIN_SETTINGS,
}
RIVALS = tuple(SETTINGS)
PROBABILISTIC = (*OWN, "boosted trees", "plain CNN", "CNN, single layers")
LEARNT = ("boosted trees", "plain CNN", "CNN, single layers")


class Arm(Protocol):
    """Anything that scores groups in spectra."""

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32, higher where likelier; NaN where it cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What every arm that learns is given.

    Attributes
    ----------
    spectra : training spectra, the first of the training set
    epochs : of the networks
    seed : of weights and order
    """

    spectra: int
    epochs: int
    seed: int


def file_of(name: str) -> str:
    """An arm's name as part of a file's."""
    return name.lower().replace(",", "").replace(" ", "-")


def train_arm(
    name: str,
    training: Callable[[], TrainingSet],
    tuning: Callable[[], Sequence[Measured]],
    folder: Path,
    library: Library,
    budget: Budget,
) -> dict[str, Any]:
    """Try all settings of an arm, as far as that is not done, and keep the best.

    Parameters
    ----------
    training, tuning : called only where they are needed

    Returns
    -------
    The record that lies in the folder: budget, settings with score and seconds, the choice.
    """
    path = folder / f"{file_of(name)}.json"
    record: dict[str, Any] = {"budget": asdict(budget), "tried": {}, "chosen": None}
    if path.exists():
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["budget"] != asdict(budget):
            raise SystemExit(f"{path}: was trained with another budget; give another folder")
    for number, setting in enumerate(SETTINGS[name]):
        if setting in record["tried"]:
            continue
        start = time.perf_counter()
        arm = _made(name, number, setting, training, folder, library, budget)
        trained = time.perf_counter()
        score = mean_recall(arm, tuning())
        record["tried"][setting] = {
            "score": score,
            "training_s": round(trained - start, 1),
            "tuning_s": round(time.perf_counter() - trained, 1),
        }
        tried = record["tried"]
        record["chosen"] = max(tried, key=lambda each: tried[each]["score"])
        _write(path, record)
    return record


def _made(
    name: str,
    number: int,
    setting: str,
    training: Callable[[], TrainingSet],
    folder: Path,
    library: Library,
    budget: Budget,
) -> Arm:
    if name not in LEARNT:
        return _loaded(name, number, setting, folder, library)
    path = _model_path(name, number, folder)
    if name == "boosted trees":
        trees = train_trees(training(), setting, budget.seed)
        trees.save(path)
        return trees
    alone = name == "CNN, single layers"
    plain = train_plain(training(), setting, budget.epochs, budget.seed, alone)
    plain.save(path)
    return plain


def load_arm(name: str, folder: Path, library: Library) -> Arm:
    """The chosen one of the settings that were tried."""
    setting = record_of(name, folder)["chosen"]
    return _loaded(name, SETTINGS[name].index(setting), setting, folder, library)


def record_of(name: str, folder: Path) -> dict[str, Any]:
    """What was tried for an arm, and what was chosen."""
    path = folder / f"{file_of(name)}.json"
    if not path.exists():
        raise SystemExit(f"{path}: is not there; train the arms first")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if set(SETTINGS[name]) - set(record["tried"]):
        raise SystemExit(f"{path}: not all settings are tried yet; train the arms first")
    return record


def _loaded(name: str, number: int, setting: str, folder: Path, library: Library) -> Arm:
    if name == "expert rules":
        return Expert(library, setting)
    if name == "dictionary":
        return Dictionary(library, setting)
    path = _model_path(name, number, folder)
    return load_trees(path) if name == "boosted trees" else load_plain(path)


def _model_path(name: str, number: int, folder: Path) -> Path:
    return folder / f"{file_of(name)}-{number}.model"


def mean_recall(arm: Arm, scans: Sequence[Measured]) -> float:
    """Mean recall at 1 % false positives over groups and positions with 20 positives or more."""
    scores = np.concatenate([arm.scores(scan) for scan in scans])
    present = np.concatenate([scan.labels.present for scan in scans])
    found = [
        recall_at(scores[:, p, k], present[:, p, k], FALSE_POSITIVES)
        for p in range(scores.shape[1])
        for k in range(scores.shape[2])
        if present[:, p, k].sum() >= FEWEST and not np.isnan(scores[:, p, k]).any()
    ]
    return float(np.mean(found)) if found else 0.0


def _write(path: Path, record: dict[str, Any]) -> None:
    unfinished = path.with_name(path.name + ".partial")
    unfinished.write_text(json.dumps(record, indent=2), encoding="utf-8")
    unfinished.replace(path)
