"""Arm: gradient-boosted trees on fitted element intensities, one model a group and position.

Histogram-based boosting as in LightGBM (Ke et al. 2017), by scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_conditions import Measured
from identification_intensities import attributes
from identification_training import TrainingSet

SETTINGS: dict[str, dict[str, Any]] = {
    "100 trees of 15 leaves": {"max_iter": 100, "max_leaf_nodes": 15, "learning_rate": 0.1},
    "100 trees of 31 leaves": {"max_iter": 100, "max_leaf_nodes": 31, "learning_rate": 0.1},
    "200 trees of 15 leaves, slower": {
        "max_iter": 200, "max_leaf_nodes": 15, "learning_rate": 0.05,
    },
}  # fmt: skip
FEWEST = 10


@dataclass(frozen=True, eq=False)
class Trees:
    """Trained trees, (position, group) of them; a rate where there was too little to learn from."""

    models: list[list[Any]]

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32, probabilities."""
        seen = attributes(measured)
        return np.stack(
            [np.stack([_chance(model, seen) for model in row], axis=1) for row in self.models],
            axis=1,
        )

    def save(self, path: Path) -> None:
        """Write with joblib: read back only what you wrote yourself."""
        import joblib

        joblib.dump(self.models, path, compress=3)


def load_trees(path: Path) -> Trees:
    """The inverse of `Trees.save`."""
    import joblib

    return Trees(joblib.load(path))


def train_trees(training: TrainingSet, setting: str, seed: int) -> Trees:
    """Train all trees under one setting."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    def one(there: NDArray[np.bool_]) -> Any:
        if min(int(there.sum()), int((~there).sum())) < FEWEST:
            return float(there.mean())
        model = HistGradientBoostingClassifier(
            early_stopping=False, random_state=seed, **SETTINGS[setting]
        )
        return model.fit(training.attributes, there)

    positions, groups = training.present.shape[1:]
    return Trees(
        [[one(training.present[:, p, k]) for k in range(groups)] for p in range(positions)]
    )


def _chance(model: Any, seen: NDArray[np.float32]) -> NDArray[np.float32]:
    if isinstance(model, float):
        return np.full(len(seen), model, dtype=np.float32)
    return np.asarray(model.predict_proba(seen)[:, 1], dtype=np.float32)
