"""The forward model against Monte Carlo spectra (XMI-MSIM), which share no code with it.

Where a test says so, the model takes over the tube, the crystal and the attenuation that were
simulated, so that the sample is what is tested.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forward_monte_carlo import REGIONS, Comparison
from xmimsim_reference import MonteCarlo, read_monte_carlo


@pytest.fixture(scope="module")
def monte_carlo(shared_data: Path) -> MonteCarlo:
    path = shared_data / "xmimsim" / "dev-rh40.h5"
    if not path.is_file():
        pytest.skip("the Monte Carlo spectra are not beside the project")
    return read_monte_carlo(path)


@pytest.fixture(scope="module")
def with_its_data(monte_carlo: MonteCarlo) -> Comparison:
    return Comparison(monte_carlo, monte_carlo.model_with_its_data, crystal=True)


@pytest.fixture(scope="module")
def with_own_data(monte_carlo: MonteCarlo) -> Comparison:
    return Comparison(monte_carlo, monte_carlo.model, crystal=True)


@pytest.fixture(scope="module")
def groups(with_its_data: Comparison) -> list[dict[str, Any]]:
    """Groups of lines above 0.2 % of their spectrum; no factor is fitted, both are absolute."""
    return with_its_data.by_interactions()


def test_primary_lines_agree_in_absolute_counts(groups: list[dict[str, Any]]) -> None:
    ratios = np.array([ours / theirs for ours, theirs in (group["primary"] for group in groups)])
    assert len(ratios) > 400
    assert np.median(ratios) == pytest.approx(1.0, abs=0.03)
    assert np.mean(np.abs(ratios - 1.0) <= 0.05) >= 0.85


def test_lines_of_later_interactions_agree_with_the_line_as_measure(
    groups: list[dict[str, Any]],
) -> None:
    whole = [group["primary"][1] + group["later"][1] for group in groups]
    theirs = np.array([group["later"][1] for group in groups]) / whole
    ours = np.array([group["later"][0] for group in groups]) / whole
    assert np.max(theirs) > 0.1
    assert np.median(np.abs(ours - theirs)) <= 0.003
    assert np.percentile(np.abs(ours - theirs), 95) <= 0.01


@pytest.mark.parametrize(
    ("element", "shell"),
    [("P", "K"), ("S", "K"), ("Ca", "K"), ("Fe", "K"), ("Co", "K"), ("Cu", "K"), ("Zn", "K"),
     ("As", "K"), ("Sr", "K"), ("Hg", "L3"), ("Hg", "L2"), ("Hg", "M5"), ("Pb", "L3"),
     ("Pb", "L2"), ("Pb", "M5")],
)  # fmt: skip
def test_strong_groups_agree_element_by_element(
    groups: list[dict[str, Any]], element: str, shell: str
) -> None:
    found = [
        sum(side[0] for side in (group["primary"], group["later"]))
        / sum(side[1] for side in (group["primary"], group["later"]))
        for group in groups
        if (group["element"], group["shell"]) == (element, shell)
    ]
    assert np.median(found) == pytest.approx(1.0, abs=0.04)


def test_one_factor_serves_all_spectra(with_its_data: Comparison) -> None:
    factor = with_its_data.factor
    assert factor.std() / factor.mean() < 0.02


@pytest.mark.parametrize("side", ["with_its_data", "with_own_data"])
def test_strong_peaks_agree_with_one_factor_a_spectrum(
    side: str, request: pytest.FixtureRequest
) -> None:
    comparison: Comparison = request.getfixturevalue(side)
    off = np.array([abs(ratio - 1.0) for *_, ratio in comparison.peaks()])
    assert len(off) > 100
    assert np.median(off) <= 0.03
    assert np.mean(off <= 0.05) >= (0.9 if side == "with_its_data" else 0.75)


@pytest.mark.parametrize("side", ["with_its_data", "with_own_data"])
@pytest.mark.parametrize("region", sorted(set(REGIONS) - {"35 to 39 keV"}))
def test_scatter_agrees_with_one_factor_a_spectrum(
    side: str, region: str, request: pytest.FixtureRequest
) -> None:
    comparison: Comparison = request.getfixturevalue(side)
    off = np.abs(np.array(comparison.regions()[region]) - 1.0)
    assert len(off) > 20
    assert np.median(off) <= 0.1
    assert np.percentile(off, 90) <= 0.15


def test_scatter_near_the_tube_voltage_agrees_on_the_whole(with_its_data: Comparison) -> None:
    off = np.abs(np.array(with_its_data.regions()["35 to 39 keV"]) - 1.0)
    assert np.median(off) <= 0.1
