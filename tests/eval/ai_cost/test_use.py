"""What became of questions, what that cost, and what is kept of it for the next estimate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.ai_cost.usage_log import Used, used_before
from eval.ai_cost.use import Meter
from eval.ai_cost.wording import use_lines
from handover_rules.detectors import Absent, Answer, AnswerStore, Query, Recorded, Spending
from handover_rules.signals import Score, Signal, Unavailable


class Live:
    name = "ai"
    fingerprint = "ai@2"

    def __init__(self, *, remote: bool = True, money: float | None = 0.25) -> None:
        self.remote = remote
        self.usage = Spending(money=money)

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        if not self.remote:
            return [Unavailable("no_key")] * len(queries)
        # One request fails and is repeated.
        self.usage = Spending(3, 1, 2, 1_200, 60, self.usage.money)
        return [Unavailable("timed_out") if query.text == "slow" else Score(0.5) for query in queries]

    async def close(self) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    store = AnswerStore(tmp_path / "answers.jsonl")
    store.append(Answer(Query("known").key(), "ai", mark, Score(0.1)) for mark in ("ai@1", "ai@2"))
    return store


def asked(store: AnswerStore, live: Live | None, *texts: str) -> Recorded:
    detector = Recorded("ai", "ai@2", store, "record" if live else "offline", live)
    asyncio.run(detector.ask([Query(text) for text in texts]))
    return detector


def lines(store: AnswerStore, *detectors: Recorded) -> list[str]:
    meter = Meter(store)
    for detector in detectors:
        meter.add({"ai": detector, "local": Absent("local", "no_model")})
    return list(use_lines(meter.uses()))


STALE = "ai: 1 recorded answers are stale (for another model, prompt or option)"


def test_what_was_asked_and_what_it_cost(store: AnswerStore) -> None:
    assert lines(store, asked(store, Live(), "known", "new", "slow")) == [
        "ai: 1 answered from the store, 2 asked (3 requests, 1,200 tokens in, 60 out; 0.2500 in the currency of its "
        "prices); no answer: 1 timed_out",
        STALE,
    ]


def test_without_prices_there_is_no_money(store: AnswerStore) -> None:
    said, _ = lines(store, asked(store, Live(money=None), "new"))
    assert said == "ai: 0 answered from the store, 1 asked (3 requests, 1,200 tokens in, 60 out)"


def test_without_a_key_nobody_was_asked(store: AnswerStore) -> None:
    meter = Meter(store)
    meter.add({"ai": asked(store, Live(remote=False), "known", "new")})
    (use,) = meter.uses()
    assert (use.recorded, use.asked, use.missing, use.requests, use.unavailable) == (1, 0, 1, 0, {"no_key": 1})
    assert next(use_lines([use])) == "ai: 1 answered from the store, 0 asked; no answer: 1 no_key"


def test_where_nothing_was_asked_or_answered_there_is_nothing_to_tell(store: AnswerStore) -> None:
    assert lines(store, asked(store, None, "new")) == [STALE]
    empty = AnswerStore(store.path.with_name("empty.jsonl"))
    assert lines(empty, asked(empty, None, "new")) == []
    assert lines(empty) == []


def test_several_replays_add_up(store: AnswerStore) -> None:
    both = [asked(store, Live(), "known", "slow"), asked(store, Live(), "known", "slow")]
    assert lines(store, *both)[0] == (
        "ai: 2 answered from the store, 2 asked (6 requests, 2,400 tokens in, 120 out; 0.5000 in the currency of its "
        "prices); no answer: 2 timed_out"
    )


def test_the_next_estimate_knows_what_answers_took(store: AnswerStore) -> None:
    assert used_before(store) == {}
    lines(store, asked(store, Live(), "new"), asked(store, Live(), "newer"))
    assert used_before(store) == {"ai@2": Used(requests=4, completion_tokens=120)}
    assert used_before(store)["ai@2"].mean == 30
    # No message, and nothing of what was not asked.
    kept = store.path.with_name("usage.jsonl")
    lines(store, asked(store, None, "newest"))
    assert [sorted(json.loads(line)) for line in kept.read_text().splitlines()] == [
        ["completion_tokens", "detector", "fingerprint", "prompt_tokens", "requests"]
    ] * 2


@pytest.mark.parametrize("line", ["{", "[]", '{"fingerprint": "ai@2", "requests": 0, "completion_tokens": 5}', "\xff"])
def test_a_line_that_says_nothing_is_left_out(store: AnswerStore, line: str) -> None:
    lines(store, asked(store, Live(), "new"))
    kept = store.path.with_name("usage.jsonl")
    kept.write_text(f"{line}\n{kept.read_text()}{line}", encoding="latin-1")
    assert used_before(store) == {"ai@2": Used(2, 60)}


def test_a_log_that_cannot_be_written_costs_nothing_else(store: AnswerStore, caplog: pytest.LogCaptureFixture) -> None:
    store.path.with_name("usage.jsonl").mkdir()
    assert lines(store, asked(store, Live(), "new"))[0].startswith("ai: 0 answered from the store, 1 asked")
    assert "what was used cannot be written" in caplog.text
    assert used_before(store) == {}
