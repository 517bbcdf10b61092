"""Training: fresh paintings under fresh scanners every step, until the schedule ends.

Each batch follows from the seed and its step alone, so that an interrupted run, taken up again
from its last checkpoint, goes through the same batches as one that was never interrupted.

A small network learns on the same batches, from the truth and from what the large one says of them
(knowledge distillation: Hinton, Vinyals and Dean 2015, arXiv 1503.02531).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from underpaint.errors import ConfigError
from underpaint.paint import Library, joined
from underpaint.spectrum import standard_bins

from .answered_scans import answer_scans, answered_scans
from .architecture import POSITIONS, Answers, Reader, Shape
from .arithmetic import fastest_device, network_arithmetic, reckoning
from .config import TrainConfig, TrainingConfig
from .learner import Learner
from .predict import Predictions, join_predictions, predict_examples
from .read_again import read_whole
from .rules import VerdictRules, fix_rules
from .scan_reader import ScanReader
from .scan_training import learn_scans
from .scores import scores
from .simulation import NOTHING, Batch, Simulation, Unseen, simulated
from .weights import Weights, WholeScan, bins_hash, initial_reader

SMALL, TEACHER = "-small", "-teacher"
SUFFIXES = {"large": "", "small": SMALL, "teacher": TEACHER}
SUMMARIES = {
    "small": "Dense layers alone, taught by a larger network: one pixel at a time, for speed.",
    "teacher": "Larger than the network for reading, which it taught: one pixel at a time.",
}

ANSWERS = "answers"
CHECKPOINT = "checkpoint.pt"

Report = Callable[[int, float], None]
"""Called with how many of all `parts_of` a run are done, and the smoothed loss of its batches."""


def loss_of(answers: Answers, batch: Batch, amount_loss: float, buried_loss: float = 1.0) -> Tensor:
    """Cross-entropy of all positions and families, and the amounts of what is there.

    Parameters
    ----------
    amount_loss : weight of the amounts
    buried_loss : weight of what is buried, against the other positions. It moves the network's
        attention and no probability: each answer is still judged on all pixels alike
    """
    entropy = nn.functional.binary_cross_entropy_with_logits
    allowed = batch.palette[:, None, :].float().expand_as(answers.logits)
    weight = torch.ones(len(POSITIONS), device=allowed.device)
    weight[POSITIONS.index("buried")] = buried_loss
    allowed = allowed * weight[:, None]
    positions = entropy(answers.logits, batch.positions, weight=allowed, reduction="sum")
    families = entropy(answers.family_logits, batch.families, reduction="sum")
    there = batch.log_amount > NOTHING
    deviation = (answers.amount - batch.log_amount) / answers.amount_spread.exp()
    amount = ((0.5 * deviation**2 + answers.amount_spread) * there).sum()
    return (positions + families + amount_loss * amount) / len(batch.counts)


def shapes_of(config: TrainConfig, library: Library) -> dict[str, tuple[Shape, float]]:
    """Sizes and highest learning rate of the networks that a configuration asks for.

    By name: the teacher, if there is one, that learns beside and teaches; the large network; the
    small one. The first learns from the truth, the others from that and from what the first says.
    """
    large = Shape(
        bins=len(standard_bins()),
        groups=len(library.groups),
        families=len(library.families),
        **asdict(config.network),
    )
    small, teacher = config.small, config.teacher
    dense = replace(large, filters=(), width=small.width, hidden=small.hidden, blocks=small.blocks)
    shapes = {
        "large": (large, config.training.learning_rate),
        "small": (dense, small.learning_rate),
    }
    if teacher is None:
        return shapes
    sizes = asdict(teacher)
    rate = sizes.pop("learning_rate")
    return {"teacher": (replace(large, **sizes), rate), **shapes}


def taught(batch: Batch, answers: Answers, share: float) -> Batch:
    """A batch whose targets are by so great a share what a network says of it."""
    said, families = torch.sigmoid(answers.logits), torch.sigmoid(answers.family_logits)
    return replace(
        batch,
        positions=torch.lerp(batch.positions, said.detach(), share),
        families=torch.lerp(batch.families, families.detach(), share),
    )


def train(
    config: TrainConfig,
    library: Library,
    folder: Path,
    report: Report,
    start_from: Sequence[Weights] = (),
    teacher: Weights | None = None,
) -> tuple[Weights, ...]:
    """Train a network and a small one, or take up a run that was interrupted.

    Parameters
    ----------
    config : of the run
    library : of pigments
    folder : for checkpoints; one that holds a checkpoint of the same run is resumed
    report : called after every part
    start_from : weights to begin with, instead of random ones; each for the network of its sizes
    teacher : weights that learn no more; then only the small network is trained

    Returns
    -------
    weights of the network, of the small one, and of the teacher that learnt beside them if the
    configuration asks for one; where `teacher` is given, of the small one alone

    Raises
    ------
    ConfigError : where the folder holds another run, or weights to begin with are of other sizes
        than those to train, or have seen the spectra of this seed
    """
    folder.mkdir(parents=True, exist_ok=True)
    training, device = config.training, fastest_device()
    shapes = shapes_of(config, library)
    learners = {
        name: Learner(
            initial_reader(shape, config.seed).to(device),
            rate,
            training.steps,
            training.weight_decay,
            training.average,
        )
        for name, (shape, rate) in shapes.items()
        if teacher is None or name == "small"
    }
    for begin in start_from:
        _learner_like(begin.reader, learners).begin_with(begin.reader)
        if begin.training.get("config", {}).get("seed") == config.seed:
            raise ConfigError(
                f"seed: {begin.name} has learnt from the spectra of {config.seed}; give another"
            )
    run = {
        "config": config.to_dict(),
        "from": [[begin.name, begin.sha256] for begin in start_from],
        "teacher": None if teacher is None else [teacher.name, teacher.sha256],
    }
    step, smooth, history = _resume(folder, run, learners)
    arithmetic = network_arithmetic(device)
    finished = None if teacher is None else copy.deepcopy(teacher.reader).to(device)
    steps = range(step, training.steps)
    for batch in simulated(Simulation(library, config), steps, training.workers):
        losses = _learn_from(_on(batch, device), learners, finished, training, arithmetic)
        step += 1
        value = float(losses[0])
        smooth = value if step == 1 else 0.98 * smooth + 0.02 * value
        report(step, smooth)
        if step % training.checkpoint_every == 0 or step == training.steps:
            history.append((step, round(smooth, 4)))
            _checkpoint(folder, run, learners, step, smooth, history)
    readers = {name: each.averaged() for name, each in learners.items()}

    def further() -> None:
        nonlocal step
        step += 1
        report(step, smooth)

    whole = _learn_whole(config, library, readers, folder, run, further)
    return finish(config, library, readers, whole, run | {"loss": history})


def parts_of(config: TrainConfig, *, small_alone: bool = False) -> int:
    """How many parts a run has: batches, scanners whose paintings are answered, epochs.

    Parameters
    ----------
    small_alone : whether only the small network is trained
    """
    whole = config.scan_reader
    return config.training.steps + whole.scanners + whole.epochs * (1 if small_alone else 2)


def _learn_whole(
    config: TrainConfig,
    library: Library,
    readers: Mapping[str, Reader],
    folder: Path,
    run: dict[str, Any],
    report: Callable[[], None],
) -> dict[str, ScanReader]:
    """Networks that read scans as a whole, one for each that is made for reading."""
    used = {name: reader for name, reader in readers.items() if name != "teacher"}
    answer_scans(config, library, used, folder / ANSWERS, report)
    return {
        name: learn_scans(
            config,
            library,
            answered_scans(config, folder / ANSWERS, name),
            folder / _whole_checkpoint(name),
            run,
            report,
        )
        for name in used
    }


def _whole_checkpoint(name: str) -> str:
    return f"whole-{name}.pt"


def forget_run(folder: Path) -> None:
    """Remove what a finished run kept to be taken up from, and the folder if nothing is left."""
    for answers in (folder / ANSWERS).glob("*.npz"):
        answers.unlink()
    (folder / ANSWERS).rmdir()
    for name in (CHECKPOINT, *map(_whole_checkpoint, SUFFIXES)):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def _learn_from(
    batch: Batch,
    learners: dict[str, Learner[Reader]],
    teacher: Reader | None,
    training: TrainingConfig,
    arithmetic: torch.dtype,
) -> list[Tensor]:
    """One step of each network; the first teaches the others unless a finished one does.

    Returns
    -------
    loss of each, before the step
    """
    inputs = batch.counts, batch.measured, batch.fwhm_kev, batch.scanner, batch.palette
    device = batch.counts.device
    lesson, losses = batch, []
    if teacher is not None:
        with reckoning(arithmetic, device), torch.no_grad():
            lesson = taught(batch, teacher(*inputs), training.taught)
    for learner in learners.values():
        with reckoning(arithmetic, device):
            answers = learner.network(*inputs)
        loss = loss_of(answers, lesson, training.amount_loss, training.buried_loss)
        learner.learn(loss)
        losses.append(loss.detach())
        if lesson is batch:
            lesson = taught(batch, answers, training.taught)
    return losses


def _on(batch: Batch, device: torch.device) -> Batch:
    """A batch in the memory of a device."""
    return Batch(**{each.name: getattr(batch, each.name).to(device) for each in fields(batch)})


def _learner_like(reader: Reader, learners: dict[str, Learner[Reader]]) -> Learner[Reader]:
    for learner in learners.values():
        if learner.network.shape == reader.shape:
            return learner
    raise ConfigError("the weights to begin with are of another size than those to train")


def finish(
    config: TrainConfig,
    library: Library,
    readers: Mapping[str, Reader],
    whole: Mapping[str, ScanReader],
    record: dict[str, Any],
) -> tuple[Weights, ...]:
    """Fix the verdict rules of trained networks, and score them, on scanners that they never saw.

    Parameters
    ----------
    readers : by name, as `shapes_of` names them
    whole : those that read scans as a whole by their answers, by the same names
    record : of the run, plain values that the weights keep
    """
    unseen = Unseen(library, config)
    parts: dict[str, list[Predictions]] = {name: [] for name in readers}
    again: dict[str, list[Predictions]] = {name: [] for name in whole}
    counts, truths, palettes = [], [], []
    for examples in simulated(unseen, range(len(unseen)), config.training.workers):
        counts.append(examples.counts.sum(dim=1).numpy())
        truths.append(examples.truth)
        palettes.append(examples.palette.numpy())
        for name, reader in readers.items():
            answers = predict_examples(reader, examples, library.membership)
            parts[name].append(answers)
            if name in whole:
                again[name].append(
                    read_whole(
                        whole[name], answers, counts[-1], palettes[-1][0], library.membership
                    )
                )
    seen, truth, palette = np.concatenate(counts), joined(truths), np.concatenate(palettes)
    scanner = np.repeat(np.arange(len(counts)), [len(each) for each in counts])
    groups = tuple(group.name for group in library.groups)

    def rules_and_scores(said: Predictions) -> tuple[VerdictRules, dict[str, Any]]:
        return (
            fix_rules(said, seen, truth, library.membership, palette, scanner),
            scores(said, truth, palette, groups),
        )

    def weights(name: str, suffix: str) -> Weights:
        rules, scored = rules_and_scores(join_predictions(parts[name]))
        told, of_scan = record | {"scores": scored}, None
        if name in whole:
            rules_of_scan, told["scores_whole"] = rules_and_scores(join_predictions(again[name]))
            of_scan = WholeScan(whole[name], rules_of_scan)
        return Weights(
            name=config.name + suffix,
            summary=SUMMARIES.get(name, config.summary),
            reader=readers[name],
            groups=groups,
            families=library.families,
            rules=rules,
            library_version=library.version,
            bins_hash=bins_hash(),
            training=told,
            whole=of_scan,
        )

    return tuple(weights(name, suffix) for name, suffix in SUFFIXES.items() if name in readers)


def _resume(
    folder: Path, run: dict[str, Any], learners: dict[str, Learner[Reader]]
) -> tuple[int, float, list[tuple[int, float]]]:
    path = folder / CHECKPOINT
    if not path.exists():
        return 0, 0.0, []
    saved = torch.load(path, weights_only=True, map_location="cpu")
    if json.loads(saved["run"]) != json.loads(json.dumps(run)):
        raise ConfigError(
            f"{folder}: holds a run of another configuration, or one that began with other weights "
            "or another teacher; give its own to go on with it, or another output"
        )
    for name, learner in learners.items():
        learner.load_state_dict(saved[name])
    return int(saved["step"]), float(saved["smooth"]), [tuple(row) for row in saved["history"]]


def _checkpoint(
    folder: Path,
    run: dict[str, Any],
    learners: dict[str, Learner[Reader]],
    step: int,
    smooth: float,
    history: list[tuple[int, float]],
) -> None:
    state: dict[str, object] = {name: learner.state_dict() for name, learner in learners.items()}
    state |= {
        "run": json.dumps(run),
        "step": step,
        "smooth": smooth,
        "history": [list(row) for row in history],
    }
    unfinished = folder / f"{CHECKPOINT}.partial"
    torch.save(state, unfinished)
    unfinished.replace(folder / CHECKPOINT)
