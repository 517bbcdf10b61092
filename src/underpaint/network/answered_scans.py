"""Answers of networks to the pixels of paintings, kept for those that learn to read whole scans.

They are made once, scanner by scanner, each kept as a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Library

from .architecture import POSITIONS, Reader
from .config import TrainConfig
from .predict import predict_examples
from .read_again import said_of
from .simulation import WholeScans, simulated


def answer_scans(
    config: TrainConfig,
    library: Library,
    readers: Mapping[str, Reader],
    folder: Path,
    report: Callable[[], None],
) -> None:
    """Let networks answer to paintings, and keep what they say; what is kept already stays.

    Parameters
    ----------
    readers : by name
    folder : of one file a scanner
    report : called after each scanner
    """
    folder.mkdir(parents=True, exist_ok=True)
    scans = WholeScans(library, config)
    missing = []
    for number in range(len(scans)):
        if _path(folder, number).exists():
            report()
        else:
            missing.append(number)
    made = simulated(scans, missing, config.training.workers)
    for number, examples in zip(missing, made, strict=True):
        truth = examples.truth
        kept = {
            "counts": examples.counts.sum(dim=1).numpy(),
            "palette": examples.palette.numpy(),
            "truth": np.packbits(
                np.stack([getattr(truth, position) for position in POSITIONS], axis=-1), axis=0
            ),
        }
        for name, reader in readers.items():
            answers = predict_examples(reader, examples, library.membership)
            kept[name] = said_of(answers).half().numpy()
        unfinished = folder / f"{number}.partial.npz"
        np.savez_compressed(unfinished, allow_pickle=False, **kept)
        unfinished.replace(_path(folder, number))
        report()


@dataclass(frozen=True, eq=False)
class AnsweredScans:
    """Answers of one network to many paintings, and what is true of them.

    Attributes
    ----------
    said : (scan, pixel, name, value) float16, as `said_of` gives it
    counts : (scan, pixel) float32
    palette : (scan, group) bool
    truth : (scan, pixel, group, position) bool
    """

    said: NDArray[np.float16]
    counts: NDArray[np.float32]
    palette: NDArray[np.bool_]
    truth: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.said)


def answered_scans(config: TrainConfig, folder: Path, name: str) -> AnsweredScans:
    """What `answer_scans` kept of the network of a name."""
    wanted = config.scan_reader
    each = wanted.paintings, wanted.pixels
    scans = wanted.scanners * wanted.paintings
    arrays: dict[str, NDArray[np.generic]] = {}
    for number in range(wanted.scanners):
        with np.load(_path(folder, number)) as kept:
            parts = {
                "said": kept[name],
                "counts": kept["counts"],
                "palette": kept["palette"],
                "truth": np.unpackbits(kept["truth"], axis=0, count=np.prod(each)).view(np.bool_),
            }
        for what, part in parts.items():
            values = part.reshape(*each, *part.shape[1:])
            if what not in arrays:
                # one after the other into its place: twice all of them would be too much memory
                arrays[what] = np.empty((scans, *values.shape[1:]), dtype=values.dtype)
            arrays[what][number * wanted.paintings : (number + 1) * wanted.paintings] = values
    arrays["palette"] = arrays["palette"][:, 0]
    return AnsweredScans(**arrays)  # type: ignore[arg-type]


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.npz"
