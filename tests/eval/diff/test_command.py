"""`handover diff`, from files to what is printed and written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest
from typer.testing import Result

from handover_rules.errors import DataError, RulesetError, UsageError

Run = Callable[..., Result]
WriteRows = Callable[..., Path]


def _found(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _many(label: int | None, *texts: tuple[str, int]) -> list[dict[str, object]]:
    repeated = [text for text, times in texts for _ in range(times)]
    return [{"id": str(number), "text": text, "label": label} for number, text in enumerate(repeated)]


def test_every_message_that_flips_is_listed_with_its_kind(run: Run, messages: Path) -> None:
    found = _found(run("before", "after", "--data", messages, "--json", "-"))
    assert {flip["id"]: flip["kind"] for flip in found["flips"]} == {
        kind: kind
        for kind in (
            "new_catch",
            "lost_catch",
            "new_false_alarm",
            "false_alarm_gone",
            "no_handover",
            "unlabelled",
            "uncounted",
        )
    }
    (flip,) = [flip for flip in found["flips"] if flip["id"] == "new_catch"]
    assert flip == {
        "file": str(messages),
        "id": "new_catch",
        "text": "a person please",
        "label": 1,
        "language": "en",
        "category": "explicit_request",
        "before": {"outcome": "none", "rule": None},
        "after": {"outcome": "handover", "rule": "asked"},
        "kind": "new_catch",
    }
    assert found["groups"][0] == {
        "before": {"outcome": "none", "rule": None},
        "after": {"outcome": "handover", "rule": "asked"},
        "flips": 4,
    }


def test_figures_calls_and_actions_are_counted(run: Run, messages: Path) -> None:
    (file,) = _found(run("before", "after", "--data", messages, "--json", "-"))["files"]
    assert [file[name] for name in ("rows", "decided", "counted", "positives", "negatives")] == [9, 9, 7, 3, 4]
    assert file["other_rule"] == 1
    assert file["before"]["counts"] == {"tp": 2, "fp": 1, "fn": 1, "tn": 3}
    assert file["after"]["counts"] == {"tp": 2, "fp": 1, "fn": 1, "tn": 3}
    assert (file["judged"]["become_right"], file["judged"]["become_wrong"], file["judged"]["mcnemar"]) == (2, 2, 1)
    recall = file["judged"]["recall"]
    assert (recall["verdict"], recall["paired"]["up"], recall["paired"]["down"]) == ("not enough data to say", 1, 1)
    # Not asked where a phrase decides before: six messages in the one case, five in the other.
    assert file["usage"]["ai_calls"] == [{"name": "gpt", "before": 5, "after": 4}]
    assert file["usage"]["ai_unanswered"] == file["usage"]["ai_calls"]
    assert file["usage"]["actions"] == [
        {"name": "lead.create", "before": 3, "after": 0},
        {"name": "slack.post", "before": 3, "after": 4},
    ]
    assert {"name": "ask", "before": 1, "after": 0} in file["usage"]["outcomes"]


def test_recorded_traffic_has_flips_and_no_verdict(run: Run, write_rows: WriteRows) -> None:
    rows = write_rows(_many(None, ("a person please", 2), ("a human", 1), ("hello", 3)))
    found = _found(run("before", "after", "--data", rows, "--json", "-"))
    assert found["verdict"] is None
    assert found["files"][0]["judged"] is None
    assert [flip["kind"] for flip in found["flips"]] == ["unlabelled", "unlabelled"]
    shown = run("before", "after", "--data", rows, "--fail-on-worse")
    assert shown.exit_code == 0
    assert "no verdict: no message has a label that the view counts" in shown.stdout
    assert "2 flips: 2 without a label" in shown.stdout
    assert "recall" not in shown.stdout


def test_files_are_shown_apart_and_together(run: Run, write_rows: WriteRows) -> None:
    good = write_rows(_many(1, ("a person please", 200)), "good.jsonl")
    bad = write_rows(_many(0, ("in person", 10), ("hello", 90)), "bad.jsonl")
    found = _found(run("before", "after", "--data", good, bad, good, "--json", "-"))
    assert [file["file"] for file in found["files"]] == ["all files together", str(good), str(bad)]
    assert [file["decided"] for file in found["files"]] == [300, 200, 100]
    assert [file["judged"]["verdict"] for file in found["files"]] == ["worse", "not enough data to say", "worse"]
    assert found["files"][0]["after"]["counts"] == {"tp": 200, "fp": 10, "fn": 0, "tn": 90}


def test_no_file_makes_good_another(run: Run, write_rows: WriteRows) -> None:
    good = write_rows(_many(1, ("a person please", 400)), "good.jsonl")
    bad = write_rows(_many(1, ("human, the lost one", 20)), "bad.jsonl")
    shown = run("before", "after", "--data", good, bad, "--fail-on-worse")
    assert shown.exit_code == 1
    assert re.sub(r"\s+", " ", shown.stdout).startswith(f"Verdict: worse: recall in {bad}")


def test_conversations_are_resampled(run: Run, write_rows: WriteRows) -> None:
    rows = [
        {"conversation_id": f"c{i}", "turn": turn, "text": "human, the lost one" if i < 10 else "a human", "label": 1}
        for i in range(40)
        for turn in range(3)
    ]
    data = write_rows(rows)
    found = _found(run("before", "after", "--data", data, "--json", "-"))
    recall = found["files"][0]["judged"]["recall"]["paired"]
    assert (recall["n"], recall["method"]) == (120, "conversations resampled")
    assert recall["effective_n"] < 60
    assert "(conversations resampled)" in re.sub(r"\s+", " ", run("before", "after", "--data", data).stdout)


def test_conversations_are_tested_not_their_messages(run: Run, write_rows: WriteRows) -> None:
    texts = {"better": "a person please", "worse": "human, the lost one", "same": "a human"}
    kinds = ["better"] * 5 + ["worse"] + ["same"] * 20
    data = write_rows(
        [
            {"conversation_id": f"c{i}", "turn": turn, "text": texts[kind], "label": 1}
            for i, kind in enumerate(kinds)
            for turn in range(5)
        ]
    )
    judged = _found(run("before", "after", "--data", data, "--json", "-"))["files"][0]["judged"]
    assert (judged["become_right"], judged["become_wrong"]) == (25, 5)
    assert (judged["units"], judged["better"], judged["worse"]) == ("conversations", 5, 1)
    assert judged["mcnemar"] == pytest.approx(binomtest(1, 6, 0.5).pvalue)
    assert "25 become right, 5 become wrong; 5 conversations better, 1 worse: exact McNemar p = 0.219" in re.sub(
        r"\s+", " ", run("before", "after", "--data", data).stdout
    )


def test_a_conversation_that_loses_and_gains_alike_is_neither(run: Run, write_rows: WriteRows) -> None:
    """To be handed over is right for the one message and wrong for the other."""
    turns = [("a person please", 1), ("in person", 0)]
    data = write_rows(
        [
            {"conversation_id": f"c{i}", "turn": turn, "text": text, "label": label}
            for i in range(8)
            for turn, (text, label) in enumerate(turns)
        ]
    )
    judged = _found(run("before", "after", "--data", data, "--json", "-"))["files"][0]["judged"]
    assert (judged["become_right"], judged["become_wrong"]) == (8, 8)
    assert (judged["better"], judged["worse"], judged["mcnemar"]) == (0, 0, 1)


def test_the_same_rules_need_no_deciding(run: Run, messages: Path, edited: Callable[..., None]) -> None:
    edited(to="copy")
    shown = run("before", "copy", "--data", messages)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Verdict: no decision changes: both say the same, so nothing had to be decided\n")
    found = _found(run("before", "copy", "--data", messages, "--json", "-"))
    assert (found["same"], found["verdict"], found["files"], found["flips"]) == (True, "no flips", [], [])
    assert not found["same_source"]


@pytest.mark.parametrize("after", ["before", "./before", "before/../before"])
def test_rules_that_are_compared_with_themselves_are_told(run: Run, messages: Path, after: str) -> None:
    shown = run("before", after, "--data", messages, "--json", "d.json")
    assert shown.stdout.startswith("Verdict: no decision changes: both say the same (both name the same rules)\n")
    assert json.loads(Path("d.json").read_text(encoding="utf-8"))["same_source"]


def test_a_revision_that_is_compared_with_itself_is_told(
    run: Run, messages: Path, shop: Path, commit: Callable[[], None]
) -> None:
    (shop / "before").rename(shop / "rules")
    commit()
    assert "(both name the same rules)" in run("HEAD", "HEAD", "--data", messages).stdout
    # The working folder may differ from what was committed, so this is no mistake.
    assert "so nothing had to be decided" in run("HEAD", "rules", "--data", messages).stdout


def test_where_no_message_flips_that_is_said_first(run: Run, messages: Path, edited: Callable[..., None]) -> None:
    edited(("why: They ask.", "why: Somebody asks."))
    shown = run("before", "edited", "--data", messages, "--json", "d.json", "--markdown", "d.md", "--fail-on-worse")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Verdict: no decision changes on these 9 messages\n")
    assert Path("d.md").read_text(encoding="utf-8").startswith("### Rules: no decision changes on these 9 messages\n")
    found = json.loads(Path("d.json").read_text(encoding="utf-8"))
    assert (found["verdict"], found["flips"]) == ("no flips", [])
    # Nine messages tell nothing of others, and that is said as ever.
    assert found["files"][0]["judged"]["verdict"] == "not enough data to say"
    assert "recall: not enough data to say; +0.000" in re.sub(r"\s+", " ", shown.stdout)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("do: [tell]", "do: [tell], set: {sla: 8h}")], "settings do"),
        ([(", do: [tell]", "")], "planned actions do"),
        ([("id: asked", "id: asks")], "deciding rules do"),
        ([("id: ai, priority: 30", "id: ai, priority: 50")], "AI calls do"),
        ([("do: [tell]", "set: {sla: 8h}")], "settings and planned actions do"),
        (
            [("id: asked", "id: asks"), ("do: [tell]", "set: {sla: 8h}")],
            "deciding rules, settings and planned actions do",
        ),
    ],
)
def test_what_changes_without_a_flip_is_named(
    run: Run, messages: Path, edited: Callable[..., None], changes: list[tuple[str, str]], said: str
) -> None:
    edited(*changes)
    shown = run("before", "edited", "--data", messages)
    assert re.sub(r"\s+", " ", shown.stdout).startswith(
        f"Verdict: no outcome changes on these 9 messages, but {said} before: "
    )


def test_handovers_with_other_settings_are_counted(
    run: Run, write_rows: WriteRows, edited: Callable[..., None]
) -> None:
    before, after = "set: {priority: high, sla: 30m}", "set: {priority: high, sla: 8h, topic: person}"
    for name, settings in (("old", before), ("new", after)):
        edited(("phrase: [human, teacher]}, then: handover", f"phrase: [human]}}, then: handover, {settings}"), to=name)
    # What is handed over on one side only has no other setting: it flips.
    rows = write_rows(_many(1, ("a human", 3), ("hello", 2), ("not sure", 1)))
    shown = run("old", "new", "--data", rows, "--json", "d.json", "--markdown", "d.md")
    assert shown.exit_code == 0, shown.exception
    usage = json.loads(Path("d.json").read_text(encoding="utf-8"))["files"][0]["usage"]
    assert usage["other_settings"] == 3
    assert usage["settings"] == {"priority": 0, "queue": 0, "sla": 3, "topic": 3}
    for text in (shown.stdout, Path("d.md").read_text(encoding="utf-8")):
        assert "3 handovers with other settings: sla 3, topic 3\n" in re.sub(" +\n", "\n", text)
    flipped = _found(run("before", "new", "--data", write_rows(_many(0, ("my teacher", 1))), "--json", "-"))
    assert len(flipped["flips"]) == 1
    assert flipped["files"][0]["usage"]["other_settings"] == 0


def test_a_file_under_two_names_counts_once(run: Run, messages: Path) -> None:
    found = _found(run("before", "after", "--data", messages.name, messages, f"./{messages.name}", "--json", "-"))
    assert [(file["file"], file["decided"]) for file in found["files"]] == [(messages.name, 9)]


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--fail-on-worse"], 1), (["--alarm-margin", "0.9"], 0)])
def test_worse_fails_where_it_is_to(run: Run, write_rows: WriteRows, arguments: list[str], code: int) -> None:
    rows = write_rows(_many(0, ("in person", 20), ("hello", 80)))
    shown = run("before", "after", "--data", rows, *arguments)
    assert shown.exit_code == code
    assert ("Verdict: worse: false alarms" in shown.stdout) == ("--alarm-margin" not in arguments)


def test_what_was_changed_since_the_last_commit(
    run: Run, messages: Path, shop: Path, commit: Callable[[], None]
) -> None:
    (shop / "before").rename(shop / "rules")
    commit()
    (shop / "rules" / "rules.yaml").write_bytes((shop / "after" / "rules.yaml").read_bytes())
    found = _found(run("--data", messages, "--json", "-"))
    assert (found["before"]["source"], found["after"]["source"]) == ("HEAD:rules", "rules")
    assert len(found["flips"]) == 7
    # A folder of another name is sought by that name in the revision, unless told otherwise.
    unsaid = run("HEAD", (shop / "rules").rename("new"), "--data", messages).exception
    assert "no file or folder 'new'; name it with --path" in str(unsaid)
    said = run("HEAD", "new", "--path", "shop", "--data", messages).exception
    assert "no file or folder 'shop'; --path begins at the current folder" in str(said)
    assert len(_found(run("main", "new", "--path", "rules", "--data", messages, "--json", "-"))["flips"]) == 7


def test_files_are_written_and_the_report_is_still_printed(run: Run, messages: Path, shop: Path) -> None:
    shown = run("before", "after", "--data", messages, "--json", "d.json", "--markdown", "d.md")
    assert shown.stdout.startswith("Verdict: ")
    assert len(json.loads((shop / "d.json").read_text(encoding="utf-8"))["flips"]) == 7
    assert (shop / "d.md").read_text(encoding="utf-8").startswith("### Rules: ")


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["before", "nowhere", "--data", "rows.jsonl"], UsageError, "no file or folder 'nowhere'"),
        (["before", "after", "--data", "none.jsonl"], DataError, "none.jsonl: cannot be read"),
        (["before", "wrong", "--data", "rows.jsonl"], RulesetError, "wrong"),
        (
            ["before", "after", "--data", "rows.jsonl", "--json", "rows.jsonl/d.json"],
            UsageError,
            "--json rows.jsonl/d.json",
        ),
        (["before", "after", "--data", "rows.jsonl", "--json", "-", "--markdown", "-"], UsageError, "standard output"),
        (
            ["before", "after", "--data", "rows.jsonl", "--json", "d", "--markdown", "./d"],
            UsageError,
            "both write to d",
        ),
        (
            ["--data", "rows.jsonl", "before", "after"],
            UsageError,
            "before is a folder; rules to compare (A and B) stand",
        ),
    ],
)
def test_what_cannot_be_used_is_said(
    run: Run, messages: Path, shop: Path, arguments: list[str], error: type[Exception], said: str
) -> None:
    (shop / "wrong").mkdir()
    (shop / "wrong" / "rules.yaml").write_text("rules: 1\n", encoding="utf-8")
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert said in str(result.exception)
    assert not (shop / "d").exists()


def test_data_is_required(run: Run) -> None:
    assert run("before", "after").exit_code == 2
