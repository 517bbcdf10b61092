"""Opening HDF5 files and datasets, with one clear sentence for whatever is wrong with them."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ScanFileError
from .hdf5_heaps import goes_round

if TYPE_CHECKING:
    import h5py

ENDINGS = (".h5", ".hdf5", ".hdf", ".nxs", ".nx")
MAGIC = b"\x89HDF\r\n\x1a\n"
MAGIC_OFFSETS = (0, 512, 1024, 2048)
BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)
"""h5py raises any of these when what a file says about itself is broken."""
SAME_FILE = "."


def looks_like_hdf5(path: Path) -> bool:
    """A file with HDF5's signature, or with an ending that promises HDF5."""
    if not path.is_file():
        return False
    if path.suffix.lower() in ENDINGS:
        return True
    with path.open("rb") as file:
        start = file.read(MAGIC_OFFSETS[-1] + len(MAGIC))
    return any(start[offset:].startswith(MAGIC) for offset in MAGIC_OFFSETS)


def holds_any(path: Path, *names: str) -> bool:
    """Whether a path is an HDF5 file that holds any of some groups or datasets."""
    if not looks_like_hdf5(path):
        return False
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return any(name in file for name in names)
    except PermissionError:
        raise
    except BROKEN:
        return False


def open_hdf5(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises
    ------
    ScanFileError
        It is no HDF5 file, or a damaged one.
    """
    import h5py

    try:
        if goes_round(path):
            raise OSError("a collection of texts leads nowhere")
        return h5py.File(path, "r")
    except PermissionError:
        raise
    except OSError as error:
        raise ScanFileError(
            f"{path} is no HDF5 file, or a damaged one; copy it again from where it was measured."
        ) from error


@contextlib.contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what h5py raises over a broken file into a ScanFileError."""
    try:
        yield
    except BROKEN as error:
        raise ScanFileError(
            f"{path} is a damaged HDF5 file ({str(error)[:120]}); copy it again from where it was "
            "measured."
        ) from error


def require_readable(dataset: h5py.Dataset, path: Path) -> None:
    """Bring in the compression that a dataset needs, and see that its other files are there.

    Raises
    ------
    ScanFileError
        A compression is not known here, or numbers lie in a file that is not there: HDF5 itself
        would give zeros for these.
    """
    _require_filters(dataset, path)
    names = [name for name, _, _ in dataset.external or ()]
    if dataset.is_virtual:
        names += [source.file_name for source in dataset.virtual_sources()]
    folder = Path(dataset.file.filename).parent
    for name in names:
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        if text != SAME_FILE and "%" not in text and not (folder / text).is_file():
            raise ScanFileError(
                f"{path} keeps its spectra in {text}, which is not there; copy that file to where "
                f"{path.name} expects it."
            )


def _require_filters(dataset: h5py.Dataset, path: Path) -> None:
    import h5py

    plist = dataset.id.get_create_plist()
    for number in range(plist.get_nfilters()):
        code, _, _, name = plist.get_filter(number)
        if h5py.h5z.filter_avail(code):
            continue
        with contextlib.suppress(ImportError):
            importlib.import_module("hdf5plugin")
        if not h5py.h5z.filter_avail(code):
            raise ScanFileError(
                f"{path} is compressed with {name.decode('latin-1') or code}, which HDF5 does not "
                "read by itself; run 'pip install hdf5plugin' and try again."
            )


def attribute(node: Any, name: str, default: Any = None) -> Any:
    """An attribute of a group or dataset; `default` where there is none of that name.

    Raises
    ------
    TypeError : as `whole`
    """
    import h5py

    if name not in node.attrs:
        return default
    _require_no_lists(h5py.h5a.open(node.id, name.encode()).get_type(), name)
    return node.attrs[name]


def whole(dataset: h5py.Dataset) -> Any:
    """All that a small dataset holds.

    Raises
    ------
    TypeError : it holds lists of any length, which no figure is, and over which the HDF5 library
        crashes where they are damaged
    """
    _require_no_lists(dataset.id.get_type(), dataset.name)
    return dataset[()]


def _require_no_lists(kind: h5py.h5t.TypeID, name: object) -> None:
    import h5py

    # texts of any length are none of these to the library, unless they are damaged
    if kind.detect_class(h5py.h5t.VLEN):
        raise TypeError(f"{name} holds lists, not a figure")


def text_of(value: Any) -> str:
    """A name that a file holds, as bytes or as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
