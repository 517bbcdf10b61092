"""A network that reads scans as a whole learns, from another's answers to further paintings.

The answers are made once; then it goes through all of them several times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from underpaint.errors import ConfigError
from underpaint.paint import Library

from .answered_scans import AnsweredScans
from .architecture import POSITIONS
from .arithmetic import fastest_device, network_arithmetic, reckoning
from .config import TrainConfig
from .learner import Learner
from .lesson import Lesson, draw_lesson
from .read_again import possible_names
from .scan_reader import ScanReader, ScanShape


def learn_scans(
    config: TrainConfig,
    library: Library,
    scans: AnsweredScans,
    checkpoint: Path,
    run: dict[str, object],
    report: Callable[[], None],
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
                lesson = draw_lesson(scans, number, wanted.details, random).on(device)
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
