"""Element maps of a scan: right pixels, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import ElementMaps, Window, element_maps, fit_lines, per_live_time
from underpaint.errors import CalibrationError
from underpaint.scan import CompactRows
from underpaint.spectrum import EnergyCalibration

FAMILIES = (*PAINT, "Zn-K")


@pytest.fixture(scope="module")
def builder() -> ScanBuilder:
    scaled = {family: counts / 30.0 for family, counts in PAINT.items()}
    plain = family_spectrum(scaled, continuum=1.0).expectation()
    zinc = family_spectrum(scaled | {"Zn-K": 400.0}, continuum=1.0).expectation()
    made = ScanBuilder(height=9, width=7, calibration=CALIBRATION).everywhere(plain)
    return made.region(slice(2, 4), slice(1, 5), zinc).poisson(np.random.default_rng(0))


def test_an_element_is_where_it_was_put(builder: ScanBuilder) -> None:
    maps = element_maps(builder.scan(), CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    zinc = maps.counts[maps.names.index("Zn-K")]
    inside = np.zeros(zinc.shape, dtype=bool)
    inside[2:4, 1:5] = True
    assert zinc[inside].min() > 250.0
    assert zinc[~inside].max() < 120.0
    assert zinc[inside].mean() == pytest.approx(400.0, rel=0.08)


def test_blocks_give_what_all_pixels_at_once_give(builder: ScanBuilder) -> None:
    class RowByRow:
        shape = builder.counts.shape

        def spans(self, rows: int | None = None) -> Iterator[slice]:
            for row in range(0, self.shape[0], rows or 1):
                yield slice(row, row + 1)

        def read(self, rows: slice) -> NDArray[np.int64]:
            return builder.counts[rows]

        def compact(self, rows: slice) -> CompactRows | None:
            return CompactRows.of(builder.counts[rows]) if rows.start % 2 else None

    whole = element_maps(builder.counts, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    parts = element_maps(RowByRow(), CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    np.testing.assert_allclose(parts.counts, whole.counts, rtol=1e-3, atol=0.1)
    np.testing.assert_allclose(parts.sigma, whole.sigma, rtol=1e-3)


def test_threads_give_what_one_gives(builder: ScanBuilder) -> None:
    alone = element_maps(builder.scan(), CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    with ThreadPoolExecutor(2) as executor:
        shared = element_maps(
            builder.scan(), CALIBRATION, FAMILIES, tube_kv=TUBE_KV, executor=executor
        )
    np.testing.assert_array_equal(shared.counts, alone.counts)
    np.testing.assert_array_equal(shared.sigma, alone.sigma)


def test_maps_are_the_fit_of_the_pixels(builder: ScanBuilder) -> None:
    maps = element_maps(builder.counts, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    pixels: NDArray[np.int64] = builder.counts.reshape(-1, builder.channels)
    fit = fit_lines(pixels, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    np.testing.assert_allclose(
        maps.counts.reshape(len(FAMILIES), -1).T, fit.counts, rtol=0.01, atol=0.5
    )


def test_progress_counts_the_rows_of_both_passes(builder: ScanBuilder) -> None:
    done: list[int] = []
    element_maps(builder.scan(), CALIBRATION, FAMILIES, tube_kv=TUBE_KV, progress=done.append)
    assert sum(done) == 2 * 9


def test_an_axis_without_lines_is_refused(builder: ScanBuilder) -> None:
    with pytest.raises(CalibrationError, match="axis"):
        element_maps(builder.counts, EnergyCalibration(-30.0, 0.001), FAMILIES)


def test_pixels_counted_for_longer_are_scaled_down_with_their_errors() -> None:
    counts = np.full((1, 2, 2), 12.0, dtype=np.float32)
    maps = ElementMaps(("Fe-K",), counts, counts / 4, CALIBRATION)
    scaled = per_live_time(maps, np.array([[0.5, 1.0], [1.5, np.nan]]))
    np.testing.assert_allclose(scaled.counts[0], [[24.0, 12.0], [8.0, np.nan]])
    np.testing.assert_allclose(scaled.sigma, scaled.counts / 4)


def test_without_families_there_are_still_windows(builder: ScanBuilder) -> None:
    window = Window("roi-Fe", 6.2, 6.6)
    maps = element_maps(builder.counts, CALIBRATION, (), tube_kv=TUBE_KV, windows=[window])
    assert maps.counts.shape == maps.sigma.shape == (0, 9, 7)
    assert maps.beside["roi-Fe"].min() > 0.0
