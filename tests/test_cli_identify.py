"""`underpaint identify`: from a scan file to a result folder, and what it does with bad input."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from board_builder import build_board, build_board_scan
from builders import ScanBuilder
from cli_runner import assert_one_sentence, invoke
from result_builder import build_result
from underpaint.cli.identify import describe
from underpaint.identify import Job, identify, read_block, run
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.result import CANNOT_TELL, PRESENT, read_result
from underpaint.scan import Changes, Stated, write_hdf5


@pytest.fixture(scope="module")
def identified(board: Path) -> Path:
    out = board.parent / "result"
    done = invoke("identify", board, "-o", out)
    assert done.exit_code == 0, done.output
    assert str(out / "report.html") in done.stdout
    return out


def test_a_result_folder_holds_all_that_is_promised(identified: Path) -> None:
    names = {path.name for path in identified.iterdir()}
    assert names == {"result.h5", "pigments.csv", "families.csv", "maps", "report.html"}
    assert not identified.with_name("result.partial").exists()
    assert (identified / "maps" / "mercury-sulfide_anywhere_probability.tif").exists()
    assert "Vermilion" in (identified / "report.html").read_text(encoding="utf-8")


def test_vermilion_is_present_where_it_is_and_nowhere_else(identified: Path) -> None:
    result = read_result(identified)
    index = result.group_index["mercury-sulfide"]
    present = result.verdict[index] == PRESENT
    assert present[:, :6].mean() > 0.95
    assert present[:, 6:12].mean() < 0.05
    assert (result.verdict_top[index] == PRESENT)[:, 6:].mean() < 0.05
    summary = result.summary[index]
    assert summary.confirmed
    assert summary.lines[0].line.startswith("Hg La")
    assert summary.lines[0].sigma > 5.0


def test_no_pigment_is_named_that_is_not_on_the_board(identified: Path) -> None:
    result = read_result(identified)
    truth = build_board()[2].anywhere
    present = np.asarray(result.verdict).reshape(truth.shape[1], -1).T == PRESENT
    assert (present & ~truth).sum(axis=1).mean() <= 0.05


def test_an_energy_axis_that_is_off_is_found(identified: Path) -> None:
    axis = read_result(identified).provenance["calibration"]["found"]
    assert axis["zero"] == pytest.approx(-0.05, abs=0.012)
    assert axis["gain"] == pytest.approx(0.03, rel=0.002)


def test_a_palette_rules_groups_out(board: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = invoke("identify", board, "-o", out, "--palette", "lead-white,zinc-white,chalk")
    assert done.exit_code == 0, done.output
    result = read_result(out)
    index = result.group_index["mercury-sulfide"]
    assert np.asarray(result.probability[index]).max() == 0.0
    assert any("ruled out" in note for note in result.notes)
    assert "Hg is in the scan, but no pigment held possible has it" in result.notes[0]
    assert f"board.h5: {result.notes[0]}" in done.stderr


def test_pixel_size_and_title_that_are_stated_go_into_the_result(
    board: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = invoke(
        "identify", board, "-o", out, "--pixel-size", 0.25, "--title", "Study of hands", "--bin", 2
    )
    assert done.exit_code == 0, done.output
    provenance = read_result(out).provenance
    assert provenance["title"] == "Study of hands"
    assert provenance["pixel_size_mm"] == [0.5, 0.5]
    sources = {fact["name"]: fact["source"] for fact in provenance["facts"]}
    assert sources["title"] == sources["pixel size"] == "the user's request"
    assert "Study of hands" in (out / "report.html").read_text(encoding="utf-8")


def test_an_interrupted_run_resumes_to_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = load_library()
    weights = load_weights(find_weights(None), library)
    palette = parse_palette(None, library)
    scan = build_board_scan()
    calls = iter(range(100))

    def stop_at_the_third(*arguments: object) -> object:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return read_block(*arguments)  # type: ignore[arg-type]

    def go(name: str, resume: bool = False) -> None:
        with ThreadPoolExecutor(1) as executor:
            identify(
                scan, library, weights, palette, Job(tmp_path / name, resume=resume),
                lambda _text, _rows: nullcontext(lambda _done: None), executor,
            )  # fmt: skip

    with monkeypatch.context() as patch:
        patch.setattr(run, "read_block", stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            go("out")
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.partial").is_dir()
    go("out", resume=True)
    go("once")
    once, resumed = read_result(tmp_path / "once"), read_result(tmp_path / "out")
    for name in ("probability", "verdict", "amount", "element_counts", "binned"):
        np.testing.assert_array_equal(getattr(once, name), getattr(resumed, name))
    assert not (tmp_path / "out.partial").exists()


def test_an_output_that_exists_is_left_alone(board: Path, identified: Path) -> None:
    before = (identified / "result.h5").read_bytes()
    done = invoke("identify", board, "-o", identified)
    assert_one_sentence(done, 2, "exists", "--overwrite")
    assert (identified / "result.h5").read_bytes() == before


def test_a_resumed_run_has_the_title_that_is_asked_for(board: Path, tmp_path: Path) -> None:
    first = invoke("identify", board, "-o", tmp_path / "out", "--title", "Hands")
    assert first.exit_code == 0
    same = invoke("identify", board, "-o", tmp_path / "out", "--title", "Hands", "--resume")
    assert same.exit_code == 0
    other = invoke("identify", board, "-o", tmp_path / "out", "--title", "Feet", "--resume")
    assert_one_sentence(other, 2, "exists", "--overwrite")


def test_pixels_too_faint_to_read_are_told(tmp_path: Path) -> None:
    scan = build_board_scan()
    counts = np.array(scan.counts)
    half, few = len(counts) // 2, 300.0 / counts.sum(axis=2).mean()
    counts[:half] = np.random.default_rng(1).binomial(counts[:half].astype(np.int64), few)
    write_hdf5(replace(scan, counts=counts), tmp_path / "thinned.h5")
    done = invoke("identify", tmp_path / "thinned.h5", "-o", tmp_path / "out")
    assert done.exit_code == 0
    result = read_result(tmp_path / "out")
    binned = np.asarray(result.binned).sum(axis=2)
    faint = int((binned < 500).sum())
    assert 0 < faint < binned.size
    assert result.provenance["pixels_read"] == binned.size - faint
    assert any("fewer than 500 counts: nothing is told of these" in note for note in result.notes)
    assert (np.asarray(result.verdict)[:, binned < 500] == CANNOT_TELL).all()


def test_pixels_of_a_zero_peak_alone_are_told(tmp_path: Path) -> None:
    scan = build_board_scan()
    counts = np.array(scan.counts)
    half = len(counts) // 2
    counts[:half] = 0
    counts[:half, :, 0] = 5_000
    write_hdf5(replace(scan, counts=counts, calibration=None), tmp_path / "off.h5")
    assert invoke("identify", tmp_path / "off.h5", "-o", tmp_path / "out").exit_code == 0
    result = read_result(tmp_path / "out")
    assert result.pixels_measured == (len(counts) - half) * counts.shape[1]
    told = [note for note in result.notes if "only where no element has lines" in note]
    assert told and told[0].startswith(f"{100 * half // len(counts)} % of the scan")


def _text_named_rpl(folder: Path) -> Path:
    path = folder / "scan.rpl"
    path.write_text("Dear colleague,\nplease find the scan attached.\n", encoding="utf-8")
    return path


def _short_raw(folder: Path) -> Path:
    path = ScanBuilder().write_rpl(folder / "scan.rpl")
    raw = path.with_suffix(".raw")
    raw.write_bytes(raw.read_bytes()[:-10])
    return path


def _missing_pixel(folder: Path) -> Path:
    path = ScanBuilder().write_mca_folder(folder / "scan")
    (path / "None_7.mca").unlink()
    return path


def _empty_folder(folder: Path) -> Path:
    path = folder / "scan"
    path.mkdir()
    return path


def _uniform(folder: Path, spectrum: NDArray[np.integer]) -> Path:
    return ScanBuilder(height=2, width=2).everywhere(spectrum).write_mca_folder(folder / "scan")


def _no_peaks(folder: Path) -> Path:
    return _uniform(folder, np.random.default_rng(3).poisson(20.0, 1024))


def _no_counts(folder: Path) -> Path:
    return _uniform(folder, np.zeros(512, dtype=int))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_text_named_rpl, "scan.rpl"),
        (_short_raw, "scan.raw"),
        (_missing_pixel, "7"),
        (_empty_folder, "scan"),
        (_no_peaks, "scan: the spectrum has no clear peak"),
        (_no_counts, "empty"),
        (lambda folder: folder / "nothing.h5", "nothing.h5"),
    ],
)
def test_a_scan_that_cannot_be_used_gets_one_sentence(
    tmp_path: Path, make: object, word: str
) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    done = invoke("identify", path, "-o", tmp_path / "out")
    assert_one_sentence(done, 3, word)
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.partial").exists()


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        (("--palette", "lead-white,unobtainium"), 3, "unobtainium"),
        (("--made", "1905-1890"), 3, "1905-1890"),
        (("--weights", "nonesuch"), 3, "nonesuch"),
        (("--calibration", "nonesuch.toml"), 3, "nonesuch.toml"),
        (("--calibration", "eV.toml"), 3, "electronvolts"),
    ],
)
def test_an_option_that_makes_no_sense_gets_one_sentence(
    board: Path, tmp_path: Path, options: tuple[str, ...], status: int, word: str
) -> None:
    (tmp_path / "eV.toml").write_text("zero = -12\ngain = 20\n", encoding="utf-8")
    options = tuple(str(tmp_path / each) if each == "eV.toml" else each for each in options)
    done = invoke("identify", board, "-o", tmp_path / "out", *options)
    assert_one_sentence(done, status, word)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--pixel-size", "0"), "0 mm"),
        (("--pixel-size", "500"), "millimetres"),
        (("--pixel-size", "nan"), "nan"),
        (("--title", "two\nlines"), "one line"),
    ],
)
def test_what_no_scan_can_have_is_wrong_use(
    board: Path, tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    done = invoke("identify", board, "-o", tmp_path / "out", *options)
    assert done.exit_code == 2
    assert word in done.stderr
    assert invoke("identify", board, board, "-o", tmp_path, "--title", "A").exit_code == 2


def test_an_axis_on_which_no_peak_is_a_line_is_refused(board: Path, tmp_path: Path) -> None:
    axis = tmp_path / "axis.toml"
    axis.write_text("zero = 0.3\ngain = 0.05\n", encoding="utf-8")
    done = invoke("identify", board, "-o", tmp_path / "out", "--calibration", axis)
    assert_one_sentence(done, 3, board.name, "no peak is the line of an element", "--calibration")
    assert not (tmp_path / "out").exists()


def test_a_single_pixel_is_not_said_to_be_none_of_the_scan(identified: Path) -> None:
    result = read_result(identified)
    row = replace(
        result.summary[0], confirmed=True, share_present=0.5, share_top=0.5, share_buried=1e-4
    )
    told = describe(replace(result, summary=(row, *result.summary[1:])))
    assert "present in 50 % of the pixels (top 50 %, buried under 0.1 %)" in told


def test_the_terminal_tells_families_and_what_chance_may_explain() -> None:
    result = build_result()
    rows = list(result.summary)
    rows[1] = replace(rows[1], share_present=2 / 3456)
    told = describe(replace(result, summary=tuple(rows))).splitlines()
    assert told[-2].startswith("A cobalt pigment: present in 33 % of the pixels, in 33 % without")
    assert told[-1] == "In a few pixels, which chance may explain: Vermilion (under 0.1 %)"
    assert not any(line.startswith("Vermilion") for line in told)


def test_an_instrument_states_the_tube_where_the_scan_does_not(board: Path, tmp_path: Path) -> None:
    from underpaint.cli.identify import Request, identify_one
    from underpaint.identify.tube import BY_USER, with_stated_tube
    from underpaint.xray import Instrument

    bare = replace(build_board_scan(), anode=None, tube_voltage_kv=None)
    filled = with_stated_tube(bare, Instrument(anode="Ag", kv=35.0))
    assert (filled.anode, filled.tube_voltage_kv) == ("Ag", 35.0)
    assert filled.facts["anode"].source == BY_USER
    stated = replace(bare, anode="Rh", tube_voltage_kv=40.0)
    assert with_stated_tube(stated, Instrument(anode="Ag", kv=35.0)).anode == "Rh"

    palette = parse_palette(None, load_library())
    request = Request(palette, Changes(), Stated(), instrument=Instrument(name="mine"))
    result = identify_one(board, tmp_path / "out", request)
    assert result.provenance["options"]["instrument"]["name"] == "mine"


def test_an_unknown_instrument_is_named_with_those_known(board: Path, tmp_path: Path) -> None:
    done = invoke("identify", board, "-o", tmp_path / "out", "--instrument", "bruker-m5")
    assert done.exit_code == 3
    assert "bruker-m6-jetstream" in done.output
    assert not (tmp_path / "out").exists()


def test_what_is_in_the_way_is_told_before_the_scan_is_read(tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "thesis.txt").write_text("ten years")
    done = invoke("identify", tmp_path / "not-even-there.rpl", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "is in the way" in " ".join(done.stderr.split())
