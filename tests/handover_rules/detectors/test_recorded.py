from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handover_rules.detectors import AnswerStore, Counts, Detector, Query, Recorded
from handover_rules.detectors.recorded import RecordingMode
from handover_rules.errors import AnswerMissing, AnswerStoreError, AskingStopped
from handover_rules.signals import Score, Signal, Unavailable

A, B, C = Query("a"), Query("b"), Query("c")


@dataclass
class Live:
    """A detector that knows some messages by heart, and cannot answer the others."""

    says: Mapping[str, float]
    name: str = "ai"
    fingerprint: str = "f1"
    remote: bool = True
    asked: list[list[str]] = field(default_factory=list)
    closed: bool = False

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        self.asked.append([query.text for query in queries])
        return [Score(self.says[q.text]) if q.text in self.says else Unavailable("timed_out") for q in queries]

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    store = AnswerStore(tmp_path / "answers.jsonl")
    asyncio.run(Recorded("ai", "f1", store, "record", Live({"a": 0.1, "b": 0.2})).ask([A, B]))
    return store


def ask(detector: Detector, *queries: Query) -> list[float | str]:
    signals = asyncio.run(detector.ask(queries))
    return [signal.value if isinstance(signal, Score) else signal.reason for signal in signals]


def test_offline_knows_what_is_recorded_and_says_what_is_not(store: AnswerStore) -> None:
    detector = Recorded("ai", "f1", store, "offline")
    assert ask(detector, C, A, B, C) == ["not_recorded", 0.1, 0.2, "not_recorded"]
    assert detector.counts == Counts(hits=2, asked=0, missing=2, unavailable=Counter(not_recorded=2))
    assert not detector.remote


def test_offline_never_asks(store: AnswerStore) -> None:
    live = Live({"c": 0.3})
    assert ask(Recorded("ai", "f1", store, "offline", live), C) == ["not_recorded"]
    assert live.asked == []


def test_another_fingerprint_has_other_answers(store: AnswerStore) -> None:
    assert ask(Recorded("ai", "f2", store, "offline"), A) == ["not_recorded"]


def test_require_stops_with_what_is_missing_and_what_to_do(store: AnswerStore) -> None:
    detector = Recorded("ai", "f1", store, "require")
    assert ask(detector, A, B) == [0.1, 0.2]
    with pytest.raises(AnswerMissing) as caught:
        ask(detector, A, C, Query("d"))
    told = str(caught.value)
    assert all(part in told for part in ("detector ai", "f1", "2 message", C.key(), "handover eval"))
    assert Query("d").key() not in told


def test_record_asks_for_the_rest_once_and_keeps_it(store: AnswerStore) -> None:
    live = Live({"a": 0.9, "c": 0.3})
    detector = Recorded("ai", "f1", store, "record", live)
    assert ask(detector, A, C, C) == [0.1, 0.3, 0.3]
    assert live.asked == [["c"]]
    assert detector.counts == Counts(hits=1, asked=1, missing=0)
    assert ask(Recorded("ai", "f1", AnswerStore(store.path), "require"), A, B, C) == [0.1, 0.2, 0.3]


def test_a_refusal_or_an_error_is_never_recorded(store: AnswerStore) -> None:
    detector = Recorded("ai", "f1", store, "record", Live({}))
    assert ask(detector, C) == ["timed_out"]
    assert store.get(C.key(), "f1") is None
    assert len(AnswerStore(store.path)) == 2


def test_refresh_asks_for_everything_and_replaces_it(store: AnswerStore) -> None:
    detector = Recorded("ai", "f1", store, "refresh", Live({"a": 0.7}))
    assert ask(detector, A, B) == [0.7, "timed_out"]
    assert detector.counts == Counts(hits=0, asked=2, missing=0, unavailable=Counter(timed_out=1))
    assert ask(Recorded("ai", "f1", AnswerStore(store.path), "offline"), A, B) == [0.7, 0.2]


def test_refresh_asks_for_the_same_once(store: AnswerStore) -> None:
    live = Live({"a": 0.7})
    detector = Recorded("ai", "f1", store, "refresh", live)
    assert ask(detector, A) == ask(detector, A) == [0.7]
    assert live.asked == [["a"]]
    assert ask(detector, B) == ask(detector, B) == ["timed_out"]


def test_the_log_always_asks_and_records(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    live = Live({"a": 0.4})
    detector = Recorded("ai", "f1", AnswerStore(path), "log", live)
    assert ask(detector, A) == ask(detector, A) == [0.4]
    assert live.asked == [["a"], ["a"]]
    assert ask(Recorded("ai", "f1", AnswerStore(path), "require"), A) == [0.4]


def test_a_log_that_cannot_be_written_costs_no_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    unwritable = AnswerStore(tmp_path)
    assert ask(Recorded("ai", "f1", unwritable, "log", Live({"a": 0.4})), A) == [0.4]
    assert "not recorded" in caplog.text
    with pytest.raises(AnswerStoreError):
        ask(Recorded("ai", "f1", unwritable, "refresh", Live({"a": 0.4})), A)


def test_a_long_recording_is_kept_as_it_goes(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "answers.jsonl")

    class Interrupted(Live):
        async def ask(self, queries: Sequence[Query]) -> list[Signal]:
            if self.asked:
                raise KeyboardInterrupt
            return await super().ask(queries)

    queries = [Query(str(number)) for number in range(1_000)]
    live = Interrupted({query.text: 0.5 for query in queries})
    with pytest.raises(KeyboardInterrupt):
        ask(Recorded("ai", "f1", store, "record", live), *queries)
    assert len(AnswerStore(store.path)) == len(live.asked[0]) > 0


@pytest.mark.parametrize("mode", ["record", "refresh", "log"])
def test_modes_that_ask_need_somebody_to_ask(store: AnswerStore, mode: RecordingMode) -> None:
    with pytest.raises(ValueError, match=mode):
        Recorded("ai", "f1", store, mode)


def test_closing_closes_the_live_detector(store: AnswerStore) -> None:
    live = Live({})
    asyncio.run(Recorded("ai", "f1", store, "record", live).close())
    assert live.closed
    asyncio.run(Recorded("ai", "f1", store, "offline").close())


@dataclass
class Failing(Live):
    """Cannot answer what it does not know by heart, for this reason; `trouble` is why it is left alone."""

    reason: str = "server_error"
    trouble: str | None = None

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        said = await super().ask(queries)
        return [one if isinstance(one, Score) else Unavailable(self.reason) for one in said]


@pytest.mark.parametrize("mode", ["record", "refresh"])
@pytest.mark.parametrize(
    ("reason", "trouble", "told"),
    [
        ("server_error", "server_error", "failed several times in a row, at last with `server_error`"),
        ("over_budget", None, "`daily_budget` is spent"),
        ("unauthorised", None, "does not accept the key"),
    ],
)
def test_recording_stops_where_nobody_can_be_asked_any_more(
    store: AnswerStore, mode: RecordingMode, reason: str, trouble: str | None, told: str
) -> None:
    detector = Recorded("ai", "f1", store, mode, Failing({"c": 0.3}, reason=reason, trouble=trouble))
    with pytest.raises(AskingStopped) as caught:
        ask(detector, C, Query("d"))
    assert all(part in str(caught.value) for part in ("detector ai was stopped", told, str(store.path)))
    assert ("leave it out to go on" in str(caught.value)) == (mode == "refresh")
    # What was answered before is kept, so that the next run goes on from there.
    assert AnswerStore(store.path).get(C.key(), "f1") == Score(0.3)
    assert detector.counts.unavailable == {reason: 1}


def test_a_failure_that_may_pass_stops_nothing(store: AnswerStore) -> None:
    assert ask(Recorded("ai", "f1", store, "record", Failing({})), C) == ["server_error"]


def test_the_log_of_a_service_never_stops(store: AnswerStore) -> None:
    live = Failing({}, reason="circuit_open", trouble="timed_out")
    assert ask(Recorded("ai", "f1", store, "log", live), C) == ["circuit_open"]


def test_counts_of_several_starts_add_up() -> None:
    total = Counts(1, 2, 3, Counter(timed_out=1))
    total.add(Counts(10, 20, 30, Counter(timed_out=1, refused=1)))
    assert total == Counts(11, 22, 33, Counter(timed_out=2, refused=1))
