"""Templates of line families: areas, escape peaks, branches."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.elements.templates import (
    branch_templates,
    escape_share,
    family_templates,
    line_shares,
    split_family,
    tails,
)
from underpaint.spectrum import EnergyCalibration

AXIS = EnergyCalibration(zero=0.0, gain=0.01, noise=0.08, fano=0.115)


@pytest.mark.parametrize("family", ["Fe-K", "Pb-L", "Pb-M", "Sn-K", "Ba-L"])
def test_a_template_holds_one_count_and_its_escape_peaks(family: str) -> None:
    shares = line_shares(family, 40.0)
    proper = np.array([not label.endswith("esc") for label in shares.label])
    assert shares.share[proper].sum() == pytest.approx(1.0)
    template = family_templates([family], AXIS, 4096, 40.0)[0]
    assert template.sum() == pytest.approx(shares.share.sum(), rel=1e-4)


def test_a_tube_too_soft_excites_nothing() -> None:
    assert family_templates(["Sn-K"], AXIS, 4096, 25.0).sum() == 0.0


def test_escape_of_iron_lies_1_74_kev_below_it() -> None:
    shares = line_shares("Fe-K", 40.0)
    where = dict(zip(shares.label, shares.energy_kev, strict=True))
    assert where["Ka1"] - where["Ka1 esc"] == pytest.approx(1.740)


@pytest.mark.parametrize(("energy", "share"), [(4.5, 0.0067), (5.9, 0.0039), (8.04, 0.0018)])
def test_escape_share_is_that_of_pymca(energy: float, share: float) -> None:
    """Elements.getEscape of PyMca 5.9 for silicon, normal incidence."""
    assert escape_share(energy) == pytest.approx(share, rel=0.06)


def test_nothing_escapes_below_the_silicon_edge() -> None:
    assert escape_share(1.8) == 0.0


def test_lead_has_beta_five() -> None:
    shares = line_shares("Pb-L", 40.0)
    assert np.abs(shares.energy_kev - 13.0147).min() < 2e-3


@pytest.mark.parametrize("family", ["Cu-K", "Hg-L", "Pb-M"])
def test_branches_add_up_to_the_family(family: str) -> None:
    rows, expected = branch_templates(family, AXIS, 4096, 40.0)
    assert sum(expected) == pytest.approx(1.0)
    whole = family_templates([family], AXIS, 4096, 40.0)[0]
    np.testing.assert_allclose(np.array(expected) @ rows, whole, atol=1e-6)


def test_tails_keep_counts_and_move_them_down() -> None:
    whole = family_templates(["Cu-K"], AXIS, 4096, 40.0)
    for tail in tails(whole, AXIS):
        assert tail.sum() == pytest.approx(whole.sum(), rel=1e-3)
        assert tail @ np.arange(4096) < whole[0] @ np.arange(4096)


@pytest.mark.parametrize("name", ["Fe", "Fe-Ka", "Xx-K", "", "Fe-N"])
def test_names_that_are_no_family_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"family|element"):
        split_family(name)
