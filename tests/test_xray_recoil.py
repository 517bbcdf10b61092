"""Counts of photons that scatter in the crystal and leave: against photons followed one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import xraylib
from numpy.typing import NDArray

from underpaint.xray import Instrument
from underpaint.xray.recoil import recoil_response

SILICON, DENSITY_G_CM3 = 14, 2.33
EDGES = torch.linspace(-0.5, 12.0, 1251, dtype=torch.float64)
PHOTONS = 200_000


def followed(energy_kev: float, crystal_um: float) -> tuple[float, float]:
    """Share of photons that scatter once and escape, and the mean energy they leave, keV."""
    random = np.random.default_rng(5)
    thickness = DENSITY_G_CM3 * crystal_um * 1e-4
    depth = random.exponential(1.0 / xraylib.CS_Total(SILICON, energy_kev), PHOTONS)
    depth = depth[depth < thickness]
    compton = xraylib.CS_Compt(SILICON, energy_kev) / xraylib.CS_Total(SILICON, energy_kev)
    depth = depth[random.random(len(depth)) < compton]
    cosine = _cosines(energy_kev, len(depth), random)
    after = energy_kev / (1.0 + energy_kev / 510.999 * (1.0 - cosine))
    to_face = np.where(cosine > 0.0, thickness - depth, depth)
    path = to_face / np.maximum(np.abs(cosine), 1e-6)
    absorbing = np.array([xraylib.CS_Total(SILICON, each) for each in after.tolist()])
    out = random.random(len(path)) < np.exp(-absorbing * path)
    return out.sum() / PHOTONS, float((energy_kev - after)[out].mean())


def _cosines(energy_kev: float, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    angles = np.linspace(0.03, math.pi, 2000)
    density = [xraylib.DCS_Compt(SILICON, energy_kev, angle) for angle in angles.tolist()]
    weight = np.cumsum(np.array(density) * np.sin(angles))
    return np.cos(np.interp(random.random(count) * weight[-1], weight, angles))


@pytest.mark.parametrize(("energy_kev", "crystal_um"), [(20.0, 450.0), (35.0, 450.0), (30.0, 1000)])
def test_as_many_recoils_as_when_photons_are_followed(energy_kev: float, crystal_um: float) -> None:
    instrument = Instrument(crystal_um=crystal_um)
    row = recoil_response(instrument, torch.tensor([energy_kev], dtype=torch.float64), EDGES)[0]
    share, mean_kev = followed(energy_kev, crystal_um)
    centres = 0.5 * (EDGES[1:] + EDGES[:-1])
    # one closed form for escape in place of each photon's own path
    assert float(row.sum()) == pytest.approx(share, rel=0.15)
    assert float((row * centres).sum() / row.sum()) == pytest.approx(mean_kev, rel=0.05)


def test_no_recoil_takes_more_than_a_head_on_collision() -> None:
    energy_kev = 25.0
    most = 2.0 * energy_kev**2 / (510.999 + 2.0 * energy_kev)
    instrument = Instrument(noise=0.03)
    row = recoil_response(instrument, torch.tensor([energy_kev], dtype=torch.float64), EDGES)[0]
    # photon energies stand 5 % apart, recoils go with their square
    assert float(row[EDGES[:-1] > 1.1 * most + 0.1].sum()) < 1e-3 * float(row.sum())
