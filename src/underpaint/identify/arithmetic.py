"""In which numbers the network reckons on this processor."""

from __future__ import annotations

import torch

NATIVE = ("avx512_bf16", "amx_bf16")


def network_arithmetic() -> torch.dtype:
    """bfloat16 where the processor multiplies in it by itself, which is fast; else float32.

    Either reads the same weights. Probabilities differ by some 0.0003 on average and 0.03 at
    most, so that verdicts differ in a few pixels of a thousand, those at a threshold.
    """
    told: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    native = any(told.get(name) for name in NATIVE)
    return torch.bfloat16 if native else torch.float32
