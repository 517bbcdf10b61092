"""What is there is named; overlaps, escapes and sum peaks invent nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from builders import SpectrumBuilder
from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import SpectrumFit, elimination, identify_elements
from underpaint.elements.elimination import fit_families
from underpaint.elements.hidden import flank_caution, hidden_families
from underpaint.elements.measured import Measured
from underpaint.elements.parts import PILE_UP_PIECES
from underpaint.elements.pileup import coincidences, sum_peaks
from underpaint.elements.templates import line_shares
from underpaint.elements.unexplained import Excess, _above_level, lines_there
from underpaint.elements.wide import beside_wide_peaks
from underpaint.spectrum import EnergyCalibration


def found_in(counts: dict[str, float], seed: int = 0) -> tuple[str, ...]:
    builder = family_spectrum(counts)
    spectrum = builder.counts(np.random.default_rng(seed))
    return identify_elements([spectrum], CALIBRATION, tube_kv=TUBE_KV).names


def test_all_that_is_there_and_nothing_else() -> None:
    assert set(found_in(PAINT)) == set(PAINT)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rich_palette_is_told_apart(seed: int) -> None:
    palette = PAINT | {"Hg-L": 9000.0, "Zn-K": 3000.0, "Ti-K": 2500.0, "Cr-K": 2000.0}
    names = set(found_in(palette, seed))
    assert set(palette) - {"Pb-M"} <= names
    assert names <= set(palette)


def test_going_together_leaves_what_going_one_by_one_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    palette = PAINT | {"Hg-L": 9000.0, "Zn-K": 3000.0, "Ti-K": 2500.0, "Sn-K": 300.0}
    fits: list[int] = []

    def counted(measured: Measured, families: Sequence[str]) -> SpectrumFit:
        fits[-1] += 1
        return fit_families(measured, families)

    monkeypatch.setattr(elimination, "fit_families", counted)
    found = []
    for hopeless in (elimination.HOPELESS, 0.0):
        monkeypatch.setattr(elimination, "HOPELESS", hopeless)
        fits.append(0)
        found.append(found_in(palette, 3))
    assert found[0] == found[1]
    assert fits[0] < 0.6 * fits[1]


def test_arsenic_is_seen_beside_lead_when_there_and_only_then() -> None:
    assert "As-K" in found_in(PAINT | {"As-K": 40000.0})
    assert "As-K" not in found_in(PAINT)


def test_barium_and_titanium_are_told_apart() -> None:
    assert "Ba-L" not in found_in({"Ti-K": 20000.0, "Pb-L": 20000.0})
    names = found_in({"Ba-L": 20000.0, "Pb-L": 20000.0})
    assert "Ba-L" in names
    assert "Ti-K" not in names


@pytest.mark.parametrize("channels", [1024, 2048])
@pytest.mark.parametrize("family", ["Ba-L", "Sn-L", "Sb-L", "Cd-L"])
def test_softer_lines_stand_alone_where_the_harder_would_not_be_seen(
    family: str, channels: int
) -> None:
    """Off the axis, or too few under a lens that hardly lets hard X-rays through."""
    there = {"Pb-L": 200e3, "Pb-M": 20e3, "Ca-K": 30e3, "Fe-K": 40e3}
    builder = family_spectrum(there | {family: 20e3}, channels=channels)
    spectrum = builder.counts(np.random.default_rng(2))
    names = identify_elements([spectrum], CALIBRATION, tube_kv=50.0).names
    assert set(names) == {*there, family}


def test_many_softer_lines_without_the_harder_are_none() -> None:
    found = family_spectrum({"Pb-L": 2e6, "Ca-K": 1e6, "Sn-L": 1e6})
    spectrum = found.counts(np.random.default_rng(2))
    assert "Sn-L" not in identify_elements([spectrum], CALIBRATION, tube_kv=TUBE_KV).names


def test_escape_of_copper_is_no_iron() -> None:
    names = found_in({"Cu-K": 300000.0})
    assert "Fe-K" not in names
    assert "Cu-K" in names


def test_a_sum_peak_is_no_element() -> None:
    lines = family_spectrum({"Pb-L": 300000.0, "Ca-K": 150000.0}).expectation()
    sums = sum_peaks(coincidences(lines), CALIBRATION, len(lines))
    counts = np.random.default_rng(3).poisson(lines + 9000.0 * sums)
    names = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV).names
    assert set(names) == {"Pb-L", "Ca-K"}


@pytest.mark.parametrize(("tin", "hidden"), [(300.0, True), (30_000.0, False)])
def test_more_is_asked_of_lines_under_stronger_sum_peaks(tin: float, hidden: bool) -> None:
    """Twice Pb Lb has the energy of Sn Ka."""
    lines = family_spectrum({"Pb-L": 3e6}).expectation()
    sums = 60_000.0 * sum_peaks(coincidences(lines), CALIBRATION, len(lines))
    own = family_spectrum({"Sn-K": tin}, continuum=0.0).expectation()
    fit = fit_families(Measured(lines + sums + own, CALIBRATION, TUBE_KV), ["Pb-L", "Sn-K"])
    assert hidden_families(fit, CALIBRATION) == ({"Sn-K"} if hidden else set())


@pytest.mark.parametrize(("bismuth", "hidden"), [(0.01, True), (0.05, False)])
def test_more_is_asked_on_the_flank_of_a_strong_line(bismuth: float, hidden: bool) -> None:
    """Bi La lies at 10.84 keV, Pb La at 10.55."""
    lines = family_spectrum({"Pb-L": 3e6, "Bi-L": bismuth * 3e6}).expectation()
    fit = fit_families(Measured(lines, CALIBRATION, TUBE_KV), ["Pb-L", "Bi-L"])
    assert hidden_families(fit, CALIBRATION) == ({"Bi-L"} if hidden else set())
    assert flank_caution(fit, CALIBRATION, 10.84, 0.4 * bismuth * 3e6) == (2.0 if hidden else 1.0)
    assert flank_caution(fit, CALIBRATION, 7.5, 0.4 * bismuth * 3e6) == 1.0


@pytest.mark.parametrize(("width", "names"), [(1.0, ("Fe-K", "Tl-L")), (3.0, ("Fe-K",))])
def test_peaks_wider_than_lines_are_no_element(width: float, names: tuple[str, ...]) -> None:
    """As polycrystalline metal throws them back, where they lie where thallium has its lines."""
    wider = EnergyCalibration(
        CALIBRATION.zero, CALIBRATION.gain, width * CALIBRATION.noise, width**2 * CALIBRATION.fano
    )
    iron = family_spectrum({"Fe-K": 3e6}).expectation()
    peaks = family_spectrum({"Tl-L": 16_000.0}, wider, continuum=0.0).expectation()
    counts = np.random.default_rng(4).poisson(iron + peaks)
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV)
    assert found.names == names
    assert all(peak.wide for peak in found.unexplained)
    told = [round(peak.energy_kev) for peak in found.unexplained]
    assert told == ([] if "Tl-L" in names else [10, 12])


def test_wide_peaks_beside_lines_make_no_fit_worse() -> None:
    """Lines of one subshell alone, as a monochromatic beam excites them, fit a family badly."""
    copper = family_spectrum({"Cu-K": 120_000.0}).expectation()
    lines = line_shares("Au-L", TUBE_KV)
    gold = SpectrumBuilder(CALIBRATION, CHANNELS)
    for energy, share, label in zip(lines.energy_kev, lines.share, lines.label, strict=True):
        if label in ("La1", "La2", "Lb2", "Ll"):
            gold.line(float(energy), 120_000.0 * float(share))
    counts = np.random.default_rng(8).poisson(copper + gold.expectation())
    measured = Measured(counts.astype(np.float64), CALIBRATION, TUBE_KV)
    fit = fit_families(measured, ["Cu-K", "Au-L"])
    beside = beside_wide_peaks(measured, fit, ["Au-L"], pile_up_pieces=PILE_UP_PIECES)
    assert beside.reduced_chi_square <= fit.reduced_chi_square
    assert beside.counts[1] > 0.7 * fit.counts[1]


def test_a_peak_of_no_element_is_listed_as_unexplained() -> None:
    builder = family_spectrum(PAINT).line(7.24, 6000.0)
    counts = builder.counts(np.random.default_rng(4))
    found = identify_elements(
        [counts], CALIBRATION, tube_kv=TUBE_KV, candidates=(*PAINT, "Zn-K", "Ni-K")
    )
    assert [round(peak.energy_kev, 1) for peak in found.unexplained] == [7.2]
    assert found.unexplained[0].counts == pytest.approx(6000.0, rel=0.2)


def test_lines_of_a_family_that_was_not_looked_for_are_told() -> None:
    paint = {"Pb-L": 60000.0, "Ca-K": 9000.0, "Fe-K": 12000.0}
    counts = family_spectrum(paint | {"Hf-L": 40000.0}).counts(np.random.default_rng(7))
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV, candidates=(*paint, "Ti-K"))
    told = {round(peak.energy_kev, 1): peak.lines_there for peak in found.unexplained}
    assert told[7.9][0] == "Hf La1" and told[9.0][0] == "Hf Lb1"


@pytest.mark.parametrize("there", [False, True])
def test_a_line_is_told_only_where_the_brighter_one_of_its_family_is_seen(there: bool) -> None:
    """Zr Ka lies at 15.77 keV, Kb1 at 17.67."""
    builder = family_spectrum(PAINT).line(17.67, 8000.0)
    if there:
        builder = builder.line(15.77, 40000.0)
    assert ("Zr Kb1" in told_of(builder, 17.67, 8000.0)) == there


@pytest.mark.parametrize(("counts", "first"), [(5000.0, "Pb Lg1"), (50000.0, "")])
def test_lines_of_families_that_were_found_are_told_first(counts: float, first: str) -> None:
    """Where the family has enough of the line: Pb Lg1, of which there are some 4,000 counts."""
    told = told_of(family_spectrum(PAINT).line(14.76, counts), 14.76, counts)
    assert (told or ("",))[0] == first


@pytest.mark.parametrize(("counts", "listed"), [(20000.0, False), (80000.0, True)])
def test_what_the_radiative_auger_effect_takes_from_a_line_is_no_peak(
    counts: float, listed: bool
) -> None:
    """Beneath Fe Kb, at 7.06 keV, which has 0.12 of a million counts here."""
    spectrum = family_spectrum({"Fe-K": 1e6, "Ca-K": 2e5}).line(6.9, 0.12 * counts).expectation()
    found = identify_elements(
        [spectrum], CALIBRATION, tube_kv=TUBE_KV, candidates=("Fe-K", "Ca-K", "Cu-K")
    )
    assert [round(peak.energy_kev, 1) for peak in found.unexplained] == [6.9] * listed


def told_of(builder: SpectrumBuilder, energy_kev: float, counts: float) -> tuple[str, ...]:
    """Lines that a peak could be, where only the families of paint were fitted."""
    spectrum = builder.counts(np.random.default_rng(8)).astype(np.float64)
    fit = fit_families(Measured(spectrum, CALIBRATION, TUBE_KV), list(PAINT))
    excess = Excess.of(spectrum, CALIBRATION, fit)
    return lines_there(energy_kev, counts, excess)


def test_a_slope_is_no_peak_and_a_line_on_it_is() -> None:
    channel = np.arange(-12.0, 13.0)
    slope = 500.0 - 30.0 * channel
    line = np.exp(-0.5 * (channel / 4.0) ** 2)
    variance = 100.0 + 50.0 * (12.0 - channel)
    assert _above_level(slope, variance, 4.0) == pytest.approx(0.0, abs=1e-6)
    assert _above_level(slope + 80.0 * line, variance, 4.0) == pytest.approx(
        80.0 * line.sum(), rel=1e-6
    )


def test_one_pixel_in_the_maximum_spectrum_is_enough() -> None:
    plain = family_spectrum(PAINT).counts(np.random.default_rng(5))
    rich = family_spectrum(PAINT | {"Zn-K": 9000.0}).counts(np.random.default_rng(6))
    names = identify_elements([plain, rich], CALIBRATION, tube_kv=TUBE_KV).names
    assert "Zn-K" in names


def test_certain_families_stay() -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(7))
    found = identify_elements([counts], CALIBRATION, tube_kv=TUBE_KV, certain=["Zn-K"])
    assert "Zn-K" in found.names


def test_a_spectrum_without_any_line_has_no_elements() -> None:
    noise = np.random.default_rng(8).poisson(2.0, 2048)
    found = identify_elements([noise], CALIBRATION, tube_kv=TUBE_KV, candidates=("Fe-K", "Cu-K"))
    assert found.names == ()


@pytest.mark.parametrize(
    ("tube_kv", "beside", "named"),
    [(20.0, {"Pb-L": 2e5, "Pb-M": 5e4}, False), (20.0, {"Fe-K": 5e4}, True),
     (TUBE_KV, {"Pb-L": 2e5, "Pb-M": 5e4, "Mo-K": 5e3}, True)],
)  # fmt: skip
def test_a_rare_line_that_may_be_a_brighter_common_one_needs_more_or_its_harder_lines(
    tube_kv: float, beside: dict[str, float], named: bool
) -> None:
    """Molybdenum's L lines lie at those of lead's M; 20 kV do not excite its K lines."""
    spectrum = family_spectrum({"Ca-K": 2e4, "Mo-L": 8e3, **beside})
    counts = spectrum.counts(np.random.default_rng(3))
    found = identify_elements([counts], CALIBRATION, tube_kv=tube_kv)
    assert ("Mo-L" in found.names) is named


@pytest.mark.parametrize(("tube_kv", "named"), [(32.0, False), (TUBE_KV, True)])
def test_what_the_tube_barely_excites_needs_more(tube_kv: float, named: bool) -> None:
    """Antimony's K edge is at 30.5 keV."""
    counts = family_spectrum(PAINT | {"Sb-K": 300.0}).counts(np.random.default_rng(3))
    counts[CALIBRATION.energy(np.arange(len(counts))) > tube_kv] = 0
    found = identify_elements([counts], CALIBRATION, tube_kv=tube_kv)
    assert ("Sb-K" in found.names) is named


def test_a_line_tells_that_the_tube_reaches_further_than_the_counts() -> None:
    """Barium's K edge is at 37.4 keV, its K alpha at 32.2; nothing beyond is counted."""
    counts = family_spectrum(PAINT | {"Ba-K": 3000.0}).counts(np.random.default_rng(3))
    counts[CALIBRATION.energy(np.arange(len(counts))) > 37.0] = 0
    found = identify_elements([counts], CALIBRATION)
    assert set(found.names) == {*PAINT, "Ba-K"}
    assert found.tube_kv > 37.4
    assert found.unexplained == ()
    stated = identify_elements([counts], CALIBRATION, tube_kv=36.0)
    assert stated.tube_kv == 36.0
    assert [round(peak.energy_kev, 1) for peak in stated.unexplained] == [32.2]
