"""The rules in use, and replacing them between two messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import structlog

from handover_rules.detectors import Detector
from handover_rules.engine import Engine
from handover_rules.errors import HandoverError, RulesetError
from handover_rules.problems import Problem
from handover_rules.ruleset import Ruleset

__all__ = ["LoadRules", "Loaded", "Refusal", "Reloading", "Rules", "keep_reloading"]

_log = structlog.get_logger("service")


@dataclass(frozen=True)
class Loaded:
    """A ruleset that was loaded at `loaded_at`, and all that decides by it. Whoever has one has all of one version."""

    ruleset: Ruleset
    detectors: Mapping[str, Detector]
    loaded_at: datetime

    @cached_property
    def engine(self) -> Engine:
        """The ruleset, compiled."""
        return Engine(self.ruleset)


# Reads the rules as the files are now. Raises HandoverError where they cannot be used.
LoadRules: TypeAlias = Callable[[], Loaded]


@dataclass(frozen=True, slots=True)
class Reloading:
    """Where new rules come from: `load` reads them from `path`, each time when `changes` gives an item."""

    path: Path
    load: LoadRules
    changes: Callable[[], AsyncIterator[object]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rules that were not taken, when and why. `problems` is empty where it is not the rule files that are wrong."""

    at: datetime
    why: str
    problems: tuple[Problem, ...] = ()

    @property
    def code(self) -> str | None:
        """The first problem's code."""
        return self.problems[0].code if self.problems else None


class Rules:
    """Which rules decide now. All methods belong to one event loop.

    A message is decided and recorded inside one `using`, so wholly by one version. The detectors of a version that was
    replaced are closed when nobody uses it any more.
    """

    def __init__(self, first: Loaded) -> None:
        self._current = first
        self._users: dict[int, int] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.refused: Refusal | None = None
        self.refusals = 0

    @property
    def current(self) -> Loaded:
        """The last good rules: to look at. Where a detector may be asked, take `using`."""
        return self._current

    @contextmanager
    def using(self) -> Iterator[Loaded]:
        """The rules in use, whose detectors stay open until the end of the block."""
        used = self._current
        self._users[id(used)] = self._users.get(id(used), 0) + 1
        try:
            yield used
        finally:
            self._users[id(used)] -= 1
            if not self._users[id(used)]:
                del self._users[id(used)]
                if used is not self._current:
                    self._close_later(used)

    def replace(self, by: Loaded) -> None:
        """Decide by these from the next message on."""
        before, self._current, self.refused = self._current, by, None
        if id(before) not in self._users:
            self._close_later(before)

    async def reload(self, load: LoadRules, now: Callable[[], datetime]) -> bool:
        """Read the rules anew, in a thread; False where they are refused, and those from before stay."""
        try:
            loaded = await asyncio.to_thread(_compiled, load)
        except HandoverError as error:
            problems = error.problems if isinstance(error, RulesetError) else ()
            refused = self.refused = Refusal(now(), str(error), problems)
            self.refusals += 1
            _log.error("ruleset_refused", code=refused.code, why=refused.why, in_use=self._current.ruleset.hash)
            return False
        before = self._current.ruleset.hash
        self.replace(loaded)
        _log.info("ruleset_replaced", ruleset=loaded.ruleset.name, before=before, now=loaded.ruleset.hash)
        return True

    async def close(self) -> None:
        """Close all detectors. Nobody uses the rules any more."""
        self._close_later(self._current)
        await asyncio.gather(*self._closing)

    def _close_later(self, unused: Loaded) -> None:
        task = asyncio.create_task(_close(unused))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _compiled(load: LoadRules) -> Loaded:
    loaded = load()
    _ = loaded.engine  # compiled here and not between two messages
    return loaded


async def _close(unused: Loaded) -> None:
    for detector in unused.detectors.values():
        try:
            await detector.close()
        except Exception as error:  # what is left open must not keep the others open
            _log.warning("detector_not_closed", detector=detector.name, error=type(error).__name__)


async def keep_reloading(rules: Rules, reloading: Reloading | None, now: Callable[[], datetime]) -> None:
    """Take over what changes, until cancelled."""
    if reloading is None:
        return
    try:
        async for _ in reloading.changes():
            await rules.reload(reloading.load, now)
    except Exception as error:
        # The rules in use stay; that nobody looks for others any more must be known.
        _log.error("rules_unwatched", error=type(error).__name__)
        raise
