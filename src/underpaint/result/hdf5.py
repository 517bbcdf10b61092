"""The layout of result.h5: NeXus groups that silx and PyMca plot without being told how."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint import __version__
from underpaint.errors import ResultError
from underpaint.partial_file import PartialFile

from .evidence import FamilySummary, GroupInfo, GroupSummary, LineEvidence, Peak
from .frame import GROUP_MAPS, SINGLE_MAPS, Findings, ResultFrame, dtype_of, pixel_arrays
from .packing import PackedBlock, chunk_shape, packing, rows_together
from .provenance import pixel_size_mm
from .result import Result
from .stored import StoredArray

SCHEMA = 1
FILE_NAME = "result.h5"
PLACES = {
    **{name: f"maps/{name}" for name in GROUP_MAPS},
    "family": "maps/family",
    "verdict_family": "maps/verdict_family",
    "element_counts": "elements/counts",
    "binned": "spectra/binned",
    **{name: name.replace("_", "/") for name in SINGLE_MAPS},
}
UNITS = {"amount": "mg/cm2", "amount_sigma": "mg/cm2", "element_counts": "counts"}
GROUP_ATTRIBUTES = ("label", "colour", "advice")
GROUP_LISTS = ("members", "families", "key_lines")


def write_file(
    path: Path,
    frame: ResultFrame,
    findings: Findings | Callable[[], Findings],
    blocks: Iterable[PackedBlock],
    job: str = "",
) -> None:
    """Write a result file from packed rows; it takes its name only once it is whole.

    Parameters
    ----------
    findings : or what tells them after the last block
    blocks : from the top down
    job : fingerprint of what was asked, by which a run that is resumed knows that it was done

    Raises
    ------
    ValueError where the findings do not fit the frame, or rows are missing.
    OSError where the file cannot be written, as on a full disk.
    """
    import h5py

    unfinished = path.with_name(path.name + ".unfinished")
    with PartialFile(unfinished) as partial, h5py.File(partial, "w") as file:
        _write_names(file, frame)
        _create_arrays(file, frame)
        arrays = {name: file[PLACES[name]].id for name in frame.arrays}
        rows = 0
        for block in blocks:
            if block.y0 != rows:
                raise ValueError(f"rows {rows} to {block.y0} of {frame.shape[0]} rows are missing")
            for chunk in block.chunks:
                arrays[chunk.name].write_direct_chunk(chunk.corner, chunk.data)
            rows += block.rows
            partial.require_written()
        if rows != frame.shape[0]:
            raise ValueError(f"{rows} of {frame.shape[0]} rows were given")
        known = findings() if callable(findings) else findings
        known.require_fits(frame)
        _write_spectra(file, frame, known)
        _write_findings(file, known)
        _describe_plots(file, frame, known)
        file.attrs["job"] = job
    unfinished.replace(path)


def job_of(path: Path) -> str | None:
    """The fingerprint of what was asked; None where there is no result that tells it."""
    import h5py

    if not path.is_file():
        return None
    try:
        with h5py.File(path, "r") as file:
            job = file.attrs.get("job")
    except OSError:
        return None
    return str(job) if job else None


def read_result(path: Path | str) -> Result:
    """Open a result file, or the result file in a folder; pixel arrays stay on disk until used.

    Raises
    ------
    ResultError where the file is missing, damaged, or of another schema.
    """
    import h5py

    path = Path(path)
    if path.is_dir():
        path = path / FILE_NAME
    if not path.exists():
        raise ResultError(f"{path} does not exist; give the folder that identify wrote")
    try:
        with h5py.File(path, "r") as file:
            schema = file.attrs.get("schema")
            if schema is None:
                raise ResultError(f"{path} is no underpaint result; give one that identify wrote")
            if schema != SCHEMA:
                raise ResultError(
                    f"{path} has result schema {schema}, underpaint {__version__} reads {SCHEMA}; "
                    f"open it with underpaint {file.attrs.get('underpaint')} or identify again"
                )
            return _result_from(file, path)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ResultError(
            f"{path} is damaged ({error}); restore it from a copy or run identify again"
        ) from error


def _write_names(file: Any, frame: ResultFrame) -> None:
    groups = file.create_dataset("groups", data=_strings(g.name for g in frame.groups))
    for attribute in GROUP_ATTRIBUTES:
        groups.attrs[attribute] = _strings(getattr(g, attribute) for g in frame.groups)
    for attribute in GROUP_LISTS:
        groups.attrs[attribute] = _strings(json.dumps(getattr(g, attribute)) for g in frame.groups)
    file.create_dataset("families", data=_strings(frame.families))
    file.create_dataset("elements/names", data=_strings(frame.elements))


def _write_spectra(file: Any, frame: ResultFrame, findings: Findings) -> None:
    spectra = file.require_group("spectra")
    spectra["energy"] = findings.energy
    spectra["sum"] = findings.sum_spectrum
    spectra["maximum"] = findings.maximum_spectrum
    spectra["bin_edges"] = frame.bin_edges
    spectra["energy"].attrs["units"] = spectra["bin_edges"].attrs["units"] = "keV"


def _write_findings(file: Any, findings: Findings) -> None:
    file.attrs["schema"] = SCHEMA
    file.attrs["underpaint"] = __version__
    file.attrs["provenance"] = _json(findings.provenance)
    file["findings/summary"] = _json([asdict(row) for row in findings.summary])
    file["findings/families"] = _json([asdict(row) for row in findings.family_summary])
    file["findings/unexplained"] = _json([asdict(peak) for peak in findings.unexplained])
    file["findings/notes"] = _json(findings.notes)


def _create_arrays(file: Any, frame: ResultFrame) -> None:
    rows = rows_together(frame.shape)
    for name in frame.arrays:
        shape = frame.array_shape(name)
        options: dict[str, Any] = {}
        if min(shape) > 0:
            options = {"chunks": chunk_shape(name, shape, rows), **packing(name)}
        dataset = file.create_dataset(PLACES[name], shape, dtype_of(name), **options)
        if name in UNITS:
            dataset.attrs["units"] = UNITS[name]
    file[PLACES["verdict"]].attrs["meaning"] = (
        "0 absent to the depth that can be seen, or ruled out by the palette; 1 cannot tell "
        "(not measured, where the other maps are NaN); 2 present"
    )


def _describe_plots(file: Any, frame: ResultFrame, findings: Findings) -> None:
    size = pixel_size_mm(findings.provenance)
    unit = "pixel" if size is None else "mm"
    for axis, count, step in zip("xy", frame.shape[::-1], size or (None, None), strict=True):
        file[f"maps/{axis}"] = _positions(count, step)
        file[f"maps/{axis}"].attrs["units"] = unit
        file[f"maps/{axis}"].attrs["long_name"] = f"{axis} ({unit})"
    file.attrs["NX_class"], file.attrs["default"] = "NXroot", "maps"
    _plot(file["maps"], "probability", [".", "y", "x"], "Probability anywhere in the paint")
    file["maps"].attrs["auxiliary_signals"] = _strings(GROUP_MAPS[1:])
    file["elements/x"], file["elements/y"] = file["maps/x"], file["maps/y"]
    if frame.as_whole:
        file["single/x"], file["single/y"] = file["maps/x"], file["maps/y"]
        title = "Probability anywhere in the paint, each pixel by itself"
        _plot(file["single"], "probability", [".", "y", "x"], title)
        others = (PLACES[name].partition("/")[2] for name in SINGLE_MAPS[1:])
        file["single"].attrs["auxiliary_signals"] = _strings(others)
    _plot(file["elements"], "counts", [".", "y", "x"], "Element maps")
    _plot(file["spectra"], "sum", ["energy"], "Sum and maximum-pixel spectrum")
    file["spectra"].attrs["auxiliary_signals"] = _strings(["maximum"])
    families = file.create_group("views/family")
    for name in ("family", "x", "y"):
        families[name] = file[f"maps/{name}"]
    _plot(families, "family", [".", "y", "x"], "Probability of the families")
    pixels = file.create_group("views/pixels")
    for name in ("spectra/binned", "maps/x", "maps/y"):
        pixels[name.partition("/")[2]] = file[name]
    pixels["energy"] = 0.5 * (frame.bin_edges[1:] + frame.bin_edges[:-1])
    pixels["energy"].attrs["units"] = "keV"
    _plot(pixels, "binned", ["y", "x", "energy"], "Spectrum of each pixel")
    file["views"].attrs["NX_class"] = "NXcollection"


def _positions(count: int, size: float | None) -> NDArray[np.float64]:
    index = np.arange(count, dtype=np.float64)
    return (index + 0.5) * size if size else index


def _plot(group: Any, signal: str, axes: list[str], title: str) -> None:
    group.attrs["NX_class"] = "NXdata"
    group.attrs["signal"] = signal
    group.attrs["axes"] = _strings(axes)
    group.attrs["title"] = title


def _result_from(file: Any, path: Path) -> Result:
    stored = {}
    for name in pixel_arrays(as_whole="single" in file):
        dataset = file[PLACES[name]]
        stored[name] = StoredArray(path, PLACES[name], dataset.shape, dataset.dtype)
    spectra = file["spectra"]
    return Result(
        groups=_read_groups(file["groups"]),
        families=tuple(file["families"].asstr()[...]),
        elements=tuple(file["elements/names"].asstr()[...]),
        energy=spectra["energy"][...],
        sum_spectrum=spectra["sum"][...],
        maximum_spectrum=spectra["maximum"][...],
        bin_edges=spectra["bin_edges"][...],
        summary=tuple(_summary(row) for row in _loads(file, "summary")),
        family_summary=tuple(_family_summary(row) for row in _loads(file, "families")),
        unexplained=tuple(_peak(peak) for peak in _loads(file, "unexplained")),
        notes=tuple(_loads(file, "notes")),
        provenance=json.loads(file.attrs["provenance"]),
        **stored,
    )


def _read_groups(dataset: Any) -> tuple[GroupInfo, ...]:
    groups = []
    for index, name in enumerate(dataset.asstr()[...]):
        parts: dict[str, Any] = {key: dataset.attrs[key][index] for key in GROUP_ATTRIBUTES}
        parts |= {key: tuple(json.loads(dataset.attrs[key][index])) for key in GROUP_LISTS}
        groups.append(GroupInfo(name=name, **parts))
    return tuple(groups)


def _peak(stored: dict[str, Any]) -> Peak:
    return Peak(**{**stored, "lines_there": tuple(stored.get("lines_there", ()))})


def _summary(row: dict[str, Any]) -> GroupSummary:
    lines = tuple(LineEvidence(**line) for line in row.pop("lines"))
    return GroupSummary(lines=lines, rivals=tuple(row.pop("rivals")), **row)


def _family_summary(row: dict[str, Any]) -> FamilySummary:
    lines = tuple(LineEvidence(**line) for line in row.pop("lines"))
    candidates = tuple((name, chance) for name, chance in row.pop("candidates"))
    return FamilySummary(lines=lines, candidates=candidates, **row)


def _loads(file: Any, name: str) -> Any:
    return json.loads(file[f"findings/{name}"].asstr()[()])


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """numpy scalars and arrays, and paths, as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a result")


def _strings(values: Iterable[str]) -> Any:
    import h5py

    return np.array(list(values), dtype=h5py.string_dtype())
