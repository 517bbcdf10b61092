"""In which numbers the network reckons on this processor."""

from __future__ import annotations

import torch

NATIVE = ("avx512_bf16", "amx_bf16")


def network_arithmetic() -> torch.dtype:
    """bfloat16 where the processor multiplies in it by itself, which is fast; else float32.

    Either reads the same weights. Probabilities differ a little, and verdicts in a few pixels of a
    thousand, those at a threshold; the tests of blocks bound both.
    """
    told: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    native = any(told.get(name) for name in NATIVE)
    return torch.bfloat16 if native else torch.float32
