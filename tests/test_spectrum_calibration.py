"""The energy axis goes from channels to keV and back, and lines widen as silicon has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from underpaint.spectrum import EnergyCalibration

AXES = st.builds(
    EnergyCalibration,
    zero=st.floats(-1.0, 1.0),
    gain=st.floats(0.002, 0.1),
    noise=st.floats(0.03, 0.3),
    fano=st.floats(0.08, 0.2),
)


@given(axis=AXES, channel=st.floats(-10.0, 5000.0))
def test_channel_undoes_energy(axis: EnergyCalibration, channel: float) -> None:
    assert axis.channel(axis.energy(channel)) == pytest.approx(channel, abs=1e-6)


@given(axis=AXES, energy_kev=st.floats(-1.0, 60.0))
def test_energy_undoes_channel(axis: EnergyCalibration, energy_kev: float) -> None:
    assert axis.energy(axis.channel(energy_kev)) == pytest.approx(energy_kev, abs=1e-9)


@given(axis=AXES, channels=st.integers(1, 4096))
def test_edges_lie_half_a_channel_around_the_centres(
    axis: EnergyCalibration, channels: int
) -> None:
    edges = axis.edges(channels)
    assert edges.shape == (channels + 1,)
    np.testing.assert_allclose(np.diff(edges), axis.gain, rtol=1e-6)
    centres = 0.5 * (edges[1:] + edges[:-1])
    np.testing.assert_allclose(centres, axis.energy(np.arange(channels)), atol=1e-9)


@given(axis=AXES, low=st.floats(0.0, 30.0), more=st.floats(0.0, 30.0))
def test_lines_widen_with_energy_and_never_beat_the_noise(
    axis: EnergyCalibration, low: float, more: float
) -> None:
    assert axis.noise <= axis.fwhm(low) <= axis.fwhm(low + more)


def test_resolution_agrees_with_a_drift_detector_s_data_sheet() -> None:
    # 130 eV at Mn Ka is what makers state of a detector with 50 eV of noise
    axis = EnergyCalibration(zero=0.0, gain=0.01, noise=0.05, fano=0.12)
    assert axis.fwhm(5.895) == pytest.approx(0.130, abs=0.004)


def test_below_zero_energy_only_the_noise_remains() -> None:
    assert EnergyCalibration(0.0, 0.01, noise=0.1).fwhm(-0.5) == pytest.approx(0.1)
