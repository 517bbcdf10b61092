"""What errors of line strengths take from D: nothing without them, never more than all of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from paint_over_chalk import found_in, over_chalk, paint
from underpaint.errors import ConfigError
from underpaint.network.scan_prior import ScanPrior
from underpaint.paint import (
    Blur,
    Detectability,
    Library,
    Stratigraphy,
    Strengths,
    detectability,
    parse_palette,
)
from underpaint.paint.rival_spectra import RivalSpectra
from underpaint.spectrum import Bins
from underpaint.xray import ForwardModel, Instrument, find_instrument, make_stacks

PALETTE = "lead-white,vermilion,zinc-white,azurite,chalk"
ERRORS = Strengths(yields=(0.03, 0.08, 0.2), scatter=0.0)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return find_instrument("bruker-m6-jetstream")


@pytest.fixture(scope="module")
def stack(library: Library) -> Stratigraphy:
    return over_chalk(
        library, paint(library, 20.0, lead_white=1.0), paint(library, 20.0, vermilion=1.0)
    )


def vermilion(
    stack: Stratigraphy, instrument: Instrument, library: Library, strengths: Strengths | None
) -> Detectability:
    palette = parse_palette(PALETTE, library)
    found = detectability(
        [stack], instrument, library, palette, positions=("buried",), strengths=strengths
    )
    return found_in(found[0], "mercury-sulfide", "buried")


def test_one_error_in_the_way_takes_what_two_independent_noises_would() -> None:
    blur = Blur(size=np.array([1.0, 3.0]), share=np.array([1.0, 0.0]))
    assert blur.left(30_000.0) == pytest.approx(np.sqrt(0.5))
    left = blur.left([3_000.0, 30_000.0, 300_000.0])
    assert left == pytest.approx(np.sqrt(1.0 - np.array([0.1, 1.0, 10.0]) / [1.1, 2.0, 11.0]))


def test_the_shipped_errors_are_those_that_scans_are_drawn_with() -> None:
    assert Strengths() == Strengths(ScanPrior().yields, ScanPrior().scatter)


def test_errors_below_zero_are_refused() -> None:
    with pytest.raises(ConfigError, match="yields"):
        Strengths(yields=(0.1, -0.1, 0.1))
    with pytest.raises(ConfigError, match="scatter"):
        Strengths(scatter=-0.1)


def test_known_strengths_take_nothing_and_worse_known_ones_more(
    stack: Stratigraphy, instrument: Instrument, library: Library
) -> None:
    left = []
    for factor in (0.0, 1.0, 3.0):
        strengths = Strengths(tuple(factor * each for each in ERRORS.yields), 0.0)  # type: ignore[arg-type]
        answer = vermilion(stack, instrument, library, strengths)
        assert answer.blur is not None and answer.side_by_side.blur is not None
        left.append((answer.blur.left(30_000.0), answer.side_by_side.blur.left(30_000.0)))
    assert left[0] == pytest.approx((1.0, 1.0))
    assert left[0] > left[1] > left[2]
    assert vermilion(stack, instrument, library, None).blur is None


def test_what_is_left_is_that_of_a_fit_in_which_strengths_may_err(
    stack: Stratigraphy, instrument: Instrument, library: Library
) -> None:
    """Against least squares over scale, free shapes and errors of the forward model's lines."""
    answer = vermilion(stack, instrument, library, ERRORS)
    assert answer.blur is not None
    held = {e for layers in (stack, answer.rival) for each in layers for e in each.weight_fractions}
    bins = Bins(answer.edges_kev)
    model = ForwardModel(instrument, bins, sorted(held), torch.float32, fineness=None)
    spread = dict(zip("KLM", ERRORS.yields, strict=True))
    with torch.inference_mode():
        stacks = make_stacks([[layer.for_model for layer in answer.rival]])
        lines, _ = model.emitted(stacks)
        shells = [(each.element, each.shell) for each in model.exits]
        by_shell = torch.tensor(
            [[spread[own[1][0]] * (own == s) for own in shells] for s in sorted(set(shells))]
        )
        errors = ((by_shell * lines[0]) @ model.line_response).double().numpy()
        rival = model.expected(stacks)[0].double().numpy()
    errors *= answer.rival_expected.sum() / rival.sum()
    weight = 1.0 / np.sqrt(np.maximum(answer.expected, 1e-9 * answer.counts))
    elements = sorted(held)
    masses = [
        [layer.mass_thickness * layer.weight_fractions.get(e, 0.0) for e in elements]
        for layer in stack
    ]
    spectra = RivalSpectra(instrument, elements)
    emitted = spectra.emitted(torch.tensor([masses], dtype=torch.float32))
    free = spectra.free_shapes(emitted, spectra.recorded(emitted)[0])
    shapes = np.concatenate([answer.rival_expected[None], free])
    shapes = shapes * weight
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    rest = (answer.expected - answer.rival_expected) * weight

    def distance(columns: np.ndarray, penalty: np.ndarray) -> float:
        design = np.concatenate([columns, penalty], axis=1).T
        target = np.concatenate([rest, np.zeros(penalty.shape[1])])
        found = np.linalg.lstsq(design, target, rcond=None)[0]
        return float(np.linalg.norm(target - design @ found))

    number = len(errors)
    known = distance(shapes, np.zeros((len(shapes), number)))
    penalty = np.concatenate([np.zeros((len(shapes), number)), np.eye(number)])
    unsure = distance(np.concatenate([shapes, errors * weight]), penalty)
    assert answer.blur.left(answer.counts) == pytest.approx(unsure / known, rel=0.02)
    assert 0.1 < unsure / known < 0.9
