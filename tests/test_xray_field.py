"""The field of photons inside a sample: what is made leaves, is absorbed, and is never lost."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expn
from torch import Tensor

from underpaint.xray.field import Passage, directions
from underpaint.xray.slices import cut

DEPTHS = st.lists(st.floats(1e-4, 5.0), min_size=1, max_size=6)


def flux(depth: Tensor, made: Tensor, count: int) -> Tensor:
    """Mean scalar flux of each slice for photons made evenly in them, (slice, ray)."""
    cosine, weight = directions(count)
    down, up = Passage(depth, cosine).field(made[:, None], made[:, None])
    return 0.5 * ((down + up) * weight[:, None]).sum(dim=1)


def test_directions_fill_a_half_space() -> None:
    cosine, weight = directions(3)
    assert float(weight.sum()) == pytest.approx(1.0)
    assert float((weight * cosine).sum()) == pytest.approx(0.5)
    assert torch.all((cosine > 0.0) & (cosine < 1.0))


@given(depths=DEPTHS, place=st.integers(0, 5))
@settings(max_examples=30)
def test_what_is_made_is_absorbed_or_leaves(depths: list[float], place: int) -> None:
    depth = torch.tensor(depths, dtype=torch.float64)[:, None]
    made = torch.zeros_like(depth)
    made[place % len(depths)] = 1.0
    # flux times optical depth is what is absorbed; what leaves, by reciprocity, is not
    absorbed = float((flux(depth, made, 16) * depth).sum())
    assert 0.0 < absorbed < 1.0
    thick = torch.cat([torch.full((1, 1), 60.0), depth, torch.full((1, 1), 60.0)])
    buried = torch.cat([torch.zeros(1, 1), made, torch.zeros(1, 1)]).to(torch.float64)
    assert float((flux(thick, buried, 16) * thick).sum()) == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("depth", [0.05, 0.5, 3.0])
def test_a_slab_absorbs_of_its_own_photons_what_the_closed_form_says(depth: float) -> None:
    slab = torch.tensor([[depth]], dtype=torch.float64)
    absorbed = float(flux(slab, torch.ones_like(slab), 32)[0, 0]) * depth
    # escape from an even slab: (1/2 - E3(depth)) / depth, to both sides together
    escaped = (0.5 - expn(3, depth)) / depth
    assert absorbed == pytest.approx(1.0 - escaped, rel=2e-3)


@given(mass=st.floats(1e-7, 10.0), attenuation=st.floats(0.1, 5000.0), count=st.integers(1, 8))
def test_slices_make_up_the_layer_and_grow_downwards(
    mass: float, attenuation: float, count: int
) -> None:
    layer = torch.tensor([[mass]], dtype=torch.float64)
    slices = cut(layer, torch.full_like(layer, attenuation), count)
    assert float(slices.mass.sum()) == pytest.approx(mass, rel=1e-9)
    assert torch.all(slices.share > 0.0)
    assert torch.all(slices.share[0, 0].diff() >= -1e-12)
