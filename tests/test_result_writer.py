"""Blocks of rows add up to the result, in any order, after any interruption."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from result_builder import HEIGHT, build_result
from underpaint.errors import OutputError, ResultError
from underpaint.result import (
    CANNOT_TELL,
    PRESENT,
    PackedBlock,
    ResultFrame,
    ResultWriter,
    RowBlock,
    Verdicts,
    pack_block,
)
from underpaint.result.kept_block import keep_block


def frame(job: str = "job") -> ResultFrame:
    return replace(build_result().frame, job=job)


TOGETHER = 6
"""Rows that are packed together in so small a result."""


def unpacked_rows(y0: int, y1: int) -> RowBlock:
    whole = next(build_result().blocks(rows=HEIGHT))
    parts = {
        name: array[y0:y1] if name == "binned" else array[:, y0:y1]
        for name, array in whole.arrays.items()
    }
    return RowBlock(y0, **parts)


def rows(y0: int, y1: int) -> PackedBlock:
    return pack_block(unpacked_rows(y0, y1), frame())


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_blocks_in_any_order_give_the_same_result(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    writer = ResultWriter(tmp_path_factory.mktemp("blocks") / "out", frame())
    for start, end in data.draw(st.permutations(list(writer.missing()))):
        writer.write(rows(start, end))
    found = writer.finish(build_result().findings)
    np.testing.assert_array_equal(found.probability[...], build_result().probability)
    np.testing.assert_array_equal(found.verdict_buried[...], build_result().verdict_buried)
    np.testing.assert_array_equal(found.element_counts[...], build_result().element_counts)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    first = ResultWriter(tmp_path / "out", frame())
    first.write(rows(0, 6))
    first.write(rows(12, 18))
    again = ResultWriter(tmp_path / "out", frame(), resume=True)
    assert again.done == ((0, 6), (12, 18))
    assert list(again.missing()) == [(6, 12), *((y, y + 6) for y in range(18, HEIGHT, 6))]
    for start, end in list(again.missing()):
        again.write(rows(start, end))
    found = again.finish(build_result().findings)
    np.testing.assert_array_equal(found.top[...], build_result().top)
    assert not again.partial.exists()


@given(done=st.sets(st.integers(0, HEIGHT // TOGETHER - 1)))
def test_done_and_missing_rows_cover_the_scan_once(done: set[int]) -> None:
    spans = [(TOGETHER * k, TOGETHER * (k + 1)) for k in sorted(done)]

    class Stopped(ResultWriter):
        def __init__(self) -> None:
            self.frame = frame()

        @property
        def done(self) -> tuple[tuple[int, int], ...]:
            return tuple(spans)

    covered = np.zeros(HEIGHT, dtype=int)
    for start, end in (*spans, *Stopped().missing()):
        covered[start:end] += 1
    assert (covered == 1).all()


def test_another_job_is_not_resumed(tmp_path: Path) -> None:
    ResultWriter(tmp_path / "out", frame("weights A"))
    with pytest.raises(ResultError, match="other weights or other options"):
        ResultWriter(tmp_path / "out", frame("weights B"), resume=True)


def test_an_unfinished_run_is_neither_resumed_nor_dropped_unasked(tmp_path: Path) -> None:
    ResultWriter(tmp_path / "out", frame()).write(rows(0, 6))
    with pytest.raises(OutputError, match="--resume"):
        ResultWriter(tmp_path / "out", frame())
    assert ResultWriter(tmp_path / "out", frame(), resume=True).done == ((0, 6),)
    assert ResultWriter(tmp_path / "out", frame(), overwrite=True).done == ()


def test_a_folder_that_is_no_unfinished_run_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "out.partial" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("ten years")
    for options in ({}, {"resume": True}, {"overwrite": True}):
        with pytest.raises(OutputError, match="no unfinished run"):
            ResultWriter(tmp_path / "out", frame(), **options)
    assert thesis.read_text() == "ten years"


def test_a_half_written_block_does_not_count(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    (writer.partial / "blocks" / "0000000-0000006.unfinished").write_bytes(b"half")
    assert writer.done == ()


def test_missing_rows_prevent_a_result(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, 6))
    with pytest.raises(ValueError, match="6 of 48 rows"):
        writer.finish(build_result().findings)
    assert not (tmp_path / "out").exists()
    assert not (writer.partial / "result.h5").exists()


def test_a_run_stops_where_another_writes_the_same_rows(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, 6))
    with pytest.raises(OutputError, match="another run"):
        writer.write(rows(0, 6))


def test_a_run_that_another_takes_the_place_of_leaves_its_blocks_alone(tmp_path: Path) -> None:
    first = ResultWriter(tmp_path / "out", frame())
    second = ResultWriter(tmp_path / "out", frame("other"), overwrite=True)
    with pytest.raises(OutputError, match="another run"):
        first.write(rows(0, 6))
    # as where the second began while the first was writing
    other = second._path(0, 6)
    keep_block(first._path(0, 6), rows(0, 6), {})
    assert second.done == () and not other.exists()
    second.write(rows(0, 6))
    assert second.done == ((0, 6),)


def test_rows_that_cut_through_chunks_are_refused() -> None:
    with pytest.raises(ValueError, match="chunks of 6 rows"):
        rows(5, 11)


def test_a_block_of_another_shape_is_refused() -> None:
    other = replace(unpacked_rows(0, 6), top=np.zeros((1, 6, 72), dtype=np.float32))
    with pytest.raises(ValueError, match="top has shape"):
        pack_block(other, frame())


def test_findings_can_take_a_verdict_back(tmp_path: Path) -> None:
    def doubt_lead(verdicts: Verdicts) -> Verdicts:
        verdict = verdicts["verdict"].copy()
        verdict[0][verdict[0] == PRESENT] = CANNOT_TELL
        return {"verdict": verdict}

    writer = ResultWriter(tmp_path / "out", frame())
    write_all(writer)
    found = writer.finish(build_result().findings, doubt_lead)
    wanted = build_result().verdict.copy()
    wanted[0][wanted[0] == PRESENT] = CANNOT_TELL
    np.testing.assert_array_equal(found.verdict[...], wanted)
    np.testing.assert_array_equal(found.verdict_top[...], build_result().verdict_top)
    np.testing.assert_array_equal(found.verdict_family[...], build_result().verdict_family)


def write_all(writer: ResultWriter) -> None:
    for span in writer.missing():
        writer.write(rows(*span))


def test_arrays_beside_blocks_come_back_from_the_top(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    for y in (6, 0):
        writer.write(rows(y, y + 6), {"first": np.arange(3) + y, "row": np.asarray(y)})
    found = list(writer.beside())
    assert [int(each["row"]) for each in found] == [0, 6]
    np.testing.assert_array_equal(found[1]["first"], [6, 7, 8])


def test_exports_can_be_added_before_the_result_takes_its_name(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    write_all(writer)
    result = writer.gather(build_result().findings)
    (writer.partial / "pigments.csv").write_text(result.groups[0].name)
    assert not (tmp_path / "out").exists()
    np.testing.assert_array_equal(writer.publish().top[1], build_result().top[1])
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["pigments.csv", "result.h5"]
