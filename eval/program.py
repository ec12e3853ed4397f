"""Which program it is, for what is kept and compared later."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["program"]


def program() -> str:
    """Its name and version, such as `handover-rules 0.1.0`."""
    try:
        return f"handover-rules {version('handover-rules')}"
    except PackageNotFoundError:  # run from the source tree
        return "handover-rules"
