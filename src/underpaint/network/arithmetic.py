"""In which numbers the network reckons on this processor."""

from __future__ import annotations

import torch


def network_arithmetic() -> torch.dtype:
    """bfloat16 where the processor is faster in it, else float32.

    It is with matrix units for it (AMX), and on AMD's processors that multiply in it; Intel's that
    do so without matrix units were half as fast in it as in float32. Either reads the same
    weights. Probabilities differ a little, and verdicts in a few pixels of a thousand, those at a
    threshold; the tests of blocks bound both.
    """
    told: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    multiplies = told.get("avx512_bf16") and "AMD" in str(told.get("cpu_name"))
    return torch.bfloat16 if told.get("amx_bf16") or multiplies else torch.float32


def reckoning(arithmetic: torch.dtype) -> torch.autocast:
    """The context in which the network reckons so."""
    return torch.autocast("cpu", arithmetic, enabled=arithmetic != torch.float32)
