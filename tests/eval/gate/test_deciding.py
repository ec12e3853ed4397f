"""Which messages a gate is about, and that each is decided once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from eval.deciders import Prediction, RulesetDecider
from eval.gate.deciding import Decided, decide_gates
from eval.gate.gates import Gate
from eval.gate.gates_file import read_gates
from handover_rules.conversation import ConversationState
from handover_rules.errors import DataError, UsageError
from handover_rules.messages import Message
from handover_rules.rulefile import load_ruleset
from tests.eval.gate.conftest import many

Write = Callable[..., Path]
Decide = Callable[..., tuple[Decided, ...]]

ROWS: list[dict[str, Any]] = [
    {"id": "en", "text": "human", "label": 1, "category": "explicit_request", "language": "en", "split": "test"},
    {"id": "es", "text": "human", "label": 1, "category": "complaint", "language": "es", "channel": "web"},
    {"id": "no", "text": "hello", "label": 0, "category": "none", "language": "en", "split": "train"},
    {"id": "nobody", "text": "hello", "category": "none", "language": "en", "split": "test"},
]


@pytest.fixture
def decide(gates: Write) -> Decide:
    """Decides gates, of which the lines are given, by the shop's rules."""

    def decided(*lines: str, mode: Any = "offline") -> tuple[Decided, ...]:
        text = "".join(
            f"  - {{name: g{number}, recall: {{at_least: 1}}, {line}}}\n" for number, line in enumerate(lines)
        )
        found: Sequence[Gate] = read_gates(gates(f"gates:\n{text}")).gates
        return decide_gates(found, load_ruleset("rules"), {}, Path("var/answers.jsonl"), mode)

    return decided


def ids(decided: Decided) -> list[str]:
    return [row.id for _, row, _ in decided.counted()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("view: strict", ["en", "es", "no"]),
        ("view: explicit", ["en", "no"]),
        ("view: strict, split: test", ["en"]),
        ("view: strict, language: en", ["en", "no"]),
        ("view: strict, category: [none, complaint]", ["es", "no"]),
        ("view: strict, channel: web", ["es"]),
        ("view: strict, language: en, category: none", ["no"]),
    ],
)
def test_filters(decide: Decide, messages: Write, line: str, expected: list[str]) -> None:
    messages(ROWS)
    (decided,) = decide(f"data: data, {line}")
    assert ids(decided) == expected
    assert [handover for _, _, handover in decided.counted()] == [row != "no" for row in expected]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("view: strict, language: fr", "gate `g0`: no row has the language `fr`; known here: `en`, `es`"),
        ("view: strict, category: [none, complant]", "no row has the category `complant`; did you mean `complaint`?"),
        ("view: strict, split: tset", "gate `g0`: no row is of the split 'tset'; splits in these files: test, train"),
        ("view: strict, split: test, channel: web", "no row has the channel `web`; these rows have no channel"),
        ("view: injection", "gate `g0`: no message counts in the injection view"),
        ("view: explicit, channel: web", "gate `g0`: no message counts in the explicit view"),
        ("view: strict, detector: loca", "gate `g0`: the ruleset has no detector 'loca'; choose one of: patterns, ai"),
    ],
)
def test_a_gate_that_is_about_nothing_is_broken(decide: Decide, messages: Write, line: str, said: str) -> None:
    messages(ROWS)
    with pytest.raises(UsageError) as raised:
        decide(f"data: data, {line}")
    assert said in str(raised.value)


def test_data_that_is_not_there(decide: Decide, shop: Path) -> None:
    (shop / "empty").mkdir()
    with pytest.raises(UsageError, match=r"gate `g0`: empty: no \*\.jsonl file in this folder"):
        decide("data: empty, view: strict")
    with pytest.raises(DataError, match=r"data/en\.jsonl: cannot be read: No such file"):
        decide("data: data/en.jsonl, view: strict")


def test_every_message_is_decided_once_for_each_detector(
    decide: Decide, messages: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[str] = Counter()
    plain = RulesetDecider.decide

    async def watched(self: RulesetDecider, message: Message, state: ConversationState, now: datetime) -> Prediction:
        seen[message.id] += 1
        return await plain(self, message, state, now)

    monkeypatch.setattr(RulesetDecider, "decide", watched)
    messages(ROWS)
    messages(many(1, "human", 3, language="en"), "more.jsonl")
    first, second, third, patterns = decide(
        "data: data, view: strict",
        "data: [./data/en.jsonl, data/en.jsonl], view: explicit, language: en",
        "data: data/more.jsonl, view: strict",
        "data: data/more.jsonl, view: strict, detector: patterns",
    )
    assert (len(ids(first)), len(ids(second)), len(ids(third)), len(ids(patterns))) == (6, 2, 3, 3)
    assert seen == {"en": 1, "es": 1, "no": 1, "nobody": 1, **{f"human {number}": 2 for number in range(3)}}


def test_what_no_gate_is_about_is_not_decided(decide: Decide, messages: Write) -> None:
    """So that nobody must record answers for it."""
    messages([*ROWS, {"id": "asks", "text": "perhaps", "label": 1, "split": "train", "category": "explicit_request"}])
    (decided,) = decide("data: data, view: strict, split: test", mode="require")
    assert ids(decided) == ["en"]


def test_a_message_has_its_history_though_that_is_not_chosen(decide: Decide, messages: Write) -> None:
    talk = {"conversation_id": "c", "label": 0, "category": "none"}
    messages(
        [
            {**talk, "turn": 0, "text": "hello"},
            {**talk, "turn": 1, "text": "sorry?", "speaker": "bot", "bot_failed": True},
            {**talk, "turn": 2, "text": "parcel"},
            {**talk, "turn": 3, "text": "sorry?", "speaker": "bot", "bot_failed": True},
            {**talk, "turn": 4, "text": "my parcel", "label": 1, "category": "bot_failed"},
        ]
    )
    (decided,) = decide("data: data, view: strict, category: bot_failed")
    assert [(row.id, handover) for _, row, handover in decided.counted()] == [("c:4", True)]


def test_a_split_keeps_conversations_whole(decide: Decide, messages: Write) -> None:
    messages(
        [
            {"conversation_id": "c", "turn": 0, "text": "hello", "label": 0, "split": "test"},
            {"conversation_id": "c", "turn": 1, "text": "human", "label": 1, "category": "explicit_request"},
            {"id": "other", "text": "human", "label": 1, "category": "explicit_request"},
        ]
    )
    (decided,) = decide("data: data, view: strict, split: test")
    assert ids(decided) == ["c:0", "c:1"]
