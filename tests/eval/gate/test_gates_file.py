"""The gates file: what it says, and every mistake with file, gate and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.gate.gates import Floor, Margin
from eval.gate.gates_file import read_gates
from handover_rules.errors import UsageError

Write = Callable[..., Path]

GATE = "  - name: requests\n    data: data/en.jsonl\n    view: explicit\n"


def test_all_that_can_be_said_is_read(gates: Write) -> None:
    path = gates(
        """
baseline: kept/baseline.jsonl
answers: offline
gates:
  - name: requests
    data: [data/en.jsonl, data/more]
    view: explicit
    detector: local
    split: test
    category: [explicit_request, none]
    language: en
    channel: whatsapp
    fewest: 50
    recall: {at_least: 0.85}
    precision: {at_least: 1}
    false_alarms: {at_most: 5}
    average_precision: {at_least: 0.9}
    no_worse: {false_alarms: 0.002, recall: 0.02}
  - {name: talks, data: talks, view: strict, on_time: {at_least: .8}, needless: {at_most: 0}}
"""
    )
    found = read_gates(path)
    assert (found.path, found.baseline, found.answers) == (path, Path("kept/baseline.jsonl"), "offline")
    requests, talks = found.gates
    assert (requests.name, requests.view, requests.detector, requests.split) == (
        "requests",
        "explicit",
        "local",
        "test",
    )
    assert requests.data == (Path("data/en.jsonl"), Path("data/more"))
    assert (requests.category, requests.language, requests.channel) == (
        ("explicit_request", "none"),
        ("en",),
        ("whatsapp",),
    )
    assert requests.fewest == 50
    assert [(one.figure, one.side, one.limit) for one in requests.floors] == [
        ("recall", "at_least", 0.85),
        ("precision", "at_least", 1),
        ("false_alarms", "at_most", 5),
        ("average_precision", "at_least", 0.9),
    ]
    assert [(one.figure, one.margin) for one in requests.margins] == [("recall", 0.02), ("false_alarms", 0.002)]
    assert [(one.figure, one.side, one.limit) for one in talks.floors] == [
        ("on_time", "at_least", 0.8),
        ("needless", "at_most", 0),
    ]
    assert found.comparing == (requests,)


def test_what_may_be_left_out(gates: Write) -> None:
    found = read_gates(gates(f"gates:\n{GATE}    recall: {{at_least: 0.5}}\n    no_worse: {{recall: 0.1}}\n"))
    assert (found.baseline, found.answers) == (Path("eval/baseline.jsonl"), "require")
    (gate,) = found.gates
    assert (gate.detector, gate.split, gate.fewest) == (None, None, 20)
    assert (gate.category, gate.language, gate.channel) == ((), (), ())
    # Each requirement knows its line.
    assert [type(one) for one in (*gate.floors, *gate.margins)] == [Floor, Margin]
    assert [one.place.line for one in (*gate.floors, *gate.margins)] == [5, 6]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("recal: {at_least: 0.8}", ["gate `requests`: a gate has no key `recal`", ":5:5", "did you mean `recall`?"]),
        ("recall: {at_most: 0.8}", ["gate `requests`: `recall` has no key `at_most`", ":5:14", "`at_least`"]),
        ("false_alarms: {at_least: 1}", ["gate `requests`: `false_alarms` has no key `at_least`", "`at_most`"]),
        ("recall: 0.8", ["gate `requests`: this must be `recall`, a mapping with `at_least`, and it is `0.8`"]),
        ('recall: {at_least: "0.8"}', ["gate `requests`: this must be a number from 0 to 1", "without quotes"]),
        ("recall: {at_least: 80%}", ["gate `requests`: this must be a number from 0 to 1", "`0.8`"]),
        ("recall: {at_least: high}", ["gate `requests`: this must be a number from 0 to 1, and it is `high`"]),
        ("recall: {at_least: .nan}", ["gate `requests`: this must be a number from 0 to 1, and it is `.nan`"]),
        ("recall: {at_least: 85}", ["gate `requests`: `85` is out of range", "85 % is written `0.85`"]),
        ("false_alarms: {at_most: 1001}", ["`1001` is out of range: this must be a number from 0 to 1000"]),
        ("recall: {at_least: }", ["gate `requests`: the value is missing"]),
        ("recall: {at_least: 1}\n    recall: {at_least: 0}", ["`recall` stands here twice"]),
        ("no_worse: {precision: 0.1}", ["gate `requests`: `no_worse` has no key `precision`"]),
        ("no_worse: {false_alarms: 2}", ["gate `requests`: `2` is out of range: this must be a number from 0 to 1"]),
        ("recall: {at_least: 1}\n    no_worse: {}", ["gate `requests`: nothing is required", ":6:"]),
        ("fewest: 0\n    recall: {at_least: 1}", ["gate `requests`: `0` is out of range: this must be a whole number"]),
        ("split: test", ["gate `requests`: nothing is required", "`recall: {at_least: 0.85}`"]),
        ("average_precision: {at_least: 1}", ["gate `requests`: `average_precision` is about", "add `detector:`"]),
        ("detector: patterns\n    average_precision: {at_least: 1}", ["is about the scores of one detector"]),
        (
            "language: en\n    on_time: {at_least: 1}",
            ["gate `requests`: `on_time` is about whole conversations", ":6:"],
        ),
        ("category: none\n    needless: {at_most: 1}", ["`category` chooses single messages", "`data` or `split`"]),
    ],
)
def test_a_mistake_is_told_with_gate_and_place(gates: Write, lines: str, said: list[str]) -> None:
    path = gates(f"gates:\n{GATE}    {lines}\n")
    with pytest.raises(UsageError) as raised:
        read_gates(path)
    message = str(raised.value)
    assert message.startswith(f"{path} cannot be used, 1 error:\n")
    assert f"--> {path}:" in message
    for part in said:
        assert part in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["there is no gate", "add `gates:`"]),
        ("baseline: b.jsonl", ["`gates` is missing: the gates file must have it"]),
        ("gates: []", ["the list is empty"]),
        ("gates: {recall: 1}", ["this must be a list of gates"]),
        (
            f"gates:\n{GATE}    recall: {{at_least: 1}}\nbaselin: b",
            ["the gates file has no key `baselin`", "`baseline`"],
        ),
        (f"gates:\n{GATE}    recall: {{at_least: 1}}\nanswers: live", ["`live` is not one of `require`, `offline`"]),
        (f"gates:\n{GATE}    recall: {{at_least: 1}}\n" * 2, ["`gates` stands here twice"]),
        ("gates:\n  - {name: a, view: strict, recall: {at_least: 1}}", ["gate `a`: `data` is missing"]),
        ("gates:\n  - {name: a, data: d, recall: {at_least: 1}}", ["gate `a`: `view` is missing", "`injection`"]),
        ("gates:\n  - {data: d, view: strict, recall: {at_least: 1}}", ["`name` is missing: a gate must have it"]),
        ("gates:\n  - {name: A b, data: d, view: strict, recall: {at_least: 1}}", ["gate `A b`: `A b` is not a name"]),
        ("gates:\n  - {name: a, data: d, view: explict, recall: {at_least: 1}}", ["did you mean `explicit`?"]),
        ("gates: [", ["error[E101]"]),
    ],
)
def test_a_file_that_is_no_gates_file(gates: Write, text: str, said: list[str]) -> None:
    path = gates(text)
    with pytest.raises(UsageError, match=f"^{path} cannot be used") as raised:
        read_gates(path)
    for part in said:
        assert part in str(raised.value)


def test_two_gates_of_one_name(gates: Write) -> None:
    path = gates(f"gates:\n{GATE}    recall: {{at_least: 1}}\n{GATE}    recall: {{at_least: 1}}\n")
    with pytest.raises(UsageError) as raised:
        read_gates(path)
    assert "another gate is called `requests`" in str(raised.value)
    assert f"the first one is at {path}:2:" in str(raised.value)


def test_all_mistakes_are_told_at_once(gates: Write) -> None:
    other = "  - {name: other, data: d, view: strict, presision: {at_least: 1}}\n"
    path = gates(f"gates:\n{GATE}    recal: {{at_least: 1}}\n{other}")
    with pytest.raises(UsageError, match="2 errors") as raised:
        read_gates(path)
    assert "gate `requests`: a gate has no key `recal`" in str(raised.value)
    assert "gate `other`: a gate has no key `presision`" in str(raised.value)


def test_a_file_that_is_not_there(shop: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file") as raised:
        read_gates(Path("nowhere.yaml"))
    assert "nowhere.yaml" in str(raised.value)
