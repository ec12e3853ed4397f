"""A ruleset to begin with, and everything around it: what `handover init` writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from handover_rules.errors import UsageError

__all__ = ["starter_files", "write_starter"]

# What a message about files in the way lists at most.
_SHOWN = 5


def starter_files() -> dict[PurePosixPath, bytes]:
    """The content of every file by its path, in order; the schema of this version of the program is one of them."""
    # Imported here: the schema is made from the whole grammar, which only who writes it needs.
    from handover_rules.schema import SCHEMA_FILE, schema_text

    found = {path: file.read_bytes() for path, file in _walk(files(__name__) / "files", PurePosixPath())}
    found[PurePosixPath(SCHEMA_FILE)] = schema_text().encode()
    return dict(sorted(found.items()))


def _walk(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, path / entry.name)
        else:
            yield path / entry.name, entry


def write_starter(folder: Path) -> list[PurePosixPath]:
    """Write the files into a folder, which is made when it is not there; the paths that were written.

    Raises UsageError, and writes nothing, when one of them is there already.
    """
    contents = starter_files()
    in_the_way = sorted({found for path in contents if (found := _in_the_way(folder, path)) is not None})
    if in_the_way:
        shown = ", ".join(map(str, in_the_way[:_SHOWN]))
        more = f" and {len(in_the_way) - _SHOWN} more" if len(in_the_way) > _SHOWN else ""
        raise UsageError(
            f"{shown}{more} would be overwritten, so nothing was written; name another folder, or move what is there"
        )
    try:
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("xb") as file:  # `x`: also where somebody else has just written it
                file.write(content)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return list(contents)


def _in_the_way(folder: Path, path: PurePosixPath) -> Path | None:
    """What is there and would have to go, so that the file can be written: itself, or what is no folder above it."""
    target = folder / path
    if os.path.lexists(target):  # unlike Path.exists, also for a link that leads nowhere
        return target
    return next((parent for parent in target.parents if os.path.lexists(parent) and not parent.is_dir()), None)
