"""Where tensors lie: a model and all that it holds, on a device or in a precision."""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

Held = TypeVar("Held")
ROOM = __name__.rpartition(".")[0]


def placed(value: Held, to: torch.device | torch.dtype) -> Held:
    """A copy of what holds tensors, with these on a device, or its floats in a precision.

    Dataclasses, objects of this room, lists, tuples and dictionaries are gone through; all else
    stays as it is.
    """
    moved: object
    if isinstance(value, Tensor):
        whole = isinstance(to, torch.dtype) and not value.is_floating_point()
        moved = value if whole else value.to(to)
    elif isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        moved = type(value)(placed(each, to) for each in value)
    elif isinstance(value, dict):
        moved = {key: placed(each, to) for key, each in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        moved = replace(value, **{name: placed(part, to) for name, part in parts.items()})
    elif type(value).__module__.startswith(ROOM):
        moved = copy.copy(value)
        vars(moved).update({name: placed(part, to) for name, part in vars(value).items()})
    else:
        moved = value
    return moved  # type: ignore[return-value]
