"""Deciding streams of rows, as `handover decide` does."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handover_rules.deciding import decide_lines, decide_text
from handover_rules.detectors.base import Detector, Query
from handover_rules.engine import Engine
from handover_rules.errors import AnswerMissing
from handover_rules.signals import Score, Signal
from tests.handover_rules.engine.building import AI_AND_LOCAL, engine_of

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)  # a Monday

RULES = (
    AI_AND_LOCAL
    + """
return_to_bot_after: 1h
hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
rules:
  - {id: asked, priority: 90, when: {phrase: human}, then: handover, why: The customer asks.}
  - {id: stuck, priority: 80, when: {failures: {at_least: 2}}, then: handover}
  - {id: accepted, priority: 70, when: {accepted_offer: true}, then: handover}
  - {id: closed, priority: 60, when: {all: [{phrase: open}, {not: {hours: office}}]}, then: stay}
  - {id: scored, priority: 50, when: {all: [{phrase: maybe}, {score: {of: ai, at_least: 0.7}}]}, then: ask}
"""
)


class Spelled:
    """A detector that reads the score from the end of the message."""

    name = "ai"
    fingerprint = "spelled"

    def __init__(self, remote: bool, wait_for: int = 0) -> None:
        self.remote = remote
        self.wait_for = wait_for  # answers when so many questions are under way
        self.under_way: set[str] = set()
        self.enough = asyncio.Event()

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        texts = [query.text for query in queries]
        self.under_way.update(texts)
        if len(self.under_way) >= self.wait_for:
            self.enough.set()
        await asyncio.wait_for(self.enough.wait(), 10)
        self.under_way.difference_update(texts)
        return [Score(float(text.rsplit(maxsplit=1)[-1])) for text in texts]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_of(RULES, tmp_path)


@pytest.fixture(params=[False, True], ids=["local", "remote"])
def detector(request: pytest.FixtureRequest) -> Spelled:
    return Spelled(request.param)


def run(engine: Engine, detector: Detector, lines: Iterable[bytes]) -> tuple[list[dict[str, Any]], str, int]:
    """What was decided, what was said of bad rows, and how many there were."""
    out, errors = io.StringIO(), io.StringIO()
    bad = asyncio.run(decide_lines(engine, {"ai": detector}, lines, out, errors, NOW))
    return [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue(), bad


def rows(*values: Mapping[str, object]) -> list[bytes]:
    """Lines, with ids by number."""
    return [json.dumps({"id": str(number), **value}).encode() + b"\n" for number, value in enumerate(values)]


def rules_of(engine: Engine, detector: Detector, *values: Mapping[str, object]) -> list[str | None]:
    decided, _, bad = run(engine, detector, rows(*values))
    assert bad == 0
    assert [output["id"] for output in decided] == [str(number) for number in range(len(values))]
    return [output["rule"] for output in decided]


def test_one_line_a_row_in_their_order(engine: Engine, detector: Spelled) -> None:
    decided, errors, bad = run(engine, detector, rows({"text": "a human"}, {"text": "hello"}, {"text": "maybe 0.75"}))
    assert decided == [
        {
            "id": "0",
            "outcome": "handover",
            "handover": True,
            "rule": "asked",
            "confidence": None,
            "reason": "The customer asks.",
        },
        {
            "id": "1",
            "outcome": "none",
            "handover": False,
            "rule": None,
            "confidence": None,
            "reason": "no rule fired",
        },
        {
            "id": "2",
            "outcome": "ask",
            "handover": False,
            "rule": "scored",
            "confidence": 0.75,
            "reason": "the rule scored fired",
        },
    ]
    assert (errors, bad) == ("", 0)


def test_bad_rows_are_reported_by_line_and_the_rest_goes_on(engine: Engine, detector: Spelled) -> None:
    lines = [b'{"id": "1", "text": "human"}\n', b"{nonsense\n", b"\n", b'{"id": "2"}\n', b'{"id": "3", "text": "a"}']
    decided, errors, bad = run(engine, detector, lines)
    assert [output["id"] for output in decided] == ["1", "3"]
    said = errors.splitlines()
    assert bad == len(said) == 2
    assert said[0].startswith("handover: line 2: ")
    assert said[1].startswith("handover: line 4: `text`")


def test_nothing_in_nothing_out(engine: Engine, detector: Spelled) -> None:
    assert run(engine, detector, []) == ([], "", 0)


def test_keys_may_be_null(engine: Engine, detector: Spelled) -> None:
    keys = ("language", "channel", "conversation_id", "turn", "speaker", "bot_failed", "bot_offered", "sent_at")
    assert rules_of(engine, detector, {"text": "human", **dict.fromkeys(keys)}) == ["asked"]


def test_a_handover_silences_the_rest_of_its_conversation_only(engine: Engine, detector: Spelled) -> None:
    human = {"text": "human"}
    one, two = {**human, "conversation_id": "1"}, {**human, "conversation_id": "2"}
    assert rules_of(engine, detector, one, one, two, two, human, human) == [
        "asked", None, "asked", None, "asked", "asked",
    ]  # fmt: skip


def test_a_conversation_goes_back_to_the_bot_after_its_time(engine: Engine, detector: Spelled) -> None:
    human: dict[str, object] = {"text": "human", "conversation_id": "1"}
    times = ("10:00", "10:59", "11:00", "11:30")
    said = [{**human, "sent_at": f"2026-03-02T{time}:00Z"} for time in times]
    assert rules_of(engine, detector, *said) == ["asked", None, "asked", None]


def test_what_the_bot_says_is_recorded(engine: Engine, detector: Spelled) -> None:
    c: dict[str, object] = {"conversation_id": "1"}
    failed = {**c, "speaker": "bot", "text": "Sorry?", "bot_failed": True}
    values = ({**c, "text": "hm"}, failed, {**c, "text": "hm"}, failed, {**c, "text": "hm"})
    decided, _, _ = run(engine, detector, rows(*values))
    assert [output["rule"] for output in decided] == [None, None, None, None, "stuck"]
    assert decided[1]["reason"] == "said by the bot, so recorded and not decided"
    assert (decided[1]["outcome"], decided[1]["handover"]) == ("none", False)


def test_a_person_whom_the_bot_offered_can_be_accepted(engine: Engine, detector: Spelled) -> None:
    c: dict[str, object] = {"conversation_id": "1"}
    offer, yes = {**c, "speaker": "bot", "text": "A person?", "bot_offered": True}, {**c, "text": "yes please"}
    assert rules_of(engine, detector, offer, yes) == [None, "accepted"]
    assert rules_of(engine, detector, {**offer, "bot_offered": False}, yes) == [None, None]


def test_a_person_who_answers_takes_the_conversation(engine: Engine, detector: Spelled) -> None:
    c: dict[str, object] = {"conversation_id": "1"}
    agent = {**c, "speaker": "agent", "text": "Hi"}
    assert rules_of(engine, detector, agent, {**c, "text": "human"}) == [None, None]


def test_an_offer_is_accepted_in_the_same_conversation(engine: Engine, detector: Spelled) -> None:
    c: dict[str, object] = {"conversation_id": "1"}
    offer, yes = {**c, "text": "maybe 0.9"}, {**c, "text": "yes please"}
    assert rules_of(engine, detector, offer, yes) == ["scored", "accepted"]
    assert rules_of(engine, detector, offer, {"text": "yes please", "conversation_id": "2"}) == ["scored", None]
    late = {**yes, "sent_at": "2026-03-02T10:40:00Z"}
    assert rules_of(engine, detector, offer, late) == ["scored", None]


def test_rows_are_decided_at_the_time_they_were_sent(engine: Engine, detector: Spelled) -> None:
    now, sunday = {"text": "open"}, {"text": "open", "sent_at": "2026-03-01T10:30:00Z"}
    assert rules_of(engine, detector, now, sunday) == [None, "closed"]


def test_an_id_that_no_encoding_can_write_comes_back_as_it_was(engine: Engine, detector: Spelled) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    line = b'{"id": "\\ud800", "text": "human \\udfff"}'
    assert asyncio.run(decide_lines(engine, {"ai": detector}, [line], out, io.StringIO(), NOW)) == 0
    out.flush()
    assert json.loads(out.buffer.getvalue())["id"] == "\ud800"


def test_what_is_not_ascii_is_written_as_it_is(engine: Engine, detector: Spelled) -> None:
    out = io.StringIO()
    asyncio.run(decide_lines(engine, {"ai": detector}, rows({"text": "x", "id": "é"}), out, io.StringIO(), NOW))
    assert '"id": "é"' in out.getvalue()


def test_conversations_with_a_remote_detector_are_decided_side_by_side(engine: Engine) -> None:
    values: list[dict[str, object]] = [
        {"text": f"maybe {number} 0.9", "conversation_id": str(number // 2)} for number in range(40)
    ]
    assert rules_of(engine, Spelled(remote=True, wait_for=20), *values) == ["scored"] * 40


def test_rows_of_a_conversation_wait_for_each_other(engine: Engine) -> None:
    """The answer to an offer is decided when the offer was made, though that takes longer."""
    c: dict[str, object] = {"conversation_id": "1"}
    values: list[dict[str, object]] = [{**c, "text": "maybe 0.9"}, {**c, "text": "yes please"}, {"text": "maybe 1 0.8"}]
    assert rules_of(engine, Spelled(remote=True, wait_for=2), *values) == ["scored", "accepted", "scored"]


class _Nowhere(io.StringIO):
    """Counts the lines that are written to it and keeps none."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


def _stream(count: int) -> Iterator[bytes]:
    for number in range(count):
        conversation = number // 20
        yield b'{"id": "%d", "conversation_id": "%d", "text": "where is my parcel %d"}\n' % (
            number,
            conversation,
            number % 1000,
        )


def test_memory_is_constant(engine: Engine) -> None:
    detector = Spelled(remote=False)
    peaks = []
    for count in (1_000, 6_000):
        out = _Nowhere()
        tracemalloc.start()
        try:
            asyncio.run(decide_lines(engine, {"ai": detector}, _stream(count), out, io.StringIO(), NOW))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert out.lines == count
    assert peaks[1] < peaks[0] + 200_000


@pytest.mark.parametrize(("text", "rule"), [("a human", "asked"), ("hello", None)])
def test_one_message(engine: Engine, text: str, rule: str | None) -> None:
    detectors = {"ai": Spelled(remote=False)}
    plain = asyncio.run(decide_text(engine, detectors, text, None, NOW, explain=False))
    assert json.loads(plain)["rule"] == rule
    explained = asyncio.run(decide_text(engine, detectors, text, None, NOW, explain=True))
    assert explained.startswith("handover by asked" if rule else "none: no rule fired")
    assert all(name in explained for name in ("asked", "stuck", "accepted", "closed", "scored"))


def test_an_answer_is_written_before_the_next_line_comes(engine: Engine, detector: Spelled) -> None:
    """A program that talks to `handover decide` through pipes sends a line and waits for its answer."""
    written = threading.Event()

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            written.set()
            return super().write(text)

    def lines() -> Iterator[bytes]:
        first, second = rows({"text": "a human"}, {"text": "hello"})
        yield first
        assert written.wait(10)
        yield second

    out = Out()
    assert asyncio.run(decide_lines(engine, {"ai": detector}, lines(), out, io.StringIO(), NOW)) == 0
    assert len(out.getvalue().splitlines()) == 2


def test_what_goes_wrong_with_one_answer_ends_the_stream(engine: Engine) -> None:
    class Failing(Spelled):
        async def ask(self, queries: Sequence[Query]) -> list[Signal]:
            raise AnswerMissing("not recorded")

    with pytest.raises(AnswerMissing):
        run(engine, Failing(remote=True), rows({"text": "maybe"}, *({"text": "hello"} for _ in range(100))))
