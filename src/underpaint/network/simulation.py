"""What a network learns from: spectra of random paintings and scanners, made when asked for.

All of it follows from a seed and a number, so that any part can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from underpaint.paint import Library, sample_painting, sample_strokes
from underpaint.xray import Fineness, sample_instrument

from .config import TrainConfig
from .examples import (
    Examples,
    LitPainting,
    draw_examples,
    join_examples,
    lit,
    make_examples,
)
from .prior_file import find_prior
from .scanner import Scanner, draw_scanners, make_scanner, misstated_anew

COARSE = Fineness(slices=2, directions=2, orders=1, faintest=1e-2)
"""What training follows photons with beyond their first interaction: the errors that it makes
(docs/training.md) are smaller than those drawn at random, and it costs a third less."""

FEWEST_STRATIGRAPHIES = 6
"""Of a painting of few paints."""

NOTHING = -6.0
"""What stands for the logarithm of an amount where there is none."""

Made = TypeVar("Made")


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


class _Simulated(Dataset[Made]):
    """What follows from a configuration: its prior over paintings and scanners, its seed."""

    def __init__(self, library: Library, config: TrainConfig) -> None:
        self.library = library
        self.config = config
        self.prior = find_prior(config.prior, library)


class Simulation(_Simulated[Batch]):
    """Batch number `step`, simulated when asked for.

    What leaves a painting under a scanner's beam is worked out once, kept for some steps, and
    drawn from with other blends, errors, doses and noise every time. Each process that simulates
    has a row of such paintings of its own, and all of it follows from seed and step.
    """

    def __init__(self, library: Library, config: TrainConfig) -> None:
        super().__init__(library, config)
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


class Unseen(_Simulated[Examples]):
    """Pixels of a painting under scanner number `number`, never trained on, simulated when asked
    for."""

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


class WholeScans(_Simulated[Examples]):
    """Many pixels each of some paintings under one scanner, simulated when asked for.

    Pixels of one painting follow each other, `pixels` of each. In some paintings next to every
    pixel is of another stratigraphy, in others, and on mock-ups, many are of the same one, so that
    they err alike.
    """

    def __len__(self) -> int:
        return self.config.scan_reader.scanners

    def __getitem__(self, number: int) -> Examples:
        if number >= len(self):
            raise IndexError(number)
        wanted, prior = self.config.scan_reader, self.prior
        random = np.random.default_rng((self.config.seed, 4, number))
        instrument = sample_instrument(prior.scanner, random)
        scanner = make_scanner(instrument, prior.scan, random, COARSE)
        drawn = []
        for _ in range(wanted.paintings):
            is_board = random.random() < wanted.boards
            paint = prior.board if is_board else prior.paint
            stacks = wanted.pixels + wanted.pixels // 4
            if is_board or random.random() < wanted.patchy:
                stacks = few_stratigraphies(stacks, random)
            painting = sample_painting(self.library, paint, random)
            strokes = sample_strokes(painting, paint, self.library, stacks, random)
            seen = lit(painting, misstated_anew(scanner, prior.scan, random), strokes)
            drawn.append(
                draw_examples(seen, self.library, paint, prior.scan, wanted.pixels, random)
            )
        return join_examples(drawn)


def few_stratigraphies(most: int, random: np.random.Generator) -> int:
    """How many stratigraphies a painting of few paints shows, evenly in the logarithm.

    Parameters
    ----------
    most : of any painting
    """
    low, high = np.log([min(FEWEST_STRATIGRAPHIES, most), most + 1])
    return int(np.exp(random.uniform(low, high)))


def _single(items: list[Made]) -> Made:
    return items[0]


def simulated(simulation: Dataset[Made], numbers: Sequence[int], workers: int) -> Iterator[Made]:
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
