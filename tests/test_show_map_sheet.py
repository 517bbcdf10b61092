"""Maps drawn one after another on a sheet look like those drawn each on its own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from result_builder import build_result
from underpaint.result import called_maps
from underpaint.show.map_figure import called_panel, figure_title, maps_figure
from underpaint.show.map_sheet import MapSheet
from underpaint.show.png import colour_png

DPI = 80


@pytest.mark.parametrize("quantity", ["probability", "amount"])
def test_a_map_on_a_used_sheet_is_the_same_as_on_a_new_one(quantity: str) -> None:
    result = build_result()
    maps = [each for each in called_maps(result) if each.quantity == quantity]
    panels = [called_panel(each) for each in maps]
    titles = [figure_title(result, each.group) for each in maps]
    sheet = MapSheet(result, panels[0], titles[0])
    for panel, title in zip(panels[:4], titles[:4], strict=True):
        buffer = io.BytesIO()
        maps_figure(result, [panel], title).savefig(buffer, dpi=DPI)
        wanted = np.asarray(Image.open(buffer))
        drawn = sheet.drawn(panel, title, DPI)
        np.testing.assert_array_equal(drawn, wanted)
        stored = Image.open(io.BytesIO(colour_png(drawn, DPI)))
        np.testing.assert_array_equal(np.asarray(stored), wanted)
        assert stored.info["dpi"] == pytest.approx((DPI, DPI), rel=1e-3)


def test_a_sheet_shows_one_quantity() -> None:
    result = build_result()
    amount = next(each for each in called_maps(result) if each.quantity == "amount")
    other = next(each for each in called_maps(result) if each.quantity == "probability")
    with pytest.raises(ValueError, match="does not show probability"):
        MapSheet(result, called_panel(amount), "").drawn(called_panel(other), "", DPI)
