"""Labelled spectra read back: what is where in each, and counts at a dose.

The layout is that of `underpaint.paint.labelled`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import InstrumentError, ScanFileError, StackError, UnderpaintError
from underpaint.paint import LEAST_AREA, Library, Truth, stratigraphy_from_json, truth_of
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import Instrument, instrument_from_dict

COUNTED_FROM_KEV = 1.0
UNEVEN = 1e-3
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class LabelledSpectra:
    """A labelled file that has been checked.

    Attributes
    ----------
    path : of the file
    axis : energy of its channels, and the resolution that its instrument states
    channels : in a spectrum
    instrument : as the file states it, if it does so in full; or None
    tube_kv : highest energy that counts; the end of the axis where the file states no voltage
    counted : whether the spectra are counts, and not expectations
    truth : of each spectrum, over the library's visible groups
    stratigraphy : (spectrum,) number of its stack; spectra of the same one share it
    """

    path: Path
    axis: EnergyCalibration
    channels: int
    instrument: Instrument | None
    tube_kv: float
    counted: bool
    truth: Truth
    stratigraphy: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.truth.top)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """(channel,) bool, what counts: from 1 keV to the tube voltage."""
        energy = self.axis.energy(np.arange(self.channels))
        return np.asarray((energy > COUNTED_FROM_KEV) & (energy < self.tube_kv))

    def blocks(
        self, counts: float | None, random: np.random.Generator
    ) -> Iterator[NDArray[np.float32]]:
        """Counts of the spectra in order, some thousand at a time, (spectrum, channel).

        Parameters
        ----------
        counts : of each spectrum from 1 keV to the tube voltage, to be drawn; None for the file's
            own counts
        """
        import h5py

        with h5py.File(self.path) as file:
            for first in range(0, len(self), BLOCK):
                spectra = np.asarray(file["spectra"][first : first + BLOCK], dtype=np.float64)
                if not np.isfinite(spectra).all():
                    raise ScanFileError(
                        f"{self.path}: some of the spectra {first} to {first + len(spectra) - 1} "
                        "hold values that are no numbers; leave these spectra out."
                    )
                if counts is None:
                    yield spectra.astype(np.float32)
                    continue
                seen = spectra[:, self.inside].sum(axis=1, keepdims=True)
                scaled = np.maximum(spectra, 0.0) / np.maximum(seen, 1e-30) * counts
                yield random.poisson(scaled).astype(np.float32)


def open_labelled(path: Path, library: Library) -> LabelledSpectra:
    """Open a labelled file and work out what is where in its spectra.

    Parameters
    ----------
    path : HDF5 file with `/spectra`, `/energy` and `/stacks`
    library : its pigments are the names that stacks may use

    Raises
    ------
    ScanFileError : for a file that is missing, no HDF5, or lacks something; for an uneven axis
    LibraryError, StackError : for a stack with an unknown pigment or an impossible layer
    """
    import h5py

    try:
        with h5py.File(path) as file:
            return _checked(file, path, library)
    except FileNotFoundError as error:
        raise ScanFileError(f"{path}: there is no such file; check the path.") from error
    except OSError as error:
        raise ScanFileError(
            f"{path}: cannot be read as HDF5 ({error}); give a file of labelled spectra, as "
            "'underpaint simulate' writes it."
        ) from error


def _checked(file: Any, path: Path, library: Library) -> LabelledSpectra:
    for name, rank in (("spectra", 2), ("energy", 1), ("stacks", 1)):
        if name not in file or getattr(file[name], "ndim", None) != rank:
            raise ScanFileError(
                f"{path}: holds no labelled spectra, for '/{name}' is missing or has a wrong "
                "shape; 'underpaint simulate' writes such files, of a scene with --labelled."
            )
    number, channels = file["spectra"].shape
    energy = np.asarray(file["energy"][...], dtype=np.float64)
    if len(energy) != channels or len(file["stacks"]) != number or number == 0:
        raise ScanFileError(
            f"{path}: has {number} spectra of {channels} channels, but {len(energy)} energies and "
            f"{len(file['stacks'])} stacks; each spectrum needs one stack, each channel one energy."
        )
    gain = float(energy[-1] - energy[0]) / max(channels - 1, 1)
    if not gain > 0.0 or np.abs(np.diff(energy) - gain).max() > UNEVEN * gain:
        raise ScanFileError(f"{path}: '/energy' must rise evenly, in keV, from channel to channel.")
    described = _instrument(file, path)
    truth, stratigraphy = _truth([str(text) for text in file["stacks"].asstr()[...]], path, library)
    return LabelledSpectra(
        path=path,
        axis=EnergyCalibration(
            float(energy[0]), gain, described.get("noise", 0.1), described.get("fano", 0.115)
        ),
        channels=channels,
        instrument=_in_full(file),
        tube_kv=described.get("kv", float(energy[-1])),
        counted=_are_counts(file["spectra"]),
        truth=truth,
        stratigraphy=stratigraphy,
    )


def _instrument(file: Any, path: Path) -> dict[str, float]:
    """Voltage and resolution as far as the file states them."""
    try:
        values = json.loads(file.attrs.get("instrument", "{}"))
        values = values | values.get("det", {})
        return {key: float(values[key]) for key in ("kv", "noise", "fano") if key in values}
    except (TypeError, ValueError, AttributeError) as error:
        raise ScanFileError(
            f"{path}: the attribute 'instrument' is no JSON object with numbers kv, noise and fano "
            f"({error})."
        ) from error


def _in_full(file: Any) -> Instrument | None:
    """The instrument as `underpaint simulate` states it; others describe theirs in other words."""
    try:
        values = json.loads(file.attrs.get("instrument", "{}"))
        if not {each.name for each in fields(Instrument)} - {"tube_spectrum"} <= set(values):
            return None
        return instrument_from_dict(values, "the attribute 'instrument'")
    except (TypeError, ValueError, InstrumentError):
        return None


def _are_counts(spectra: Any) -> bool:
    """Whole numbers are counts, whatever their type."""
    if np.issubdtype(spectra.dtype, np.integer):
        return True
    some = np.asarray(spectra[:BLOCK])
    some = some[np.isfinite(some)]
    return bool((some == np.rint(some)).all())


def _truth(stacks: list[str], path: Path, library: Library) -> tuple[Truth, NDArray[np.intp]]:
    """Truth of all spectra, and the number of each one's stack; what occurs again is read once."""
    known: dict[str, int] = {}
    number = np.array([known.setdefault(text, len(known)) for text in stacks], dtype=np.intp)
    parts = []
    for text in known:
        try:
            parts.append(_truth_of_pixel(json.loads(text), library))
        except (json.JSONDecodeError, TypeError, AttributeError) as error:
            raise ScanFileError(
                f"{path}: stack {stacks.index(text)} is no JSON object with 'layers' ({error})."
            ) from error
        except UnderpaintError as error:
            raise type(error)(f"{path}: stack {stacks.index(text)}: {error}") from error
    truth = Truth(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])[number]
            for each in fields(Truth)
        }
    )
    return truth, number


def _truth_of_pixel(stack: dict[str, Any], library: Library) -> Truth:
    """Truth of a pixel on one stratigraphy, or on several beside each other.

    The first has what area the others leave, if it does not state its own.
    """
    beside = stack.get("beside", [])
    truth = truth_of([stratigraphy_from_json(piece) for piece in (stack, *beside)], library)
    others = [float(piece.get("area", 1.0 / (1 + len(beside)))) for piece in beside]
    area = np.array([float(stack.get("area", 1.0 - sum(others))), *others])
    if not (area >= 0.0).all() or not area.sum() > 0.0:
        raise StackError(f"areas of {area.tolist()} side by side cannot be those of one spot")
    area = area / area.sum()
    seen = area >= LEAST_AREA
    return Truth(
        top=truth.top[seen].any(axis=0)[None],
        buried=truth.buried[seen].any(axis=0)[None],
        ground=truth.ground[seen].any(axis=0)[None],
        amount=(area @ truth.amount).astype(np.float32)[None],
        top_share=(area @ truth.top_share).astype(np.float32)[None],
        buried_share=(area @ truth.buried_share).astype(np.float32)[None],
    )
