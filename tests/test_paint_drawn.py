"""Drawn stratigraphies say the same when they are stated layer by layer."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.paint import (
    PaintPrior,
    load_library,
    sample_painting,
    sample_stratigraphies,
    stratigraphies_of,
    truth_of,
)

LIBRARY = load_library()


@pytest.mark.parametrize("seed", range(12))
def test_a_stated_stratigraphy_has_the_truth_and_the_masses_of_the_drawn_one(seed: int) -> None:
    prior, random = PaintPrior(), np.random.default_rng(seed)
    painting = sample_painting(LIBRARY, prior, random)
    samples = sample_stratigraphies(painting, prior, LIBRARY, 20, random)
    stated = stratigraphies_of(samples)
    truth = truth_of(stated, LIBRARY)
    for name in ("top", "buried", "ground"):
        np.testing.assert_array_equal(getattr(truth, name), getattr(samples.truth, name))
    np.testing.assert_allclose(truth.amount, samples.truth.amount, rtol=1e-4, atol=1e-7)
    mass = samples.stacks.mass_thickness.numpy()
    for layers, row in zip(stated, mass, strict=True):
        np.testing.assert_allclose(
            [layer.mass_thickness for layer in layers], row[row > 0.0], rtol=1e-5
        )
