"""Replaying many messages on all cores: the same decisions, sooner.

Where no detector is asked over a network, deciding is all computing, and conversations do not depend on each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from eval.dataset import Row
from eval.replay import Decides, replay
from eval.side_by_side import side_by_side
from handover_rules.detectors import Counts, Recorded

__all__ = ["replay_all"]

# With fewer rows, starting processes takes longer than it saves.
_WORTH_IT = 10_000
_CHUNK = 2_000

Found = TypeVar("Found")


def replay_all(
    rows: Sequence[Row],
    decider: Decides[Found],
    *,
    now: datetime,
    offer_open_for: timedelta,
    progress: Callable[[int], None] = lambda rows_done: None,
    cores: int | None = None,
) -> tuple[Found | None, ...]:
    """As `replay`, on as many processes as there are `cores` (None: all that this process may use).

    In this process alone where a detector is remote, and where rows are few. Closes the connections of detectors at the
    end. Raises what a detector raises.
    """
    if any(detector.remote for detector in decider.detectors.values()):
        return asyncio.run(_here(rows, decider, now, offer_open_for, progress))
    recorded = {name: one for name, one in decider.detectors.items() if isinstance(one, Recorded)}
    chunks = list(_chunks(rows))

    def decide(number: int) -> tuple[tuple[Found | None, ...], dict[str, Counts]]:
        """What is found of a chunk, and what recorded detectors counted meanwhile."""
        before = {name: one.counts for name, one in recorded.items()}
        for one in recorded.values():
            one.counts = Counts()
        try:
            said = asyncio.run(replay(chunks[number], decider, now=now, offer_open_for=offer_open_for))
            return said, {name: one.counts for name, one in recorded.items()}
        finally:
            for name, one in recorded.items():
                one.counts = before[name]

    found: list[Found | None] = []
    worth_it = cores is not None or len(rows) >= _WORTH_IT
    decided = side_by_side(decide, range(len(chunks)), worth_it=worth_it, cores=cores)
    for chunk, (said, counted) in zip(chunks, decided, strict=True):
        found += said
        for name, counts in counted.items():
            recorded[name].counts.add(counts)
        progress(len(chunk))
    return tuple(found)


async def _here(
    rows: Sequence[Row],
    decider: Decides[Found],
    now: datetime,
    offer_open_for: timedelta,
    progress: Callable[[int], None],
) -> tuple[Found | None, ...]:
    try:
        return await replay(rows, decider, now=now, offer_open_for=offer_open_for, progress=progress)
    finally:
        # Connections belong to the event loop that they were made in.
        for detector in decider.detectors.values():
            await detector.close()


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
