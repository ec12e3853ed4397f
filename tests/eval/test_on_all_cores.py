"""Replaying on several processes gives what one process gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eval.dataset import Row
from eval.deciders import DetectorDecider, build_decider
from eval.on_all_cores import replay_all
from handover_rules.detectors import AnswerMode, AnswerStore, Query, Recorded
from handover_rules.errors import AnswerMissing, DetectorError
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Signal

NOW, TEN = datetime(2026, 1, 5, 12, tzinfo=UTC), timedelta(minutes=10)


@pytest.fixture
def rows(make_row: Callable[..., Row]) -> list[Row]:
    """More than two chunks of single messages and of conversations in which the bot fails."""
    found = [make_row(str(number), "human please" if number % 7 == 0 else "hm") for number in range(1_990)]
    for talk in range(700):
        for turn in range(5):
            speaker = "bot" if turn % 2 else "customer"
            changes = {"conversation_id": f"c{talk}", "turn": turn, "speaker": speaker, "bot_failed": speaker == "bot"}
            found.append(make_row(f"c{talk}:{turn}", "hm", **changes))
    return found


@pytest.mark.parametrize("cores", [2, 3])
def test_the_decisions_and_the_counts_are_those_of_one_process(
    rules: Path, rows: list[Row], tmp_path: Path, cores: int
) -> None:
    ruleset, done = load_ruleset(rules), []
    deciders = [
        build_decider(ruleset, None, {}, answers=AnswerStore(tmp_path / "a.jsonl"), mode="offline", each="local")
        for _ in range(2)
    ]
    one = replay_all(rows, deciders[0], now=NOW, offer_open_for=TEN, cores=1)
    several = replay_all(rows, deciders[1], now=NOW, offer_open_for=TEN, progress=done.append, cores=cores)
    assert several == one
    # What the bot failed twice at is handed over in the third message of each conversation.
    assert sum(said is not None and said.rule == "bot-failed" for said in several) == 700
    assert sum(done) == len(rows)
    counted = [decider.detectors["ai"] for decider in deciders]
    assert isinstance(counted[0], Recorded)
    assert isinstance(counted[1], Recorded)
    assert counted[1].counts == counted[0].counts
    assert counted[1].counts.missing > 0


def test_what_a_detector_raises_is_raised(rules: Path, rows: list[Row], tmp_path: Path) -> None:
    mode: AnswerMode = "require"
    decider = build_decider(load_ruleset(rules), None, {}, answers=AnswerStore(tmp_path / "a.jsonl"), mode=mode)
    with pytest.raises(AnswerMissing, match="no answer of detector ai"):
        replay_all(rows, decider, now=NOW, offer_open_for=TEN, cores=2)


def test_connections_are_closed_in_the_loop_that_they_were_made_in(make_row: Callable[..., Row]) -> None:
    loops = []

    class Remote:
        name, fingerprint, remote = "ai", "ai@1", True

        async def ask(self, queries: Sequence[Query]) -> list[Signal]:
            loops.append(asyncio.get_running_loop())
            raise DetectorError("no")

        async def close(self) -> None:
            loops.append(asyncio.get_running_loop())

    with pytest.raises(DetectorError):
        replay_all([make_row()], DetectorDecider(Remote(), 0.5), now=NOW, offer_open_for=TEN)
    asked, closed = loops
    assert asked is closed
