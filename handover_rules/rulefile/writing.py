"""Writing rule files: whole or not at all, and never over what somebody else has written by this module meanwhile."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from handover_rules.errors import FileChanged, UsageError

if sys.platform != "win32":
    import fcntl

__all__ = ["expect", "line_end", "overwrite"]


def overwrite(name: str, old: bytes, new: bytes) -> None:
    """Put `new` in the place of `old` in the file of that name, behind links, with its permissions.

    Raises FileChanged when the file does not hold `old`, UsageError when it cannot be written. Then nothing is written.

    All who write by this function, in this process and in others, take turns for each folder, where platform and file
    system have locks: none undoes what another has written. An editor takes no lock. What it saves in the microseconds
    between the last look at the file and its replacement is lost; what it saves before or after is safe.
    """
    target = Path(os.path.realpath(name))
    with _reported(name), _turn(target.parent) as folder:
        expect(name, old)
        with _beside(target, new) as temporary:
            expect(name, old)  # writing that one took its time
            os.replace(temporary, target)
        if folder is not None:
            with contextlib.suppress(OSError):  # the file is in its place, whether or not its name survives a crash
                os.fsync(folder)


def expect(name: str, content: bytes) -> None:
    """Raises FileChanged when the file of that name does not hold this content, UsageError when it cannot be read."""
    try:
        now = Path(name).read_bytes()
    except FileNotFoundError:
        raise FileChanged(f"{name} was removed since you opened it") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    if now != content:
        raise FileChanged(f"{name} was saved by somebody else since you opened it")


def line_end(content: bytes) -> str:
    """The line end that most of the lines have."""
    windows = content.count(b"\r\n")
    counts = Counter({"\n": content.count(b"\n") - windows, "\r\n": windows, "\r": content.count(b"\r") - windows})
    return max(counts, key=counts.__getitem__)


@contextlib.contextmanager
def _reported(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror or error}") from None


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[int | None]:
    """The folder, open, while nobody else writes in it; None where a platform does not open folders.

    The lock is the folder's own, since the files in it are not the same ones after they were replaced.
    """
    if sys.platform == "win32":
        yield None
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _beside(target: Path, content: bytes) -> Iterator[str]:
    """A file beside the target, with this content and the target's permissions; removed where it was not used."""
    # A name that begins with a dot is no rule file, so nobody reads the half-written text as one.
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.chmod(temporary, target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        yield temporary
    except BaseException:
        os.unlink(temporary)
        raise
