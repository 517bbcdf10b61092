"""The energy axis that an HDF5 file states for its spectra."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...spectrum import EnergyCalibration
from ..fact import Fact, absent
from .energy_line import in_words, line_through, unit_in_kev
from .hdf5_access import attribute, whole
from .nexus_tree import near, text_attribute

if TYPE_CHECKING:
    import h5py


def find_calibration(dataset: h5py.Dataset) -> tuple[EnergyCalibration | None, Fact]:
    """The energy calibration of a dataset of spectra, and where it was found.

    PyMca's `calibration` [zero, gain, quadratic] comes first, then an energy axis: the NXdata's
    last axis, or a dataset `energy` beside the counts. A curved axis is given as the straight
    line nearest to it, and the fact says how far off that is.
    """
    channels = dataset.shape[-1]
    stated = near(dataset, "calibration")
    exact = False
    if stated is not None and stated.dtype.kind in "uif" and stated.size in (2, 3):
        energy, exact = _energy_of_channels(dataset, stated)
    else:
        stated = _energy_axis(dataset)
        if stated is None:
            return None, absent(f"no calibration and no energy axis beside {dataset.name}")
        energy = np.asarray(whole(stated), dtype=np.float64)
    try:
        gain = float(energy[-1] - energy[0]) / max(1, channels - 1)
        size, remark = unit_in_kev(text_attribute(stated, "units"), gain)
        calibration, deviation = line_through(np.arange(channels), energy * size)
        if exact:
            zero, gain = np.asarray(whole(stated), dtype=np.float64).ravel()[:2].tolist()
            calibration = EnergyCalibration(zero=zero * size, gain=gain * size)
    except ValueError as error:
        return None, absent(f"{stated.name} makes no energy axis: {error}")
    if deviation > 0.01 * calibration.gain:
        remark += f", straight line within {1e3 * deviation:.1f} eV of a curved axis"
    origin = text_attribute(stated, "source")
    source = f"{stated.name}, which has it from {origin}" if origin else str(stated.name)
    return calibration, Fact(in_words(calibration), source + remark)


def _energy_of_channels(
    dataset: h5py.Dataset, stated: h5py.Dataset
) -> tuple[NDArray[np.float64], bool]:
    """Energy of each stored channel, (channel,), in the calibration's own unit.

    Also whether zero and gain hold as they stand: channels count from 0, no quadratic term.
    """
    numbers = near(dataset, "channels")
    coefficients = np.asarray(whole(stated), dtype=np.float64).ravel()
    if numbers is not None and numbers.shape == dataset.shape[-1:]:
        channel = np.asarray(whole(numbers), dtype=np.float64)
    else:
        channel = np.arange(dataset.shape[-1], dtype=np.float64)
    exact = not coefficients[2:].any() and np.array_equal(channel, np.arange(len(channel)))
    return np.asarray(np.polynomial.polynomial.polyval(channel, coefficients)), exact


def _energy_axis(dataset: h5py.Dataset) -> h5py.Dataset | None:
    names = axis_names(dataset)
    for name in (*names[-1:], "energy"):
        axis = dataset.parent.get(name) if name != "." else None
        is_energy = _is_energy(dataset.parent, name)
        if axis is not None and is_energy and getattr(axis, "shape", None) == dataset.shape[-1:]:
            return axis
    return None


def channels_are_last(dataset: h5py.Dataset) -> bool:
    """Whether nothing beside a dataset says that its channels run along another axis than the last.

    Its group's axes, or the length of a dataset `energy`, may say so.
    """
    *others, last = axis_names(dataset) or ["."]
    if _is_energy(dataset.parent, last):
        return True
    if any(_is_energy(dataset.parent, name) for name in others):
        return "channel" in last.lower()
    length = getattr(dataset.parent.get("energy"), "shape", dataset.shape[-1:])
    return length == dataset.shape[-1:] or length not in [(side,) for side in dataset.shape]


def axis_names(dataset: h5py.Dataset) -> list[str]:
    """The names of the axes that its group states, where the dataset is its signal, or it itself.

    Before 2014 NeXus kept them with the dataset, divided by colons.
    """
    group = dataset.parent
    if text_attribute(group, "signal") not in (None, dataset.name.rpartition("/")[2]):
        return []
    axes = np.atleast_1d(attribute(group, "axes", []))
    names = [axis.decode() if isinstance(axis, bytes) else str(axis) for axis in axes]
    if not names:
        names = re.split("[:,]", (text_attribute(dataset, "axes") or "").strip("[]"))
    return names if len(names) == dataset.ndim else []


def _is_energy(group: h5py.Group, name: str) -> bool:
    axis = group.get(name) if name != "." else None
    unit = "" if axis is None else text_attribute(axis, "units") or ""
    return "energy" in name.lower() or unit.lower() in ("kev", "ev")
