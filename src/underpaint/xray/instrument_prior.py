"""The spread of scanners that a network must be ready for.

Anodes, voltages, filters, optics and detectors of the scanners in museums; and what their files
do not say: an energy axis a little off, pile-up, lines of the scanner's own parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .instrument import Instrument

OWN_PARTS = ("Fe", "Ni", "Cu", "Zn", "Cr", "Ti", "Zr", "Au", "Pb", "Ag", "Al", "Mo", "Co", "Mn")
COUNT_RATE_KCPS = 50.0
FILTERS = ("Al", "Ti", "Cu", "Rh", "Pd", "Zr", "Mo", "Ag")


@dataclass(frozen=True, slots=True)
class InstrumentPrior:
    """Frequencies and ranges of the prior over instruments.

    Attributes
    ----------
    anodes : symbol to relative frequency
    kv : lowest and highest tube voltage
    filtered, with_optic, in_helium : shares of instruments
    noise, fano : ranges, keV and dimensionless
    pile_up : range, share of counts, drawn evenly in the logarithm
    own_lines, own_line : how many elements of the scanner's own parts show on average, and the
        range of the share of counts of each, drawn evenly in the logarithm
    tube_k_lines, tube_l_lines : ranges of the tube's lines over Ebel's, evenly in the logarithm;
        measured tubes have K lines up to 1.8 times as strong
    """

    anodes: tuple[tuple[str, float], ...] = (
        ("Rh", 0.45), ("Ag", 0.2), ("Mo", 0.15), ("W", 0.1), ("Cr", 0.03), ("Cu", 0.03),
        ("Pd", 0.04),
    )  # fmt: skip
    kv: tuple[float, float] = (15.0, 50.0)
    filtered: float = 0.25
    with_optic: float = 0.3
    in_helium: float = 0.15
    noise: tuple[float, float] = (0.06, 0.15)
    fano: tuple[float, float] = (0.105, 0.13)
    pile_up: tuple[float, float] = (1e-4, 0.03)
    own_lines: float = 1.2
    own_line: tuple[float, float] = (3e-5, 0.005)
    tube_k_lines: tuple[float, float] = (1.0, 2.0)
    tube_l_lines: tuple[float, float] = (0.4, 1.5)


def sample_instrument(prior: InstrumentPrior, random: np.random.Generator) -> Instrument:
    """Draw an instrument from the prior."""
    anodes = [name for name, _ in prior.anodes]
    chance = np.array([weight for _, weight in prior.anodes])
    kv = float(random.uniform(*prior.kv))
    if random.random() < 0.5:
        kv = float(random.choice([30.0, 40.0, 45.0, 50.0]))
    filters: tuple[tuple[str, float], ...] = ()
    if random.random() < prior.filtered:
        metal = str(random.choice(FILTERS))
        thickness = {"Al": (25.0, 1500.0), "Ti": (10.0, 60.0)}.get(metal, (5.0, 50.0))
        filters = ((metal, float(random.uniform(*thickness))),)
    own = {}
    for element in random.choice(
        OWN_PARTS, size=min(int(random.poisson(prior.own_lines)), 5), replace=False
    ):
        own[str(element)] = float(np.exp(random.uniform(*np.log(prior.own_line))))
    take_off = float(random.uniform(25.0, 90.0))
    incidence = float(random.uniform(45.0, 90.0))
    return Instrument(
        anode=str(random.choice(anodes, p=chance / chance.sum())),
        kv=kv,
        tube_incidence_deg=float(random.uniform(50.0, 85.0)),
        tube_take_off_deg=float(random.uniform(12.0, 60.0)),
        tube_window_um=float(random.choice([75.0, 100.0, 125.0, 250.0, 500.0])),
        filters=filters,
        tube_k_lines=float(np.exp(random.uniform(*np.log(prior.tube_k_lines)))),
        tube_l_lines=float(np.exp(random.uniform(*np.log(prior.tube_l_lines)))),
        optic_cutoff_kev=(
            float(random.uniform(10.0, 25.0)) if random.random() < prior.with_optic else 0.0
        ),
        optic_power=float(random.uniform(3.0, 5.0)),
        incidence_deg=incidence,
        take_off_deg=take_off,
        azimuth_deg=float(random.choice([180.0, random.uniform(60.0, 180.0)])),
        path_in_cm=float(random.uniform(0.5, 8.0)),
        path_out_cm=float(random.uniform(0.5, 4.0)),
        view_cm=float(np.exp(random.uniform(np.log(0.05), np.log(2.5)))),
        atmosphere="helium" if random.random() < prior.in_helium else "air",
        crystal_um=float(random.choice([300.0, 450.0, 500.0, 1000.0])),
        dead_layer_um=float(random.uniform(0.02, 0.3)),
        detector_window_um=float(random.choice([8.0, 12.5, 25.0])),
        noise=float(random.uniform(*prior.noise)),
        fano=float(random.uniform(*prior.fano)),
        tail=float(np.exp(random.uniform(np.log(0.002), np.log(0.08)))),
        tail_kev=float(random.uniform(0.05, 0.4)),
        shelf=float(np.exp(random.uniform(np.log(3e-4), np.log(0.06)))),
        count_rate_kcps=COUNT_RATE_KCPS,
        pulse_pair_us=float(np.exp(random.uniform(*np.log(prior.pile_up)))) / COUNT_RATE_KCPS * 1e3,
        own_lines=own,
        acceptance_deg=float(random.uniform(3.0, 30.0)),
    )
