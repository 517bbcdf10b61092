"""Which dataset of an HDF5 file holds the spectra."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ScanFileError
from ..fact import Fact
from .hdf5_access import attribute
from .nexus_energy import axis_names, channels_are_last
from .nexus_tree import follow, missing_targets, near, text_attribute, walk
from .spectral_axis import FEWEST_CHANNELS, one_image_a_channel

if TYPE_CHECKING:
    import h5py

NAMED_AT_MOST = 6
NUMBER = re.compile(r"((?:det|xia|mca|xsp|elem|channel)[a-z_]*)\d+", re.IGNORECASE)
"""Of a detector, in the name of its group or dataset."""
STACKED = re.compile(r"(.+)\[:, ?:, ?([0-9]{1,3})\]")
"""One detector of a dataset [y, x, detector, channel], as NumPy would take it."""
MOST_STACKED = 128


@dataclass(frozen=True, slots=True)
class FoundSpectra:
    """Where the spectra of a file are.

    Attributes
    ----------
    dataset : [y, x, channel], or [y, x, detector, channel]
    detector : number of the one meant among the latter, from 0; None for the former
    fact : its name, and how it was found
    """

    dataset: h5py.Dataset
    detector: int | None
    fact: Fact


def find_spectra(file: h5py.File, path: Path, inside: str) -> FoundSpectra:
    """The spectra [y, x, channel] of a file, and how they were found.

    The file's own default plot comes first, then what is marked as spectra (NXdata signal,
    interpretation, PyMca's MCA companions), then the only dataset of that shape.

    Raises
    ------
    ScanFileError
        There is none, or several.
    """
    if inside:
        return _named(file, path, inside)
    default = _default(file)
    if default is not None:
        return _whole(default, "the file's default plot")
    candidates = [node for node in walk(file) if _may_be_spectra(node)]
    marked = [dataset for dataset in candidates if _is_marked(dataset)]
    for datasets, how in ((marked, "marked as spectra"), (candidates, "the only one of its shape")):
        if len(datasets) == 1:
            return _whole(datasets[0], how)
        if len(datasets) > 1:
            raise ScanFileError(
                f"{path} holds several sets of spectra ({_names(datasets)}); "
                f"name one, such as '{path}::{datasets[0].name}'."
            )
    stacked = _stacked(file)
    if len(stacked) == 1 and stacked[0].shape[2] == 1:
        return FoundSpectra(stacked[0], 0, Fact(str(stacked[0].name), "the only one of its shape"))
    for node in walk(file):
        if _is_cube(node):
            _require_channels_last(node, path)
    others = [node for node in walk(file) if len(getattr(node, "shape", None) or ()) >= 3]
    instead = f", only {_names(others, shapes=True)}" if others else ""
    if gone := missing_targets(file):
        raise ScanFileError(
            f"{path} keeps its spectra in {', '.join(gone[:NAMED_AT_MOST])}, which is not there; "
            f"copy that file to where {path.name} expects it."
        )
    raise ScanFileError(
        f"{path} holds no spectra [y, x, channel]{instead}; name the dataset as "
        f"'{path}::/path/to/dataset', or export the scan again with its spectra."
    )


def find_detectors(file: h5py.File) -> tuple[str, ...]:
    """Names of the datasets of several detectors; none unless the file leaves open which to take.

    They have one shape, and names that differ only in the number of a detector, as in
    /entry/xia_det00/data and /entry/xia_det01/data; or they lie in the only dataset
    [y, x, detector, channel], where there is none of [y, x, channel].
    """
    if _default(file) is not None:
        return ()
    candidates = [node for node in walk(file) if _may_be_spectra(node)]
    marked = [dataset for dataset in candidates if _is_marked(dataset)]
    for datasets in (marked, candidates):
        if len(datasets) == 1:
            return ()
        if len(datasets) > 1:
            names = tuple(str(dataset.name) for dataset in datasets)
            alike = {(NUMBER.sub(r"\1#", str(each.name)), each.shape) for each in datasets}
            return names if len(alike) == 1 and NUMBER.search(names[0]) else ()
    stacked = _stacked(file)
    if len(stacked) != 1:
        return ()
    return tuple(f"{stacked[0].name}[:, :, {number}]" for number in range(stacked[0].shape[2]))


def _whole(dataset: h5py.Dataset, how: str) -> FoundSpectra:
    return FoundSpectra(dataset, None, Fact(str(dataset.name), how))


def _stacked(file: h5py.File) -> list[h5py.Dataset]:
    """Datasets [y, x, detector, channel], of fewer detectors than rows or columns."""
    return [node for node in walk(file) if _is_stacked(node)]


def _named(file: h5py.File, path: Path, inside: str) -> FoundSpectra:
    how = Fact(inside, "as named by the user")
    if taken := STACKED.fullmatch(inside):
        node, number = follow(file, taken[1]), int(taken[2])
        if _is_stacked(node) and number < node.shape[2]:
            return FoundSpectra(node, number, how)
    node = follow(file, inside)
    if node is None:
        gone = missing_targets(file)
        where = f" (it points to {', '.join(gone)}, which is not there)" if gone else ""
        raise ScanFileError(f"{path} holds no {inside!r}{where}; check the name inside the file.")
    if _is_stacked(node):
        raise ScanFileError(
            f"{inside} of {path} holds the spectra of {node.shape[2]} detectors; name one, such as "
            f"'{path}::{inside}[:, :, 0]', or none for all."
        )
    if not _is_cube(node):
        raise ScanFileError(
            f"{inside} of {path} holds no spectra [y, x, channel], but "
            f"{getattr(node, 'shape', 'a group')}; name a dataset with three axes."
        )
    _require_channels_last(node, path)
    return FoundSpectra(node, None, how)


def _require_channels_last(dataset: h5py.Dataset, path: Path) -> None:
    if not channels_are_last(dataset):
        raise ScanFileError(
            f"{path} holds {dataset.name} {dataset.shape}, whose channels do not run along its "
            "last axis; save it as [y, x, channel]."
        )


def _default(file: h5py.File) -> h5py.Dataset | None:
    """The signal that the chain of NeXus `default` attributes leads to, where it is spectra."""
    node: Any = file["/"]
    for _ in range(4):
        signal = text_attribute(node, "signal")
        if signal is not None:
            dataset = node.get(signal)
            return dataset if dataset is not None and _may_be_spectra(dataset) else None
        name = text_attribute(node, "default")
        node = node.get(name) if name else None
        if node is None or not hasattr(node, "keys"):
            return None
    return None


def _is_cube(node: Any) -> bool:
    return _is_array(node, 3)


def _is_stacked(node: Any) -> bool:
    if not _is_array(node, 4):
        return False
    rows, columns, detectors, channels = node.shape
    if detectors >= min(rows, columns, MOST_STACKED) or channels < FEWEST_CHANNELS:
        return False
    return channels_are_last(node)


def _is_array(node: Any, axes: int) -> bool:
    shape = getattr(node, "shape", None)
    return shape is not None and len(shape) == axes and 0 not in shape and node.dtype.kind in "uif"


def _may_be_spectra(node: Any) -> bool:
    if not _is_cube(node) or not channels_are_last(node):
        return False
    interpretation = text_attribute(node, "interpretation")
    if interpretation is not None:
        return interpretation == "spectrum"
    if node.shape[2] < FEWEST_CHANNELS:
        return False
    return _is_marked(node) or bool(axis_names(node)) or not one_image_a_channel(node.shape)


def _is_marked(dataset: h5py.Dataset) -> bool:
    if text_attribute(dataset, "interpretation") == "spectrum":
        return True
    if text_attribute(dataset.parent, "signal") == dataset.name.rpartition("/")[2]:
        return True
    if _is_signal(dataset):
        return True
    return near(dataset, "calibration") is not None or near(dataset, "channels") is not None


def _is_signal(dataset: h5py.Dataset) -> bool:
    """Whether a dataset calls itself the signal, as NeXus had it before 2014."""
    said = np.ravel(attribute(dataset, "signal", 0))
    return said.size == 1 and said[0] in (1, "1", b"1")


def _names(datasets: list[Any], *, shapes: bool = False) -> str:
    names = [
        f"{dataset.name} {dataset.shape}" if shapes else str(dataset.name) for dataset in datasets
    ]
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more
