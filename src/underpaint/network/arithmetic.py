"""Where the network learns, and in which numbers it reckons there."""

from __future__ import annotations

import torch

CPU = torch.device("cpu")


def fastest_device() -> torch.device:
    """A graphics processor of this machine that torch can use, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def network_arithmetic(device: torch.device = CPU) -> torch.dtype:
    """bfloat16 where the processor is faster in it, else float32.

    It is with matrix units for it (AMX), and on AMD's processors that multiply in it; Intel's that
    do so without matrix units were half as fast in it as in float32. Either reads the same
    weights. Probabilities differ a little, and verdicts in a few pixels of a thousand, those at a
    threshold; the tests of blocks bound both.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    told: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    multiplies = told.get("avx512_bf16") and "AMD" in str(told.get("cpu_name"))
    return torch.bfloat16 if told.get("amx_bf16") or multiplies else torch.float32


def reckoning(arithmetic: torch.dtype, device: torch.device = CPU) -> torch.autocast:
    """The context in which the network reckons so."""
    return torch.autocast(device.type, arithmetic, enabled=arithmetic != torch.float32)
