"""Loading rules from their files, and noticing when these have changed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.errors import UsageError
from handover_rules.planned import warm_up
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from service.rules import Loaded

__all__ = ["RuleFiles", "changes_and_hangup"]

# What tells one content of a file from another without reading it: time of change, size and place on the disk.
_Stamp: TypeAlias = Mapping[str, tuple[int, int, int]]

# Seconds without a change after which what is being saved counts as saved.
_QUIET = 0.3

# Milliseconds after which files are looked at even if the system reported nothing: it reports nothing of network
# folders, nor of a folder that was removed and made again.
_LOOK_EVERY = 2_000

# So often is a load begun anew because a file changed under it.
_TRIES = 5


class RuleFiles:
    """The files of a rule file or folder `path`: rules, prompts, models. `environ` may override what they say.

    What has changed is told in comparison with how the files were at the last `load`.
    """

    def __init__(
        self, path: Path, environ: Mapping[str, str], answers: AnswerStore, clock: Callable[[], datetime]
    ) -> None:
        self.path = path
        self._environ = environ
        self._answers = answers
        self._clock = clock
        # Files outside of the folder, which are known when the rules have been read.
        self._mentioned: frozenset[Path] = frozenset()
        self._seen: _Stamp = {}

    def load(self) -> Loaded:
        """The rules as all files together are at one moment.

        Raises RulesetError and other errors of the engine for rules that cannot be used, and UsageError where the files
        do not come to rest.
        """
        for _ in range(_TRIES):
            self._seen = self._stamp()
            try:
                loaded = self._read()
            except Exception:
                # Wrong, perhaps, only because one file was read before a change and another one after it.
                if self._stamp() == self._seen:
                    raise
                continue
            before, self._mentioned = self._seen, _mentioned(loaded.ruleset, self._folder())
            self._seen = self._stamp()
            if all(self._seen.get(name) == stamp for name, stamp in before.items()):
                return loaded
        raise UsageError(f"{self.path}: the files change while they are read; save them once more when that is over")

    async def changes(self, asked: asyncio.Event | None = None) -> AsyncGenerator[None, None]:
        """One item each time when the files have changed since the last `load` and came to rest, and when `asked`."""
        asked = asked or asyncio.Event()
        while True:
            await self._until_changed(asked)
            asked.clear()
            yield None

    async def _until_changed(self, asked: asyncio.Event) -> None:
        stamp = await asyncio.to_thread(self._stamp)
        while stamp == self._seen and not asked.is_set():
            await self._wait(asked)
            stamp = await asyncio.to_thread(self._stamp)
        before: _Stamp | None = None
        while stamp != before:
            await asyncio.sleep(_QUIET)
            before, stamp = stamp, await asyncio.to_thread(self._stamp)

    async def _wait(self, asked: asyncio.Event) -> None:
        """Until the system reports a change of whatever file, it is time to look, or somebody asks."""
        from watchfiles import awatch

        folders = {file.parent for file in self._mentioned} | {self._folder()}
        stop = asyncio.Event()
        stopping = asyncio.create_task(_when(asked, stop))
        try:
            watching = awatch(
                *(folder for folder in folders if folder.is_dir()),
                stop_event=stop,
                rust_timeout=_LOOK_EVERY,
                yield_on_timeout=True,
                recursive=self.path.is_dir(),
            )
            async with aclosing(watching):
                async for _ in watching:
                    return
        except OSError:  # the system has no more watches to give
            await asyncio.sleep(_LOOK_EVERY / 1000)
        finally:
            stopping.cancel()

    def _folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    def _read(self) -> Loaded:
        ruleset = load_ruleset(self.path, self._environ)
        detectors = build_detectors(ruleset, self._environ, answers=self._answers, mode="live")
        warm_up(ruleset)
        return Loaded(ruleset, detectors, self._clock())

    def _stamp(self) -> _Stamp:
        files = {self.path} if not self.path.is_dir() else {file for file in self.path.rglob("*") if file.is_file()}
        found: dict[str, tuple[int, int, int]] = {}
        for file in files | self._mentioned:
            with suppress(OSError):  # one that is gone is a change as well
                now = file.stat()
                found[str(file)] = (now.st_mtime_ns, now.st_size, now.st_ino)
        return found


async def changes_and_hangup(files: RuleFiles) -> AsyncGenerator[None, None]:
    """As `changes`, and one item at SIGHUP. To be used in the main thread."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    async for change in files.changes(asked):
        yield change


async def _when(asked: asyncio.Event, stop: asyncio.Event) -> None:
    await asked.wait()
    stop.set()


def _mentioned(ruleset: Ruleset, folder: Path) -> frozenset[Path]:
    """The prompts, models and calibrations that the rules name."""
    named: set[str] = set()
    for spec in ruleset.detectors.values():
        named |= {spec.prompt_file, spec.calibration_file} if spec.kind == "openai" else {spec.path}
    return frozenset(folder / name for name in named if name)
