"""What the network sees, and that it answers as its inputs allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from underpaint.network import FIGURES, POSITIONS, Predictions, Reader, Shape, predict, told
from underpaint.network.features import (
    CHANNELS,
    SCALARS,
    contrast,
    image_of,
    roots_of,
    scalars_of,
)
from underpaint.network.predict import BLOCK
from underpaint.xray import Instrument

BINS, GROUPS, FAMILIES = 40, 5, 3
SHAPE = Shape(bins=BINS, groups=GROUPS, families=FAMILIES, filters=(2, 2, 2), width=8, blocks=1)
DENSE = replace(SHAPE, filters=())
MEMBERSHIP = np.array(
    [[True, True, False, False, False], [False, True, True, False, False],
     [False, False, False, False, True]]
)  # fmt: skip


def spectra(pixels: int, seed: int = 0) -> Tensor:
    random = np.random.default_rng(seed)
    level = np.exp(random.normal(2.0, 2.0, (pixels, BINS)))
    return torch.from_numpy(random.poisson(level).astype(np.float32))


def measured(pixels: int) -> Tensor:
    seen = torch.ones(pixels, BINS, dtype=torch.bool)
    seen[:, :4] = False
    return seen


@pytest.fixture(params=[SHAPE, DENSE], ids=["convolutions", "dense"])
def reader(request: pytest.FixtureRequest) -> Reader:
    torch.manual_seed(0)
    return Reader(request.param).eval()


def answer(
    reader: Reader,
    counts: Tensor,
    palette: Tensor | None = None,
    instrument: Instrument | None = None,
) -> Predictions:
    pixels = len(counts)
    if palette is None:
        palette = torch.ones(pixels, GROUPS, dtype=torch.bool)
    scanner = torch.from_numpy(told(instrument)).expand(pixels, FIGURES)
    fwhm = torch.full((pixels,), 0.14)
    return predict(reader, counts, measured(pixels), fwhm, scanner, palette, MEMBERSHIP)


def test_images_and_scalars_have_their_shapes_and_are_finite() -> None:
    for counts in (spectra(6), torch.zeros(6, BINS), torch.full((6, BINS), 1e8)):
        image, roots = image_of(counts, measured(6)), roots_of(counts)
        scalars = scalars_of(counts, measured(6), torch.full((6,), 0.14))
        assert image.shape == (6, BINS, CHANNELS)
        assert roots.shape == (6, BINS)
        assert scalars.shape == (6, SCALARS)
        for each in (image, roots, scalars):
            assert torch.isfinite(each).all()


def test_the_ends_of_the_measured_range_are_seen() -> None:
    counts, fwhm = spectra(1), torch.full((1,), 0.14)
    whole = torch.ones(1, BINS, dtype=torch.bool)
    scalars = scalars_of(counts, whole, fwhm)
    first, last = whole.clone(), whole.clone()
    first[:, :4], last[:, -4:] = False, False
    assert scalars[0, 2:].tolist() == [0.0, 0.0]
    assert scalars_of(counts, first, fwhm)[0, 2] == pytest.approx(10.0 * 4 / BINS)
    assert scalars_of(counts, last, fwhm)[0, 3] == pytest.approx(2.0 * 4 / BINS)


def test_a_stated_scanner_changes_the_answer(reader: Reader) -> None:
    counts = spectra(3)
    unknown = answer(reader, counts)
    stated = answer(reader, counts, instrument=Instrument(kv=30.0))
    other = answer(reader, counts, instrument=Instrument(kv=50.0))
    assert not np.allclose(unknown.probability, stated.probability)
    assert not np.allclose(stated.probability, other.probability)


def test_contrast_of_a_flat_spectrum_is_unit_noise_whatever_the_counts() -> None:
    random = np.random.default_rng(3)
    for level in (5.0, 100.0, 1e5):
        flat = torch.from_numpy(random.poisson(level, (400, 60)).astype(np.float32))
        noise = torch.sinh(2.0 * contrast(flat))[:, 12:-12]
        assert abs(float(noise.mean())) < 0.1
        assert float(noise.std()) == pytest.approx(1.0, abs=0.06)


def test_contrast_marks_a_line_at_its_bin() -> None:
    line = 30.0 * torch.exp(-0.5 * ((torch.arange(60.0) - 25.0) / 1.3) ** 2)
    raised = contrast((100.0 + line)[None])[0]
    assert int(raised.argmax()) == 25
    assert raised[25] > 0.5 and raised[20] < 0.0 and raised[30] < 0.0


def test_convolutions_see_channels_and_bins_where_they_belong() -> None:
    reader, counts = Reader(SHAPE), spectra(4)
    image = image_of(counts, measured(4)).transpose(1, 2)
    expected = reader.convolutions(image).flatten(1)
    torch.testing.assert_close(reader.spectrum(counts, measured(4)), expected)


@given(seed=st.integers(0, 1000), rubbish=st.floats(0.0, 1e6))
def test_what_lies_outside_the_measured_range_is_not_seen(seed: int, rubbish: float) -> None:
    counts = spectra(3, seed)
    disturbed = torch.where(measured(3), counts, torch.tensor(rubbish))
    for shape in (SHAPE, DENSE):
        torch.manual_seed(seed)
        reader = Reader(shape).eval()
        plain, other = answer(reader, counts), answer(reader, disturbed)
        np.testing.assert_array_equal(plain.probability, other.probability)
        np.testing.assert_array_equal(plain.amount, other.amount)


@given(factor=st.floats(2.0, 100.0))
def test_shape_channel_ignores_the_dose_and_the_others_do_not(factor: float) -> None:
    counts, seen, fwhm = spectra(3), measured(3), torch.full((3,), 0.14)
    image, scalars = image_of(counts, seen), scalars_of(counts, seen, fwhm)
    brighter = image_of(factor * counts, seen)
    more = scalars_of(factor * counts, seen, fwhm)
    torch.testing.assert_close(brighter[..., 1], image[..., 1])
    torch.testing.assert_close(roots_of(factor * counts), roots_of(counts))
    assert (brighter[..., 0] >= image[..., 0]).all()
    assert (brighter[..., 0] > image[..., 0]).any()
    assert (more[:, 0] > scalars[:, 0]).all()
    assert torch.equal(brighter[..., 3], seen.float())


def test_groups_outside_the_palette_are_ruled_out_with_their_families(reader: Reader) -> None:
    palette = torch.tensor([[True, False, False, True, False]]).expand(4, GROUPS)
    said = answer(reader, spectra(4), palette)
    assert said.probability.shape == (4, len(POSITIONS), GROUPS)
    ruled_out = ~palette.numpy()
    assert said.probability.transpose(0, 2, 1)[ruled_out].max() < 1e-9
    assert said.probability.transpose(0, 2, 1)[~ruled_out].min() > 1e-4
    # the first family keeps a member, the other two keep none
    assert (said.family[:, 0] > 0.0).all()
    assert not said.family[:, 1:].any()


def test_no_position_is_likelier_than_anywhere_and_no_group_than_its_family(
    reader: Reader,
) -> None:
    with torch.no_grad():
        reader.positions.bias.normal_(0.0, 3.0)
    said = answer(reader, spectra(50))
    anywhere = said.probability[:, 0]
    assert np.all(said.probability[:, 1:] <= anywhere[:, None])
    for family, members in enumerate(MEMBERSHIP):
        assert np.all(said.family[:, family, None] >= anywhere[:, members])


def test_amounts_are_positive_with_an_uncertainty(reader: Reader) -> None:
    said = answer(reader, spectra(20))
    assert said.amount.shape == said.amount_sigma.shape == (20, GROUPS)
    assert np.all((said.amount > 0.0) & (said.amount_sigma > 0.0))
    assert np.all(np.isfinite(said.amount_sigma))


def test_a_pixel_s_answer_does_not_depend_on_its_block(reader: Reader) -> None:
    counts = spectra(BLOCK + 7)
    together = answer(reader, counts)
    alone = answer(reader, counts[-3:])
    np.testing.assert_allclose(together.probability[-3:], alone.probability, atol=1e-6)
    np.testing.assert_allclose(together.amount[-3:], alone.amount, rtol=1e-5)
