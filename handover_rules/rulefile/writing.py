"""Writing rule files: whole or not at all, and never over what somebody else has saved meanwhile."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from threading import Lock

from handover_rules.errors import FileChanged, UsageError

__all__ = ["line_end", "overwrite"]


def overwrite(name: str, old: bytes, new: bytes) -> None:
    """Put `new` in the place of `old` in the file of that name, behind links, with its permissions.

    Raises FileChanged when the file does not hold `old`, UsageError when it cannot be written. Then nothing is written.
    """
    try:
        with _writing:
            _expect(name, old)
            _replace(Path(name).resolve(), new)
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror or error}") from None


def line_end(content: bytes) -> str:
    """The line end that most of the lines have."""
    windows = content.count(b"\r\n")
    counts = Counter({"\n": content.count(b"\n") - windows, "\r\n": windows, "\r": content.count(b"\r") - windows})
    return max(counts, key=counts.__getitem__)


# Between looking at a file and replacing it, nobody else in this process writes one.
_writing = Lock()


def _expect(name: str, old: bytes) -> None:
    try:
        now = Path(name).read_bytes()
    except FileNotFoundError:
        raise FileChanged(f"{name} was removed since you opened it") from None
    if now != old:
        raise FileChanged(f"{name} was saved by somebody else since you opened it")


def _replace(target: Path, content: bytes) -> None:
    # A name that begins with a dot is no rule file, so nobody reads the half-written text as one.
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name as well as the content
    finally:
        os.close(folder)
