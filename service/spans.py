"""Spans of time as options write them."""

from __future__ import annotations

import re
from datetime import timedelta

from handover_rules.errors import UsageError

__all__ = ["read_span"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_span(option: str, text: str) -> timedelta:
    """`90d`, `12h` or `30m`. Raises UsageError, naming the option, for anything else."""
    written = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text.strip())
    if written is None:
        raise UsageError(f"{option} {text}: not a span of time; write one such as 7d, 12h or 30m")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})
