"""Training: fresh paintings under fresh scanners every step, until the schedule ends.

Each batch follows from the seed and its step alone, so that an interrupted run, taken up again
from its last checkpoint, goes through the same batches as one that was never interrupted.

A small network learns on the same batches, from the truth and from what the large one says of them
(knowledge distillation: Hinton, Vinyals and Dean 2015, arXiv 1503.02531).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from underpaint.errors import ConfigError
from underpaint.paint import Library, joined, sample_painting, sample_strokes
from underpaint.spectrum import standard_bins
from underpaint.xray import Fineness, sample_instrument

from .architecture import POSITIONS, Answers, Reader, Shape
from .arithmetic import network_arithmetic, reckoning
from .config import TrainConfig
from .examples import (
    Examples,
    LitPainting,
    draw_examples,
    join_examples,
    lit,
    make_examples,
)
from .learner import Learner
from .predict import Predictions, join_predictions, predict
from .prior_file import find_prior
from .rules import fix_rules
from .scanner import Scanner, draw_scanners, make_scanner, misstated_anew
from .weights import Weights, bins_hash, initial_reader

COARSE = Fineness(slices=2, directions=2, orders=1, faintest=1e-2)
"""What training follows photons with beyond their first interaction: the errors that it makes
(docs/training.md) are smaller than those drawn at random, and it costs a third less."""

SMALL = "-small"
SMALL_SUMMARY = "Dense layers alone, taught by a larger network: one pixel at a time, for speed."

NOTHING = -6.0
"""What stands for the logarithm of an amount where there is none."""

Made = TypeVar("Made")
Report = Callable[[int, float], None]
"""Called with the step and the smoothed loss."""


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch as tensors: inputs of the network, and targets."""

    counts: Tensor
    measured: Tensor
    fwhm_kev: Tensor
    scanner: Tensor
    palette: Tensor
    positions: Tensor
    families: Tensor
    log_amount: Tensor


class Simulation(Dataset[Batch]):
    """Batch number `step`, simulated when asked for.

    What leaves a painting under a scanner's beam is worked out once, kept for some steps, and
    drawn from with other blends, errors, doses and noise every time. Each process that simulates
    has a row of such paintings of its own, and all of it follows from seed and step.
    """

    def __init__(self, library: Library, config: TrainConfig) -> None:
        self.library = library
        self.config = config
        self.prior = find_prior(config.prior, library)
        self._scanners: dict[int, Scanner] = {}
        self._paintings: dict[int, LitPainting] = {}

    def __len__(self) -> int:
        return self.config.training.steps

    def __getitem__(self, step: int) -> Batch:
        if step >= len(self):
            raise IndexError(step)
        training = self.config.training
        lanes = max(training.workers, 1)
        random = np.random.default_rng((self.config.seed, 2, step))
        oldest = step // lanes * training.fresh
        numbers = oldest + random.choice(training.paintings, size=training.scans, replace=False)
        self._forget(oldest)
        parts = [
            self._drawn(self._painting(int(number), step % lanes), random) for number in numbers
        ]
        return as_batch(join_examples(parts), self.library)

    def _drawn(self, painting: LitPainting, random: np.random.Generator) -> Examples:
        scan = self.prior.scan
        other = replace(painting, scanner=misstated_anew(painting.scanner, scan, random))
        pixels = self.config.training.pixels
        return draw_examples(other, self.library, self.prior.paint, scan, pixels, random)

    def _painting(self, number: int, lane: int) -> LitPainting:
        if number not in self._paintings:
            training = self.config.training
            random = np.random.default_rng((self.config.seed, 1, lane, number))
            painting = sample_painting(self.library, self.prior.paint, random)
            stacks = training.pixels + training.pixels // 4
            strokes = sample_strokes(painting, self.prior.paint, self.library, stacks, random)
            scanner = self._scanner(number // training.scanner_paintings, lane)
            self._paintings[number] = lit(painting, scanner, strokes)
        return self._paintings[number]

    def _scanner(self, number: int, lane: int) -> Scanner:
        if number not in self._scanners:
            random = np.random.default_rng((self.config.seed, 0, lane, number))
            instrument = sample_instrument(self.prior.scanner, random)
            self._scanners[number] = make_scanner(instrument, self.prior.scan, random, COARSE)
        return self._scanners[number]

    def _forget(self, oldest: int) -> None:
        for number in [number for number in self._paintings if number < oldest]:
            del self._paintings[number]
        first = oldest // self.config.training.scanner_paintings
        for number in [number for number in self._scanners if number < first]:
            del self._scanners[number]


def as_batch(examples: Examples, library: Library) -> Batch:
    """Examples with their targets."""
    truth = examples.truth
    positions = np.stack([truth.anywhere, truth.top, truth.buried, truth.ground], axis=1)
    families = truth.anywhere @ library.membership.T
    amount = np.where(truth.anywhere, np.log10(np.maximum(truth.amount, 1e-5)), NOTHING)
    return Batch(
        counts=examples.counts,
        measured=examples.measured,
        fwhm_kev=examples.fwhm_kev,
        scanner=examples.scanner,
        palette=examples.palette,
        positions=torch.from_numpy(positions).float(),
        families=torch.from_numpy(families).float(),
        log_amount=torch.from_numpy(amount.astype(np.float32)),
    )


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
    weight = torch.ones(len(POSITIONS))
    weight[POSITIONS.index("buried")] = buried_loss
    allowed = allowed * weight[:, None]
    positions = entropy(answers.logits, batch.positions, weight=allowed, reduction="sum")
    families = entropy(answers.family_logits, batch.families, reduction="sum")
    there = batch.log_amount > NOTHING
    deviation = (answers.amount - batch.log_amount) / answers.amount_spread.exp()
    amount = ((0.5 * deviation**2 + answers.amount_spread) * there).sum()
    return (positions + families + amount_loss * amount) / len(batch.counts)


class Unseen(Dataset[Examples]):
    """Pixels of a painting under scanner number `number`, never trained on, simulated when asked
    for."""

    def __init__(self, library: Library, config: TrainConfig) -> None:
        self.library = library
        self.config = config
        self.prior = find_prior(config.prior, library)

    def __len__(self) -> int:
        return self.config.calibration.scanners

    def __getitem__(self, number: int) -> Examples:
        if number >= len(self):
            raise IndexError(number)
        random = np.random.default_rng((self.config.seed, 3, number))
        paint, scan = self.prior.paint, self.prior.scan
        scanners = draw_scanners(self.prior.scanner, scan, 1, random)
        pixels = self.config.calibration.pixels
        return make_examples(self.library, paint, scan, scanners, pixels, random)


def _single(items: list[Made]) -> Made:
    return items[0]


def _simulated(simulation: Dataset[Made], numbers: Sequence[int], workers: int) -> Iterator[Made]:
    """What a simulation makes of each number, in order, made by so many processes."""
    loader = DataLoader(
        simulation,
        sampler=numbers,
        batch_size=1,
        collate_fn=_single,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_one_thread,
    )
    yield from loader


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def shapes_of(config: TrainConfig, library: Library) -> tuple[Shape, Shape]:
    """Sizes of the network that a configuration asks for, and of the small one beside it."""
    large = Shape(
        bins=len(standard_bins()),
        groups=len(library.groups),
        families=len(library.families),
        **asdict(config.network),
    )
    small = config.small
    return large, replace(
        large, filters=(), width=small.width, hidden=small.hidden, blocks=small.blocks
    )


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
    report : called every step
    start_from : weights to begin with, instead of random ones; each for the network of its sizes
    teacher : weights that learn no more; then only the small network is trained

    Returns
    -------
    weights of the network, and of the small one; with a teacher, of the small one alone

    Raises
    ------
    ConfigError : where the folder holds another run, or weights to begin with are of other sizes
        than those to train, or have seen the spectra of this seed
    """
    folder.mkdir(parents=True, exist_ok=True)
    training = config.training
    large, small = (
        Learner(initial_reader(shape, config.seed), training, rate)
        for shape, rate in zip(
            shapes_of(config, library),
            (training.learning_rate, config.small.learning_rate),
            strict=True,
        )
    )
    learners = {"large": large, "small": small} if teacher is None else {"small": small}
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
    arithmetic = network_arithmetic()
    steps = range(step, training.steps)
    for batch in _simulated(Simulation(library, config), steps, training.workers):
        inputs = batch.counts, batch.measured, batch.fwhm_kev, batch.scanner, batch.palette
        with reckoning(arithmetic), torch.set_grad_enabled(teacher is None):
            answers = (large if teacher is None else teacher).reader(*inputs)
        with reckoning(arithmetic):
            smaller = small.reader(*inputs)
        weights = training.amount_loss, training.buried_loss
        losses = [loss_of(smaller, taught(batch, answers, training.taught), *weights)]
        if teacher is None:
            losses.insert(0, loss_of(answers, batch, *weights))
        for learner, loss in zip(learners.values(), losses, strict=True):
            learner.learn(loss)
        step += 1
        value = float(losses[0].detach())
        smooth = value if step == 1 else 0.98 * smooth + 0.02 * value
        report(step, smooth)
        if step % training.checkpoint_every == 0 or step == training.steps:
            history.append((step, round(smooth, 4)))
            _checkpoint(folder, run, learners, step, smooth, history)
    readers = [each.averaged() for each in learners.values()]
    return finish(config, library, readers, run | {"loss": history})


def _learner_like(reader: Reader, learners: dict[str, Learner]) -> Learner:
    for learner in learners.values():
        if learner.reader.shape == reader.shape:
            return learner
    raise ConfigError("the weights to begin with are of another size than those to train")


def finish(
    config: TrainConfig,
    library: Library,
    readers: Sequence[Reader],
    record: dict[str, Any],
) -> tuple[Weights, ...]:
    """Fix the verdict rules of trained networks on scanners that they never saw.

    Parameters
    ----------
    record : of the run, plain values that the weights keep
    """
    unseen = Unseen(library, config)
    parts: list[list[Predictions]] = [[] for _ in readers]
    counts, truths, palettes = [], [], []
    for examples in _simulated(unseen, range(len(unseen)), config.training.workers):
        for reader, answers in zip(readers, parts, strict=True):
            answers.append(
                predict(
                    reader,
                    examples.counts,
                    examples.measured,
                    examples.fwhm_kev,
                    examples.scanner,
                    examples.palette,
                    library.membership,
                )
            )
        counts.append(examples.counts.sum(dim=1).numpy())
        truths.append(examples.truth)
        palettes.append(examples.palette.numpy())
    seen, truth, palette = np.concatenate(counts), joined(truths), np.concatenate(palettes)
    small = shapes_of(config, library)[1]
    return tuple(
        Weights(
            name=config.name + (SMALL if reader.shape == small else ""),
            summary=SMALL_SUMMARY if reader.shape == small else config.summary,
            reader=reader,
            groups=tuple(group.name for group in library.groups),
            families=library.families,
            rules=fix_rules(join_predictions(answers), seen, truth, library.membership, palette),
            library_version=library.version,
            bins_hash=bins_hash(),
            training=record,
        )
        for reader, answers in zip(readers, parts, strict=True)
    )


def _resume(
    folder: Path, run: dict[str, Any], learners: dict[str, Learner]
) -> tuple[int, float, list[tuple[int, float]]]:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0, 0.0, []
    saved = torch.load(path, weights_only=True)
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
    learners: dict[str, Learner],
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
    unfinished = folder / "checkpoint.pt.partial"
    torch.save(state, unfinished)
    unfinished.replace(folder / "checkpoint.pt")
