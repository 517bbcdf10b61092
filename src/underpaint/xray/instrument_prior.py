"""The spread of scanners that a network must be ready for.

Anodes, voltages, filters, optics and detectors of the scanners in museums; and what their files
do not say: pile-up, and lines of the scanner's own parts. The figures live in the package's
`prior.toml`, table [scanner]; a user's own file of the same form takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from underpaint.errors import ConfigError
from underpaint.settings import require_frequencies, require_ranges, require_shares, shipped

from .instrument import Instrument
from .named_instruments import find_instrument, named_instruments
from .source import DENSITY_G_CM3
from .tube import check_anode

RANGES = ("kv", "optic_cutoff_kev", "optic_power", "path_in_cm", "path_out_cm", "view_cm",
          "dead_layer_um", "noise", "fano", "tail", "tail_kev", "shelf", "pile_up", "own_line",
          "tube_k_lines", "tube_l_lines")  # fmt: skip
COUNT_RATE_KCPS = 50.0
MOST_OWN_LINES = 5
JITTERED = ("tube_k_lines", "tube_l_lines", "path_in_cm", "path_out_cm", "view_cm", "dead_layer_um",
            "optic_cutoff_kev", "optic_power", "acceptance_deg", "noise", "tail", "tail_kev",
            "shelf")  # fmt: skip
DEGREES = {"incidence_deg": 90.0, "take_off_deg": 90.0, "tube_incidence_deg": 90.0,
           "tube_take_off_deg": 90.0, "azimuth_deg": 180.0}  # fmt: skip
JITTER_DEG = 5.0
LEAST_DEG = 5.0


@dataclass(frozen=True, slots=True)
class InstrumentPrior:
    """Frequencies and ranges of the prior over instruments; by default those of `prior.toml`.

    Two figures are a range: drawn evenly for those marked so, else evenly in the logarithm.

    Attributes
    ----------
    named_share, named, jitter : share of scanners drawn about an instrument of the program; name
        to frequency; relative spread of its figures
    kv, usual_kv, usual : lowest and highest tube voltage (evenly), voltages often met, and share
        of scanners that have one of these
    filtered, filters : share with a filter; symbol to least and most micrometres (evenly)
    with_optic, optic_cutoff_kev, optic_power : share with a polycapillary; ranges (evenly)
    in_helium : share flushed with helium
    path_in_cm, path_out_cm, dead_layer_um, noise, fano, tail_kev : ranges (evenly)
    view_cm, tail, shelf, tube_k_lines, tube_l_lines : ranges
    crystal_um, detector_window_um, tube_window_um : one of these
    pile_up : range, share of counts
    own_lines, own_line, own_parts : how many elements of the scanner's own parts show on average,
        the range of the share of counts of each, and which they may be
    anodes : symbol to relative frequency

    Raises
    ------
    ConfigError : for a share outside 0 to 1, a range that is none, a name that is no instrument's,
        a symbol that no tube or filter can have
    """

    named_share: float = shipped("scanner", "named_share")
    kv: tuple[float, float] = shipped("scanner", "kv")
    usual_kv: tuple[float, ...] = shipped("scanner", "usual_kv")
    usual: float = shipped("scanner", "usual")
    filtered: float = shipped("scanner", "filtered")
    with_optic: float = shipped("scanner", "with_optic")
    optic_cutoff_kev: tuple[float, float] = shipped("scanner", "optic_cutoff_kev")
    optic_power: tuple[float, float] = shipped("scanner", "optic_power")
    in_helium: float = shipped("scanner", "in_helium")
    path_in_cm: tuple[float, float] = shipped("scanner", "path_in_cm")
    path_out_cm: tuple[float, float] = shipped("scanner", "path_out_cm")
    view_cm: tuple[float, float] = shipped("scanner", "view_cm")
    crystal_um: tuple[float, ...] = shipped("scanner", "crystal_um")
    detector_window_um: tuple[float, ...] = shipped("scanner", "detector_window_um")
    tube_window_um: tuple[float, ...] = shipped("scanner", "tube_window_um")
    dead_layer_um: tuple[float, float] = shipped("scanner", "dead_layer_um")
    noise: tuple[float, float] = shipped("scanner", "noise")
    fano: tuple[float, float] = shipped("scanner", "fano")
    tail: tuple[float, float] = shipped("scanner", "tail")
    tail_kev: tuple[float, float] = shipped("scanner", "tail_kev")
    shelf: tuple[float, float] = shipped("scanner", "shelf")
    pile_up: tuple[float, float] = shipped("scanner", "pile_up")
    own_lines: float = shipped("scanner", "own_lines")
    own_line: tuple[float, float] = shipped("scanner", "own_line")
    own_parts: tuple[str, ...] = shipped("scanner", "own_parts")
    tube_k_lines: tuple[float, float] = shipped("scanner", "tube_k_lines")
    tube_l_lines: tuple[float, float] = shipped("scanner", "tube_l_lines")
    jitter: float = shipped("scanner", "jitter")
    anodes: dict[str, float] = shipped("scanner", "anodes")
    filters: dict[str, tuple[float, float]] = shipped("scanner", "filters")
    named: dict[str, float] = shipped("scanner", "named")

    def __post_init__(self) -> None:
        require_shares(self, "named_share", "usual", "filtered", "with_optic", "in_helium")
        require_ranges(self, *RANGES)
        for name in ("anodes", "named"):
            require_frequencies(name, getattr(self, name).values())
        for name in ("usual_kv", "crystal_um", "detector_window_um", "tube_window_um"):
            if not min(getattr(self, name), default=0.0) > 0.0:
                raise ConfigError(f"{name}: needs at least one figure, all above zero")
        for name in self.named:
            if name not in named_instruments():
                known = ", ".join(named_instruments())
                raise ConfigError(f"named: no instrument is called '{name}'; known are {known}")
        for anode in self.anodes:
            if not check_anode(anode):
                raise ConfigError(f"anodes: '{anode}' is no metal that a tube can have")
        for metal in self.filters:
            if metal not in DENSITY_G_CM3:
                known = ", ".join(DENSITY_G_CM3)
                raise ConfigError(f"filters: '{metal}' is not known; known are {known}")


def sample_instrument(prior: InstrumentPrior, random: np.random.Generator) -> Instrument:
    """Draw an instrument from the prior: of any kind, or much like one that is known by name."""
    if random.random() < prior.named_share:
        return _like_a_named_one(prior, random)
    return Instrument(
        anode=_chosen(prior.anodes, random),
        kv=_voltage(prior, random),
        tube_incidence_deg=float(random.uniform(50.0, 90.0)),
        tube_take_off_deg=float(random.uniform(12.0, 60.0)),
        tube_window_um=_one_of(prior.tube_window_um, random),
        filters=_filters(prior, random),
        tube_k_lines=_log_uniform(prior.tube_k_lines, random),
        tube_l_lines=_log_uniform(prior.tube_l_lines, random),
        optic_cutoff_kev=(
            float(random.uniform(*prior.optic_cutoff_kev))
            if random.random() < prior.with_optic
            else 0.0
        ),
        optic_power=float(random.uniform(*prior.optic_power)),
        incidence_deg=float(random.uniform(45.0, 90.0)),
        take_off_deg=float(random.uniform(25.0, 90.0)),
        azimuth_deg=float(random.choice([180.0, random.uniform(60.0, 180.0)])),
        path_in_cm=float(random.uniform(*prior.path_in_cm)),
        path_out_cm=float(random.uniform(*prior.path_out_cm)),
        view_cm=_log_uniform(prior.view_cm, random),
        atmosphere="helium" if random.random() < prior.in_helium else "air",
        crystal_um=_one_of(prior.crystal_um, random),
        dead_layer_um=float(random.uniform(*prior.dead_layer_um)),
        detector_window_um=_one_of(prior.detector_window_um, random),
        noise=float(random.uniform(*prior.noise)),
        fano=float(random.uniform(*prior.fano)),
        tail=_log_uniform(prior.tail, random),
        tail_kev=float(random.uniform(*prior.tail_kev)),
        shelf=_log_uniform(prior.shelf, random),
        count_rate_kcps=COUNT_RATE_KCPS,
        pulse_pair_us=_log_uniform(prior.pile_up, random) / COUNT_RATE_KCPS * 1e3,
        own_lines=_own_lines(prior, random),
        acceptance_deg=float(random.uniform(3.0, 30.0)),
    )


def _like_a_named_one(prior: InstrumentPrior, random: np.random.Generator) -> Instrument:
    """A known instrument as another of its make might be set up: nothing quite the same."""
    known = _known(_chosen(prior.named, random))
    figures = {
        name: getattr(known, name) * float(np.exp(random.normal(0.0, prior.jitter)))
        for name in JITTERED
    }
    angles = {
        name: float(np.clip(getattr(known, name) + random.normal(0.0, JITTER_DEG), LEAST_DEG, most))
        for name, most in DEGREES.items()
    }
    figures["tail"], figures["shelf"] = (min(figures[name], 0.2) for name in ("tail", "shelf"))
    gas = "air" if known.atmosphere == "vacuum" and random.random() < 0.5 else known.atmosphere
    if gas == "air" and random.random() < prior.in_helium:
        gas = "helium"
    return known.but(
        **figures,
        **angles,
        kv=float(known.kv) if random.random() < 0.6 else _voltage(prior, random),
        filters=_filters(prior, random) if random.random() < 0.5 else known.filters,
        atmosphere=gas,
        fano=float(random.uniform(*prior.fano)),
        count_rate_kcps=COUNT_RATE_KCPS,
        pulse_pair_us=_log_uniform(prior.pile_up, random) / COUNT_RATE_KCPS * 1e3,
        dead_time_us=0.0,
        own_lines=_own_lines(prior, random),
    )


@cache
def _known(name: str) -> Instrument:
    return find_instrument(name)


def _voltage(prior: InstrumentPrior, random: np.random.Generator) -> float:
    if random.random() < prior.usual:
        return _one_of(prior.usual_kv, random)
    return float(random.uniform(*prior.kv))


def _filters(prior: InstrumentPrior, random: np.random.Generator) -> tuple[tuple[str, float], ...]:
    if random.random() >= prior.filtered:
        return ()
    metal = str(random.choice(list(prior.filters)))
    return ((metal, float(random.uniform(*prior.filters[metal]))),)


def _own_lines(prior: InstrumentPrior, random: np.random.Generator) -> dict[str, float]:
    most = min(MOST_OWN_LINES, len(prior.own_parts))
    number = min(int(random.poisson(prior.own_lines)), most)
    elements = random.choice(prior.own_parts, size=number, replace=False)
    return {str(element): _log_uniform(prior.own_line, random) for element in elements}


def _chosen(table: dict[str, float], random: np.random.Generator) -> str:
    chance = np.array(list(table.values()))
    return str(random.choice(list(table), p=chance / chance.sum()))


def _one_of(figures: tuple[float, ...], random: np.random.Generator) -> float:
    return float(random.choice(figures))


def _log_uniform(limits: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(*np.log(limits))))
