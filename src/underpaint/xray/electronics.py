"""What the electronics make of the detector's pulses: pile-up, dead time, the zero peak.

Dead time is that of a paralysable counter: of photons that arrive at random at a rate n, those
are recorded that follow the one before after more than the dead time t, n exp(-n t) a second
(Knoll, Radiation Detection and Measurement, chapter on counting statistics, dead time models).
Photons within the pulse-pair time, which is a part of the dead time, are not only lost but add
their energy to the one before.

The zero peak is what an analyser records when its clock, and no photon, asks it to: as wide as
the noise, and as many counts in a faint pixel as in a bright one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA

from .instrument import Instrument, tensor
from .pileup import PileUp

FAINTEST = 1e-6
MOST_JOINED = 1.0 - 1e-6


def relative_rates(spectra: Tensor) -> Tensor:
    """Count rate of each sample relative to their mean, (sample, 1).

    Parameters
    ----------
    spectra : (sample, bin) counts of samples that share tube current and time
    """
    counts = spectra.sum(dim=1, keepdim=True)
    return counts / counts.mean().clamp_min(1e-30)


def pile_up_share(instrument: Instrument, relative_rate: Tensor) -> Tensor:
    """Share of the photons that join the one before, like `relative_rate`.

    Always below 1: in a pixel so bright that next to nothing is recorded, too.
    """
    pulse_pair = tensor(instrument.pulse_pair_us)
    share = -torch.expm1(-_photons_within(pulse_pair, instrument, relative_rate))
    return share.clamp_max(MOST_JOINED)


def live_share(instrument: Instrument, relative_rate: Tensor) -> Tensor:
    """Share of the photons that start a record of their own, like `relative_rate`.

    Dead time is never shorter than the pulse-pair time, whatever the instrument states.
    """
    return (1.0 - pile_up_share(instrument, relative_rate)) * _spared(instrument, relative_rate)


def _spared(instrument: Instrument, relative_rate: Tensor) -> Tensor:
    """Share of the records that no photon spoils between pulse-pair time and dead time."""
    rest = (tensor(instrument.dead_time_us) - tensor(instrument.pulse_pair_us)).clamp_min(0.0)
    return torch.exp(-_photons_within(rest, instrument, relative_rate))


def _photons_within(time_us: Tensor, instrument: Instrument, relative_rate: Tensor) -> Tensor:
    mean = tensor(instrument.count_rate_kcps) * 1e-3 * time_us
    return mean.to(relative_rate.dtype) * relative_rate


def zero_peak(instrument: Instrument, edges_kev: Tensor) -> Tensor:
    """Share of the zero peak's counts in each bin, (bin,); 0 for bins that do not reach it."""
    sigma = tensor(instrument.noise).to(edges_kev.dtype) / FWHM_PER_SIGMA
    return (0.5 * torch.erfc(-edges_kev / (sigma * math.sqrt(2.0)))).diff()


def record(
    spectrum: Tensor, instrument: Instrument, pile_up: PileUp, relative_rate: Tensor | float = 1.0
) -> Tensor:
    """Spectra as the electronics record them in the same real time, (sample, bin).

    Parameters
    ----------
    spectrum : (sample, bin) counts of single photons
    instrument : count rate, pulse-pair time, dead time, zero peak
    pile_up : sums on these bins
    relative_rate : (sample, 1) or a number, count rate of each sample relative to the mean that
        the instrument states; not negative

    Returns
    -------
    Counts, fewer than before by dead time. The zero peak holds `zero_peak` counts for each photon
    of a sample of mean rate, less those that fall into dead time too.
    """
    rate = torch.as_tensor(relative_rate, dtype=spectrum.dtype).expand(len(spectrum), 1)
    recorded = spectrum
    if instrument.pile_up > 0.0:
        recorded = pile_up.apply(recorded, pile_up_share(instrument, rate))
    recorded = recorded * _spared(instrument, rate)
    if instrument.zero_peak > 0.0:
        of_mean_rate = spectrum.sum(dim=1, keepdim=True) / rate.clamp_min(FAINTEST)
        clocked = tensor(instrument.zero_peak).to(spectrum.dtype) * of_mean_rate
        live = live_share(instrument, rate)
        recorded = recorded + clocked * live * zero_peak(instrument, pile_up.edges_kev)
    return recorded
