"""A network while it learns: its optimizer, its schedule, the running average that is kept."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .architecture import Reader
from .config import TrainingConfig

LARGEST_STEP = 5.0
WARM_UP = 0.1


class Learner:
    """A network that learns by AdamW at a one-cycle rate.

    Parameters
    ----------
    reader : the network to begin with; it changes
    training : how long
    learning_rate : at its highest
    """

    def __init__(self, reader: Reader, training: TrainingConfig, learning_rate: float) -> None:
        self.reader = reader
        self.average = torch.optim.swa_utils.AveragedModel(
            reader, multi_avg_fn=partial(_average, training.average)
        )
        self.optimizer = torch.optim.AdamW(
            reader.parameters(), lr=learning_rate, weight_decay=training.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=learning_rate,
            total_steps=training.steps + 1,
            pct_start=WARM_UP,
        )

    def begin_with(self, reader: Reader) -> None:
        """Take the weights of another network of the same sizes, before the first step."""
        self.reader.load_state_dict(reader.state_dict())
        self.average.module.load_state_dict(reader.state_dict())

    def learn(self, loss: Tensor) -> None:
        """One step down a loss."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.reader.parameters(), LARGEST_STEP)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.reader)

    def averaged(self) -> Reader:
        """The network with its running average for weights, ready to answer."""
        self.reader.load_state_dict(self.average.module.state_dict())
        return self.reader.cpu().eval()

    def state_dict(self) -> dict[str, Any]:
        """All that another learner needs to go on from here."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "reader": self.reader,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }


@torch.no_grad()
def _average(most: float, kept: list[Tensor], current: list[Tensor], number: Tensor) -> None:
    """Move running averages on, so that of a short run too nothing is left of the beginning.

    The share that is kept rises with the steps to `most`.
    """
    step = float(number)
    share = min(most, (1.0 + step) / (10.0 + step))
    for average, value in zip(kept, current, strict=True):
        average.lerp_(value, 1.0 - share)
