"""The clock of the service, which everything takes as an argument."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["utc_now"]


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)
