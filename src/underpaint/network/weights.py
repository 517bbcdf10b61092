"""Weights on disk: safetensors with all that is needed to use them rightly, or to refuse."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch

from underpaint.errors import WeightsError
from underpaint.paint import Library
from underpaint.spectrum import standard_bins

from .architecture import Reader, Shape
from .rules import VerdictRules
from .scan_reader import ScanReader, ScanShape

DEFAULT = "spectrum-15"
SCHEMA = 5
READABLE = (3, 5)
"""Schemas that can be read; 3 has nothing that reads scans as a whole (4 had, without amounts)."""
OF_SCAN = "scan."
"""Before the names of that network's parameters."""


@dataclass(frozen=True, eq=False)
class WholeScan:
    """A network that reads scans as a whole, and when its probability becomes a verdict."""

    reader: ScanReader
    rules: VerdictRules


@dataclass(frozen=True, eq=False)
class Weights:
    """A trained network and what it was trained for.

    Attributes
    ----------
    name, summary : of the weights
    reader : the network, ready to answer
    groups, families : in the order of its answers
    rules : when a probability becomes a verdict
    library_version, bins_hash : what it was trained with
    training : configuration and history, plain values
    sha256 : of the file; empty before it is written
    whole : what reads a scan as a whole by the network's answers; None where there is none
    """

    name: str
    summary: str
    reader: Reader
    groups: tuple[str, ...]
    families: tuple[str, ...]
    rules: VerdictRules
    library_version: str
    bins_hash: str
    training: dict[str, Any]
    sha256: str = ""
    whole: WholeScan | None = None


def bins_hash() -> str:
    """A fingerprint of the standard bins."""
    return hashlib.sha256(standard_bins().edges.round(6).tobytes()).hexdigest()[:16]


def shipped_weights() -> tuple[str, ...]:
    """Names of the weights in the package."""
    folder = Path(str(resources.files("underpaint.network"))) / "weights"
    return tuple(sorted(path.stem for path in folder.glob("*.safetensors")))


def save_weights(weights: Weights, path: Path) -> str:
    """Write weights in half precision; the file appears whole. Returns its SHA-256."""
    from safetensors.torch import save

    header = {
        "schema": SCHEMA,
        "name": weights.name,
        "summary": weights.summary,
        "shape": asdict(weights.reader.shape),
        "groups": weights.groups,
        "families": weights.families,
        "rules": weights.rules.to_dict(),
        "library_version": weights.library_version,
        "bins_hash": weights.bins_hash,
        "training": weights.training,
    }
    parameters = weights.reader.state_dict()
    if weights.whole is not None:
        header["whole"] = {
            "shape": asdict(weights.whole.reader.shape),
            "rules": weights.whole.rules.to_dict(),
        }
        of_scan = weights.whole.reader.state_dict()
        parameters = parameters | {OF_SCAN + key: value for key, value in of_scan.items()}
    state = {key: value.half().contiguous() for key, value in parameters.items()}
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_bytes(save(state, metadata={"underpaint": json.dumps(header)}))
    unfinished.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_weights(name: str | None) -> Path:
    """The file of weights given by the name of shipped ones, or by a path.

    Raises
    ------
    WeightsError : where there is none of that name
    """
    name = name or DEFAULT
    if name in shipped_weights():
        folder = Path(str(resources.files("underpaint.network"))) / "weights"
        return folder / f"{name}.safetensors"
    path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped_weights()) or "none"
        raise WeightsError(
            f"there are no weights '{name}': give a file, or one of those shipped ({known})"
        )
    return path


def load_weights(path: Path, library: Library) -> Weights:
    """Weights from a file, checked against the library and the bins.

    Raises
    ------
    WeightsError : where the file is damaged, or made for another library or other bins
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("underpaint", "null"))
            state = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path}: is damaged or holds no weights ({error})") from error
    if not isinstance(header, dict) or header.get("schema") not in READABLE:
        raise WeightsError(f"{path}: holds no weights that this version can read")
    try:
        return _assembled(header, state, path, library)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path}: is damaged: header and network do not agree") from error


def _assembled(
    header: dict[str, Any], state: dict[str, torch.Tensor], path: Path, library: Library
) -> Weights:
    _check(header, path, library)
    shape = header["shape"]
    reader = Reader(Shape(**{**shape, "filters": tuple(shape["filters"])}))
    of_scan = {
        key.removeprefix(OF_SCAN): state.pop(key) for key in list(state) if key.startswith(OF_SCAN)
    }
    reader.load_state_dict(state)
    reader.eval()
    return Weights(
        name=header["name"],
        summary=header["summary"],
        reader=reader,
        groups=tuple(header["groups"]),
        families=tuple(header["families"]),
        rules=VerdictRules.from_dict(header["rules"]),
        library_version=header["library_version"],
        bins_hash=header["bins_hash"],
        training=header["training"],
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        whole=_whole(header["whole"], of_scan) if of_scan else None,
    )


def _whole(header: dict[str, Any], state: dict[str, torch.Tensor]) -> WholeScan:
    reader = ScanReader(ScanShape(**header["shape"]))
    reader.load_state_dict(state)
    reader.eval()
    return WholeScan(reader, VerdictRules.from_dict(header["rules"]))


def _check(header: dict[str, Any], path: Path, library: Library) -> None:
    if header["bins_hash"] != bins_hash():
        raise WeightsError(f"{path}: was trained on other energy bins than this version's")
    groups = tuple(group.name for group in library.groups)
    if tuple(header["groups"]) != groups or tuple(header["families"]) != library.families:
        raise WeightsError(
            f"{path}: was trained for other pigment groups than this library holds; "
            "use the library that came with it, or train anew"
        )
    trained, ours = (v.split("+")[0] for v in (header["library_version"], library.version))
    if trained != ours:
        raise WeightsError(f"{path}: was trained with library {trained}, and this is {ours}")


def initial_reader(shape: Shape, seed: int) -> Reader:
    """An untrained network, the same for the same seed."""
    torch.manual_seed(seed)
    return Reader(shape)
