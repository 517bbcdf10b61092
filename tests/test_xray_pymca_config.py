"""PyMca's configurations arrive with PyMca's meanings; what does not arrive is named."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from underpaint.errors import InstrumentError
from underpaint.xray import PyMcaConfig, make_stacks, read_pymca_config
from underpaint.xray.atomic import attenuation
from underpaint.xray.detector import efficiency
from underpaint.xray.periodic_table import INDEX
from underpaint.xray.source import beam_transmission, tube_line_beam

PIECES = {
    "attenuators": """
[attenuators]
kapton = 0, Kapton, 1.42, 0.0025, 1.0
atmosphere = 1, Air, 0.0012048, 3.0, 1.0
Matrix = 1, MULTILAYER, 0.0, 0.0, 60.0, 40.0, 0, 100.0
deadlayer = 1, Si1, 2.33, 1e-05, 1.0
BeamFilter0 = 1, Al1, 2.72, 0.01, 1.0
BeamFilter1 = 1, Kapton, 1.42, 0.005, 1.0
window = 1, Be1, 1.848, 0.0025, 1.0
Detector = 1, Si1, 2.33, 0.045, 1.0
""",
    "multilayer": """
[multilayer]
Layer1 = 1, Ground, 2.0, 0.01
Layer0 = 1, Hg1S1, 4.0, 0.002
Layer2 = 0, -, 0.0, 0.0
""",
    "materials": """
[materials]

[materials.Kapton]
Density = 1.42
CompoundFraction = 0.628772, 0.066659, 0.304569
CompoundList = C1, N1, O1

[materials.Air]
CompoundFraction = 0.000124, 0.75527, 0.23178, 0.012827, 3.2e-06
CompoundList = C1, N1, O1, Ar1, Kr1

[materials.Ground]
Comment = chalk in glue, 30 %% by mass
CompoundFraction = 70.0, 30.0
CompoundList = Ca1C1O3, Glue

[materials.Glue]
CompoundFraction = 1.0
CompoundList = C5H8N1O2
""",
    "fit": """
[fit]
energy = 17.44, 19.6, None, 30.0
energyweight = 1.0, 0.2, 0.0, 5.0
energyflag = 1, 1, 1, 0
energyscatter = 1, 1, 0, 0
scatterflag = 1
escapeflag = 1
sumflag = 0
hypermetflag = 1
""",
    "detector": """
[detector]
zero = -0.01
gain = 0.012
noise = 0.1
fano = 0.114
sum = 1e-08
detele = Si
""",
    "peaks": """
[peaks]
Hg = L, M
Ca = K
""",
    "concentrations": """
[concentrations]
distance = 2.1
area = 0.3
""",
}
ENERGIES_KEV = np.array([2.5, 3.7, 5.0, 6.4, 8.0, 10.5, 12.6, 15.0])
TABLES_APART = 0.05
"""Attenuation of silicon at 2.5 keV differs by 4.6 % between xraylib and PyMca; all else less."""


def written(tmp_path: Path, **changed: tuple[str, str]) -> Path:
    """The configuration above, with `section=(old text, new text)` replaced."""
    pieces = dict(PIECES)
    for section, (old, new) in changed.items():
        assert old in pieces[section]
        pieces[section] = pieces[section].replace(old, new)
    path = tmp_path / "experiment.cfg"
    path.write_text("".join(pieces.values()))
    return path


def read(tmp_path: Path, **changed: tuple[str, str]) -> PyMcaConfig:
    return read_pymca_config(written(tmp_path, **changed))


def pymca_transmission(
    path: Path, *names: str, energies_kev: NDArray[np.float64] = ENERGIES_KEV
) -> NDArray[np.float64]:
    """PyMca's own transmission of attenuators of a file, (energy,)."""
    elements = pytest.importorskip("PyMca5.PyMcaPhysics.xrf.Elements")
    config_dict = pytest.importorskip("PyMca5.PyMcaIO.ConfigDict")
    config = config_dict.ConfigDict(filelist=str(path))
    for name, material in config["materials"].items():
        elements.Material[name] = material
    passed = np.ones_like(energies_kev)
    for name in names:
        _, material, density, thickness = config["attenuators"][name][:4]
        passed = passed * np.array(
            elements.getMaterialTransmission(
                [material], [1.0], energies_kev.tolist(), density=density, thickness=thickness
            )["transmission"]
        )
    return passed


def pymca_absorbed(path: Path) -> NDArray[np.float64]:
    """PyMca's photoelectric absorption in the crystal; its own efficiency adds what scatters."""
    elements = pytest.importorskip("PyMca5.PyMcaPhysics.xrf.Elements")
    config_dict = pytest.importorskip("PyMca5.PyMcaIO.ConfigDict")
    _, material, density, thickness = config_dict.ConfigDict(filelist=str(path))["attenuators"][
        "Detector"
    ][:4]
    sections = elements.getMaterialMassAttenuationCoefficients(
        [material], [1.0], ENERGIES_KEV.tolist()
    )["photo"]
    return np.asarray(-np.expm1(-density * thickness * np.array(sections)))


def ours(config: PyMcaConfig, name: str) -> NDArray[np.float64]:
    sheet = config.attenuators[name]
    coefficients = attenuation(torch.from_numpy(ENERGIES_KEV))
    depth = sum(
        share * sheet.mass_thickness * coefficients[INDEX[element]]
        for element, share in sheet.fractions.items()
    )
    assert isinstance(depth, torch.Tensor)
    return np.asarray(torch.exp(-depth))


def test_each_attenuator_transmits_as_pymca_says(tmp_path: Path) -> None:
    path = written(tmp_path)
    config = read_pymca_config(path)
    assert set(config.attenuators) == {
        "atmosphere", "deadlayer", "BeamFilter0", "BeamFilter1", "window", "Detector"
    }  # fmt: skip
    for name in config.attenuators:
        theirs = pymca_transmission(path, name)
        visible = theirs > 1e-6
        np.testing.assert_allclose(
            np.log(ours(config, name)[visible]), np.log(theirs[visible]), rtol=TABLES_APART
        )


def test_the_models_detector_counts_as_pymca_says(tmp_path: Path) -> None:
    path = written(tmp_path)
    instrument = read_pymca_config(path).instrument
    passed = pymca_transmission(path, "atmosphere", "deadlayer", "window")
    counted = efficiency(instrument, torch.from_numpy(ENERGIES_KEV))
    np.testing.assert_allclose(counted, passed * pymca_absorbed(path), rtol=0.01)


def test_the_models_beam_is_filtered_as_pymca_says(tmp_path: Path) -> None:
    path = written(tmp_path)
    instrument = read_pymca_config(path).instrument
    passed = pymca_transmission(path, "BeamFilter0", "BeamFilter1")
    hard = passed > 1e-6
    model = np.asarray(beam_transmission(instrument, torch.from_numpy(ENERGIES_KEV)))
    np.testing.assert_allclose(np.log(model[hard]), np.log(passed[hard]), rtol=TABLES_APART)


def test_the_beam_is_its_energies_in_use(tmp_path: Path) -> None:
    instrument = read(tmp_path).instrument
    assert instrument.tube_spectrum is not None
    assert instrument.tube_spectrum.lines == ((17.44, 1.0), (19.6, 0.2))
    assert {photons for _, photons in instrument.tube_spectrum.continuum} == {0.0}
    assert instrument.kv == 19.6
    assert instrument.tube_window_um == 0.0


def test_photons_on_the_sample_are_pymcas(tmp_path: Path) -> None:
    path = written(tmp_path)
    energies, photons = map(np.asarray, tube_line_beam(read_pymca_config(path).instrument))
    np.testing.assert_array_equal(energies, [17.44, 19.6])
    filters = pymca_transmission(path, "BeamFilter0", "BeamFilter1", energies_kev=energies)
    np.testing.assert_allclose(photons, np.array([1.0, 0.2]) * filters, rtol=0.005)


def test_one_energy_needs_no_list(tmp_path: Path) -> None:
    old = PIECES["fit"][PIECES["fit"].index("energy =") : PIECES["fit"].index("scatterflag")]
    instrument = read(tmp_path, fit=(old, "energy = 17.5\n")).instrument
    assert instrument.tube_spectrum is not None
    assert instrument.tube_spectrum.lines == ((17.5, 1.0),)


def test_the_sample_lies_top_first_and_unused_layers_are_left_out(tmp_path: Path) -> None:
    layers = read(tmp_path).layers
    assert [mass_thickness for _, mass_thickness in layers] == pytest.approx([0.008, 0.02])
    vermilion, ground = (dict(fractions) for fractions, _ in layers)
    assert vermilion["Hg"] == pytest.approx(200.59 / (200.59 + 32.06), rel=1e-3)
    assert ground["Ca"] == pytest.approx(0.7 * 40.08 / 100.09, rel=1e-3)
    assert sum(ground.values()) == pytest.approx(1.0)
    assert len(make_stacks([layers])) == 1


def test_compositions_are_pymcas(tmp_path: Path) -> None:
    elements = pytest.importorskip("PyMca5.PyMcaPhysics.xrf.Elements")
    config_dict = pytest.importorskip("PyMca5.PyMcaIO.ConfigDict")
    path = written(tmp_path)
    for name, material in config_dict.ConfigDict(filelist=str(path))["materials"].items():
        elements.Material[name] = material
    for (fractions, _), name in zip(
        read_pymca_config(path).layers, ("Hg1S1", "Ground"), strict=True
    ):
        theirs = elements.getMaterialMassFractions([name], [1.0])
        assert dict(fractions) == pytest.approx(theirs, rel=2e-3)


def test_one_material_makes_one_layer_and_none_makes_none(tmp_path: Path) -> None:
    one = read(tmp_path, attenuators=("1, MULTILAYER, 0.0, 0.0", "1, Hg1S1, 8.0, 0.001")).layers
    assert [mass_thickness for _, mass_thickness in one] == pytest.approx([0.008])
    assert read(tmp_path, attenuators=("1, MULTILAYER", "0, MULTILAYER")).layers == ()


def test_geometry_axis_and_peaks_arrive(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.instrument.incidence_deg, config.instrument.take_off_deg) == (60.0, 40.0)
    axis = config.calibration
    assert (axis.zero, axis.gain, axis.noise, axis.fano) == (-0.01, 0.012, 0.1, 0.114)
    assert (config.instrument.noise, config.instrument.fano) == (0.1, 0.114)
    assert config.peaks == {"Hg": ("L", "M"), "Ca": ("K",)}
    assert (config.distance_cm, config.area_cm2) == (2.1, 0.3)
    assert (config.instrument.tail, config.instrument.shelf) == (0.0, 0.0)
    assert config.ignored == {}


def test_tail_and_step_have_pymcas_areas_and_slope(tmp_path: Path) -> None:
    functions = pytest.importorskip("PyMca5.PyMcaMath.fitting.SpecfitFuns")
    shape = "\n[peakshape]\nst_arearatio = 0.04\nst_sloperatio = 0.4\nstep_heightratio = 0.001\n"
    path = written(tmp_path, fit=("hypermetflag = 1", "hypermetflag = 11"))
    path.write_text(path.read_text() + shape)
    config = read_pymca_config(path)
    energy = np.linspace(0.0, 9.0, 90001)
    fwhm = float(config.calibration.fwhm(5.9))
    peak = np.array([[1.0, 5.9, fwhm, 0.04, 0.4, 0.0, 1.0, 0.001]])
    whole, tail, step = (
        float(np.trapezoid(functions.ahypermet(peak, energy, flag), energy)) for flag in (11, 2, 8)
    )
    assert config.instrument.tail == pytest.approx(tail / whole, rel=1e-3)
    assert config.instrument.shelf == pytest.approx(step / whole, rel=1e-3)
    falling = functions.ahypermet(peak, np.array([4.0, 4.4]), 2)
    slope = 0.4 / math.log(falling[1] / falling[0])
    assert config.instrument.tail_kev + fwhm / 2.3548 == pytest.approx(slope, rel=1e-3)
    assert set(config.ignored) == {"peakshape.st_sloperatio", "peakshape.step_heightratio"}


@pytest.mark.parametrize(
    ("section", "old", "new", "name"),
    [
        ("attenuators", "kapton = 0", "kapton = 1", "attenuators.kapton"),
        ("attenuators", "0.0025, 1.0\nDetector", "0.0025, 0.8\nDetector", "attenuators.window"),
        ("attenuators", "0, 100.0", "1, 90.0", "attenuators.Matrix.scatteringangle"),
        ("attenuators", "Detector = 1", "Detector = 0", "attenuators.Detector"),
        ("fit", "sumflag = 0", "sumflag = 1", "detector.sum"),
        ("fit", "escapeflag = 1", "escapeflag = 0", "fit.escapeflag"),
        ("fit", "scatterflag = 1", "scatterflag = 0", "fit.energyscatter"),
        ("fit", "hypermetflag = 1", "hypermetflag = 0", "fit.hypermetflag"),
        (
            "concentrations",
            "area = 0.3",
            "area = 0.3\n[xrfmc.setup]\nslit_distance = 100.0",
            "xrfmc.setup",
        ),
        (
            "concentrations",
            "area = 0.3",
            "area = 0.3\n[userattenuators.Foil]\nuse = 1\nenergy = [ 1 2 ]",
            "userattenuators.Foil",
        ),
    ],
)
def test_what_the_model_cannot_express_is_named(
    tmp_path: Path, section: str, old: str, new: str, name: str
) -> None:
    ignored = read(tmp_path, **{section: (old, new)}).ignored
    assert list(ignored) == [name]
    assert ignored[name]


def test_helium_is_an_atmosphere_and_two_gases_are_not(tmp_path: Path) -> None:
    helium = read(tmp_path, attenuators=("Air, 0.0012048, 3.0", "He, 0.000166, 3.0"))
    assert helium.instrument.atmosphere == "helium"
    assert helium.instrument.path_out_cm == pytest.approx(3.0, rel=0.01)
    both = read(tmp_path, attenuators=("kapton = 0, Kapton, 1.42", "kapton = 1, He, 0.000166"))
    assert list(both.ignored) == ["attenuators.atmosphere"]


@pytest.mark.parametrize(
    ("section", "old", "new", "sentence"),
    [
        ("detector", "gain = 0.012", "", "[detector] has no 'gain'"),
        ("detector", "gain = 0.012", "gain = fine", "detector.gain has 'fine'"),
        ("detector", "detele = Si", "detele = Ge", "only silicon can be modelled"),
        ("attenuators", "Detector = 1, Si1", "Detector = 1, Ge1", "not of silicon"),
        ("attenuators", "60.0, 40.0", "60.0, -40.0", "take_off_deg = -40.0 must be above 0"),
        ("attenuators", "Be1", "Unobtainium", "'Unobtainium' is neither a material"),
        ("attenuators", "1.848, 0.0025", "-1.848, 0.0025", "impossible density"),
        ("attenuators", "Be1, 1.848, 0.0025, 1.0", "Be1", "'window' needs 4 values"),
        ("multilayer", "= 1", "= 0", "no layer is in use"),
        ("materials", "CompoundList = C5H8N1O2", "CompoundList = Ground", "mixture of itself"),
        ("materials", "= 70.0, 30.0", "= 70.0", "one fraction above zero for each"),
        ("fit", "energyflag = 1, 1, 1, 0", "energyflag = 1", "differ in length"),
        ("fit", "energyflag = 1, 1, 1, 0", "energyflag = 0, 0, 0, 0", "nor a tube"),
        ("fit", "17.44", "88.0", "60 keV"),
        ("peaks", "[peaks]", "[peaks", "cannot be read as a PyMca configuration"),
    ],
)
def test_a_bad_configuration_is_refused_in_one_sentence(
    tmp_path: Path, section: str, old: str, new: str, sentence: str
) -> None:
    path = written(tmp_path, **{section: (old, new)})
    with pytest.raises(InstrumentError) as refusal:
        read_pymca_config(path)
    message = str(refusal.value)
    assert sentence in message
    assert message.startswith(str(path)) and "\n" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"none\.cfg: cannot be read"):
        read_pymca_config(tmp_path / "none.cfg")


def test_a_tube_stands_in_where_no_energies_are_given(tmp_path: Path) -> None:
    path = written(tmp_path, fit=("energyflag = 1, 1, 1, 0", "energyflag = 0, 0, 0, 0"))
    path.write_text(path.read_text() + "\n[tube]\nanode = Ag\nvoltage = 30.0\n")
    config = read_pymca_config(path)
    assert (config.instrument.anode, config.instrument.kv) == ("Ag", 30.0)
    assert config.instrument.tube_spectrum is None
    assert list(config.ignored) == ["fit.energy"]


def test_a_tube_keeps_its_angles_and_window_and_says_what_it_loses(tmp_path: Path) -> None:
    path = written(tmp_path, fit=("energyflag = 1, 1, 1, 0", "energyflag = 0, 0, 0, 0"))
    tube = (
        "anode = Ag", "voltage = 30.0", "alphae = 80.0", "alphax = 20.0", "window = Be",
        "windowthickness = 0.05", "filter1 = Al", "filter1thickness = 0.05", "transmission = 1",
    )  # fmt: skip
    path.write_text(path.read_text() + "\n[tube]\n" + "\n".join(tube) + "\n")
    config = read_pymca_config(path)
    instrument = config.instrument
    assert (instrument.tube_incidence_deg, instrument.tube_take_off_deg) == (80.0, 20.0)
    assert instrument.tube_window_um == pytest.approx(500.0)
    assert set(config.ignored) == {"fit.energy", "tube.filter1", "tube.transmission"}


def test_a_weight_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, fit=("energyflag = 1, 1, 1, 0", "energyflag = 1, 1, 1, 0"))
    text = path.read_text()
    weights = next(line for line in text.splitlines() if line.startswith("energyweight"))
    path.write_text(text.replace(weights, "energyweight = 1.0, abc, 1.0, 1.0"))
    with pytest.raises(InstrumentError, match=r"fit\.energyweight"):
        read_pymca_config(path)


def test_a_real_configuration_arrives(shared_data: Path) -> None:
    path = shared_data / "pymca" / "Steel.cfg"
    config = read_pymca_config(path)
    instrument = config.instrument
    assert instrument.tube_spectrum is not None
    assert instrument.tube_spectrum.lines == ((16.0, 1.0),)
    assert (instrument.incidence_deg, instrument.take_off_deg) == (45.0, 45.0)
    assert instrument.crystal_um == pytest.approx(350.0)
    assert instrument.detector_window_um == pytest.approx(20.0)
    ((steel, mass_thickness),) = config.layers
    assert mass_thickness == 1.0
    assert steel["Fe"] == pytest.approx(0.654, abs=2e-4)
    assert config.calibration.gain == 0.0119281593146
    assert config.peaks["Fe"] == ("Ka", "Kb")
    assert set(config.ignored) == {"detector.sum", "xrfmc.setup"}
    passed = pymca_transmission(path, "atmosphere", "window")
    counted = efficiency(instrument, torch.from_numpy(ENERGIES_KEV))
    np.testing.assert_allclose(counted, passed * pymca_absorbed(path), rtol=0.01)
