"""The figure of a spectrum's parts: every peak named by what makes it, every layer drawn."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from underpaint.paint import (
    PointSpectrum,
    load_library,
    paint_layer,
    plain_layer,
    read_point,
    simulate_point,
)
from underpaint.show import parts_figure
from underpaint.show.element_colours import COLOURS, OTHERS, element_colour
from underpaint.show.part_labels import OTHER_COLOURS, part_labels

EXAMPLE = (
    Path(__file__).resolve().parents[1] / "docs" / "examples" / "vermilion-under-lead-white.toml"
)


@cache
def build_spectrum(seed: int | None = 0) -> PointSpectrum:
    return simulate_point(read_point(EXAMPLE, load_library()), seed)


@cache
def build_blue() -> PointSpectrum:
    """Azurite with a trace of cobalt blue, without counting noise."""
    library = load_library()
    layers = (
        paint_layer(library, "paint", 30.0, {"azurite": 0.97, "cobalt-blue": 0.03}),
        plain_layer(library, "support", "panel-oak", 5000.0),
    )
    point = replace(build_spectrum().point, title="Blue", layers=layers, counts=None)
    return simulate_point(point)


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_labels_name_the_elements_at_their_peaks() -> None:
    labels = {label.text: label for label in part_labels(build_spectrum())}
    # Energies after Deslattes et al. 2003, doi 10.1103/RevModPhys.75.35.
    for name, energy in (("Pb Lα", 10.55), ("Pb Lβ", 12.62), ("Hg Lα", 9.99), ("Hg Lβ", 11.82)):
        assert labels[name].energy_kev == pytest.approx(energy, abs=0.06)
        assert labels[name].colour == element_colour(name[:2])
    assert "Rh Kα Rayleigh" in labels and "Rh Kα Compton" in labels
    assert labels["2 × Pb Lα"].energy_kev == pytest.approx(21.10, abs=0.1)
    assert "Ar Kα (air)" in labels


def test_what_cannot_be_seen_is_not_named() -> None:
    spectrum = build_spectrum()
    few = replace(spectrum, parts={name: part / 1000 for name, part in spectrum.parts.items()})
    names = {label.text for label in part_labels(few)}
    assert names < {label.text for label in part_labels(spectrum)}
    assert not any("×" in name or "+" in name for name in names)


def test_a_trace_beside_a_strong_element_is_named() -> None:
    names = {label.text for label in part_labels(build_blue())}
    assert {"Cu Kα", "Cu Kβ", "Co Kα"} <= names


def test_no_peak_has_two_names_of_one_part() -> None:
    spectrum = build_spectrum()
    labels = part_labels(spectrum)
    for first, second in itertools.combinations(labels, 2):
        if first.colour == second.colour:
            apart = abs(first.energy_kev - second.energy_kev)
            assert apart > 0.4 * float(spectrum.point.calibration.fwhm(first.energy_kev))


def test_the_figure_shows_names_layers_and_the_whole_spectrum() -> None:
    spectrum = build_spectrum()
    figure = parts_figure(spectrum, load_library())
    upper, lower, side = figure.axes
    assert {"Pb Lα", "Hg Lα", "Fe, Cu (scanner)", "Rayleigh scatter"} <= set(texts(upper))
    assert {"Pb Lα", "Hg Lα"} <= set(texts(lower))
    layers = " ".join(texts(side))
    for word in ("varnish, 15 µm", "vermilion 80 %", "lead white 20 %", "ground", "support"):
        assert word in layers
    assert upper.get_yscale() == "log" and lower.get_yscale() == "linear"
    stacked = lower.collections[-1].get_paths()[0].vertices[:, 1].max()
    assert stacked <= 1.001 * spectrum.expected.max()
    assert any("Vermilion under lead white" in text.get_text() for text in figure.texts)


@pytest.mark.parametrize("which", [build_spectrum, build_blue])
def test_names_do_not_cover_one_another(which: Any) -> None:
    figure = parts_figure(which(), load_library())
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    for axes in figure.axes:
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        for first, second in itertools.combinations(boxes, 2):
            overlap_x = min(first.x1, second.x1) - max(first.x0, second.x0)
            overlap_y = min(first.y1, second.y1) - max(first.y0, second.y0)
            # A hair of touching comes from line height, not from letters.
            assert min(overlap_x, overlap_y) < 2.0


def test_layers_of_a_stratigraphy_are_drawn_from_the_top() -> None:
    side = parts_figure(build_spectrum(), load_library()).axes[2]
    heights = [text.get_position()[1] for text in side.texts]
    assert heights == sorted(heights, reverse=True)
    assert texts(side)[0].startswith("varnish") and texts(side)[-1].startswith("support")


def test_an_expectation_for_one_photon_says_so() -> None:
    upper = parts_figure(build_blue(), load_library()).axes[0]
    assert "per million photons" in upper.get_ylabel()
    assert upper.get_legend() is None


def test_every_element_has_a_colour_that_shows_on_white() -> None:
    for colour in (*COLOURS.values(), *OTHERS, *OTHER_COLOURS.values()):
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in
                  (red, green, blue)]  # fmt: skip
        luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
        assert 1.05 / (luminance + 0.05) > 2.0, colour
    assert element_colour("Tm") in OTHERS
