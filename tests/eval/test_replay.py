from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eval.dataset import Row
from eval.deciders import DetectorDecider
from eval.replay import DEFAULT_NOW, replay
from handover_rules.conversation import ConversationState, Turn
from handover_rules.detectors import Query
from handover_rules.errors import AnswerMissing
from handover_rules.signals import Score, Signal, Unavailable

Make = Callable[..., Row]


@pytest.fixture
def talk(make_row: Make) -> Callable[..., list[Row]]:
    """Rows of one conversation from (speaker, text) pairs; a bot's text that begins with "sorry" is a
    failure.
    """

    def build(name: str, *said: tuple[str, str]) -> list[Row]:
        return [
            make_row(
                f"{name}:{turn}",
                text,
                conversation_id=name,
                turn=turn,
                speaker=speaker,
                bot_failed=text.startswith("sorry"),
            )
            for turn, (speaker, text) in enumerate(said)
        ]

    return build


def test_a_message_is_decided_with_the_true_history_before_it(talk: Callable[..., list[Row]], watcher: Any) -> None:
    rows = talk("c", ("customer", "human now"), ("bot", "sorry"), ("customer", "hello?"))
    found = asyncio.run(replay(rows, watcher))
    assert [said and said.outcome for said in found] == ["handover", None, "none"]
    (_, first, _), (message, second, _) = watcher.seen
    assert first == ConversationState()
    assert message.text == "hello?"
    # The handover that the replay decided is not applied: the bot still owns the conversation.
    assert (second.owner, second.customer_turns, second.offer) == ("bot", 1, None)
    assert second.turns == (Turn("customer", "human now"), Turn("bot", "sorry", failed=True))


def test_an_offer_of_the_bots_is_open_as_long_as_the_rules_say(make_row: Make, watcher: Any) -> None:
    offered = make_row("c:0", "a person?", conversation_id="c", turn=0, speaker="bot", bot_offered=True)
    rows = [offered, make_row("c:1", "yes", conversation_id="c", turn=1)]
    asyncio.run(replay(rows, watcher, offer_open_for=timedelta(minutes=2)))
    ((_, state, _),) = watcher.seen
    assert state.offer is not None
    assert state.offer.expires_at == DEFAULT_NOW + timedelta(minutes=2)


def test_what_is_said_to_a_person_is_not_decided(talk: Callable[..., list[Row]], watcher: Any) -> None:
    rows = talk("c", ("customer", "hi"), ("human", "hello"), ("customer", "thanks"), ("bot", "x"), ("customer", "y"))
    found = asyncio.run(replay(rows, watcher))
    assert [said is not None for said in found] == [True, False, False, False, False]


def test_conversations_and_single_messages_know_nothing_of_each_other(
    talk: Callable[..., list[Row]], make_row: Make, watcher: Any
) -> None:
    rows = [*talk("a", ("customer", "hi")), make_row("x"), make_row("y"), *talk("b", ("customer", "hi"))]
    assert len(asyncio.run(replay(rows, watcher))) == 4
    assert all(state == ConversationState() for _, state, _ in watcher.seen)


def test_the_clock_counts_turns_and_a_rows_own_time_wins(
    talk: Callable[..., list[Row]], make_row: Make, watcher: Any
) -> None:
    own = datetime(2025, 3, 1, 8, tzinfo=UTC)
    rows = [*talk("c", ("customer", "hi"), ("customer", "hi")), make_row("x"), make_row("y", sent_at=own)]
    asyncio.run(replay(rows, watcher))
    start = DEFAULT_NOW
    assert [at for _, _, at in watcher.seen] == [start, start + timedelta(seconds=1), start, own]


def test_a_message_carries_language_and_channel(make_row: Make, watcher: Any) -> None:
    asyncio.run(replay([make_row("x", language="DE", channel="cloud")], watcher))
    ((message, _, _),) = watcher.seen
    assert (message.id, message.language, message.channel) == ("x", "de", "cloud")


class FarAway:
    """A remote detector that answers in a random order; its score is the number in the text."""

    name = "ai"
    fingerprint = "ai@1"
    remote = True

    def __init__(self, seed: int = 0) -> None:
        self.under_way = self.most_under_way = self.answered = 0
        self._random = random.Random(seed)

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        for _ in range(self._random.randrange(20)):
            await asyncio.sleep(0)
        self.under_way -= 1
        if queries[0].text == "missing":
            raise AnswerMissing("none is recorded")
        if queries[0].text == "silent":
            return [Unavailable("timed_out")]
        self.answered += 1
        return [Score(float(queries[0].text))]

    async def close(self) -> None:
        pass


def test_remote_detectors_are_asked_side_by_side_and_the_order_stays(make_row: Make) -> None:
    rows = [make_row(f"r{i}", str(i / 1000)) for i in range(1000)]
    detector = FarAway()
    done: list[int] = []
    found = asyncio.run(replay(rows, DetectorDecider(detector, 0.5), progress=done.append))
    assert [said and said.row_id for said in found] == [row.id for row in rows]
    assert [said and said.handover for said in found] == [i >= 500 for i in range(1000)]
    assert 1 < detector.most_under_way <= 64
    assert sum(done) == 1000
    assert found == asyncio.run(replay(rows, DetectorDecider(FarAway(seed=1), 0.5)))


def test_a_detector_that_cannot_answer_says_neither_yes_nor_no(make_row: Make) -> None:
    (said,) = asyncio.run(replay([make_row("x", "silent")], DetectorDecider(FarAway(), 0.5)))
    assert said is not None
    assert (said.outcome, said.handover, said.reason) == (None, None, "timed_out")


def test_what_is_under_way_is_finished_before_an_error_ends_the_replay(make_row: Make) -> None:
    detector = FarAway()
    rows = [make_row("y", "missing"), *(make_row(f"r{i}", "0.5") for i in range(1000))]
    with pytest.raises(AnswerMissing):
        asyncio.run(replay(rows, DetectorDecider(detector, 0.5)))
    assert detector.under_way == 0
    assert 0 < detector.answered < 1000


def test_an_error_of_a_detector_comes_through_as_it_was_raised(make_row: Make) -> None:
    rows = [make_row("x", "0.5"), make_row("y", "missing"), *(make_row(f"r{i}", "0.5") for i in range(100))]
    with pytest.raises(AnswerMissing, match="none is recorded"):
        asyncio.run(replay(rows, DetectorDecider(FarAway(), 0.5)))
