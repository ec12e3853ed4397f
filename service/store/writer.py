"""The one thread that writes. What is handed in while it commits is written together, with one commit.

A commit waits for the disk. Sharing it is what makes a durable write of every message affordable: see the table in
`docs/architecture.md`.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from service.store.database import Database, check_intact

__all__ = ["Writer"]

T = TypeVar("T")

# How many jobs share a commit at most: a bound on what the first of them waits for the last.
_TOGETHER = 256


@dataclass(slots=True)
class _Handed:
    """A job and who waits for it. `result` or `error` is there when it is done."""

    job: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Runs jobs, each a function of a connection, in the order in which they were handed in.

    A job may run twice: when another one of the same commit fails, all are rolled back; those before it run again
    together, and it runs again alone. So a job touches nothing but the connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._handed: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[Connection], T]) -> T:
        """The job's result, after its commit. Raises what the job or the commit raised; then nothing of it is kept.

        Only where the connection is lost during the commit itself, nobody knows: so a job can be handed in again.
        Giving up waiting does not take the job back. Raises RuntimeError after `close`, and instead of exceptions
        that would end the program of who waits, such as SystemExit.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._handed.put(_Handed(job, loop, waiting))
        return await waiting

    @property
    def alive(self) -> bool:
        """Whether jobs are run still."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._handed.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            first = self._handed.get()
            jobs = [first] if first is not None else []
            more = first is not None
            while more and len(jobs) < _TOGETHER and not self._handed.empty():
                following = self._handed.get()
                if following is None:
                    more = False
                else:
                    jobs.append(following)
            if jobs:
                self._write(jobs)
                _deliver(jobs)

    def _write(self, jobs: list[_Handed]) -> None:
        while jobs:
            failed = self._commit(jobs)
            if failed is None:
                return
            self._write(jobs[:failed])
            self._write([jobs[failed]])
            jobs = jobs[failed + 1 :]

    def _commit(self, jobs: list[_Handed]) -> int | None:
        """Run the jobs in one transaction.

        Gives the place of a job that failed among others; then nothing is done. Otherwise all have their result, or
        the error: of the one job, or of a database that is gone, which is no use to ask again for each.
        """
        failed = None
        try:
            with self._database.writing() as connection:
                for place, handed in enumerate(jobs):
                    try:
                        handed.result = handed.job(connection)
                        check_intact(connection)
                    except BaseException:
                        failed = None if connection.invalidated else place
                        raise
        # Whatever ends a job must not end the thread: nobody would be answered any more.
        except BaseException as error:
            if failed is not None and len(jobs) > 1:
                return failed
            for handed in jobs:
                handed.error = error
        return None


def _deliver(jobs: list[_Handed]) -> None:
    """Wake those who wait: one call for each event loop, since a call across threads costs more than a job."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Handed]] = {}
    for handed in jobs:
        by_loop.setdefault(handed.loop, []).append(handed)
    for loop, done in by_loop.items():
        # A loop that was closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_wake, done)


def _wake(done: list[_Handed]) -> None:
    for handed in done:
        # Whoever waited may have given up.
        if handed.waiting.done():
            continue
        if handed.error is None:
            handed.waiting.set_result(handed.result)
        elif isinstance(handed.error, Exception) and not isinstance(handed.error, StopIteration):
            handed.waiting.set_exception(handed.error)
        else:
            stopped = RuntimeError(f"a job ended with {type(handed.error).__name__}")
            stopped.__cause__ = handed.error
            handed.waiting.set_exception(stopped)
