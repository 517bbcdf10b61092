"""pigments.csv and the TIFF maps: what other programs get."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from result_builder import build_result, with_changes
from underpaint.result import PRESENT, write_family_table, write_table, write_tiffs


@pytest.fixture(scope="module")
def tiffs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("maps")
    write_tiffs(build_result(), folder)
    return folder


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_row_a_group_in_the_order_of_the_maps(tmp_path: Path) -> None:
    write_table(build_result(), tmp_path / "pigments.csv")
    rows = read_table(tmp_path / "pigments.csv")
    assert [row["group"] for row in rows] == [group.name for group in build_result().groups]


def test_the_table_says_how_much_why_and_what_else(tmp_path: Path) -> None:
    write_table(build_result(), tmp_path / "pigments.csv")
    vermilion, chalk = (read_table(tmp_path / "pigments.csv")[i] for i in (1, 4))
    share = (build_result().verdict[1] == PRESENT).mean()
    assert float(vermilion["share_present"]) == pytest.approx(share, abs=1e-5)
    assert vermilion["lines"].startswith("Hg La1 9.99 keV 214.0 sigma")
    assert chalk["could_be_confused_with"].startswith("gypsum")


def test_the_table_gives_a_verdict_on_each_group_over_the_whole_scan(tmp_path: Path) -> None:
    result = build_result()
    seen = [m for group in result.groups if group.name != "cadmium-sulfide" for m in group.members]
    provenance = {**result.provenance, "palette": {"pigments": seen, "source": "a test"}}
    write_table(with_changes(result, provenance=provenance), tmp_path / "pigments.csv")
    rows = {row["group"]: row for row in read_table(tmp_path / "pigments.csv")}
    assert rows["mercury-sulfide"]["verdict"] == "present"
    assert rows["cobalt-aluminate"]["verdict"] == "cannot tell"
    assert rows["cobalt-aluminate"]["advice"]
    assert rows["lead-tin"]["verdict"] == "absent to the depth that can be seen"
    assert rows["cadmium-sulfide"]["verdict"] == "not looked for"


def test_a_group_that_no_line_confirms_is_not_present_in_the_table(tmp_path: Path) -> None:
    summary = list(build_result().summary)
    summary[1] = replace(summary[1], confirmed=False)
    write_table(with_changes(build_result(), summary=tuple(summary)), tmp_path / "pigments.csv")
    assert read_table(tmp_path / "pigments.csv")[1]["verdict"] == "cannot tell"


def test_a_group_that_is_nowhere_has_no_amount_in_the_table(tmp_path: Path) -> None:
    write_table(build_result(), tmp_path / "pigments.csv")
    assert read_table(tmp_path / "pigments.csv")[9]["amount_mg_cm2"] == ""


def test_the_table_says_what_chance_may_explain(tmp_path: Path) -> None:
    summary = list(build_result().summary)
    summary[1] = replace(summary[1], share_present=2 / 3456)
    write_table(with_changes(build_result(), summary=tuple(summary)), tmp_path / "pigments.csv")
    rows = {row["group"]: row for row in read_table(tmp_path / "pigments.csv")}
    assert rows["mercury-sulfide"]["verdict"] == "present"
    assert rows["mercury-sulfide"]["may_be_chance"] == "yes"
    assert rows["copper"]["may_be_chance"] == "no"
    assert rows["lead-tin"]["may_be_chance"] == "no"


def test_the_table_says_which_pigments_the_palette_rules_out(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "palette": {"pigments": ["lead-white", "chalk"]}}
    write_table(with_changes(build_result(), provenance=provenance), tmp_path / "pigments.csv")
    rows = {row["group"]: row["pigments"] for row in read_table(tmp_path / "pigments.csv")}
    assert rows["lead"] == "lead-white; (ruled out by the palette: red-lead, massicot)"
    assert rows["mercury-sulfide"] == "(ruled out by the palette: vermilion)"
    assert rows["calcium-carbonate"] == "chalk"


def test_families_have_a_table_of_their_own(tmp_path: Path) -> None:
    result = build_result()
    write_family_table(result, tmp_path / "families.csv")
    rows = read_table(tmp_path / "families.csv")
    assert [row["family"] for row in rows] == list(result.families)
    cobalt = rows[-1]
    share = (result.verdict_family[-1] == PRESENT).mean()
    assert (cobalt["verdict"], cobalt["confirmed"], cobalt["may_be_chance"]) == (
        "present", "yes", "no",
    )  # fmt: skip
    assert float(cobalt["share_present"]) == pytest.approx(share, abs=1e-5)
    assert cobalt["share_unnamed"] == cobalt["share_present"]
    assert cobalt["groups"] == "cobalt-aluminate"
    assert cobalt["candidates"] == "cobalt-aluminate 0.55"
    assert cobalt["lines"].startswith("Co Ka1 6.93 keV 31.0 sigma")


def test_a_family_of_which_the_palette_holds_nothing_is_not_looked_for(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "palette": {"pigments": ["vermilion"]}}
    write_family_table(with_changes(build_result(), provenance=provenance), tmp_path / "f.csv")
    verdicts = {row["family"]: row["verdict"] for row in read_table(tmp_path / "f.csv")}
    assert verdicts["cobalt"] == "not looked for"
    assert verdicts["mercury"] != "not looked for"


def test_families_that_are_present_have_a_map(tiffs: Path) -> None:
    values = tifffile.imread(tiffs / "cobalt-family_anywhere_probability.tif")
    np.testing.assert_array_equal(values, build_result().family[-1])
    with tifffile.TiffFile(tiffs / "cobalt-family_anywhere_probability.tif") as tiff:
        assert tiff.imagej_metadata["Info"] == "Cobalt family, anywhere, probability"


def test_maps_are_written_where_anything_is_present_and_only_there(tiffs: Path) -> None:
    result = build_result()
    names = {path.name for path in tiffs.iterdir()}
    for index, group in enumerate(result.groups):
        for position, verdict in (("top", result.verdict_top), ("buried", result.verdict_buried)):
            present = bool((verdict[index] == PRESENT).any())
            assert (f"{group.name}_{position}_probability.tif" in names) == present
    assert "mercury-sulfide_anywhere_amount.tif" in names
    assert not any(name.startswith("cadmium-sulfide") for name in names)


def test_a_tiff_holds_the_map_unchanged_in_32_bit(tiffs: Path) -> None:
    values = tifffile.imread(tiffs / "copper_buried_probability.tif")
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, build_result().buried[2])


def test_amounts_are_blank_where_the_group_is_not_called(tiffs: Path) -> None:
    values = tifffile.imread(tiffs / "mercury-sulfide_anywhere_amount.tif")
    present = build_result().verdict[1] == PRESENT
    np.testing.assert_array_equal(np.isnan(values), ~present)
    np.testing.assert_array_equal(values[present], build_result().amount[1][present])


def test_the_uncertainty_of_an_amount_lies_beside_it(tiffs: Path) -> None:
    sigma = tifffile.imread(tiffs / "mercury-sulfide_anywhere_amount_sigma.tif")
    present = build_result().verdict[1] == PRESENT
    np.testing.assert_array_equal(np.isnan(sigma), ~present)
    np.testing.assert_array_equal(sigma[present], build_result().amount_sigma[1][present])


def test_imagej_reads_the_size_of_a_pixel_and_what_is_shown(tiffs: Path) -> None:
    with tifffile.TiffFile(tiffs / "mercury-sulfide_anywhere_amount.tif") as tiff:
        assert tiff.imagej_metadata is not None
        assert tiff.imagej_metadata["unit"] == "mm"
        assert "mg/cm2" in tiff.imagej_metadata["Info"]
        pixels, units = tiff.pages[0].tags["XResolution"].value
        assert pixels / units == pytest.approx(2.0)


def test_pixels_that_are_not_square_keep_both_sizes(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "pixel_size_mm": [0.5, 0.25]}
    path = write_tiffs(with_changes(build_result(), provenance=provenance), tmp_path)[0]
    with tifffile.TiffFile(path) as tiff:
        pixels, units = tiff.pages[0].tags["YResolution"].value
        assert pixels / units == pytest.approx(4.0)


def test_without_a_pixel_size_no_unit_is_invented(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "pixel_size_mm": None}
    path = write_tiffs(with_changes(build_result(), provenance=provenance), tmp_path)[0]
    with tifffile.TiffFile(path) as tiff:
        assert tiff.imagej_metadata is not None
        assert "unit" not in tiff.imagej_metadata
