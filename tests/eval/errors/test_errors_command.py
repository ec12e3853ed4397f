"""`handover errors`, from files to what is printed and written."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from eval.dataset import read_dataset
from handover_rules.detectors import Answer, AnswerStore, Query, build_detectors
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score

Run = Callable[..., Result]
DATA = ("errors", "--data", "rows.jsonl")


@pytest.fixture(autouse=True)
def _in_the_shop(shop: Path) -> None:
    """All of it happens there."""


def _found(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _ids(result: Result) -> list[str]:
    return [one["id"] for one in _found(result)["errors"]]


def _shown(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return re.sub(r"\s+", " ", result.stdout)


def test_misses_come_first_and_in_each_kind_what_the_local_model_contradicts_most(run: Run) -> None:
    found = _found(run(*DATA, "--json", "-"))
    assert [(one["kind"], one["id"]) for one in found["errors"]] == [
        ("missed", "near"),
        ("missed", "vetoed"),  # the model knows nothing of these three: they stay in the file's order
        ("missed", "kept"),
        ("missed", "offered"),
        ("missed", "far"),
        ("false alarm", "plain"),
        ("false alarm", "doubtful"),
    ]
    assert [found[key] for key in ("counted", "no_answer", "missed", "false_alarms")] == [9, 0, 5, 2]
    near = found["errors"][0]
    assert (near["file"], near["line"], near["label"], near["language"]) == ("rows.jsonl", 4, 1, "DE")
    assert (near["decided"], near["rule"], near["text"]) == ("none", None, "an agent, call +49 170 1234567")
    assert near["scores"] == {"local": pytest.approx(0.924142)}


def test_each_says_why_it_was_decided_so(run: Run) -> None:
    why = {one["id"]: one["why"] for one in _found(run(*DATA, "--json", "-"))["errors"]}
    assert why["near"].startswith("nearly sure: score of local >= $local: 0.924142 is 0.025858 below 0.95")
    assert why["vetoed"].startswith("asked: kept back by unless: phrase: robot")
    assert why["kept"].startswith("fired: phrase: thanks")
    assert why["far"].startswith("ai: unknown: score of ai >= 0.7: unavailable: not_recorded")
    assert why["plain"].startswith("fired: phrase: human  [rules/shop.yaml:10")


def test_the_terminal_shows_places_and_no_personal_data(run: Run) -> None:
    shown = _shown(run(*DATA))
    assert "9 messages counted: 5 missed, 2 false alarms" in shown
    assert "rows.jsonl:4 near DE contact_request an agent, call [number] none: nearly sure:" in shown
    assert "stay by praised: fired: phrase: thanks [rules/shop.yaml:13" in shown
    assert "scores: local 0.924" in shown
    assert "1234567" not in shown
    assert shown.index("missed: 5") < shown.index("false alarm: 2")


def test_an_id_that_is_a_phone_number_is_not_shown(run: Run, write_rows: Callable[..., Path]) -> None:
    data = write_rows([{"id": "+49 170 1234567", "text": "human", "label": 0}], "phone.jsonl")
    shown = _shown(run("errors", "--data", data))
    assert "phone.jsonl:1 [number]" in shown
    assert "1234567" not in shown


def test_only_so_many_of_a_kind_are_printed(run: Run) -> None:
    shown = _shown(run(*DATA, "--most", "1", "--json", "all.json"))
    assert "and 4 more; --most shows more" in shown
    assert "near" in shown
    assert "vetoed" not in shown
    assert len(json.loads(Path("all.json").read_text(encoding="utf-8"))["errors"]) == 7


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--kind", "false-alarm"], ["plain", "doubtful"]),
        (["--kind", "missed", "--language", "de"], ["near", "vetoed"]),
        (["--category", "explicit_request"], ["vetoed", "kept"]),
        (["--rule", "praised"], ["kept"]),
        (["--rule", "failed"], []),
        (["--view", "explicit"], ["near", "vetoed", "kept", "plain", "doubtful"]),
    ],
)
def test_filters(run: Run, options: list[str], ids: list[str]) -> None:
    assert _ids(run(*DATA, *options, "--json", "-")) == ids


def test_counts_are_of_the_messages_that_the_filters_of_messages_let_through(run: Run) -> None:
    found = _found(run(*DATA, "--language", "de", "--kind", "missed", "--json", "-"))
    assert [found[key] for key in ("counted", "missed", "false_alarms")] == [2, 2, 0]


def test_a_split_is_judged_alone(run: Run, write_rows: Callable[..., Path]) -> None:
    rows = [{"id": split, "text": "human", "label": 0, "split": split} for split in ("train", "test")]
    data = write_rows(rows, "split.jsonl")
    assert _ids(run("errors", "--data", data, "--split", "test", "--json", "-")) == ["test"]


def test_patterns_alone_still_show_what_the_local_model_says(run: Run) -> None:
    found = _found(run(*DATA, "--detector", "patterns", "--json", "-"))
    assert [one["id"] for one in found["errors"]] == ["near", "vetoed", "kept", "offered", "far", "plain"]
    assert found["errors"][0]["scores"] == {"local": pytest.approx(0.924142)}
    assert "the ruleset's patterns, without any score" in _shown(run(*DATA, "--detector", "patterns"))


def test_a_detector_alone_is_told_by_its_score(run: Run) -> None:
    store = AnswerStore("var/answers.jsonl")
    ai = build_detectors(load_ruleset("rules"), {}, answers=store, mode="offline")["ai"]
    # What an AI says of a message may be the customer's words.
    said = Score(0.6, reason="wants a call at 0170 1234567")
    store.append([Answer(Query("my parcel", "en").key(), "ai", ai.fingerprint, said)])
    found = _found(run(*DATA, "--detector", "ai", "--json", "-"))
    (one,) = found["errors"]
    assert (found["counted"], found["no_answer"]) == (1, 8)
    assert one["why"] == "ai scored 0.600: 0.100 below 0.7, from which it hands over"
    assert one["scores"] == {"ai": 0.6, "local": pytest.approx(0.119203)}
    shown = _shown(run(*DATA, "--detector", "ai"))
    assert "no answer: 8 more, neither right nor wrong" in shown
    assert "1234567" not in shown


def test_without_a_local_model_errors_stand_in_the_order_of_the_file(run: Run, write_rows: Callable[..., Path]) -> None:
    Path("plain.yaml").write_text(
        "ruleset: plain\nrules:\n  - {id: asked, when: {phrase: [human]}, then: handover}\n", encoding="utf-8"
    )
    rows = [
        {"id": "a", "text": "human", "label": 0},
        {"id": "b", "text": "agent", "label": 1},
        {"id": "c", "text": "urgent", "label": 1},
    ]
    data = write_rows(rows, "order.jsonl")
    result = run("errors", "--data", data, "--ruleset", "plain.yaml", "--json", "-")
    assert [(one["id"], one["why"]) for one in _found(result)["errors"]] == [
        ("b", "no rule fired, and no score or count was close to what one asks for"),
        ("c", "no rule fired, and no score or count was close to what one asks for"),
        ("a", "fired: phrase: human  [plain.yaml:3:33]"),
    ]
    assert "scores" not in _shown(run("errors", "--data", data, "--ruleset", "plain.yaml"))


def test_a_conversation_counts_with_what_was_said_before(run: Run, write_rows: Callable[..., Path]) -> None:
    said = [("customer", "hm", 0, False), ("bot", "what?", None, True), ("bot", "what?", None, True)]
    rows = [
        {"conversation_id": "c", "turn": turn, "speaker": speaker, "text": text, "label": label, "bot_failed": failed}
        for turn, (speaker, text, label, failed) in enumerate([*said, ("customer", "bye", 0, False)])
    ]
    (one,) = _found(run("errors", "--data", write_rows(rows, "talk.jsonl"), "--json", "-"))["errors"]
    assert (one["id"], one["rule"]) == ("c:3", "failed")
    assert one["why"].startswith("fired: failures: 2 is 0 above 2")


def test_exported_rows_are_data_again(run: Run) -> None:
    assert run(*DATA, "--export", "wrong.jsonl").exit_code == 0
    rows = [json.loads(line) for line in Path("wrong.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["far", "near", "vetoed", "kept", "offered", "plain", "doubtful"]
    assert rows[3] == {
        "id": "kept",
        "text": "thanks, now somebody real",
        "language": "en",
        "label": 1,
        "category": "explicit_request",
        "decided": "stay",
        "rule": "praised",
        "scores": {"local": 0.5},
    }
    assert _ids(run("errors", "--data", "wrong.jsonl", "--json", "-")) == _ids(run(*DATA, "--json", "-"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rule", "praise"], "no rule 'praise'; did you mean `praised`"),
        (["--rule", "asked", "--detector", "ai"], "--rule and --detector ai exclude each other"),
        (["--detector", "nobody"], "no detector 'nobody'"),
        (["--category", "none_"], "--category none_: no message has it; did you mean `none`"),
        (["--language", "fr"], "--language fr: no message has it; known here: `de`, `en`"),
        (["--language", "en", "--category", "explicit_request", "--view", "injection"], "no message counts in the"),
        (["--split", "test"], "no row is of the split 'test'"),
        (["--export", "rows.jsonl"], "--export rows.jsonl: this is the file that the messages come from"),
        (["--export", "rows.parquet"], "name a file that ends in .jsonl or .csv"),
        (["--suspicious", "--kind", "missed"], "--suspicious and --kind exclude each other"),
        (["--suspicious", "--rule", "asked"], "--suspicious and --rule exclude each other"),
        (["--suspicious", "--detector", "ai"], "--suspicious and --detector exclude each other"),
        (["--suspicious"], "a model needs at least 20"),
    ],
)
def test_what_cannot_be_listed_is_said(run: Run, options: list[str], said: str) -> None:
    result = run(*DATA, *options)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)
    assert [row.id for row in read_dataset(["rows.jsonl"]).files[0].rows][:2] == ["right", "fine"]


def _labelled() -> list[dict[str, Any]]:
    """120 messages that words tell apart, of which two have the other label."""
    rng = random.Random(3)
    rows = []
    for number in range(120):
        label = int(number % 3 == 0)
        asked = rng.choice(["an agent", "a human", "a real person"] if label else ["my invoice", "a price", "a pizza"])
        text = f"{rng.choice(['hi', 'please', 'pls', 'i want'])} {asked} {rng.choice(['now', 'today', 'soon'])}"
        rows.append({"id": f"m{number:03}", "text": text, "label": label, "language": "en" if number < 100 else "de"})
    rows[10]["label"], rows[102]["label"] = 1, 0
    return rows


def test_suspicious_labels_are_listed_the_strongest_disagreement_first(
    run: Run, write_rows: Callable[..., Path]
) -> None:
    data = write_rows(_labelled(), "labelled.jsonl")
    found = _found(run("errors", "--data", data, "--suspicious", "--json", "-", "--export", "doubts.csv"))
    listed = found["suspicious"]
    assert {one["id"] for one in listed} == {"m010", "m102"}
    disagreement = [one["score"] if one["label"] == 0 else 1 - one["score"] for one in listed]
    assert disagreement == sorted(disagreement, reverse=True)
    assert min(disagreement) > 0.5
    assert found["judged"] == 120
    exported = read_dataset(["doubts.csv"]).files[0].rows
    assert {(row.id, row.label) for row in exported} == {("m010", 1), ("m102", 0)}
    shown = _shown(run("errors", "--data", data, "--suspicious", "--language", "de"))
    assert "120 messages, 1 with a suspicious label; strict view" in shown
    assert re.search(r"labelled\.jsonl:103 m102 de .* label 0, out-of-fold score 0\.\d{3}", shown)
