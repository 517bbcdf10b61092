"""A folder takes its name, and nothing that underpaint did not write is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import OutputError
from underpaint.result.publication import (
    ELEMENT_MAPS,
    RESULT,
    Contents,
    begin_anew,
    partial_folder,
    publish,
    put_right,
    require_abandoned,
    require_free,
)

KINDS = [pytest.param(RESULT, id="result"), pytest.param(ELEMENT_MAPS, id="elements")]


def written(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("contents", KINDS)
def test_an_overwrite_keeps_files_of_others_and_nothing_of_the_old_result(
    tmp_path: Path, contents: Contents
) -> None:
    folder = written(
        tmp_path / "out", contents.mark, "notes.txt", "maps/photo.png", "maps/Fe-K.tif"
    )
    written(folder, "maps/ochre_verdict.png")
    partial = written(tmp_path / "out.partial", contents.mark)
    publish(partial, folder, overwrite=True, contents=contents)
    left = {"maps/Fe-K.tif"} if contents is RESULT else {"maps/ochre_verdict.png"}
    assert names_in(folder) == {contents.mark, "notes.txt", "maps/photo.png"} | left
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_blocks_and_job_beside_element_maps_are_the_users_own(tmp_path: Path) -> None:
    folder = written(tmp_path / "out", "elements.h5", "blocks/wood.txt", "job")
    partial = written(tmp_path / "out.partial", "elements.h5")
    publish(partial, folder, overwrite=True, contents=ELEMENT_MAPS)
    assert names_in(folder) == {"elements.h5", "blocks/wood.txt", "job"}


def test_a_file_put_aside_whose_name_is_taken_meanwhile_is_kept_beside_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "out", "result.h5", "notes.txt")
    written(tmp_path / "out.replaced", "result.h5", "notes.txt")
    put_right(folder)
    assert names_in(folder) == {"result.h5", "notes.txt", "notes (2).txt"}


@pytest.mark.parametrize("contents", KINDS)
def test_a_file_of_the_name_is_left_alone(tmp_path: Path, contents: Contents) -> None:
    plain = tmp_path / "out"
    plain.write_text("mine")
    with pytest.raises(OutputError, match="leaves it alone"):
        require_free(plain, overwrite=True, contents=contents)


@pytest.mark.parametrize("name", ["job", "result.h5", "blocks/0.block", "maps/notes.txt"])
def test_a_partial_folder_with_anything_else_is_never_cleared(tmp_path: Path, name: str) -> None:
    partial = written(tmp_path / "out.partial", "elements.h5", name)
    for routine in (require_abandoned, begin_anew):
        with pytest.raises(OutputError, match="other than unfinished element maps"):
            routine(tmp_path / "out", ELEMENT_MAPS)
    assert names_in(partial) == {"elements.h5", name}


def test_what_a_dead_process_left_of_element_maps_is_cleared(tmp_path: Path) -> None:
    written(tmp_path / "out.partial", "elements.h5", "maps/Fe-K.tif", "maps/roi-Hg-La.png")
    assert names_in(begin_anew(tmp_path / "out", ELEMENT_MAPS)) == set()


@pytest.mark.parametrize("contents", KINDS)
def test_what_is_written_to_a_link_lies_where_it_leads(tmp_path: Path, contents: Contents) -> None:
    other_disk = tmp_path / "other"
    old = written(other_disk / "real", contents.mark, "notes.txt")
    link = tmp_path / "out"
    link.symlink_to(old)
    assert partial_folder(link).parent == other_disk.resolve()
    publish(
        written(partial_folder(link), contents.mark, "maps/new.txt"),
        link,
        overwrite=True,
        contents=contents,
    )
    assert link.is_symlink()
    assert names_in(link) == {contents.mark, "maps/new.txt", "notes.txt"}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "other"}
    assert {path.name for path in other_disk.iterdir()} == {"real"}


def test_a_name_too_long_for_the_disk_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be made"):
        require_free(tmp_path / ("n" * 252), overwrite=False)
