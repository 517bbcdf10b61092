"""Figures: right colours in the right places, every peak named once, readable by every eye."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from result_builder import build_provenance, build_result, with_changes
from underpaint.result import CANNOT_TELL, called_maps
from underpaint.show import (
    spectrum_figure,
    write_map_pictures,
    write_outputs,
)
from underpaint.show.layer_map import layer_map
from underpaint.show.markers import markers
from underpaint.show.palettes import LAYER_CATEGORIES, Lies, as_rgb, map_palette
from underpaint.show.peak_labels import PeakLabel, spread, uncrowded
from underpaint.show.reduce import reduce_layers, reduce_map
from underpaint.show.tile import TileMaker, legend_of

CATEGORY = {meaning: place for place, (meaning, _) in enumerate(LAYER_CATEGORIES)}

# Machado, Oliveira and Fernandes 2009 (doi 10.1109/TVCG.2009.113), full severity.
SIGHT = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def lab(rgb: tuple[int, ...], sight: str) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of a colour as someone with that sight sees it."""
    encoded = np.asarray(rgb) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SIGHT[sight]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.asarray(to_xyz) @ seen / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_verdicts_have_colours_that_every_eye_can_tell_apart(sight: str) -> None:
    colours = [lab(as_rgb(colour), sight) for _, colour in LAYER_CATEGORIES]
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(colours, 2)]
    assert min(apart) > 20


@pytest.mark.parametrize("quantity", ["probability", "amount", "counts"])
@pytest.mark.parametrize("sight", SIGHT)
def test_map_colours_get_steadily_lighter_to_every_eye(quantity: str, sight: str) -> None:
    lightness = [lab(tuple(rgb), sight)[0] for rgb in map_palette(quantity)[::8]]
    assert (np.diff(lightness) > -0.3).all()
    assert lightness[-1] - lightness[0] > 60


def test_a_layer_map_tells_top_buried_ground_and_unsure_apart() -> None:
    result = build_result()
    copper, chalk = layer_map(result, 2), layer_map(result, 4)
    assert copper[2, 5] == CATEGORY["in the top paint layer"]
    assert copper[29, 52] == CATEGORY["under other paint"]
    assert copper[45, 5] == CATEGORY["absent"]
    assert (chalk == CATEGORY["probably in the ground, beneath all paint"]).all()
    assert layer_map(result, 5)[2, 5] == CATEGORY["cannot tell"]
    assert [*Lies] == [*range(len(LAYER_CATEGORIES))]


@pytest.mark.parametrize("unsure", ["verdict_top", "verdict_buried"])
def test_a_group_in_the_ground_is_beneath_all_paint_only_where_no_paint_can_hold_it(
    unsure: str,
) -> None:
    verdict = np.array(getattr(build_result(), unsure))
    verdict[4, 10:20] = CANNOT_TELL
    chalk = layer_map(with_changes(build_result(), **{unsure: verdict}), 4)
    assert (chalk[10:20] == CATEGORY["probably in the ground, perhaps in paint too"]).all()
    assert (chalk[20:] == CATEGORY["probably in the ground, beneath all paint"]).all()


def test_a_group_on_top_and_buried_in_one_pixel_is_both() -> None:
    result = build_result()
    both = with_changes(result, verdict_top=np.full_like(result.verdict_top, 2),
                        verdict_buried=np.full_like(result.verdict_buried, 2))  # fmt: skip
    assert (layer_map(both, 0) == CATEGORY["both"]).all()


def test_a_reduced_map_keeps_its_mean_and_its_gaps() -> None:
    values = np.arange(48, dtype=np.float32).reshape(6, 8)
    assert reduce_map(values, 2).mean() == pytest.approx(values.mean())
    values[:2, :2] = np.nan
    values[5, 7] = np.nan
    reduced = reduce_map(values, 2)
    assert np.isnan(reduced[0, 0])
    assert np.isfinite(reduced).sum() == 11
    assert reduce_map(values, 5).shape == (2, 2)


def test_a_reduced_layer_map_keeps_lines_and_spots_and_no_single_pixels() -> None:
    layers = np.full((60, 62), CATEGORY["absent"], dtype=np.uint8)
    layers[:, 40:] = CATEGORY["cannot tell"]
    layers[13] = CATEGORY["in the top paint layer"]
    layers[32:35, 50:53] = CATEGORY["under other paint"]
    layers[50, 3] = CATEGORY["both"]
    shown = reduce_layers(layers, 6)
    assert shown.shape == (10, 11)
    assert (shown[2] == CATEGORY["in the top paint layer"]).all()
    assert shown[5, 8] == CATEGORY["under other paint"]
    assert shown[8, 0] == CATEGORY["absent"] and shown[8, 10] == CATEGORY["cannot tell"]
    assert set(np.unique(shown)) == set(np.unique(layers)) - {CATEGORY["both"]}
    assert reduce_layers(layers, 1) is layers


def test_small_maps_are_shown_pixel_by_pixel() -> None:
    assert TileMaker(build_result(), tiles=60, budget_bytes=2_000_000).step == 1
    assert TileMaker(build_result(), tiles=10_000, budget_bytes=1000).shown_shape == (48, 72)


def labels(**provenance: object) -> dict[str, float]:
    result = with_changes(build_result(), provenance=build_provenance(**provenance))
    return {marker.label: marker.energy_kev for marker in markers(result)}


def test_lines_stand_at_their_energies() -> None:
    named = labels()
    assert named["Fe Kα"] == pytest.approx(6.40, abs=0.01)
    assert named["Pb Lβ"] == pytest.approx(12.62, abs=0.05)
    assert named["Ar Kα"] == pytest.approx(2.957, abs=0.01)


def test_scatter_of_the_tube_is_named_at_its_angle() -> None:
    named = labels()
    assert named["Rh Kα Rayleigh"] == pytest.approx(20.17, abs=0.03)
    # 135 degrees: 20.17 / (1 + 20.17 * 1.7071 / 511)
    assert named["Rh Kα Compton"] == pytest.approx(18.90, abs=0.04)


def test_no_scatter_is_named_where_the_instrument_is_unknown() -> None:
    assert not any("Rayleigh" in label or "Compton" in label for label in labels(instrument=None))
    angle_unknown = labels(instrument={"anode": "Rh", "kv": 30.0})
    assert "Rh Kα Rayleigh" in angle_unknown
    assert "Rh Kα Compton" not in angle_unknown


def with_peak(energy_kev: float, counts: float) -> set[str]:
    result = build_result()
    energy = result.energy
    peak = counts * np.exp(-0.5 * ((energy - energy_kev) / 0.07) ** 2)
    changed = with_changes(result, sum_spectrum=result.sum_spectrum + peak, unexplained=())
    return {marker.label for marker in markers(changed)}


def test_escape_and_sum_peaks_are_named_only_where_they_stand_out() -> None:
    nothing = with_peak(27.0, 0.0)
    assert not any("Lβ + " in label or "2 × Pb Lβ" in label for label in nothing)
    assert not any("escape" in label for label in nothing)
    assert "2 × Pb Lβ" in with_peak(25.24, 5000.0)
    assert "Pb Lα + Pb Lβ" in with_peak(23.16, 5000.0)
    assert "Ca Kα escape" in with_peak(1.95, 5000.0)


def test_an_unexplained_peak_is_marked_and_nothing_else_claims_it() -> None:
    figure = spectrum_figure(build_result())
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "17.44 keV ?" in texts
    assert "4.66 keV ?" in texts
    assert "2 × Pb Mα" not in texts


def test_the_spectrum_is_drawn_in_kev_on_a_logarithmic_axis() -> None:
    axes = spectrum_figure(build_result()).axes[0]
    assert axes.get_xlabel() == "Energy (keV)"
    assert axes.get_yscale() == "log"
    assert axes.get_xlim()[1] == pytest.approx(30.91, abs=0.3)


def test_a_spectrum_without_counts_can_be_drawn() -> None:
    result = build_result()
    nothing = np.zeros_like(result.sum_spectrum)
    figure = spectrum_figure(
        with_changes(result, sum_spectrum=nothing, maximum_spectrum=nothing, unexplained=())
    )
    figure.savefig(io.BytesIO(), format="png")


@given(
    places=st.lists(st.floats(1.0, 30.0), min_size=1, max_size=60).map(sorted),
    distance=st.floats(0.01, 2.0),
)
def test_labels_keep_apart_in_order_and_inside(places: list[float], distance: float) -> None:
    moved = spread(np.array(places), distance, 0.5, 31.0)
    gaps = np.diff(moved)
    room = (31.0 - 0.5) / max(len(places) - 1, 1)
    assert (gaps >= min(distance, room) - 1e-9).all()
    assert moved.min() >= 0.5 - 1e-9
    assert moved.max() <= 31.0 + 1e-9


def test_labels_with_room_stay_where_they_are() -> None:
    np.testing.assert_allclose(spread(np.array([2.0, 5.0, 9.0]), 1.0, 0.0, 10.0), [2, 5, 9])


def test_spare_labels_of_low_peaks_are_left_out_where_names_crowd() -> None:
    needed = [PeakLabel(5.0 + 0.1 * n, f"needed {n}", "#000000", 1.0) for n in range(6)]
    spare = [PeakLabel(5.05 + 0.1 * n, f"{n}", "#000000", 10.0 + n, spare=True) for n in range(8)]
    alone = PeakLabel(25.0, "alone", "#000000", 0.1, spare=True)
    kept = uncrowded([*needed, *spare, alone], 1.0, 0.0, 40.0)
    assert [label.energy_kev for label in kept] == sorted(label.energy_kev for label in kept)
    assert set(needed) | {alone} <= set(kept)
    left = [label for label in spare if label in kept]
    assert 0 < len(left) < len(spare)
    assert left == spare[-len(left) :]
    energies = np.array([label.energy_kev for label in kept])
    assert np.abs(spread(energies, 1.0, 0.0, 40.0) - energies).max() <= 4.0
    assert uncrowded([], 1.0, 0.0, 40.0) == []


def test_a_png_is_written_for_each_map_with_anything_present(tmp_path: Path) -> None:
    written = write_map_pictures(build_result(), tmp_path)
    result = build_result()
    verdicts = {f"{row.name}_verdict" for row in result.summary if row.is_present}
    maps = {each.stem for each in called_maps(result) if each.quantity != "amount_sigma"}
    assert len(verdicts) > 3
    assert {path.stem for path in written} == maps | verdicts
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in written)


def test_all_that_lies_beside_a_result_is_written(tmp_path: Path) -> None:
    write_outputs(build_result(), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"pigments.csv", "families.csv", "maps", "report.html"}
    pictures = {path.stem for path in (tmp_path / "maps").glob("*.png")}
    tiffs = {path.stem for path in (tmp_path / "maps").glob("*.tif")}
    assert len(pictures & tiffs) > 5
    assert all(stem.endswith("_verdict") for stem in pictures - tiffs)
    assert all(stem.endswith("_sigma") for stem in tiffs - pictures)


def test_beneath_maps_of_amounts_and_of_buried_paint_stands_how_far_to_believe_them() -> None:
    maker = TileMaker(build_result(), tiles=60, budget_bytes=2_000_000)
    assert maker.probability("buried", 2, "Buried").remark == (
        "Called under other paint in 4 % of the pixels. Bare patches beside thicker paint, smaller "
        "than a pixel, look the same."
    )
    assert maker.probability("top", 2, "Top").remark == ""
    assert maker.amount(1).remark == (
        "Mean where present: 3.87 mg/cm²; one pixel is uncertain by 0.40."
    )
    assert maker.amount(9).remark == ""


def test_pixels_that_were_not_measured_are_shown_as_such() -> None:
    result = build_result()
    probability, verdict = np.array(result.probability), np.array(result.verdict)
    probability[:, 3, 4], verdict[:, 3, 4] = np.nan, CANNOT_TELL
    gaps = with_changes(result, probability=probability, verdict=verdict)
    assert layer_map(gaps, 2)[3, 4] == CATEGORY["not measured"]


def test_the_key_of_layer_maps_has_what_occurs_in_any_of_them() -> None:
    maker = TileMaker(build_result(), tiles=60, budget_bytes=2_000_000)
    assert [meaning for meaning, _ in legend_of([maker.layers(1), maker.layers(4)])] == [
        "absent",
        "cannot tell",
        "in the top paint layer",
        "probably in the ground, beneath all paint",
    ]
