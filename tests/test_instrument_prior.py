"""Drawn scanners are possible, of every kind, and sometimes much like one that is known by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from underpaint.xray import InstrumentPrior, find_instrument, sample_instrument

PRIOR = InstrumentPrior()
NAMED = replace(PRIOR, named_share=1.0, named={"bruker-m6-jetstream": 1.0})


def test_as_many_are_like_a_named_instrument_as_the_prior_says() -> None:
    random = np.random.default_rng(0)
    names = [sample_instrument(PRIOR, random).name for _ in range(1500)]
    known = {find_instrument(name).name for name in PRIOR.named}
    assert {name for name in names if name} == known
    assert np.mean([bool(name) for name in names]) == pytest.approx(PRIOR.named_share, abs=0.05)


def test_one_like_a_named_instrument_is_near_it_and_never_the_same() -> None:
    known, random = find_instrument("bruker-m6-jetstream"), np.random.default_rng(1)
    drawn = [sample_instrument(NAMED, random) for _ in range(300)]
    assert all(each.anode == known.anode for each in drawn)
    assert len({each.noise for each in drawn}) == len(drawn)
    logs = np.log([float(each.noise) / float(known.noise) for each in drawn])
    assert abs(logs.mean()) < 0.05
    assert logs.std() == pytest.approx(PRIOR.jitter, rel=0.2)
    take_off = np.array([float(each.take_off_deg) for each in drawn])
    assert abs(take_off.mean() - float(known.take_off_deg)) < 1.5
    assert 0.5 < np.mean([each.kv == known.kv for each in drawn]) < 0.9


def test_figures_lie_in_their_ranges() -> None:
    prior, random = replace(PRIOR, named_share=0.0), np.random.default_rng(2)
    drawn = [sample_instrument(prior, random) for _ in range(500)]
    for name in ("kv", "path_in_cm", "view_cm", "noise", "fano", "tail", "shelf", "tube_k_lines"):
        low, high = getattr(prior, name)
        assert all(low <= getattr(each, name) <= high for each in drawn), name
    assert all(each.pile_up <= prior.pile_up[1] for each in drawn)
    assert {float(each.crystal_um) for each in drawn} == set(prior.crystal_um)
    assert {metal for each in drawn for metal, _ in each.filters} == set(prior.filters)
    assert {element for each in drawn for element in each.own_lines} == set(prior.own_parts)
    assert {each.atmosphere for each in drawn} == {"air", "helium"}


@pytest.mark.parametrize(("share", "every"), [(0.0, False), (1.0, True)])
def test_optics_and_filters_follow_their_shares(share: float, every: bool) -> None:
    prior = replace(PRIOR, named_share=0.0, with_optic=share, filtered=share)
    random = np.random.default_rng(3)
    drawn = [sample_instrument(prior, random) for _ in range(20)]
    assert all(bool(each.filters) is every for each in drawn)
    assert all((float(each.optic_cutoff_kev) > 0.0) is every for each in drawn)
