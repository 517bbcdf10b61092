"""What a few pixels hold is found, and nothing that none of them holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from element_spectra import CALIBRATION, TUBE_KV, family_spectrum
from underpaint.elements import Identification, identify_elements, rare
from underpaint.elements.blocks import ArrayBlocks
from underpaint.elements.pileup import coincidences, sum_peaks
from underpaint.elements.rare import with_rare
from underpaint.elements.trial import CANDIDATES

LEAD = {"Pb-L": 12000.0, "Pb-M": 1500.0, "Ca-K": 2000.0, "Fe-K": 2500.0}
SIZE = (20, 30)


def lead_with(elsewhere: dict[str, float], pixels: int) -> NDArray[np.int64]:
    """A cube of lead paint of which the last pixels hold something else."""
    random = np.random.default_rng(8)
    mean = family_spectrum(LEAD, continuum=8.0).expectation()
    other = family_spectrum(elsewhere, continuum=8.0).expectation()
    every = SIZE[0] * SIZE[1]
    counts = random.poisson(np.tile(mean, (every, 1)))
    if pixels:
        counts[-pixels:] = random.poisson(np.tile(other, (pixels, 1)))
    return counts.reshape(*SIZE, -1)


def looked_at(
    cube: NDArray[np.int64], executor: ThreadPoolExecutor | None = None
) -> tuple[Identification, Identification]:
    """What the sum and the maximum show, and what is found with a second look."""
    total = cube.sum(axis=(0, 1)).astype(np.float64)
    spectra = [total, cube.max(axis=(0, 1)).astype(np.float64)]
    first = identify_elements(spectra, CALIBRATION, tube_kv=TUBE_KV)
    pixels = SIZE[0] * SIZE[1]
    blocks = ArrayBlocks(cube)
    return first, with_rare(
        blocks, CALIBRATION, spectra, first, pixels=pixels, unevenness=1.0, executor=executor
    )


def test_a_patch_of_orpiment_is_not_taken_for_lead() -> None:
    first, second = looked_at(lead_with({"As-K": 9000.0, "Ca-K": 2000.0, "Fe-K": 2500.0}, 4))
    assert set(first.names) == set(LEAD)
    assert set(second.names) == {*first.names, "As-K"}
    arsenic = second.families[second.names.index("As-K")]
    assert arsenic.counts == pytest.approx(4 * 9000.0, rel=0.4)
    assert not arsenic.from_tube
    assert not arsenic.in_sum
    assert all(family.in_sum for family in second.families if family.name != "As-K")
    assert second.tube_kv == first.tube_kv


def test_lead_alone_stays_lead() -> None:
    first, second = looked_at(lead_with({}, 0))
    assert second is first


def test_lead_of_another_ratio_of_lines_is_no_arsenic() -> None:
    """As where lead lies on top in some pixels and is buried in others."""
    cube = lead_with({}, 0).reshape(-1, 2048)
    random = np.random.default_rng(9)
    energy = CALIBRATION.energy(np.arange(2048))
    alpha = family_spectrum({"Pb-L": 12000.0}, continuum=0.0).expectation()
    more = np.where(np.abs(energy - 10.55) < 0.4, 0.2 * alpha, 0.0)
    cube[-150:] += random.poisson(np.tile(more, (150, 1)))
    _, second = looked_at(cube.reshape(*SIZE, -1))
    assert "As-K" not in second.names


def piled_up_lead(palladium: float) -> NDArray[np.int64]:
    """A cube of which half has sum peaks, twice Pb La stronger than others, and a patch Pd."""
    random = np.random.default_rng(12)
    net = family_spectrum(LEAD, continuum=0.0).expectation()
    energy = CALIBRATION.energy(np.arange(2048))
    sums = 300.0 * sum_peaks(coincidences(net), CALIBRATION, 2048)
    sums *= np.where(np.abs(energy - 21.1) < 0.35, 1.4, 1.0)
    mean = np.tile(family_spectrum(LEAD, continuum=8.0).expectation(), (*SIZE, 1))
    mean[SIZE[0] // 2 :] += sums
    mean[:3, :4] += family_spectrum({"Pd-K": palladium}, continuum=0.0).expectation()
    return random.poisson(mean)


def test_palladium_is_not_read_off_twice_the_lines_of_lead() -> None:
    first, second = looked_at(piled_up_lead(0.0))
    assert set(first.names) == set(LEAD)
    assert second is first
    cube = piled_up_lead(150.0)
    spectra = [cube.sum(axis=(0, 1)).astype(np.float64), cube.max(axis=(0, 1)).astype(np.float64)]
    pixels = SIZE[0] * SIZE[1]
    second = with_rare(
        ArrayBlocks(cube), CALIBRATION, spectra, first, pixels=pixels, unevenness=1.0
    )
    assert set(second.names) == {*first.names, "Pd-K"}


def test_of_what_few_pixels_hold_all_is_found_that_shows() -> None:
    patch = {"Hg-L": 6000.0, "Br-K": 1500.0, "As-K": 1800.0, "Pb-L": 3000.0}
    cube = lead_with(patch, 9)
    mercury = family_spectrum({"Hg-L": 9000.0}, continuum=0.0).expectation()
    cube[:15] += np.random.default_rng(4).poisson(np.tile(mercury, (15, SIZE[1], 1)))
    first, second = looked_at(cube)
    assert not {"Br-K", "As-K"} & set(first.names)
    assert set(second.names) == {*first.names, "Br-K", "As-K"}


def test_of_a_large_scan_rows_spread_evenly_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    cube = lead_with({"As-K": 500.0, "Ca-K": 2000.0}, 45).transpose(1, 0, 2)
    monkeypatch.setattr(rare, "MOST_SPECTRA", SIZE[0] * SIZE[1] // 4)
    first, second = looked_at(cube)
    assert "As-K" not in first.names
    assert "As-K" in second.names


def test_of_one_very_long_row_something_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cube = lead_with({"As-K": 9000.0, "Ca-K": 2000.0}, 4).reshape(1, SIZE[0] * SIZE[1], -1)
    monkeypatch.setattr(rare, "MOST_SPECTRA", SIZE[0] * SIZE[1] // 4)
    first, second = looked_at(cube)
    assert "As-K" not in first.names
    assert "As-K" in second.names


def test_threads_find_what_one_finds() -> None:
    cube = lead_with({"As-K": 9000.0, "Ca-K": 2000.0}, 12)
    with ThreadPoolExecutor(2) as executor:
        _, second = looked_at(cube, executor)
    _, alone = looked_at(cube)
    assert second.families == alone.families


def test_families_are_sought_in_one_order_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is resumed plans as the one before did: K, then L, then M, as they are listed."""
    asked: list[str] = []
    monkeypatch.setattr(rare, "STANDS_OUT_SIGMA", (-1e9,))
    monkeypatch.setattr(rare, "significance_beside", lambda *given: asked.append(given[1]) or 0.0)
    looked_at(lead_with({}, 0))
    assert len(asked) > 30
    kinds = [name[-1] for name in asked]
    assert kinds == sorted(kinds)
    for kind in "KLM":
        places = [CANDIDATES.index(name) for name in asked if name.endswith(kind)]
        assert places == sorted(places)
