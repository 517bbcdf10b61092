"""Tables of tensors that are made once and shared."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

import torch

Given = ParamSpec("Given")
Made = TypeVar("Made")


def table(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Make once for the same arguments, as `functools.cache`, for tensors that gradients may use.

    What is made in inference mode cannot take part in gradients later; here it always can.
    """

    @cache
    @wraps(make)
    def made(*given: Given.args, **named: Given.kwargs) -> Made:
        with torch.inference_mode(False):
            return make(*given, **named)

    return made  # type: ignore[return-value]
