"""result.h5: what goes in comes out, other programs can plot it, and damage is told plainly."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from result_builder import build_result, with_changes
from underpaint.errors import OutputError, ResultError
from underpaint.result import SINGLE_MAPS, GroupSummary, Result, read_result, write_result

MAPS = (
    "probability", "top", "buried", "ground", "verdict", "verdict_top", "verdict_buried",
    "amount", "amount_sigma", "family", "element_counts",
)  # fmt: skip
PLAIN = ("groups", "families", "elements", "summary", "unexplained", "notes", "provenance")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(build_result(), tmp_path_factory.mktemp("result") / "out")


@pytest.fixture
def copy(stored: Path, tmp_path: Path) -> Path:
    path = tmp_path / "result.h5"
    path.write_bytes(stored.read_bytes())
    return path


def test_maps_spectra_and_words_come_back_as_they_were(stored: Path) -> None:
    wanted, found = build_result(), read_result(stored)
    for name in MAPS:
        np.testing.assert_array_equal(getattr(found, name)[...], getattr(wanted, name))
        assert getattr(found, name).dtype == getattr(wanted, name).dtype
    for name in ("energy", "sum_spectrum", "maximum_spectrum", "bin_edges"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    for name in PLAIN:
        assert getattr(found, name) == getattr(wanted, name)


def test_pixel_spectra_come_back_well_within_counting_noise(stored: Path) -> None:
    wanted = build_result().binned
    found = read_result(stored).binned[...]
    assert wanted.max() > 1000
    np.testing.assert_allclose(found, wanted, rtol=1 / 2048, atol=1 / 8)
    noise = np.sqrt(np.maximum(wanted, 1.0))
    assert (np.abs(found - wanted) / noise).max() < 1 / 7


def test_a_folder_can_be_read_as_well_as_its_file(stored: Path) -> None:
    assert read_result(stored.parent).groups == read_result(stored).groups


def test_one_map_is_read_without_the_others(stored: Path) -> None:
    result = read_result(stored)
    np.testing.assert_array_equal(result.top[2], build_result().top[2])
    assert isinstance(pickle.loads(pickle.dumps(result)), Result)


def test_what_pixels_say_by_themselves_is_kept_beside(tmp_path: Path) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    wanted = build_result()
    own = {name: 0.5 * getattr(wanted, name.removeprefix("single_")) for name in SINGLE_MAPS}
    path = write_result(with_changes(wanted, **own), tmp_path / "out")
    found = read_result(path)
    assert found.frame.as_whole and not wanted.frame.as_whole
    for name, values in own.items():
        np.testing.assert_array_equal(getattr(found, name)[...], values)
    np.testing.assert_array_equal(found.probability[...], wanted.probability)
    with h5py.File(path, "r") as file:
        plot = nxdata.NXdata(file["single"])
        assert plot.is_valid, plot.issues
        assert len(plot.auxiliary_signals) == len(SINGLE_MAPS) - 1
    again = write_result(found, tmp_path / "again")
    assert read_result(again).frame.as_whole


def test_a_result_needs_all_that_pixels_say_by_themselves_or_nothing() -> None:
    result = build_result()
    with pytest.raises(ValueError, match="single_top"):
        with_changes(result, single_probability=result.probability)


@pytest.mark.parametrize("group", ["maps", "elements", "spectra", "views/family", "views/pixels"])
def test_silx_finds_each_group_ready_to_plot(stored: Path, group: str) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    with h5py.File(stored, "r") as file:
        plot = nxdata.NXdata(file[group])
        assert plot.is_valid, plot.issues
        assert plot.signal.shape == file[group][file[group].attrs["signal"]].shape
        assert len(plot.auxiliary_signals) == len(file[group].attrs.get("auxiliary_signals", ()))


def test_silx_opens_the_file_at_the_probability_maps(stored: Path) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    with h5py.File(stored, "r") as file:
        default = nxdata.get_default(file)
        assert default.signal_name == "probability"
        assert default.axes_names[-1] == "x (mm)"


def test_positions_are_in_pixels_where_their_size_is_unknown(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "pixel_size_mm": None}
    path = write_result(with_changes(build_result(), provenance=provenance), tmp_path / "out")
    with h5py.File(path, "r") as file:
        assert file["maps/x"].attrs["units"] == "pixel"
        assert file["maps/x"][-1] == 71
    assert read_result(path).pixel_size_mm is None


def test_names_are_strings_that_other_programs_read(stored: Path) -> None:
    with h5py.File(stored, "r") as file:
        assert file["groups"].asstr()[1] == "mercury-sulfide"
        assert file["groups"].attrs["label"][1] == "Vermilion"
        assert h5py.check_string_dtype(file["elements/names"].dtype).length is None
        assert file["maps/probability"].chunks is not None
        assert file["spectra/binned"].compression == "gzip"


def test_a_missing_result_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"result\.h5 does not exist; give the folder"):
        read_result(tmp_path)


def test_a_file_cut_short_is_called_damaged(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:5000])
    with pytest.raises(ResultError, match="is damaged"):
        read_result(copy)


@pytest.mark.parametrize("lost", ["maps/top", "groups", "spectra/energy", "findings/summary"])
def test_a_file_that_lost_a_part_is_called_damaged(copy: Path, lost: str) -> None:
    with h5py.File(copy, "a") as file:
        del file[lost]
    with pytest.raises(ResultError, match="is damaged"):
        read_result(copy)


def test_a_file_whose_parts_disagree_is_called_damaged(copy: Path) -> None:
    with h5py.File(copy, "a") as file:
        del file["maps/top"]
        file["maps/top"] = np.zeros((2, 3, 4), dtype=np.float32)
    with pytest.raises(ResultError, match="top has shape"):
        read_result(copy)


def test_another_schema_is_refused_with_the_version_that_reads_it(copy: Path) -> None:
    with h5py.File(copy, "a") as file:
        file.attrs["schema"] = 99
        file.attrs["underpaint"] = "7.0"
    with pytest.raises(ResultError, match=r"schema 99.*open it with underpaint 7\.0"):
        read_result(copy)


def test_some_other_hdf5_file_is_no_result(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["counts"] = np.zeros(3)
    with pytest.raises(ResultError, match="is no underpaint result"):
        read_result(tmp_path / "scan.h5")


def test_a_result_is_not_overwritten_unasked(stored: Path) -> None:
    before = stored.read_bytes()
    with pytest.raises(OutputError, match="--overwrite"):
        write_result(build_result(), stored.parent)
    assert stored.read_bytes() == before


def test_overwriting_keeps_what_the_user_put_beside_the_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(build_result(), out)
    (out / "my notes.txt").write_text("look at the left hand")
    (out / "report.html").write_text("of the old result")
    (out / "maps").mkdir()
    (out / "maps" / "smalt_verdict.png").write_bytes(b"of the old result")
    (out / "maps" / "marked.png").write_bytes(b"by the user")
    write_result(with_changes(build_result(), notes=("new",)), out, overwrite=True)
    assert read_result(out).notes == ("new",)
    assert (out / "my notes.txt").read_text() == "look at the left hand"
    assert not (out / "report.html").exists()
    assert [path.name for path in (out / "maps").iterdir()] == ["marked.png"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_overwriting_spares_a_folder_that_holds_no_result(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("ten years")
    with pytest.raises(OutputError, match="holds no result"):
        write_result(build_result(), tmp_path, overwrite=True)
    assert (tmp_path / "thesis.doc").exists()


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_the_folder_one_works_in_is_no_result(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="name a new one"):
        write_result(build_result(), Path(name), overwrite=True)


def test_a_result_without_families_and_elements_can_be_kept(tmp_path: Path) -> None:
    empty = np.zeros((0, 48, 72), dtype=np.float32)
    result = with_changes(
        build_result(),
        families=(),
        elements=(),
        family=empty,
        verdict_family=empty.astype(np.uint8),
        family_summary=(),
        element_counts=empty,
    )
    found = read_result(write_result(result, tmp_path / "out"))
    assert found.families == found.elements == ()
    assert found.family.shape == (0, 48, 72)


def test_parts_that_do_not_fit_together_are_refused() -> None:
    result = build_result()
    with pytest.raises(ValueError, match="top has shape"):
        with_changes(result, top=result.top[:3])
    with pytest.raises(ValueError, match="order of the maps"):
        with_changes(result, summary=result.summary[::-1])
    with pytest.raises(ValueError, match="families in the order of the maps"):
        with_changes(result, family_summary=result.family_summary[::-1])


def test_numpy_figures_may_stand_in_the_provenance(tmp_path: Path) -> None:
    provenance = {**build_result().provenance, "pixel_size_mm": np.float32(0.5), "n": np.arange(2)}
    path = write_result(with_changes(build_result(), provenance=provenance), tmp_path / "out")
    assert read_result(path).provenance["pixel_size_mm"] == 0.5
    assert read_result(path).provenance["n"] == [0, 1]


def test_summary_rows_keep_their_lines(stored: Path) -> None:
    row = read_result(stored).summary[1]
    assert isinstance(row, GroupSummary)
    assert row.lines[0].line == "Hg La1"
