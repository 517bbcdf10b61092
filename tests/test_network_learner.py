"""A network's running average, which is what is kept of it."""

from __future__ import annotations

import torch

from underpaint.network.architecture import Shape
from underpaint.network.config import default_config_path, read_config
from underpaint.network.learner import Learner
from underpaint.network.weights import initial_reader

SHAPE = Shape(bins=40, groups=3, families=2, filters=(), width=8, hidden=8, blocks=1)


def test_little_is_left_of_the_beginning_after_a_short_run() -> None:
    training = read_config(default_config_path()).training
    learner = Learner(initial_reader(SHAPE, 0), 1e-3, 200, training.weight_decay, training.average)
    with torch.no_grad():
        for value in learner.network.parameters():
            value.zero_()
    for _ in range(200):
        learner.average.update_parameters(learner.network)
    begun = torch.cat([each.flatten() for each in initial_reader(SHAPE, 0).parameters()])
    kept = torch.cat([each.flatten() for each in learner.averaged().parameters()])
    assert kept.abs().max() < 0.01 * begun.abs().max()
