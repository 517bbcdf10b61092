"""An experiment as PyMca's configuration files describe it: instrument, sample, energy axis.

Meanings are those of PyMca 5 (Solé et al. 2007, doi 10.1016/j.sab.2006.12.002): angles are from
the sample's surface; weights are photons before the beam's filters; an attenuator is (in use,
material, g/cm3, cm, covered share of the area); all attenuators but the filters of the beam stand
between sample and detector. How PyMca is to fit (background, iterations, what is held fixed)
describes no experiment and is not read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from underpaint.errors import InstrumentError
from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration

from .instrument import Instrument
from .pymca_file import Section, column_of, figure_of, number_of, read_sections, row_of, section_of
from .pymca_materials import mass_fractions
from .source import DENSITY_G_CM3, GASES
from .stack import Layer
from .tube_spectrum import TubeSpectrum

REFERENCE_KEV = 5.9
"""Energy at which shares that PyMca lets change with energy are taken over."""
SAME_GAS = 2e-3
FULL_COVER = 1e-10
SHORT_TAIL, LONG_TAIL, STEP = 2, 4, 8


@dataclass(frozen=True, slots=True)
class Attenuator:
    """A sheet of material: mass fractions by element, g/cm2, covered share of the area."""

    fractions: dict[str, float]
    mass_thickness: float
    cover: float = 1.0


@dataclass(frozen=True, slots=True)
class PyMcaConfig:
    """What a configuration says of an experiment.

    Attributes
    ----------
    instrument : tube spectrum, geometry, beam filters, path to the detector, detector
    layers : the sample, top first; empty where the file names none
    calibration : energy axis and resolution
    peaks : element -> families of lines that PyMca fits
    attenuators : every attenuator in use, by PyMca's name, the sample excluded
    distance_cm, area_cm2 : sample to detector, and the detector's active area; None if not given
    ignored : what the model cannot express, by its name in the file -> why
    """

    instrument: Instrument
    layers: tuple[Layer, ...]
    calibration: EnergyCalibration
    peaks: dict[str, tuple[str, ...]]
    attenuators: dict[str, Attenuator]
    distance_cm: float | None = None
    area_cm2: float | None = None
    ignored: dict[str, str] = field(default_factory=dict)


def read_pymca_config(path: Path) -> PyMcaConfig:
    """An experiment from a PyMca configuration (.cfg).

    Raises
    ------
    InstrumentError : where the file is missing, is no such configuration, lacks a figure that is
        needed, or describes an impossible or other than a silicon-drift-detector experiment
    """
    try:
        return _experiment(read_sections(path))
    except InstrumentError as error:
        text = str(error)
        raise InstrumentError(text if text.startswith(str(path)) else f"{path}: {text}") from error


def _experiment(sections: Section) -> PyMcaConfig:
    ignored: dict[str, str] = {}
    materials = section_of(sections, "materials")
    listed = section_of(sections, "attenuators")
    matrix = next((row for name, row in listed.items() if name.upper() == "MATRIX"), None)
    attenuators = {
        name: _attenuator(name, row, materials)
        for name, row in listed.items()
        if name.upper() != "MATRIX" and _in_use(row)
    }
    calibration = EnergyCalibration(
        *(figure_of(sections, "detector", key) for key in ("zero", "gain", "noise", "fano"))
    )
    crystal = section_of(sections, "detector").get("detele", "Si")
    if crystal != "Si":
        raise InstrumentError(f"the detector is of {crystal}: only silicon can be modelled")
    figures: dict[str, Any] = {
        "noise": calibration.noise,
        "fano": calibration.fano,
        **_excitation(sections, ignored),
        **_geometry(matrix, ignored),
        **_sheets(attenuators, ignored),
        **_peak_shape(sections, calibration, ignored),
    }
    _list_the_rest(sections, ignored)
    concentrations = section_of(sections, "concentrations")
    return PyMcaConfig(
        instrument=Instrument(name="PyMca configuration", **figures),
        layers=_layers(matrix, section_of(sections, "multilayer"), materials),
        calibration=calibration,
        peaks={
            element: tuple(map(str, lines if isinstance(lines, list) else [lines]))
            for element, lines in section_of(sections, "peaks").items()
        },
        attenuators=attenuators,
        distance_cm=_optional(concentrations, "distance"),
        area_cm2=_optional(concentrations, "area"),
        ignored=ignored,
    )


def _excitation(sections: Section, ignored: dict[str, str]) -> dict[str, Any]:
    """Anode, voltage and the spectrum: PyMca's energies with their weights, as lines."""
    fit, tube = section_of(sections, "fit"), section_of(sections, "tube")
    energies = column_of(fit, "energy")
    used = column_of(fit, "energyflag", [1] * len(energies))
    weights = column_of(fit, "energyweight", [1.0] * len(energies))
    if not len(energies) == len(used) == len(weights):
        raise InstrumentError("fit.energy, fit.energyweight and fit.energyflag differ in length")
    lines = tuple(
        (float(energy), number_of("fit.energyweight", weight))
        for energy, flag, weight in zip(energies, used, weights, strict=True)
        if isinstance(energy, int | float) and flag
    )
    anode = {"anode": str(tube["anode"])} if "anode" in tube else {}
    if not lines:
        if "anode" not in tube or "voltage" not in tube:
            raise InstrumentError("neither energies of the beam nor a tube are given")
        ignored["fit.energy"] = "no energies: the tube's spectrum is calculated from [tube]"
        return {**anode, "kv": figure_of(sections, "tube", "voltage"), **_tube(sections, ignored)}
    scattered = column_of(fit, "energyscatter", [0] * len(energies))
    if not fit.get("scatterflag", 0) or sum(map(bool, scattered)) < len(lines):
        ignored["fit.energyscatter"] = "every energy of the beam is scattered in the model"
    highest = max(energy for energy, _ in lines)
    lowest = min(energy for energy, _ in lines)
    no_continuum = ((0.5 * lowest, 0.0), (highest, 0.0))
    return {
        **anode,
        "kv": highest,
        "tube_spectrum": TubeSpectrum(continuum=no_continuum, lines=lines),
        "tube_window_um": 0.0,
    }


def _tube(sections: Section, ignored: dict[str, str]) -> dict[str, Any]:
    """Angles at the anode, and the tube's window; what else PyMca's tube has is listed."""
    tube = section_of(sections, "tube")
    figures: dict[str, Any] = {
        ours: figure_of(sections, "tube", theirs)
        for ours, theirs in (("tube_incidence_deg", "alphae"), ("tube_take_off_deg", "alphax"))
        if theirs in tube
    }
    if "windowthickness" in tube:
        window = str(tube.get("window", "Be"))
        if window == "Be":
            figures["tube_window_um"] = 1e4 * figure_of(sections, "tube", "windowthickness")
        else:
            ignored["tube.window"] = f"of {window}: the model's is of beryllium"
    if tube.get("filter1thickness"):
        ignored["tube.filter1"] = (
            f"{tube['filter1thickness']} cm of {tube.get('filter1', 'a filter')}: give it as a "
            "BEAMFILTER among the attenuators"
        )
    if tube.get("transmission"):
        ignored["tube.transmission"] = "a transmission target: the model's is a solid one"
    return figures


def _geometry(matrix: Any, ignored: dict[str, str]) -> dict[str, float]:
    if matrix is None:
        ignored["attenuators.Matrix"] = "no geometry: PyMca's own 45 and 45 degrees are taken"
        return {"incidence_deg": 45.0, "take_off_deg": 45.0}
    row = row_of("Matrix", matrix, 6)
    incidence, take_off = (number_of("attenuators.Matrix", value) for value in row[4:6])
    if len(row) > 7 and row[6] and abs(float(row[7]) - incidence - take_off) > 0.01:
        ignored["attenuators.Matrix.scatteringangle"] = (
            f"{row[7]} degrees: the model scatters by the sum of the other two angles"
        )
    return {"incidence_deg": incidence, "take_off_deg": take_off}


def _sheets(attenuators: Mapping[str, Attenuator], ignored: dict[str, str]) -> dict[str, Any]:
    """Filters, gas, window, dead layer and crystal from the attenuators that the model knows."""
    filters: list[tuple[str, float]] = []
    figures: dict[str, Any] = {
        "atmosphere": "vacuum", "path_in_cm": 0.0, "path_out_cm": 0.0, "view_cm": 0.0,
        "detector_window_um": 0.0, "dead_layer_um": 0.0,
    }  # fmt: skip
    for name, sheet in attenuators.items():
        gas = _gas(sheet)
        pure = next((e for e, share in sheet.fractions.items() if share > 1.0 - 1e-9), "")
        if name.upper() == "DETECTOR":
            if pure != "Si":
                raise InstrumentError("the detector is not of silicon, which alone can be modelled")
            figures["crystal_um"] = _micrometres("Si", sheet.mass_thickness)
        elif abs(sheet.cover - 1.0) > FULL_COVER:
            ignored[f"attenuators.{name}"] = f"covers only {sheet.cover:g} of the area"
        elif name.upper().startswith("BEAMFILTER"):
            filters += [
                (element, _micrometres(element, share * sheet.mass_thickness))
                for element, share in sheet.fractions.items()
            ]
        elif gas and figures["atmosphere"] in ("vacuum", gas):
            figures["atmosphere"] = gas
            figures["path_out_cm"] += sheet.mass_thickness / GASES[gas][0]
        elif pure == "Be":
            figures["detector_window_um"] += _micrometres("Be", sheet.mass_thickness)
        elif pure == "Si":
            figures["dead_layer_um"] += _micrometres("Si", sheet.mass_thickness)
        else:
            ignored[f"attenuators.{name}"] = (
                f"{sheet.mass_thickness:.4g} g/cm2 of {'-'.join(sheet.fractions)} before the "
                "detector: the model has beryllium, silicon, air or helium there"
            )
    if "crystal_um" not in figures:
        ignored["attenuators.Detector"] = "no crystal: one of the usual thickness is taken"
    return {**figures, "filters": tuple(filters)}


def _peak_shape(
    sections: Section, calibration: EnergyCalibration, ignored: dict[str, str]
) -> dict[str, float]:
    """Tail and shelf; in PyMca their areas are relative to the Gaussian, the step to its height."""
    shapes = int(section_of(sections, "fit").get("hypermetflag", 1))
    figures = {"tail": 0.0, "shelf": 0.0}
    sigma = float(calibration.fwhm(REFERENCE_KEV)) / FWHM_PER_SIGMA
    if not shapes:
        ignored["fit.hypermetflag"] = "pseudo-Voigt peaks: the model's are Gaussian"
        return figures
    short = step = 0.0
    if shapes & SHORT_TAIL:
        short = figure_of(sections, "peakshape", "st_arearatio")
        slope = figure_of(sections, "peakshape", "st_sloperatio")
        figures["tail_kev"] = max(slope - sigma, 0.0)
        ignored["peakshape.st_sloperatio"] = (
            f"the tail's slope is held at that of {REFERENCE_KEV} keV"
        )
    if shapes & STEP:
        height = figure_of(sections, "peakshape", "step_heightratio")
        step = height * REFERENCE_KEV / (sigma * math.sqrt(2.0 * math.pi))
        ignored["peakshape.step_heightratio"] = f"its share is held at that of {REFERENCE_KEV} keV"
    if shapes & LONG_TAIL:
        ignored["peakshape.lt_arearatio"] = "a second tail: the model has one"
    total = 1.0 + short + step
    return {**figures, "tail": short / total, "shelf": step / total}


def _layers(matrix: Any, multilayer: Section, materials: Section) -> tuple[Layer, ...]:
    if matrix is None or not _in_use(matrix):
        return ()
    rows = {"Matrix": matrix}
    if str(matrix[1]).upper() == "MULTILAYER":
        rows = {name: multilayer[name] for name in sorted(multilayer) if _in_use(multilayer[name])}
        if not rows:
            raise InstrumentError("the sample is a multilayer of which no layer is in use")
    sheets = [_attenuator(name, row_of(name, row, 4)[:4], materials) for name, row in rows.items()]
    return tuple((sheet.fractions, sheet.mass_thickness) for sheet in sheets)


def _list_the_rest(sections: Section, ignored: dict[str, str]) -> None:
    fit = section_of(sections, "fit")
    if not fit.get("escapeflag", 1):
        ignored["fit.escapeflag"] = "escape peaks are always in the model"
    if fit.get("sumflag", 0) and section_of(sections, "detector").get("sum", 0.0):
        ignored["detector.sum"] = "PyMca's pile-up factor has no count rate: give pulse_pair_us"
    for name, row in section_of(sections, "userattenuators").items():
        if isinstance(row, dict) and row.get("use"):
            ignored[f"userattenuators.{name}"] = "a transmission given as a table"
    if section_of(sections, "xrfmc").get("setup"):
        ignored["xrfmc.setup"] = "slits, source size and polarisation for XMI-MSIM"


def _attenuator(name: str, row: Any, materials: Section) -> Attenuator:
    row = row_of(name, row, 4)
    where = f"attenuators.{name}"
    density, thickness = (number_of(where, value) for value in row[2:4])
    cover = number_of(where, row[4]) if len(row) > 4 else 1.0
    if not 0.0 <= density * thickness < math.inf or not 0.0 <= cover <= 1.0:
        raise InstrumentError(f"{where} has an impossible density, thickness or covered share")
    return Attenuator(mass_fractions(str(row[1]), materials), density * thickness, cover)


def _gas(sheet: Attenuator) -> str:
    """The atmosphere that a sheet is made of, or nothing."""
    for name, (density, fractions) in GASES.items():
        held = set(fractions) | set(sheet.fractions)
        apart = (abs(fractions.get(e, 0.0) - sheet.fractions.get(e, 0.0)) for e in held)
        if density > 0.0 and max(apart) < SAME_GAS:
            return name
    return ""


def _micrometres(element: str, mass_thickness: float) -> float:
    return mass_thickness / DENSITY_G_CM3[element] * 1e4


def _in_use(row: Any) -> bool:
    return bool(row[0]) if isinstance(row, list) and row else False


def _optional(section: Section, key: str) -> float | None:
    return number_of(f"concentrations.{key}", section[key]) if key in section else None
