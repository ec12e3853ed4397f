"""Replaying many messages on all cores: the same decisions, sooner.

Where no detector is asked over a network, deciding is all computing, and conversations do not depend on each other. So
processes that are copies of this one (fork) take chunks of them in turn.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from eval.dataset import Row
from eval.deciders import Decider, Prediction
from eval.replay import replay
from handover_rules.detectors import Counts, Recorded

__all__ = ["replay_all"]

# With fewer rows, starting processes takes longer than it saves.
_WORTH_IT = 10_000
_CHUNK = 2_000

Predictions = tuple[Prediction | None, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """What the copies find in their memory."""

    chunks: Sequence[Sequence[Row]]
    decider: Decider
    now: datetime
    offer_open_for: timedelta

    def decide(self, number: int) -> tuple[Predictions, dict[str, Counts]]:
        """The predictions of a chunk, and what recorded detectors counted meanwhile."""
        for one in _recorded(self.decider).values():
            one.counts = Counts()
        rows = self.chunks[number]
        said = asyncio.run(replay(rows, self.decider, now=self.now, offer_open_for=self.offer_open_for))
        return said, {name: one.counts for name, one in _recorded(self.decider).items()}


class _Copied:
    """Set before the processes are copied from this one."""

    work: ClassVar[_Work]


def replay_all(
    rows: Sequence[Row],
    decider: Decider,
    *,
    now: datetime,
    offer_open_for: timedelta,
    progress: Callable[[int], None] = lambda rows_done: None,
    cores: int | None = None,
) -> Predictions:
    """As `replay`, on as many processes as there are `cores` (None: all that this process may use).

    In this process alone where a detector is remote, where rows are few, and where a platform cannot copy processes.
    Closes the connections of detectors at the end. Raises what a detector raises.
    """
    remote = any(detector.remote for detector in decider.detectors.values())
    processes = cores or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    can_copy = "fork" in multiprocessing.get_all_start_methods()
    if remote or processes == 1 or not can_copy or (cores is None and len(rows) < _WORTH_IT):
        return asyncio.run(_here(rows, decider, now, offer_open_for, progress))
    chunks = list(_chunks(rows))
    _Copied.work = _Work(chunks, decider, now, offer_open_for)
    recorded = _recorded(decider)
    predictions: list[Prediction | None] = []
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for chunk, (said, counted) in zip(chunks, pool.imap(_decide, range(len(chunks))), strict=True):
            predictions += said
            for name, counts in counted.items():
                recorded[name].counts.add(counts)
            progress(len(chunk))
    return tuple(predictions)


async def _here(
    rows: Sequence[Row],
    decider: Decider,
    now: datetime,
    offer_open_for: timedelta,
    progress: Callable[[int], None],
) -> Predictions:
    try:
        return await replay(rows, decider, now=now, offer_open_for=offer_open_for, progress=progress)
    finally:
        # Connections belong to the event loop that they were made in.
        for detector in decider.detectors.values():
            await detector.close()


def _decide(number: int) -> tuple[Predictions, dict[str, Counts]]:
    return _Copied.work.decide(number)


def _recorded(decider: Decider) -> dict[str, Recorded]:
    return {name: one for name, one in decider.detectors.items() if isinstance(one, Recorded)}


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in pieces of about `_CHUNK`, none of which ends inside a conversation."""
    start = 0
    while start < len(rows):
        end = min(start + _CHUNK, len(rows))
        while (
            end < len(rows)
            and rows[end].conversation_id is not None
            and (rows[end].conversation_id == rows[end - 1].conversation_id)
        ):
            end += 1
        yield rows[start:end]
        start = end
