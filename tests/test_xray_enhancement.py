"""Secondary fluorescence: this model and plain integration over depth, each against fisx."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import depth_integration
from transport_cases import ANGLES, BEAM, arguments, compared, make_reference, random_stacks
from underpaint.xray import Fineness, make_stacks
from underpaint.xray.enhancement import enhanced_lines

if TYPE_CHECKING:
    from fisx_reference import FisxReference


@pytest.fixture(scope="module")
def reference() -> FisxReference:
    return make_reference()


def test_plain_integration_and_fisx_agree_on_secondary_fluorescence(
    reference: FisxReference,
) -> None:
    stacks = random_stacks(6)
    batch = make_stacks(stacks, torch.float64)
    given = [tensor.numpy() for tensor in (*arguments(reference, BEAM), reference.couplings)]
    data = depth_integration.Data(*given, *ANGLES)
    shares, errors = [], []
    for i, layers in enumerate(stacks):
        found = depth_integration.enhanced_lines(batch, i, data, levels=8, points=4)
        for at, line in compared(reference, batch, i, layers):
            total = line.primary + line.enhanced
            shares.append(line.enhanced / total)
            errors.append(abs(4.0 * math.pi * found[at] - line.enhanced) / total)
    assert len(errors) > 100 and np.max(shares) > 0.1
    assert np.median(errors) <= 1e-5
    assert np.percentile(errors, 95) <= 1e-4
    assert np.max(errors) <= 2e-3


def test_this_model_follows_secondary_fluorescence_as_fisx_does(
    reference: FisxReference,
) -> None:
    stacks = random_stacks(10)
    batch = make_stacks(stacks, torch.float64)
    given = (*arguments(reference, BEAM), reference.couplings)
    found = 4.0 * math.pi * enhanced_lines(batch, *given, *ANGLES, fineness=Fineness(orders=1))
    shares, errors = [], []
    for i, layers in enumerate(stacks):
        for at, line in compared(reference, batch, i, layers):
            total = line.primary + line.enhanced
            shares.append(line.enhanced / total)
            errors.append(abs(float(found[i, at]) - line.enhanced) / total)
    assert len(errors) > 300 and np.max(shares) > 0.1
    assert np.median(errors) <= 0.005
    assert np.percentile(errors, 95) <= 0.02
