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
    ResultFrame,
    ResultWriter,
    RowBlock,
)


def frame(job: str = "job") -> ResultFrame:
    return replace(build_result().frame, job=job)


def rows(y0: int, y1: int) -> RowBlock:
    whole = next(build_result().blocks(rows=HEIGHT))
    parts = {
        name: array[y0:y1] if name == "binned" else array[:, y0:y1]
        for name, array in whole.arrays.items()
    }
    return RowBlock(y0, **parts)


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_blocks_of_any_size_in_any_order_give_the_same_result(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, HEIGHT - 1), max_size=5)))
    spans = list(zip([0, *cuts], [*cuts, HEIGHT], strict=True))
    writer = ResultWriter(tmp_path_factory.mktemp("blocks") / "out", frame())
    for start, end in data.draw(st.permutations(spans)):
        writer.write(rows(start, end))
    found = writer.finish(build_result().findings)
    np.testing.assert_array_equal(found.probability[...], build_result().probability)
    np.testing.assert_array_equal(found.verdict_buried[...], build_result().verdict_buried)
    np.testing.assert_array_equal(found.element_counts[...], build_result().element_counts)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    first = ResultWriter(tmp_path / "out", frame())
    first.write(rows(0, 10))
    first.write(rows(20, 30))
    again = ResultWriter(tmp_path / "out", frame(), resume=True)
    assert again.done == ((0, 10), (20, 30))
    assert list(again.missing(10)) == [(10, 20), (30, 40), (40, 48)]
    for start, end in list(again.missing(10)):
        again.write(rows(start, end))
    found = again.finish(build_result().findings)
    np.testing.assert_array_equal(found.top[...], build_result().top)
    assert not again.partial.exists()


@given(
    done=st.lists(st.tuples(st.integers(0, 47), st.integers(1, 9)), max_size=4),
    step=st.integers(1, 20),
)
def test_done_and_missing_rows_cover_the_scan_once(done: list[tuple[int, int]], step: int) -> None:
    covered = np.zeros(HEIGHT, dtype=int)
    spans = []
    for start, length in done:
        end = min(start + length, HEIGHT)
        if covered[start:end].sum() == 0:
            covered[start:end] += 1
            spans.append((start, end))

    class Stopped(ResultWriter):
        def __init__(self) -> None:
            self.frame = frame()

        @property
        def done(self) -> tuple[tuple[int, int], ...]:
            return tuple(sorted(spans))

    for start, end in Stopped().missing(step):
        assert 0 < end - start <= step
        covered[start:end] += 1
    assert (covered == 1).all()


def test_another_job_is_not_resumed(tmp_path: Path) -> None:
    ResultWriter(tmp_path / "out", frame("weights A"))
    with pytest.raises(ResultError, match="other weights or other options"):
        ResultWriter(tmp_path / "out", frame("weights B"), resume=True)


def test_an_unfinished_run_is_neither_resumed_nor_dropped_unasked(tmp_path: Path) -> None:
    ResultWriter(tmp_path / "out", frame()).write(rows(0, 10))
    with pytest.raises(OutputError, match="--resume"):
        ResultWriter(tmp_path / "out", frame())
    assert ResultWriter(tmp_path / "out", frame(), resume=True).done == ((0, 10),)
    assert ResultWriter(tmp_path / "out", frame(), overwrite=True).done == ()


def test_a_half_written_block_does_not_count(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    (writer.partial / "blocks" / "0000000-0000010.unfinished").write_bytes(b"PK half")
    assert writer.done == ()


def test_missing_rows_prevent_a_result(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, 10))
    with pytest.raises(ValueError, match="10 of 48 rows"):
        writer.finish(build_result().findings)
    assert not (tmp_path / "out").exists()
    assert not (writer.partial / "result.h5").exists()


def test_rows_cannot_be_written_twice(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, 10))
    with pytest.raises(ValueError, match="already"):
        writer.write(rows(5, 12))


def test_a_block_of_another_shape_is_refused(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    with pytest.raises(ValueError, match="top has shape"):
        writer.write(replace(rows(0, 10), top=np.zeros((1, 10, 72), dtype=np.float32)))


def test_findings_can_take_a_verdict_back(tmp_path: Path) -> None:
    def doubt_lead(block: RowBlock) -> RowBlock:
        verdict = block.verdict.copy()
        verdict[0][verdict[0] == PRESENT] = CANNOT_TELL
        return replace(block, verdict=verdict)

    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, HEIGHT))
    found = writer.finish(build_result().findings, doubt_lead)
    assert (found.verdict[0] == CANNOT_TELL).all()
    np.testing.assert_array_equal(found.verdict[1], build_result().verdict[1])


def test_exports_can_be_added_before_the_result_takes_its_name(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "out", frame())
    writer.write(rows(0, HEIGHT))
    result = writer.gather(build_result().findings)
    (writer.partial / "pigments.csv").write_text(result.groups[0].name)
    assert not (tmp_path / "out").exists()
    np.testing.assert_array_equal(writer.publish().top[1], build_result().top[1])
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["pigments.csv", "result.h5"]
