"""Synthetic spectra and scans for all tests, in pure NumPy.

calibration = EnergyCalibration(zero=-0.05, gain=0.03)
pixel = SpectrumBuilder(calibration).line(6.4, 500).flat(2).counts(rng)
builder = ScanBuilder(4, 5, calibration).everywhere(pixel).region(slice(1, 3), slice(2), other)
folder = builder.write_mca_folder(tmp_path / "scan")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from underpaint.scan import Fact, Scan, write_hdf5
from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration

CALIBRATION = EnergyCalibration(zero=-0.05, gain=0.03, noise=0.08, fano=0.115)
RIPPLE_KINDS = {"u": "unsigned", "i": "signed", "f": "float"}


class SpectrumBuilder:
    """Builds one spectrum: lines and backgrounds on an energy axis."""

    def __init__(self, calibration: EnergyCalibration = CALIBRATION, channels: int = 1024) -> None:
        self.calibration = calibration
        self.energy_kev = calibration.energy(np.arange(channels))
        self._expected = np.zeros(channels)

    def line(self, energy_kev: float, counts: float) -> SpectrumBuilder:
        """Add a Gaussian line of some counts, as wide as the calibration makes it."""
        sigma = float(self.calibration.fwhm(energy_kev)) / FWHM_PER_SIGMA
        density = np.exp(-0.5 * ((self.energy_kev - energy_kev) / sigma) ** 2)
        density /= sigma * np.sqrt(2.0 * np.pi)
        self._expected += counts * self.calibration.gain * density
        return self

    def lines(self, counts_by_energy: dict[float, float]) -> SpectrumBuilder:
        """Add several lines: energy in keV to counts."""
        for energy_kev, counts in counts_by_energy.items():
            self.line(energy_kev, counts)
        return self

    def flat(self, counts_a_channel: float) -> SpectrumBuilder:
        """Add the same background to every channel."""
        self._expected += counts_a_channel
        return self

    def exponential(self, counts_at_zero: float, decay_kev: float) -> SpectrumBuilder:
        """Add a background that falls by e within `decay_kev`, counts a channel at 0 keV."""
        self._expected += counts_at_zero * np.exp(-np.maximum(self.energy_kev, 0.0) / decay_kev)
        return self

    def expectation(self) -> NDArray[np.float64]:
        """Expected counts, (channel,) float64."""
        return self._expected.copy()

    def counts(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Counts drawn by Poisson's law, (channel,) int64."""
        return generator.poisson(self._expected)


@dataclass
class ScanBuilder:
    """Builds a small scan and writes it in any format.

    Without other orders every pixel is different, so that swapped pixels or channels show.
    """

    height: int = 3
    width: int = 4
    calibration: EnergyCalibration | None = CALIBRATION
    channels: int = 64
    facts: dict[str, Fact] = field(default_factory=dict)
    _counts: NDArray[Any] = field(init=False)

    def __post_init__(self) -> None:
        pixels = self.height * self.width
        numbers = np.arange(pixels * self.channels) * 7 % 101
        self._counts = numbers.reshape(self.height, self.width, self.channels)

    def everywhere(self, spectrum: ArrayLike) -> ScanBuilder:
        """Give every pixel one spectrum, (channel,)."""
        values = np.asarray(spectrum)
        self.channels = len(values)
        self._counts = np.tile(values, (self.height, self.width, 1))
        return self

    def region(self, rows: slice, columns: slice, spectrum: ArrayLike) -> ScanBuilder:
        """Give some pixels another spectrum, (channel,)."""
        values = np.asarray(spectrum)
        self._counts = self._counts.astype(np.result_type(self._counts, values))
        self._counts[rows, columns] = values
        return self

    def poisson(self, generator: np.random.Generator) -> ScanBuilder:
        """Replace expectations by counts drawn by Poisson's law."""
        self._counts = generator.poisson(self._counts)
        return self

    def typed(self, dtype: str) -> ScanBuilder:
        """Store counts as another type."""
        self._counts = self._counts.astype(dtype)
        return self

    @property
    def counts(self) -> NDArray[Any]:
        """The cube, (y, x, channel)."""
        return self._counts

    def scan(self, **stated: Any) -> Scan:
        """The scan in memory; `stated` are further fields of `Scan`."""
        fields = {"calibration": self.calibration, "facts": self.facts, **stated}
        return Scan(counts=self.counts, path=Path("synthetic"), format="synthetic", **fields)

    def write_mca_folder(
        self, folder: Path, *, live_time_s: float = 0.0, real_time_s: float = 3.0
    ) -> Path:
        """Write one .mca file a pixel and the side file; gives the folder."""
        folder.mkdir(parents=True)
        side = f"righe  {self.height}\r\ncolonne  {self.width}\r\ndwell-time  3,000000\r\n"
        (folder / "colonneXrighe.txt").write_text(side, newline="")
        for number, spectrum in enumerate(self.counts.reshape(-1, self.channels), start=1):
            text = self.mca_text(spectrum, live_time_s, real_time_s)
            (folder / f"None_{number}.mca").write_text(text, newline="")
        return folder

    def mca_text(self, spectrum: NDArray[Any], live_time_s: float, real_time_s: float) -> str:
        """The content of one .mca file."""
        lines = ["<<PMCA SPECTRUM>>", "TAG - live_data_2", "DESCRIPTION - ", "GAIN - 2"]
        lines += [f"LIVE_TIME - {live_time_s:g}", f"REAL_TIME - {real_time_s:f}"]
        if self.calibration is not None:
            lines += ["<<CALIBRATION>>", "LABEL - Channel"]
            points = (0, self.channels // 2, self.channels - 1)
            lines += [f"{c} {float(self.calibration.energy(c))!r}" for c in points]
        lines += ["<<DATA>>", *(str(int(count)) for count in spectrum), "<<END>>"]
        return "\r\n".join(lines)

    def write_rpl(
        self,
        path: Path,
        *,
        byte_order: str = "little-endian",
        record_by: str = "vector",
        padding: int = 0,
        **changes: str | None,
    ) -> Path:
        """Write .rpl and .raw; gives the path of the .rpl.

        `padding` bytes come before the counts; `changes` replace or add lines of the header, "_"
        standing for "-", and None leaves one out.
        """
        dtype = self.counts.dtype.newbyteorder(">" if byte_order == "big-endian" else "<")
        stored = np.moveaxis(self.counts, -1, 0) if record_by == "image" else self.counts
        body = np.ascontiguousarray(stored, dtype=dtype).tobytes()
        path.with_suffix(".raw").write_bytes(b"\xaa" * padding + body)
        header: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
            "depth": self.channels,
            "offset": padding,
            "data-length": dtype.itemsize,
            "data-type": RIPPLE_KINDS[dtype.kind],
            "byte-order": byte_order,
            "record-by": record_by,
        }
        if self.calibration is not None:
            header["depthscaleorigin"] = repr(self.calibration.zero)
            header["depthscaleincrement"] = repr(self.calibration.gain)
            header["depthscaleunits"] = "keV"
        header |= {key.replace("_", "-"): value for key, value in changes.items()}
        lines = ["key\tvalue", *(f"{k}\t{v}" for k, v in header.items() if v is not None)]
        path.write_text("\r\n".join(lines) + "\r\n", newline="")
        return path

    def write_hdf5(self, path: Path, **stated: Any) -> Path:
        """Write HDF5 with the package's own writer; gives the path."""
        write_hdf5(self.scan(**stated), path)
        return path
