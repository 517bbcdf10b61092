"""A scanner as data: tube, geometry, detector."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from underpaint.errors import InstrumentError

from .atomic import HIGHEST_KEV
from .periodic_table import INDEX
from .tube import check_anode
from .tube_spectrum import TubeSpectrum

Figure = float | Tensor
"""A number, or a 0-d tensor where a gradient with respect to it is wanted."""

ATMOSPHERES = ("air", "helium", "vacuum")
NOT_NEGATIVE = ("path_in_cm", "path_out_cm", "view_cm", "tube_window_um", "dead_layer_um",
                "detector_window_um", "optic_cutoff_kev", "optic_power", "tail_kev",
                "tube_k_lines", "tube_l_lines", "acceptance_deg", "count_rate_kcps",
                "pulse_pair_us", "dead_time_us", "tail", "shelf", "zero_peak")  # fmt: skip
ABOVE_ZERO = ("crystal_um", "noise", "fano")
ANGLES = ("incidence_deg", "take_off_deg", "tube_incidence_deg", "tube_take_off_deg")
SHARES = {
    "tail": "tail",
    "shelf": "shelf",
    "pile_up": "the share of piled-up photons, from count_rate_kcps and pulse_pair_us,",
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """Everything about a scanner that shapes its spectra.

    Figures are floats; a 0-d tensor in the place of one carries a gradient through the forward
    model.

    Attributes
    ----------
    name : what the scanner is called; may be empty
    anode : symbol of the tube's target
    kv : tube voltage, kV
    tube_incidence_deg, tube_take_off_deg : electrons on, photons from the anode surface
    tube_window_um : beryllium window of the tube
    tube_k_lines, tube_l_lines : strength of the anode's K and L lines over Ebel's
    tube_spectrum : the tube's spectrum behind its window, where one is at hand; Ebel's otherwise
    filters : (element, micrometres) in the beam
    optic_cutoff_kev : energy at which a polycapillary has lost half its transmission; 0 for none
    optic_power : power with which its transmission falls far beyond that
    incidence_deg, take_off_deg : beam and detector axis, from the object's surface
    azimuth_deg : between tube and detector, seen along the object's normal; 180 is face to face
    acceptance_deg : FWHM of the scatter angles that the detector accepts
    path_in_cm, path_out_cm : gas between tube and object, object and detector
    view_cm : length of beam in front of the object that the detector sees, in gas
    atmosphere : "air", "helium" or "vacuum"
    crystal_um, dead_layer_um, detector_window_um : silicon, its dead layer, beryllium window
    noise, fano : FWHM in keV, and Fano factor, as PyMca
    tail, tail_kev, shelf : share of a line in the exponential tail, the tail's 1/e length beyond
        the peak's own sigma, share in the shelf
    count_rate_kcps : photons that the detector meets in a second, thousands, on average
    pulse_pair_us : time within which two photons count as one of their summed energy
    dead_time_us : time for which a photon keeps the electronics busy (paralysable); never taken
        shorter than pulse_pair_us
    zero_peak : counts of the electronics' own peak at 0 keV for each photon at the mean rate
    own_lines : element -> share of the counts in K (or L) lines of the scanner's own parts
    """

    name: str = ""
    anode: str = "Rh"
    kv: Figure = 40.0
    tube_incidence_deg: Figure = 60.0
    tube_take_off_deg: Figure = 60.0
    tube_window_um: Figure = 100.0
    tube_k_lines: Figure = 1.0
    tube_l_lines: Figure = 1.0
    tube_spectrum: TubeSpectrum | None = None
    filters: tuple[tuple[str, Figure], ...] = ()
    optic_cutoff_kev: Figure = 0.0
    optic_power: Figure = 4.0
    incidence_deg: Figure = 90.0
    take_off_deg: Figure = 45.0
    azimuth_deg: Figure = 180.0
    acceptance_deg: Figure = 10.0
    path_in_cm: Figure = 1.0
    path_out_cm: Figure = 1.0
    view_cm: Figure = 0.5
    atmosphere: str = "air"
    crystal_um: Figure = 450.0
    dead_layer_um: Figure = 0.1
    detector_window_um: Figure = 12.5
    noise: Figure = 0.09
    fano: Figure = 0.115
    tail: Figure = 0.01
    tail_kev: Figure = 0.15
    shelf: Figure = 0.002
    count_rate_kcps: Figure = 0.0
    pulse_pair_us: Figure = 0.0
    dead_time_us: Figure = 0.0
    zero_peak: Figure = 0.0
    own_lines: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.anode, str) or not check_anode(self.anode):
            raise InstrumentError(f"the anode '{self.anode}' is no metal that a tube can have")
        if self.atmosphere not in ATMOSPHERES:
            raise InstrumentError(
                f"the atmosphere '{self.atmosphere}' is unknown: use {', '.join(ATMOSPHERES)}"
            )
        for name in FIGURES:
            _require_number(name, getattr(self, name))
        if not 2.0 < self.kv <= HIGHEST_KEV:
            raise InstrumentError(
                f"a tube voltage of {plain(self.kv)} kV must be above 2 kV and at most "
                f"{HIGHEST_KEV:g}"
            )
        for name in ANGLES:
            if not 0.0 < getattr(self, name) <= 90.0:
                raise InstrumentError(
                    f"{name} = {plain(getattr(self, name))} must be above 0 and at most 90 degrees"
                )
        if not 0.0 <= self.azimuth_deg <= 180.0:
            raise InstrumentError(
                f"azimuth_deg = {plain(self.azimuth_deg)} is outside 0 to 180 degrees"
            )
        for name in NOT_NEGATIVE:
            _require_not_negative(name, getattr(self, name))
        for name, words in SHARES.items():
            _require_share(words, getattr(self, name))
        for name in ABOVE_ZERO:
            if not 0.0 < getattr(self, name) < math.inf:
                raise InstrumentError(f"{name} = {plain(getattr(self, name))} must be above zero")
        for what, figures in (("own_lines", self.own_lines.items()), ("filters", self.filters)):
            for element, figure in figures:
                if not isinstance(element, str) or element not in INDEX:
                    raise InstrumentError(f"'{element}' in {what} is not the symbol of an element")
                _require_number(f"the figure of {element} in {what}", figure)
                _require_not_negative(f"the figure of {element} in {what}", figure)
        for element, share in self.own_lines.items():
            _require_share(f"the share of {element} in own_lines", share)

    @property
    def scatter_cosine(self) -> Tensor:
        """Cosine of the angle between incoming and outgoing photons, () float64."""
        into, out, across = (
            torch.deg2rad(tensor(angle))
            for angle in (self.incidence_deg, self.take_off_deg, self.azimuth_deg)
        )
        level = -torch.cos(across) * torch.cos(into) * torch.cos(out)
        return level - torch.sin(into) * torch.sin(out)

    @property
    def scatter_deg(self) -> float:
        """Angle between incoming and outgoing photons, degrees; 180 is straight back."""
        return math.degrees(math.acos(max(self.scatter_cosine.item(), -1.0)))

    @property
    def pile_up(self) -> Figure:
        """Share of the photons that meet another within the pulse-pair time."""
        met = self.count_rate_kcps * 1e-3 * self.pulse_pair_us
        return -torch.expm1(-met) if isinstance(met, Tensor) else -math.expm1(-met)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML, without gradients; `instrument_from_dict` reads them."""
        values = {each.name: plain(getattr(self, each.name)) for each in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    def but(self, **changes: Any) -> Instrument:
        """The same instrument with some figures changed."""
        return replace(self, **changes)


FIGURES = tuple(each.name for each in fields(Instrument) if isinstance(each.default, float))
"""Names of the fields that are a number."""


def tensor(figure: Figure) -> Tensor:
    """A figure as a 0-d float64 tensor, its gradient kept."""
    return torch.as_tensor(figure, dtype=torch.float64)


def plain(value: Any) -> Any:
    """A field's value without tensors, tuples and classes of ours."""
    if isinstance(value, Tensor):
        return value.item()
    if isinstance(value, TubeSpectrum):
        return {"continuum": plain(value.continuum), "lines": plain(value.lines)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def _require_number(name: str, figure: Any) -> None:
    if isinstance(figure, Tensor):
        if figure.dim() == 0 and figure.is_floating_point():
            return
        raise InstrumentError(f"{name} is a tensor, but not one floating-point number (0-d)")
    if isinstance(figure, bool) or not isinstance(figure, Real):
        raise InstrumentError(f"{name} is {figure!r}, but must be a number")


def _require_not_negative(name: str, figure: Figure) -> None:
    if not 0.0 <= figure < math.inf:
        raise InstrumentError(f"{name} is {plain(figure)}, but must be zero or more")


def _require_share(name: str, figure: Figure) -> None:
    if not figure < 0.5:
        raise InstrumentError(f"{name} = {plain(figure)} must be below 0.5")
