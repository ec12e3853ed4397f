"""`handover compare`, from kept runs to what is printed and written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from handover_rules.errors import DataError, UsageError
from tests.eval.compare.conftest import ROWS

Command = Callable[..., Result]
Keep = Callable[..., str]
Found = Callable[..., Any]
WriteRows = Callable[..., Path]


def _report(run: str) -> Any:
    return json.loads((Path("runs") / run / "run.json").read_text(encoding="utf-8"))["report"]


def _rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def _without_columns(run: str, *names: str) -> None:
    """As an older version kept the run."""
    path = Path("runs") / run / "predictions.parquet"
    table = pq.read_table(path).drop_columns(list(names))
    path.chmod(0o644)
    pq.write_table(table, path)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_figures_are_those_of_the_runs_and_flips_have_their_kinds(keep: Keep, rows: Path, found: Found) -> None:
    before, after = keep("old", rows), keep("new", rows)
    value = found(before, after)
    (file,) = value["compared"]
    for when, run in (("before", before), ("after", after)):
        reported = _report(run)["files"][0]["figures"]
        assert value[when]["id"] == run
        assert file[when]["counts"] == reported["counts"]
        assert file[when]["recall"] == reported["recall"]
        assert 1000 * file[when]["false_alarm_rate"]["value"] == reported["false_alarms"]["value"]
    assert [file[name] for name in ("file", "decided", "counted", "positives", "negatives")] == [
        "rows.jsonl",
        8,
        6,
        2,
        4,
    ]
    assert {flip["id"]: flip["kind"] for flip in value["flips"]} == {
        "lost": "lost_catch",
        "alarm": "new_false_alarm",
        "caught": "new_catch",
        "gone": "false_alarm_gone",
        "other rule": "no_handover",
        "unlabelled": "unlabelled",
        "doubtful": "uncounted",
    }
    assert value["flips"][-1]["before"] is not None
    assert {
        "before": {"outcome": "none", "rule": None},
        "after": {"outcome": "handover", "rule": "asked"},
        "flips": 4,
    } in (value["groups"])
    assert value["alike"]


def test_changes_are_paired_and_tested(keep: Keep, write_rows: WriteRows, command: Command, found: Found) -> None:
    texts = [("person", 1, 9), ("human", 1, 1), ("none", 1, 10), ("person", 0, 2), ("none", 0, 98)]
    rows = [(text, label) for text, label, times in texts for _ in range(times)]
    write_rows([{"id": str(i), "text": text, "label": label} for i, (text, label) in enumerate(rows)])
    (file,) = found(keep("old", "rows.jsonl"), keep("new", "rows.jsonl"))["compared"]
    assert (file["recall"]["n"], file["recall"]["change"]) == (20, pytest.approx(0.4))
    assert 0 < file["recall"]["low"] < 0.4 < file["recall"]["high"] < 1
    assert (file["false_alarm_rate"]["up"], file["false_alarm_rate"]["change"]) == (2, pytest.approx(0.02))
    # 9 become right and 3 wrong: twice the chance of at most 3 heads in 12 throws.
    assert (file["moved"]["become_right"], file["moved"]["become_wrong"]) == (9, 3)
    assert file["moved"]["mcnemar"] == pytest.approx(2 * (1 + 12 + 66 + 220) / 2**12)
    shown = _one_line(command("compare", "latest~1", "latest").stdout)
    assert f"recall: +0.400, at least {file['recall']['low']:+.3f} and at most {file['recall']['high']:+.3f}" in shown
    assert "9 become right, 3 become wrong: exact McNemar p = 0.146" in shown


def test_messages_of_a_conversation_move_together(
    keep: Keep, write_rows: WriteRows, command: Command, found: Found
) -> None:
    write_rows(
        {"conversation_id": f"c{talk}", "turn": turn, "text": "human" if talk < 3 else "hm", "label": 1}
        for talk in range(6)
        for turn in range(4)
    )
    before, after = keep("old", "rows.jsonl"), keep("new", "rows.jsonl")
    (file,) = found(before, after)["compared"]
    assert (file["moved"]["units"], file["moved"]["worse"], file["moved"]["become_wrong"]) == ("conversations", 3, 12)
    assert file["recall"]["method"] == "each conversation taken as one"
    # One run that kept the conversations is enough; without any, messages are independent, and it is said.
    _without_columns(before, "conversation_id", "language", "category")
    assert found(before, after)["compared"][0]["moved"] == file["moved"]
    _without_columns(after, "conversation_id", "language", "category")
    (independent,) = found(before, after)["compared"]
    assert (independent["moved"]["units"], independent["moved"]["worse"]) == ("messages", 12)
    assert "bounds take all as independent" in command("compare", before, after).stdout


def test_files_are_shown_apart_and_together(keep: Keep, write_rows: WriteRows, found: Found) -> None:
    write_rows(ROWS[:4], "one.jsonl")
    write_rows(ROWS[3:], "two.jsonl")
    before, after = keep("old", "one.jsonl", "two.jsonl"), keep("new", "two.jsonl", "one.jsonl")
    together, one, two = found(before, after)["compared"]
    assert [file["file"] for file in (together, one, two)] == ["all files together", "one.jsonl", "two.jsonl"]
    for when in ("before", "after"):
        for cell in ("tp", "fp", "fn", "tn"):
            assert together[when]["counts"][cell] == one[when]["counts"][cell] + two[when]["counts"][cell]
    assert together["decided"] == 9
    assert together["moved"]["become_right"] == one["moved"]["become_right"] + two["moved"]["become_right"]
    assert together["recall"]["n"] == 2


def test_only_files_with_the_same_content_are_compared(
    keep: Keep, write_rows: WriteRows, command: Command, found: Found
) -> None:
    for name in ("same.jsonl", "changed.jsonl", "left.jsonl"):
        write_rows([{**row, "source": name} for row in ROWS], name)
    before = keep("old", "same.jsonl", "changed.jsonl", "left.jsonl")
    write_rows(ROWS[:5], "changed.jsonl")
    write_rows(ROWS[:3], "new.jsonl")
    Path("moved.jsonl").write_bytes(Path("same.jsonl").read_bytes())
    after = keep("new", "changed.jsonl", "new.jsonl", "moved.jsonl")
    value = found(before, after)
    assert [file["file"] for file in value["compared"]] == ["moved.jsonl"]
    assert value["files"]["only_before"] == ["left.jsonl"]
    assert value["files"]["only_after"] == ["new.jsonl"]
    ((path, was, is_now),) = value["files"]["changed"]
    assert (path, len(was), was != is_now) == ("changed.jsonl", 64, True)
    shown = _one_line(command("compare", before, after).stdout)
    assert f"not compared: changed.jsonl has another content (SHA-256 {was[:12]}, then {is_now[:12]})" in shown
    assert "not compared: left.jsonl is only in the run before" in shown


def test_runs_without_a_common_file_are_refused(
    keep: Keep, rows: Path, write_rows: WriteRows, command: Command
) -> None:
    before = keep("old", rows)
    write_rows(ROWS[:5])
    result = command("compare", before, keep("old", rows))
    assert isinstance(result.exception, UsageError)
    assert "no data file in common" in str(result.exception)
    assert "rows.jsonl has another content (SHA-256 " in str(result.exception)


def test_what_the_runs_were_given_is_compared(keep: Keep, rows: Path, command: Command, found: Found) -> None:
    old, again, new = keep("old", rows), keep("old", rows), keep("new", rows)
    assert found(old, again)["inputs"] == []
    assert found(old, again)["flips"] == []
    shown = _one_line(command("compare", old, again).stdout)
    assert shown.startswith("both runs: strict view, the whole ruleset before: ")
    assert "all other inputs are the same" in shown
    inputs = {one["name"]: (one["before"], one["after"]) for one in found(old, new)["inputs"]}
    assert inputs["ruleset"] == tuple(f"shop {_report(run)['ruleset_hash']}" for run in (old, new))
    patterns = keep("new", rows, "--detector", "patterns")
    inputs = {one["name"]: (one["before"], one["after"]) for one in found(new, patterns)["inputs"]}
    assert inputs["detector gpt"][1] == "absent"
    assert inputs["answers of gpt"] == ("0 recorded, 0 asked live, 4 missing", None)


def test_another_view_split_or_decider_is_said_first(
    keep: Keep, write_rows: WriteRows, command: Command, found: Found
) -> None:
    write_rows([{**row, "split": "test" if number % 2 else "train"} for number, row in enumerate(ROWS)])
    before = keep("old", "rows.jsonl", "--view", "explicit", "--split", "test")
    after = keep("new", "rows.jsonl", "--view", "broad", "--detector", "patterns")
    value = found(before, after)
    assert not value["alike"]
    assert (value["only_before"], value["only_after"]) == (0, 4)
    # The ambiguous row counts in one view only, and the one with no category is no request for a person.
    assert value["compared"][0]["counted"] == 2
    shown = _one_line(command("compare", before, after).stdout)
    assert shown.startswith(
        "NOT ALIKE: before explicit view, split test, the whole ruleset; "
        "after broad view, the ruleset's patterns, without any score"
    )
    assert "not compared: 4 messages that only the run after decided" in shown


def test_messages_without_an_answer_are_no_flips(keep: Keep, rows: Path, command: Command, found: Found) -> None:
    before = keep("old", rows)
    command("eval", rows, "--ruleset", "new.yaml", "--offline", "--detector", "gpt")  # keeps the run, and says 2
    value = found(before, "latest")
    assert (value["compared"][0]["decided"], value["compared"][0]["unanswered"]) == (0, 8)
    assert value["flips"] == []
    assert "no answer in one of the runs: 8 more" in command("compare", before, "latest").stdout


def test_texts_are_shown_redacted_while_the_file_is_as_it_was(
    keep: Keep, rows: Path, command: Command, found: Found
) -> None:
    before, after = keep("old", rows), keep("new", rows)
    result = command("compare", before, after, "--markdown", "c.md", "--json", "c.json")
    markdown = Path("c.md").read_text(encoding="utf-8")
    for shown in (_one_line(result.stdout), markdown):
        assert "in person, or call [number]" in shown
        assert "1234567" not in shown
        assert "none -> handover by asked" in shown
    assert "| `ruleset` | `shop " in markdown
    assert "| new catch | `a person please` | `caught` | `rows.jsonl` |" in markdown
    texts = {flip["id"]: flip["text"] for flip in json.loads(Path("c.json").read_text(encoding="utf-8"))["flips"]}
    assert texts["alarm"] == "in person, or call 0170 1234567"
    rows.unlink()
    flips = {flip["id"]: flip for flip in found(before, after)["flips"]}
    assert (flips["caught"]["text"], flips["caught"]["category"], flips["caught"]["label"]) == (
        "",
        "explicit_request",
        1,
    )


def test_the_report_fits_a_terminal(keep: Keep, rows: Path, command: Command) -> None:
    shown = command("compare", keep("old", rows), keep("new", rows)).stdout
    assert max(map(len, shown.splitlines())) <= 100


def test_both_outputs_in_one_place_are_refused(command: Command) -> None:
    result = command("compare", "a", "b", "--json", "x", "--markdown", "./x")
    assert isinstance(result.exception, UsageError)
    assert "would both write to x" in str(result.exception)


def test_a_run_is_not_compared_with_itself(keep: Keep, rows: Path, command: Command) -> None:
    result = command("compare", keep("old", rows), "latest")
    assert isinstance(result.exception, UsageError)
    assert "are the same run" in str(result.exception)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: _rewrite(folder / "run.json", b"{"), r"run\.json: this is not JSON"),
        (lambda folder: _rewrite(folder / "run.json", b"[]"), r"run\.json: .* make it again with `handover eval`"),
        (lambda folder: _rewrite(folder / "run.json", b"{}"), r"run\.json: `report` is missing; another version"),
        (lambda folder: _rewrite(folder / "predictions.parquet", b"?"), r"predictions\.parquet: cannot be read"),
        (lambda folder: (folder / "predictions.parquet").unlink(), r"predictions\.parquet: cannot be read"),
        (
            lambda folder: _without_columns(folder.name, "left_out", "outcome"),
            r"there is no column left_out, outcome; another version",
        ),
    ],
)
def test_a_run_that_cannot_be_read_is_said(
    keep: Keep, rows: Path, command: Command, damage: Callable[[Path], object], said: str
) -> None:
    before, after = keep("old", rows), keep("new", rows)
    damage(Path("runs") / after)
    result = command("compare", before, after)
    assert isinstance(result.exception, DataError)
    assert re.search(said, str(result.exception))


def test_an_id_that_is_a_phone_number_is_not_shown(keep: Keep, write_rows: WriteRows, command: Command) -> None:
    data = write_rows([{"id": "+49 170 1234567", "text": "a person", "label": 1}])
    before, after = keep("old", "rows.jsonl"), keep("new", "rows.jsonl")
    assert "[number] (rows.jsonl:1)" in command("compare", before, after).stdout
    data.unlink()
    shown = command("compare", before, after).stdout
    assert "[number] (rows.jsonl)" in shown
    assert "1234567" not in shown
