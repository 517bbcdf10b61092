"""A network while it learns: its optimizer, its schedule, the running average that is kept."""

from __future__ import annotations

from functools import partial
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

LARGEST_STEP = 5.0
WARM_UP = 0.1

Network = TypeVar("Network", bound=nn.Module)


class Learner(Generic[Network]):
    """A network that learns by AdamW at a one-cycle rate.

    Parameters
    ----------
    network : to begin with; it changes
    learning_rate : at its highest
    steps : in all
    weight_decay : of AdamW
    average : share that the running average of weights keeps at each step, in the end
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float,
        steps: int,
        weight_decay: float,
        average: float,
    ) -> None:
        self.network = network
        self.average = torch.optim.swa_utils.AveragedModel(
            network, multi_avg_fn=partial(_average, average)
        )
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=learning_rate, weight_decay=weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=learning_rate,
            total_steps=steps + 1,
            pct_start=WARM_UP,
        )

    def begin_with(self, network: Network) -> None:
        """Take the weights of another network of the same sizes, before the first step."""
        self.network.load_state_dict(network.state_dict())
        self.average.module.load_state_dict(network.state_dict())

    def learn(self, loss: Tensor) -> None:
        """One step down a loss."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_STEP)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.network)

    def averaged(self) -> Network:
        """The network with its running average for weights, ready to answer."""
        self.network.load_state_dict(self.average.module.state_dict())
        return self.network.cpu().eval()

    def state_dict(self) -> dict[str, Any]:
        """All that another learner needs to go on from here."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network,
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
