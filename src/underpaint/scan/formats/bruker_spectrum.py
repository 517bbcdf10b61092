"""What Bruker's XML says of a spectrum: the same in .spx, .rtx and the header of .bcf."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from .energy_line import state_line

MS = 1e-3
GEOMETRY = "TRTXrfHeader"
OTHERS = {
    "current in microampere": (GEOMETRY, "Current"),
    "tube": (GEOMETRY, "TubeType"),
    "optic": (GEOMETRY, "Optic"),
    "spot size in micrometres": (GEOMETRY, "SpotSize"),
    "atmosphere": (GEOMETRY, "Atmosphere"),
    "pressure in mbar": (GEOMETRY, "ChamberPressure"),
    "tube take-off angle in degrees": (GEOMETRY, "TubeTakeOffAngle"),
    "detector": ("TRTDetectorHeader", "Type"),
    "detector thickness in mm": ("TRTDetectorHeader", "DetectorThickness"),
    "detector window": ("TRTDetectorHeader", "WindowType"),
    "date": ("TRTSpectrumHeader", "Date"),
}


def number(node: ET.Element | None, tag: str) -> float | None:
    """A number below a node, with decimal point or comma; None where there is none."""
    text = None if node is None else node.findtext(tag)
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def part(spectrum: ET.Element, kind: str) -> ET.Element | None:
    """The part of a spectrum of some type, such as TRTXrfHeader.

    Results hold spectra of their own, such as a fitted background: these are left alone.
    """
    for place in (".", "./TRTHeaderedClass"):
        found = spectrum.find(f"{place}/ClassInstance[@Type='{kind}']")
        if found is not None:
            return found
    return None


def channels_of(spectrum: ET.Element, path: Path) -> NDArray[np.float64]:
    """The counts of a spectrum, (channel,) float64.

    Raises
    ------
    ScanFileError
        It has none, fewer than it states, or something else among them.
    """
    words = (spectrum.findtext("Channels") or "").replace(";", ",").split(",")
    words = [word for word in words if word.strip()]
    stated = number(part(spectrum, "TRTSpectrumHeader"), "ChannelCount")
    if len(words) < 2 or (stated is not None and len(words) != stated):
        raise ScanFileError(
            f"{path} holds a spectrum of {len(words)} channels"
            + (f", which states {stated:g}" if stated is not None else "")
            + "; copy or export it again."
        )
    try:
        return np.array(words, dtype=np.float64)
    except ValueError as error:
        raise ScanFileError(
            f"{path} holds something other than counts in a spectrum ({error}); export it again."
        ) from error


def state(figures: Figures, spectrum: ET.Element, where: str = "") -> None:
    """Take energy axis, tube and geometry of a spectrum; times are the caller's affair."""
    header = part(spectrum, "TRTSpectrumHeader")
    zero, gain = number(header, "CalibAbs"), number(header, "CalibLin")
    if zero is None or gain is None:
        figures.lack(fact.ENERGY_CALIBRATION, f"no CalibAbs and CalibLin{where}")
    else:
        state_line(figures, zero, gain, f"CalibAbs and CalibLin{where}", "keV")
    _tube(figures, spectrum, where)
    for name, (kind, tag) in OTHERS.items():
        holder = part(spectrum, kind)
        text = "" if holder is None else (holder.findtext(tag) or "").strip()
        figures.note(name, text, f"{tag}{where}")
    layers = _filter(part(spectrum, GEOMETRY))
    figures.note("filter", layers, f"ExcitationFilter{where}")


def _tube(figures: Figures, spectrum: ET.Element, where: str) -> None:
    tube = part(spectrum, GEOMETRY)
    electrons = part(spectrum, "TRTESMAHeader")
    if tube is None and electrons is not None:
        energy = number(electrons, "PrimaryEnergy")
        words = "electrons" if energy is None else f"electrons of {energy:g} keV"
        figures.note("excited by", words, f"TRTESMAHeader{where}")
        for figure in (fact.ANODE, fact.TUBE_VOLTAGE, fact.INCIDENCE):
            figures.lack(figure, "the spectra are excited by electrons, not by a tube")
        elevation = number(electrons, "ElevationAngle")
        if elevation is not None:
            figures.angle(fact.TAKE_OFF, elevation, f"ElevationAngle{where}")
        return
    anode = number(tube, "Anode")
    if anode is not None:
        figures.anode(int(anode), f"Anode{where}")
    generator = part(spectrum, "TRTGeneratorHeader")
    for holder, tag in ((tube, "Voltage"), (generator, "HighVoltage")):
        kilovolts = number(holder, tag)
        if kilovolts is not None:
            figures.tube_voltage(kilovolts, f"{tag}{where}")
            break
    for figure, tag in ((fact.INCIDENCE, "ExcitationAngle"), (fact.TAKE_OFF, "DetectionAngle")):
        degrees = number(tube, tag)
        if degrees is not None:
            figures.angle(figure, degrees, f"{tag}{where}")


def seconds_of(spectrum: ET.Element, tag: str) -> float | None:
    """RealTime or LifeTime of a spectrum, s; the file has milliseconds."""
    milliseconds = number(part(spectrum, "TRTSpectrumHardwareHeader"), tag)
    return None if milliseconds is None else milliseconds * MS


def _filter(tube: ET.Element | None) -> str:
    """The tube filter in words: its name, and its layers by atomic number and thickness."""
    holder = None if tube is None else tube.find("ExcitationFilter")
    if holder is None:
        return ""
    words = [holder.findtext("FilterId") or "unnamed"]
    atoms, thicknesses = holder.findall("AtomicNumber"), holder.findall("Thickness")
    for atom, thickness in zip(atoms, thicknesses, strict=False):
        words.append(f"atomic number {atom.text}, {thickness.text} micrometres")
    return "; ".join(words)
