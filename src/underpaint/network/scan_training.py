"""A network that reads scans as a whole learns, from another's answers to further paintings.

The answers are made once, scanner by scanner, and kept as files; then it goes through all of them
several times. Each step sees some pixels of a few paintings together, often not all of them and
sometimes a handful, and answers to others, so that it learns how much so many pixels may say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from underpaint.errors import ConfigError
from underpaint.paint import Library

from .architecture import POSITIONS, Reader
from .arithmetic import fastest_device, network_arithmetic, reckoning
from .config import TrainConfig
from .learner import Learner
from .predict import predict_examples
from .read_again import possible_names, said_of
from .scan_reader import ScanReader, ScanShape
from .simulation import WholeScans, simulated

FEWEST_TOGETHER = 4
"""Pixels of a painting that are seen together, at least."""
ALL_TOGETHER = 0.25
"""Share of steps that see all of them."""
READ = 32
"""Pixels of each painting that are answered at a step."""

Report = Callable[[], None]
"""Called whenever a part is done."""


def answer_scans(
    config: TrainConfig,
    library: Library,
    readers: Mapping[str, Reader],
    folder: Path,
    report: Report,
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


def learn_scans(
    config: TrainConfig,
    library: Library,
    scans: AnsweredScans,
    checkpoint: Path,
    run: dict[str, object],
    report: Report,
) -> ScanReader:
    """Train a network that reads scans as a whole, or go on after the last whole epoch.

    Parameters
    ----------
    scans : to learn from
    checkpoint : a file
    run : what a checkpoint must have been made of, plain values
    report : called after each epoch

    Raises
    ------
    ConfigError : where the checkpoint is of another run
    """
    wanted, training = config.scan_reader, config.training
    torch.manual_seed(config.seed)
    shape = ScanShape(len(library.groups), len(library.families), wanted.width, wanted.blocks)
    steps = len(scans) // wanted.scans
    device = fastest_device()
    arithmetic = network_arithmetic(device)
    learner = Learner(
        ScanReader(shape).to(device),
        wanted.learning_rate,
        wanted.epochs * steps,
        training.weight_decay,
        training.average,
    )
    first = _taken_up(checkpoint, run, learner)
    for epoch in range(wanted.epochs):
        if epoch >= first:
            torch.manual_seed(config.seed + epoch)
            random = np.random.default_rng((config.seed, 5, epoch))
            for number in _in_turn(len(scans), wanted.scans, random):
                lesson = _drawn(scans, number, random).on(device)
                with reckoning(arithmetic, device):
                    loss = _loss(learner.network, lesson, library, training.buried_loss)
                learner.learn(loss)
            _keep(checkpoint, run, epoch + 1, learner)
        report()
    return learner.averaged()


def _in_turn(
    scans: int, together: int, random: np.random.Generator
) -> Iterator[NDArray[np.integer]]:
    """Numbers of scans, some at a time, in a new order; what is left over is left out."""
    order = random.permutation(scans)
    for start in range(0, scans - together + 1, together):
        yield np.sort(order[start : start + together])


@dataclass(frozen=True, eq=False)
class Lesson:
    """Some pixels of some scans that are seen together, and others that are answered.

    Attributes
    ----------
    seen, read : (scan, pixel, name, value) float32, as `said_of` gives it
    seen_counts, read_counts : (scan, pixel) float32
    palette : (scan, group) bool
    truth : (scan, pixel, group, position) float32, of those that are answered
    """

    seen: Tensor
    seen_counts: Tensor
    read: Tensor
    read_counts: Tensor
    palette: Tensor
    truth: Tensor

    def on(self, device: torch.device) -> Lesson:
        """The same in the memory of a device."""
        return Lesson(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})


def _drawn(
    scans: AnsweredScans, number: NDArray[np.integer], random: np.random.Generator
) -> Lesson:
    pixels = scans.counts.shape[1]
    seen = np.ix_(number, np.sort(random.permutation(pixels)[: _how_many(pixels, random)]))
    read = np.ix_(number, np.sort(random.permutation(pixels)[:READ]))
    return Lesson(
        seen=torch.from_numpy(scans.said[seen]).float(),
        seen_counts=torch.from_numpy(scans.counts[seen]),
        read=torch.from_numpy(scans.said[read]).float(),
        read_counts=torch.from_numpy(scans.counts[read]),
        palette=torch.from_numpy(scans.palette[number]),
        truth=torch.from_numpy(scans.truth[read]).float(),
    )


def _loss(reader: ScanReader, lesson: Lesson, library: Library, buried_loss: float) -> Tensor:
    """Cross-entropy of all positions and families, a pixel."""
    groups, truth = len(library.groups), lesson.truth
    member = torch.from_numpy(library.membership).to(truth)
    possible = possible_names(lesson.palette, library.membership)
    context = reader.context(reader.gather(lesson.seen, lesson.seen_counts, possible))
    logits = reader(lesson.read, lesson.read_counts, possible, context)
    weight = torch.ones(len(POSITIONS), device=truth.device)
    weight[POSITIONS.index("buried")] = buried_loss
    allowed = possible[:, None, :, None].to(truth)
    entropy = nn.functional.binary_cross_entropy_with_logits
    positions = entropy(
        logits[:, :, :groups],
        truth,
        weight=(allowed[:, :, :groups] * weight).expand_as(truth),
        reduction="sum",
    )
    in_family = (truth[..., 0] @ member.T > 0.0).to(truth)
    families = entropy(
        logits[:, :, groups:, 0],
        in_family,
        weight=allowed[:, :, groups:, 0].expand_as(in_family),
        reduction="sum",
    )
    return (positions + families) / lesson.read_counts.numel()


def _how_many(pixels: int, random: np.random.Generator) -> int:
    """How many pixels are seen together at a step."""
    if random.random() < ALL_TOGETHER:
        return pixels
    return int(np.exp(random.uniform(np.log(min(FEWEST_TOGETHER, pixels)), np.log(pixels + 1))))


def _taken_up(checkpoint: Path, run: dict[str, object], learner: Learner[ScanReader]) -> int:
    """Epochs that are done, the learner put where it stood."""
    if not checkpoint.exists():
        return 0
    saved = torch.load(checkpoint, weights_only=True)
    if json.loads(saved["run"]) != json.loads(json.dumps(run)):
        raise ConfigError(f"{checkpoint}: is of another run; give another output")
    learner.load_state_dict(saved["learner"])
    return int(saved["epoch"])


def _keep(
    checkpoint: Path, run: dict[str, object], epoch: int, learner: Learner[ScanReader]
) -> None:
    unfinished = checkpoint.with_name(checkpoint.name + ".partial")
    torch.save(
        {"run": json.dumps(run), "epoch": epoch, "learner": learner.state_dict()}, unfinished
    )
    unfinished.replace(checkpoint)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.npz"
