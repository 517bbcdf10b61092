"""Words drawn from numbers: places, shares, shifts of the energy axis, scale bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from result_builder import build_cropped_result, build_provenance, build_result, with_changes
from underpaint.show.figures import amount_words, joined, percent
from underpaint.show.names import element_title, line_name
from underpaint.show.place import describe_place
from underpaint.show.scaling import Scale, clipped_scale, scale_bar
from underpaint.show.scan_words import (
    calibration_rows,
    calibration_words,
    promise_words,
    rival_words,
)


def mask(*boxes: tuple[slice, slice]) -> np.ndarray:
    field = np.zeros((30, 60), dtype=bool)
    for box in boxes:
        field[box] = True
    return field


ALL = slice(None)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (mask((ALL, ALL)), "over the whole scan"),
        (mask((slice(0, 10), ALL)), "along the top"),
        (mask((slice(20, 30), ALL)), "along the bottom"),
        (mask((ALL, slice(40, 60))), "along the right edge"),
        (mask((slice(0, 20), ALL)), "in the upper two thirds"),
        (mask((slice(22, 28), slice(45, 55))), "at the lower right"),
        (mask((slice(12, 18), slice(25, 35))), "at the centre"),
        (mask((slice(0, 10), slice(0, 20)), (slice(20, 30), slice(40, 60))),
         "at the upper left and lower right"),
        (np.ones((1, 1), dtype=bool), "over the whole scan"),
        (np.ones((1, 9), dtype=bool), "over the whole scan"),
        (np.arange(9)[None] < 3, "along the left edge"),
        (np.arange(9)[:, None] > 5, "along the bottom"),
        (mask(), "nowhere"),
    ],
)  # fmt: skip
def test_places_are_named_as_one_would_point_at_them(field: np.ndarray, words: str) -> None:
    assert describe_place(field, np.ones_like(field)) == words


def test_a_spot_beside_a_few_stray_pixels_is_only_mainly_there() -> None:
    field = mask((slice(0, 10), slice(0, 20)))
    field[12::4, ::4] = True
    assert describe_place(field, np.ones_like(field)) == "mainly at the upper left"


def test_several_places_are_not_mainly_there() -> None:
    field = mask((ALL, slice(0, 20)), (slice(0, 10), slice(0, 60)))
    field[12::3, 22::3] = True
    place = describe_place(field, np.ones_like(field))
    assert place.startswith("in several places, most densely at the ")


@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_any_map_has_a_place(field: np.ndarray) -> None:
    assert describe_place(field, np.ones_like(field))


def test_pixels_that_were_not_measured_are_in_no_place() -> None:
    measured = mask((slice(0, 10), ALL))
    assert describe_place(mask((ALL, ALL)), measured) == "over the whole scan"
    assert describe_place(mask((slice(5, 20), slice(0, 20))), measured) == "at the upper left"
    assert describe_place(mask((slice(10, 30), ALL)), measured) == "nowhere"
    two = mask((slice(0, 10), slice(0, 40)))
    assert describe_place(mask((slice(0, 10), slice(0, 20))), two) == "at the upper left"
    dotted = mask()
    dotted[::2, ::2] = True
    assert describe_place(dotted, measured) == "spread over the whole scan"


@given(
    arrays(
        bool,
        st.tuples(st.integers(1, 4), st.integers(1, 4)).map(lambda n: (3 * n[0], 3 * n[1])),
    )
)
def test_a_mirrored_map_has_left_and_right_exchanged(field: np.ndarray) -> None:
    swap = str.maketrans({"L": "right", "R": "left"})
    everywhere = np.ones_like(field)
    place, mirrored = (describe_place(each, everywhere) for each in (field, field[:, ::-1]))
    if "most densely" in place or " and " in place:
        return
    assert place.replace("left", "L").replace("right", "R").translate(swap) == mirrored


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"), (1e-5, "under 0.1 %"), (0.004, "0.4 %"), (0.37, "37 %"),
        (0.9999, "over 99 %"), (1.0, "100 %"),
    ],
)  # fmt: skip
def test_shares_are_never_rounded_to_nothing_or_all(share: float, words: str) -> None:
    assert percent(share) == words


def shifted(zero: float, gain: float = 0.0151) -> str:
    stated = {"zero": zero, "gain": gain, "noise": 0.1, "fano": 0.115}
    found = {"zero": 0.002, "gain": 0.0151, "noise": 0.1, "fano": 0.115}
    calibration = {"stated": stated, "found": found}
    return calibration_words(
        with_changes(build_result(), provenance=build_provenance(calibration=calibration))
    )


def promise(**rule: object) -> str:
    return promise_words(
        with_changes(build_result(), provenance=build_provenance(verdict_rule=rule))
    )


def test_absence_is_promised_for_the_uppermost_paint_and_no_deeper_than_can_be_seen() -> None:
    words = promise(
        wrong_names=0.001, line_sigma=5.0, absent_share=[0.025, 0.1], absent_missed=0.05
    )
    assert "2.5 to 10 % of it in the uppermost paint would have shown in 95 of 100" in words
    assert "Paint above can hide what lies below" in words
    assert "called absent" not in promise(wrong_names=0.001, line_sigma=5.0)


def test_a_small_scan_is_not_promised_to_be_free_of_wrong_names() -> None:
    words = promise_words(build_cropped_result(1, 1))
    assert (
        "In this scan of one pixel, fewer than one per group may still be wrong, in the mean"
        in words
    )


def test_rivals_are_told_with_the_counts_they_were_worked_out_for() -> None:
    assert rival_words(build_result()) == ""
    provenance = build_provenance(rivals={"counts": 30_000.0}, counts_per_pixel=8_000.0)
    words = rival_words(with_changes(build_result(), provenance=provenance))
    assert "for pixels of 30,000 counts; a pixel of this scan has 8,000 on average" in words


def test_a_shifted_axis_is_told_by_how_much_and_which_way() -> None:
    assert (
        shifted(-0.056)
        == "The file's energy axis is 58 eV low; the one found from the peaks was used."
    )
    assert (
        shifted(0.022)
        == "The file's energy axis is 20 eV high; the one found from the peaks was used."
    )


def test_a_stretched_axis_is_told_at_both_ends() -> None:
    words = shifted(0.002, gain=0.0151 * 1.004)
    assert "12 eV high at 3 keV and 60 eV high at 15 keV" in words


def test_an_axis_that_is_right_is_not_called_corrected() -> None:
    assert "agrees within 3 eV with the one found" in shifted(0.005)


def test_an_axis_that_the_file_does_not_state_was_found() -> None:
    calibration = {"stated": None, "found": {"zero": 0.0, "gain": 0.01}}
    result = with_changes(build_result(), provenance=build_provenance(calibration=calibration))
    assert calibration_words(result).startswith("The file states no energy axis")
    calibration["given_by_user"] = True
    assert calibration_words(result).endswith("given by the user.")


def test_an_axis_taken_from_the_file_is_not_said_to_be_confirmed() -> None:
    axis = {"zero": 0.3, "gain": 0.05, "noise": 0.1, "fano": 0.115}
    calibration = {"stated": axis, "found": axis, "given_by_user": False}
    result = with_changes(build_result(), provenance=build_provenance(calibration=calibration))
    assert "agrees" not in calibration_words(result)
    assert "used as it is" in calibration_words(result)


def test_the_axis_is_told_to_the_digits_that_count_and_no_file_states_a_resolution() -> None:
    stated = {"zero": -0.04, "gain": 0.02, "noise": 0.1, "fano": 0.115}
    found = {"zero": -0.0405234, "gain": 0.020003141, "noise": 0.080359, "fano": 0.12072}
    calibration = {"stated": stated, "found": found}
    result = with_changes(build_result(), provenance=build_provenance(calibration=calibration))
    assert calibration_rows(result) == [
        ("Zero", "-0.0400 keV", "-0.0405 keV"),
        ("Gain", "0.020000 keV per channel", "0.020003 keV per channel"),
        ("Noise, FWHM", "—", "0.080 keV"),
        ("Fano factor", "—", "0.121"),
    ]


@pytest.mark.parametrize(
    ("amount", "sigma", "words"),
    [
        (3.278, 1.122, "3.3 mg/cm²; one pixel is uncertain by 1.1"),
        (0.2384, 0.0351, "0.238 mg/cm²; one pixel is uncertain by 0.035"),
        (214.4, 31.2, "214 mg/cm²; one pixel is uncertain by 31"),
        (3.5, 0.0, "3.5 mg/cm²"),
        (4.12, 2.62, "4.1 mg/cm²; one pixel is uncertain by 2.6"),
        (3.5, 3.7, "not known (the estimate is 3.5 mg/cm²; one pixel is uncertain by 3.7)"),
        (1.035, 8.682, "not known (the estimate is 1.0 mg/cm²; one pixel is uncertain by 8.7)"),
        (None, None, ""),
    ],
)
def test_an_amount_has_no_digits_beyond_its_uncertainty_and_is_unknown_below_it(
    amount: float | None, sigma: float | None, words: str
) -> None:
    assert amount_words(amount, sigma) == words


@given(width=st.integers(1, 5000), pixel=st.none() | st.floats(0.001, 5.0))
def test_a_scale_bar_fits_under_its_map(width: int, pixel: float | None) -> None:
    bar = scale_bar(width, None if pixel is None else (pixel, pixel))
    assert bar.pixels <= max(0.5 * width, 1.0) * (1 + 1e-9)
    assert bar.pixels >= 0.2 * width * (1 - 1e-9)


def test_a_scale_bar_says_its_unit() -> None:
    assert scale_bar(72, (0.5, 0.5)).label == "10 mm"
    assert scale_bar(1200, (0.5, 0.5)).label == "20 cm"
    assert scale_bar(72, None).label == "20 pixels"


@given(arrays(np.float32, (5, 7), elements=st.floats(0, 1e6, width=32)))
def test_colours_stay_on_their_scale(values: np.ndarray) -> None:
    relative = clipped_scale(values, "counts").relative(values)
    assert relative.min() >= 0.0
    assert relative.max() <= 1.0


def test_what_is_cut_off_a_scale_is_stated() -> None:
    values = np.ones((20, 20), dtype=np.float32)
    values[0, 0] = 50
    scale = clipped_scale(values, "counts")
    assert scale.high == pytest.approx(1.0)
    assert scale.statement == "Scale to the 99.5th percentile; maximum 50 counts"
    assert clipped_scale(np.ones((3, 3), dtype=np.float32), "counts").statement == ""


def test_a_map_with_nothing_in_it_has_a_scale() -> None:
    assert clipped_scale(np.full((3, 3), np.nan, dtype=np.float32), "") == Scale(0.0, 1.0)


def test_names_are_written_as_readers_write_them() -> None:
    assert line_name("Hg La1") == "Hg Lα₁"
    assert line_name("Pb M") == "Pb M"
    assert element_title("Fe-K") == "Iron (Fe K)"
    assert joined(["a", "b", "c"]) == "a, b and c"
