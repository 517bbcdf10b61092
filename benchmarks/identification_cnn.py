"""Arms: a plain 1-D convolutional network with sigmoid outputs, as in the literature.

Xu et al. 2022 (doi 10.1039/d2ja00246a) read pigments off single-pixel spectra with one; the
abstract gives neither its layers nor its training, so these are the usual ones: three convolutions
with pooling, one dense layer, binary cross-entropy, Adam. The second arm is the same network
trained on single layers without scatter and continuum, as Jones et al. 2022
(doi 10.1186/s40494-022-00716-3) simulated theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from identification_conditions import Measured
from identification_stratigraphies import ANYWHERE, TOP
from identification_training import DOSES, TrainingSet

SETTINGS = ("share of the largest bin", "square root", "logarithm")
BATCH = 256
LEARNING_RATE = 1e-3


class PlainNetwork(nn.Module):
    """Convolutions 16, 32, 64 wide with pooling, a dense layer of 256, sigmoid outputs."""

    def __init__(self, bins: int, outputs: int) -> None:
        super().__init__()
        self.shape = (bins, outputs)
        self.convolutions = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2),
        )  # fmt: skip
        self.dense = nn.Sequential(
            nn.Flatten(), nn.Linear(64 * (bins // 8), 256), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(256, outputs),
        )  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        """Log odds (spectrum, output) of spectra (spectrum, bin)."""
        logits: Tensor = self.dense(self.convolutions(image[:, None]))
        return logits


@dataclass(frozen=True, eq=False)
class Plain:
    """A trained network.

    Attributes
    ----------
    network : its outputs are (position, group), or groups of the uppermost layer alone
    setting : how it sees counts
    groups : number of groups
    """

    network: PlainNetwork
    setting: str
    groups: int

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32, probabilities; NaN for positions that it does not know."""
        counts = torch.from_numpy(measured.binned * measured.measured)
        self.network.eval()
        with torch.inference_mode():
            chance = torch.cat(
                [torch.sigmoid(self.network(seen_as(part, self.setting))) for part in
                 counts.split(2048)]
            ).numpy()  # fmt: skip
        if chance.shape[1] == 3 * self.groups:
            return np.asarray(chance.reshape(-1, 3, self.groups))
        scores = np.full((len(chance), 3, self.groups), np.nan, dtype=np.float32)
        scores[:, ANYWHERE] = scores[:, TOP] = chance
        return scores

    def save(self, path: Path) -> None:
        """Write the weights."""
        bins, outputs = self.network.shape
        shape = {"bins": bins, "outputs": outputs, "groups": self.groups}
        torch.save(
            {"state": self.network.state_dict(), "setting": self.setting, "shape": shape}, path
        )


def load_plain(path: Path) -> Plain:
    """The inverse of `Plain.save`."""
    saved = torch.load(path, weights_only=True)
    network = PlainNetwork(saved["shape"]["bins"], saved["shape"]["outputs"])
    network.load_state_dict(saved["state"])
    return Plain(network, saved["setting"], saved["shape"]["groups"])


def seen_as(counts: Tensor, setting: str) -> Tensor:
    """Counts (spectrum, bin) as the network sees them."""
    if setting == SETTINGS[0]:
        return counts / counts.amax(dim=1, keepdim=True).clamp_min(1.0)
    if setting == SETTINGS[1]:
        return (counts / counts.sum(dim=1, keepdim=True).clamp_min(1.0)).sqrt() * 10.0
    return torch.log1p(counts) / 5.0


def train_plain(
    training: TrainingSet, setting: str, epochs: int, seed: int, single_layers: bool
) -> Plain:
    """Train a network; every epoch counts the spectra anew, at new doses.

    Parameters
    ----------
    single_layers : on single layers without scatter and continuum, instead of whole spectra
    """
    expected = torch.from_numpy(training.layer if single_layers else training.expected)
    targets = training.layer_present if single_layers else training.present
    wanted = torch.from_numpy(targets.reshape(len(targets), -1)).float()
    measured = torch.from_numpy(training.measured)
    groups = training.present.shape[2]
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    network = PlainNetwork(expected.shape[1], wanted.shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    steps = max(1, len(expected) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * steps)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(expected), generator=random)[: steps * BATCH].split(BATCH):
            dose = torch.rand(len(rows), 1, generator=random) * np.log(DOSES[1] / DOSES[0])
            mean = expected[rows] * dose.exp() * DOSES[0]
            counts = torch.poisson(mean, generator=random) * measured[rows]
            loss = nn.functional.binary_cross_entropy_with_logits(
                network(seen_as(counts, setting)), wanted[rows]
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return Plain(network, setting, groups)
