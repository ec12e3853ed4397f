"""Which kept run is meant by what a user typed."""

from __future__ import annotations

import re
from pathlib import Path

from handover_rules.errors import UsageError

__all__ = ["find_run"]

# What `write_run` names a run: so names sort by time. A folder that somebody renamed is meant by its name alone.
_ID = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")
_LATEST = re.compile(r"latest(?:~(\d{1,9}))?")
_LISTED = 5


def find_run(named: str, runs: Path) -> Path:
    """The folder of a run: a path to it; or of those in `runs` its id, the beginning of one, `latest` or `latest~2`.

    Raises UsageError where there is none, or where several begin so.
    """
    if _is_run(path := Path(named)):
        return path
    kept = {folder.name: folder for folder in sorted(runs.glob("*")) if _is_run(folder)}
    if found := _LATEST.fullmatch(named):
        by_time = [name for name in kept if _ID.fullmatch(name)]
        back = int(found[1] or 0)
        if back >= len(by_time):
            raise UsageError(f"{named}: {runs} has {len(by_time)} run{'' if len(by_time) == 1 else 's'}; {_hint(kept)}")
        return kept[by_time[-1 - back]]
    if named in kept:
        return kept[named]
    beginning = [name for name in kept if named and name.startswith(named)]
    if len(beginning) > 1:
        raise UsageError(f"{named}: {len(beginning)} runs in {runs} begin so: {_listed(beginning)}; type more of it")
    if not beginning:
        what = "is a folder without a run.json, so it is no run" if path.is_dir() else f"is no run in {runs}"
        raise UsageError(f"{named!r} {what}; {_hint(kept)}")
    return kept[beginning[0]]


def _is_run(folder: Path) -> bool:
    return (folder / "run.json").is_file()


def _hint(kept: dict[str, Path]) -> str:
    if not kept:
        return "keep one with `handover eval`, or name another folder with --runs"
    return f"runs there: {_listed(list(kept))}"


def _listed(names: list[str]) -> str:
    """The latest ones."""
    return ", ".join(reversed(names[-_LISTED:])) + (" and more" if len(names) > _LISTED else "")
