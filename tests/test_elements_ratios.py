"""Line ratios of L families that differ from pixel to pixel, as depth makes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from element_spectra import CALIBRATION, CHANNELS, TUBE_KV, family_spectrum
from underpaint.elements import Design, build_design, fit_design
from underpaint.elements.scatter import Scatter
from underpaint.elements.templates import branch_templates
from underpaint.elements.windows import misfit

FAMILIES = ("Pb-L", "As-K", "Ca-K", "Cu-K")
LEAD, ARSENIC = 80_000.0, 2_000.0
PIXELS, WITH_ARSENIC = 600, 60


def spectra(strays: float) -> NDArray[np.int64]:
    """Pixels of lead white, in the first of which there is arsenic; the share of lead's La differs
    by so much of itself from pixel to pixel."""
    random = np.random.default_rng(11)
    paint = family_spectrum({"Pb-L": LEAD, "Ca-K": 500.0, "Cu-K": 300.0}, continuum=1.0)
    arsenic = family_spectrum({"As-K": ARSENIC}, continuum=0.0).expectation()
    branches, shares = branch_templates("Pb-L", CALIBRATION, CHANNELS, TUBE_KV)
    la = int(np.argmax(shares))
    rest = np.delete(np.arange(len(shares)), la)
    others = np.asarray(shares)[rest] @ branches[rest] / (1.0 - shares[la])
    change = LEAD * shares[la] * (branches[la] - others)
    mean = paint.expectation() + strays * random.standard_normal((PIXELS, 1)) * change
    mean[:WITH_ARSENIC] += arsenic
    return random.poisson(np.maximum(mean, 0.0))


def design_of(counts: NDArray[np.int64]) -> Design:
    """The design that the spectra's sum gives."""
    total = counts.sum(axis=0).astype(np.float64)
    return build_design(total, CALIBRATION, FAMILIES, pixels=PIXELS, tube_kv=TUBE_KV)


def held(design: Design) -> Design:
    """The same design with lines held to one ratio."""
    pile_up = design.pile_up
    if pile_up is not None:
        pile_up = replace(pile_up, reading=pile_up.reading[:, : len(design.parts)])
    return replace(design, ratios=None, pile_up=pile_up)


def arsenic_pulls(counts: NDArray[np.int64], design: Design) -> NDArray[np.float64]:
    """Arsenic's counts less the true ones, over their errors."""
    fit = fit_design(counts, design, nonnegative=False)
    truth = np.where(np.arange(PIXELS) < WITH_ARSENIC, ARSENIC, 0.0)
    place = FAMILIES.index("As-K")
    return (fit.counts[:, place] - truth) / fit.sigma[:, place]


def arsenic_error(counts: NDArray[np.int64], design: Design) -> float:
    """Root mean square of arsenic's counts less the true ones."""
    fit = fit_design(counts, design, nonnegative=False)
    truth = np.where(np.arange(PIXELS) < WITH_ARSENIC, ARSENIC, 0.0)
    return float(np.sqrt(np.mean((fit.counts[:, FAMILIES.index("As-K")] - truth) ** 2)))


def test_lead_that_strays_does_not_pass_for_arsenic() -> None:
    counts = spectra(0.06)
    design = design_of(counts)
    assert design.ratios is not None
    assert [FAMILIES[index] for index in design.ratios.family] == ["Pb-L"]
    assert arsenic_error(counts, design) < 0.6 * arsenic_error(counts, held(design))
    assert arsenic_pulls(counts, held(design)).std() > 3.0
    assert 0.7 < arsenic_pulls(counts, design).std() < 1.5


def test_where_nothing_strays_little_is_lost() -> None:
    counts = spectra(0.0)
    design = design_of(counts)
    assert arsenic_error(counts, design) < 1.6 * arsenic_error(counts, held(design))
    assert arsenic_pulls(counts, design).std() < 1.2


def test_the_model_follows_what_strays() -> None:
    counts = spectra(0.06)
    design = design_of(counts)

    def left(design: Design) -> float:
        fit = fit_design(counts, design, with_model=True)
        return float(np.mean(misfit(counts, design, fit)))

    assert left(design) == pytest.approx(1.0, abs=0.1)
    assert left(design) < 0.85 * left(held(design))


def test_scattered_lines_of_the_tube_and_faint_families_do_not_stray() -> None:
    counts = {"W-L": 9e6, "Pb-L": 5e6, "Hg-L": 2e4}
    total = family_spectrum(counts).expectation()
    tube = Scatter("W", "W-L", 135.0, 50.0)
    design = build_design(
        total, CALIBRATION, tuple(counts), pixels=1000, tube_kv=TUBE_KV, scatter=tube
    )
    assert design.ratios is not None
    assert [design.families[index] for index in design.ratios.family] == ["Pb-L"]
