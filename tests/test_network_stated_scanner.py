"""What the network is told of a scanner."""

from __future__ import annotations

import numpy as np

from underpaint.network import FIGURES, default_prior, draw_scanners, told
from underpaint.network.stated_scanner import ANGLES, UNSURE, as_stated
from underpaint.xray import Instrument, fingerprint


def test_an_unknown_scanner_is_told_by_zeros_alone() -> None:
    assert not told(None).any()
    stated = told(Instrument())
    assert stated.shape == told(None).shape == (FIGURES,)
    assert stated[0] == 1.0
    np.testing.assert_array_equal(stated[1:], fingerprint(Instrument()))


def test_owners_state_their_scanners_a_little_wrong() -> None:
    scan = default_prior().scan
    true = Instrument(optic_cutoff_kev=15.0, azimuth_deg=150.0)
    drawn = [as_stated(true, scan, np.random.default_rng(k)) for k in range(200)]
    for name in UNSURE:
        error = np.log([float(getattr(each, name)) / float(getattr(true, name)) for each in drawn])
        assert 0.7 * scan.stated_error < error.std() < 1.3 * scan.stated_error, name
    for name, most in ANGLES.items():
        assert max(getattr(each, name) for each in drawn) <= most
    assert {each.anode for each in drawn} == {true.anode}
    # a voltage is what its owner sets
    assert {each.kv for each in drawn} == {true.kv}


def test_a_share_of_scanners_is_stated() -> None:
    prior = default_prior()
    scanners = draw_scanners(prior.scanner, prior.scan, 24, np.random.default_rng(5))
    stated = [scanner for scanner in scanners if scanner.told.any()]
    assert 4 < len(stated) < 20
    assert all(np.array_equal(scanner.told, scanner.stated) for scanner in stated)
    assert all(scanner.stated.any() for scanner in scanners)
