"""The terminal, the JSON and the Markdown show the same numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def reports(run: Run, messages: Path) -> tuple[str, Any, str]:
    """The terminal's text with its spaces made one, the JSON and the Markdown of one comparison."""
    shown = run("before", "after", "--data", messages, "--json", "d.json", "--markdown", "d.md")
    assert shown.exit_code == 0, shown.output
    return (
        re.sub(r"\s+", " ", shown.stdout),
        json.loads(Path("d.json").read_text(encoding="utf-8")),
        Path("d.md").read_text(encoding="utf-8"),
    )


def test_all_three_show_the_same(reports: tuple[str, Any, str]) -> None:
    terminal, found, markdown = reports
    (file,) = found["files"]
    recall, alarms = file["judged"]["recall"]["paired"], file["judged"]["false_alarm_rate"]["paired"]
    calls = file["usage"]["ai_calls"][0]
    for line in (
        f"{found['verdict']}: recall and false alarms",
        f"{file['decided']} messages decided, {file['counted']} counted: "
        f"{file['positives']} positive, {file['negatives']} negative",
        f"{len(found['flips'])} flips: 1 lost catch, 1 new false alarm, 1 new catch, 1 false alarm gone",
        f"{file['other_rule']} message with the same outcome by another rule",
        f"recall: {found['verdict']}; {recall['change']:+.3f}, at worst {recall['low']:+.3f}, margin -0.020",
        f"{1000 * alarms['change']:+.1f}, at worst {1000 * alarms['high']:+.1f}, margin +2.0",
        f"AI calls: gpt {calls['before']} -> {calls['after']}",
        "planned actions: lead.create 3 -> 0, slack.post 3 -> 4",
        "2 become right, 2 become wrong: exact McNemar p = 1.000 (fewer than 6 tell nothing)",
    ):
        assert line in terminal
        assert line in markdown
    precision = file["before"]["precision"]
    interval = f"{precision['low']:.3f} to {precision['high']:.3f}"
    assert f"{precision['value']:.3f} {interval} {precision['hits']} / {precision['n']}" in terminal
    assert f"{precision['value']:.3f} | {interval} | {precision['hits']} / {precision['n']}" in markdown


def test_flips_stand_under_the_rules_that_moved_them(reports: tuple[str, Any, str]) -> None:
    terminal, found, markdown = reports
    for group in ("none -> handover by asked", "handover by asked -> none", "ask by unsure -> none"):
        assert group in terminal
        assert f"`{group}`" in markdown
    flips = [line for line in markdown.splitlines() if line.startswith("| ") and line.endswith(".jsonl` |")]
    assert sum(group["flips"] for group in found["groups"]) == len(found["flips"]) == len(flips)


def test_texts_are_redacted_and_cannot_break_a_table(reports: tuple[str, Any, str]) -> None:
    terminal, found, markdown = reports
    assert "1234567" not in terminal
    assert "1234567" not in markdown
    assert "in person | or `online`? call [number]" in terminal
    assert r"| ``in person \| or `online`? call [number]`` |" in markdown
    assert any("1234567" in flip["text"] for flip in found["flips"])


def test_an_id_that_is_a_phone_number_stays_out_of_what_people_read(run: Run, write_rows: Callable[..., Path]) -> None:
    row = {"conversation_id": "+49 170 1234567", "turn": 0, "text": "a person", "label": 1}
    data = write_rows(["", {"id": "plain", "text": "a person", "label": 1}, row])
    terminal = run("before", "after", "--data", data, "--markdown", "d.md", "--json", "d.json").stdout
    markdown = Path("d.md").read_text(encoding="utf-8")
    assert "1234567" not in terminal + markdown
    # The row can still be found: it stands on the third line.
    assert "| `a person` | `[number]:0 (rows.jsonl:3)` | " in markdown
    assert "[number]:0 (rows.jsonl:3)  new catch" in terminal
    assert "| `a person` | `plain` | " in markdown
    flips = json.loads(Path("d.json").read_text(encoding="utf-8"))["flips"]
    assert [flip["id"] for flip in flips] == ["plain", "+49 170 1234567:0"]


def test_shares_have_one_unit_throughout_the_json(run: Run, write_rows: Callable[..., Path]) -> None:
    texts = ["in person"] * 8 + ["hello"] * 192
    data = write_rows([{"id": str(n), "text": text, "label": 0} for n, text in enumerate(texts)])
    assert run("before", "after", "--data", data, "--json", "d.json").exit_code == 0
    found = json.loads(Path("d.json").read_text(encoding="utf-8"))
    (file,) = found["files"]
    judged = file["judged"]["false_alarm_rate"]
    assert found["margins"]["false_alarm_rate"] == judged["margin"] == 0.002
    assert file["after"]["false_alarm_rate"]["value"] - file["before"]["false_alarm_rate"]["value"] == 0.04
    assert judged["paired"]["change"] == 0.04
    assert file["after"]["false_alarm_rate"]["high"] < 0.1
    assert file["before"]["recall"] is None
    assert "false_alarms" not in Path("d.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("n", "margin", "line"),
    [
        (1350, "0.002", "not enough data to say; +0.0000, at worst +2.0001, margin +2.0000"),
        (1351, "0.002", "no worse; +0.000, at worst +1.999, margin +2.000"),
        (1450, "0.002", "no worse; +0.0, at worst +1.9, margin +2.0"),
        (100, "0", "not enough data to say; +0.0, at worst +26.3, margin +0.0"),
    ],
)
def test_a_bound_and_a_margin_that_differ_look_different(
    run: Run, write_rows: Callable[..., Path], n: int, margin: str, line: str
) -> None:
    rows = [{"id": str(i), "text": "hello", "label": 0} for i in range(n)]
    data = write_rows([*rows, {"id": "found", "text": "a person", "label": 1}])
    shown = run("before", "after", "--data", data, "--alarm-margin", margin, "--margin", "0")
    assert f"false alarms per 1,000: {line}" in re.sub(r"\s+", " ", shown.stdout)
    assert "margin +0.000" in shown.stdout
    assert "-0.0 " not in shown.stdout


def test_long_groups_are_cut_and_counted(run: Run, write_rows: Callable[..., Path]) -> None:
    rows = write_rows([{"id": str(n), "text": "a person", "label": 1} for n in range(30)])
    shown = run("before", "after", "--data", rows, "--markdown", "d.md", "--json", "d.json")
    assert "and 25 more; --json has all" in shown.stdout
    markdown = Path("d.md").read_text(encoding="utf-8")
    assert markdown.count("| new catch |") == 20
    assert "and 10 more" in markdown
    assert len(json.loads(Path("d.json").read_text(encoding="utf-8"))["flips"]) == 30


def test_the_report_fits_a_terminal(run: Run, messages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("before", "after", "--data", messages)
    assert max(map(len, shown.stdout.splitlines())) <= 100
