"""Single lines: their counts, and honest errors where something covers them."""

from __future__ import annotations

import numpy as np
import pytest

from element_spectra import CALIBRATION, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import LineEvidence, line_significance
from underpaint.elements.templates import line_shares


def evidence(counts: dict[str, float], line: str, seed: int = 0) -> LineEvidence:
    spectrum = family_spectrum(counts).counts(np.random.default_rng(seed))
    return line_significance(spectrum, CALIBRATION, (*PAINT, "Hg-L", "As-K"), line, tube_kv=TUBE_KV)


def test_a_line_is_counted() -> None:
    found = evidence(PAINT, "Cu Ka")
    shares = line_shares("Cu-K", TUBE_KV)
    alpha = sum(
        share
        for label, share in zip(shares.label, shares.share, strict=True)
        if label in ("Ka1", "Ka2")
    )
    assert found.counts == pytest.approx(alpha * PAINT["Cu-K"], rel=0.05)
    assert found.significance > 20.0
    assert found.energy_kev == pytest.approx(8.04, abs=0.01)


def test_a_line_that_is_not_there_is_not_significant() -> None:
    absent = [evidence(PAINT, "Hg La", seed).significance for seed in range(4)]
    assert max(absent) < 3.0


def test_mercury_is_seen_between_zinc_and_lead() -> None:
    assert evidence(PAINT | {"Hg-L": 5000.0}, "Hg La").significance > 10.0


def test_a_covered_line_has_a_large_error() -> None:
    free = evidence(PAINT, "Fe Ka")
    covered = evidence(PAINT, "As Ka")
    assert covered.sigma > 5.0 * free.sigma
    assert covered.significance < 3.0


@pytest.mark.parametrize("line", ["Cu", "Cu Kz", "Xx Ka", "U Ka"])
def test_a_line_that_cannot_be_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"line|element"):
        evidence(PAINT, line)
