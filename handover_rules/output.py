"""Writing what a command was told to write to a file."""

from __future__ import annotations

from pathlib import Path

from handover_rules.errors import UsageError

__all__ = ["write_output"]


def write_output(option: str, to: Path, content: bytes) -> None:
    """Write to the file that a command's option names, in a folder that is made where it is missing.

    Raises UsageError, naming both, where it cannot be written.
    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    except (OSError, ValueError) as error:  # the latter for a path that no system has
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{option} {to}: cannot be written: {reason or error}") from error
