"""Reading JSON that somebody else wrote: nothing of its shape is taken for granted."""

from __future__ import annotations

import json
import math

__all__ = ["member", "number", "strict_json"]


def strict_json(text: str) -> object:
    """The JSON value in `text`; None where it is none, or one that readers would not agree on."""
    try:
        value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value


def member(value: object, *path: str | int) -> object:
    """What lies at the path of keys and indices in `value`; None where there is nothing."""
    for at in path:
        if isinstance(at, str):
            value = value.get(at) if isinstance(value, dict) else None
        else:
            value = value[at] if isinstance(value, list) and at < len(value) else None
    return value


def number(value: object) -> float | None:
    """The value as a finite number; None where it is none. True and False are ints to Python, and no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
