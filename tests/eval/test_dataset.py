from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval.dataset import read_dataset, read_rows
from handover_rules.errors import DataError
from handover_rules.rows import read_row

Write = Callable[..., Path]


def test_a_message_has_defaults_for_what_it_lacks(write_rows: Write) -> None:
    (row,) = read_rows(write_rows([{"id": "a", "text": "hi", "label": 1, "language": None, "unheard_of": 3}]))
    assert (row.id, row.group, row.ambiguous, row.speaker, row.bot_failed) == (
        "a",
        "a",
        False,
        "customer",
        False,
    )
    assert (row.label, row.language, row.conversation_id, row.turn) == (1, None, None, None)


def test_a_conversations_row_is_named_after_conversation_and_turn(write_rows: Write) -> None:
    lines = [
        {
            "conversation_id": "c",
            "turn": 0,
            "speaker": "customer",
            "text": "hi",
            "sent_at": "2026-01-05T12:00:00Z",
        },
        {"conversation_id": "c", "turn": 2, "speaker": "bot", "text": "?", "bot_failed": True},
        {"conversation_id": "c", "turn": 3, "speaker": "agent", "text": "hello"},
    ]
    rows = list(read_rows(write_rows(lines)))
    assert [row.id for row in rows] == ["c:0", "c:2", "c:3"]
    assert [row.speaker for row in rows] == ["customer", "bot", "human"]
    assert rows[0].sent_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert rows[0].label is None
    assert rows[1].bot_failed


def test_a_row_says_of_a_message_what_the_engine_reads(write_rows: Write) -> None:
    line = {"id": 7, "text": "hi \ud83d", "conversation_id": 3, "turn": "1", "speaker": "user", "sent_at": "2026-01-05"}
    path = write_rows([{**line, "label": 1}])
    (row,) = read_rows(path)
    message = read_row(path.read_bytes(), 1)
    assert {field.name: getattr(row, field.name) for field in fields(message)} == asdict(message)


def test_an_error_does_not_repeat_what_a_customer_said(write_rows: Write) -> None:
    said = "my number is 0151 23456789, call me"
    with pytest.raises(DataError) as caught:
        read_dataset([write_rows([{"id": "a", "text": "hi", "label": said}, {"id": "b", "text": [said]}])])
    assert "0151" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "this is not JSON"),
        ('"hi"', "expected an object"),
        ("[" * 100_000, "nested too deeply"),
        ({"text": "hi"}, "`id` must be a text, and is missing"),
        ({"id": "b"}, "`text` must be a text, and is missing"),
        ({"id": "b", "text": "hi", "category": ["hi"]}, "`category` must be a text, and is a list here"),
        ({"id": "b", "text": "hi", "group": 1.5}, "`group` must be a text, and is a number here"),
        ({"id": "b", "text": "hi", "label": 2}, "`label` must be 1 (a person should take over) or 0, and is a number"),
        ({"id": "b", "text": "hi", "label": "yes"}, "and is a text here"),
        ({"id": "b", "text": "hi", "label": [1]}, "and is a list here"),
        ({"id": "b", "text": "hi", "ambiguous": "maybe"}, "`ambiguous` must be true or false, and is a text here"),
        ({"id": "b", "text": "hi", "speaker": "robot"}, "`speaker` must be `customer`, `bot` or `human`"),
        ({"id": "b", "conversation_id": "c", "text": "hi"}, "`turn` must be a whole number, and is missing"),
        ({"id": "a", "text": "again"}, "id 'a' was used on line 1"),
        ('{"id": "\\ud83d", "text": "hi"}', "`id` holds half of a surrogate pair"),
    ],
)
def test_a_bad_row_is_refused_with_file_line_and_what_was_expected(
    write_rows: Write, line: object, expected: str
) -> None:
    path = write_rows([{"id": "a", "text": "hi"}, line])
    with pytest.raises(DataError) as caught:
        list(read_rows(path))
    assert f"{path}:2: " in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([("c", 0), ("c", 2), ("c", 1)], ":3: turn 1 comes after turn 2"),
        ([("c", 0), ("c", 0)], "id 'c:0' was used on line 1"),
        ([("c", 0), ("d", 0), ("c", 1)], ":3: conversation 'c' was left and comes again"),
        ([("c", 0), (None, None), ("c", 1)], ":3: conversation 'c' was left and comes again"),
    ],
)
def test_conversations_stand_together_and_in_order(
    write_rows: Write, turns: list[tuple[str | None, int | None]], expected: str
) -> None:
    rows = [{"conversation_id": c, "turn": t, "text": "hi"} | ({} if c else {"id": "x"}) for c, t in turns]
    with pytest.raises(DataError, match=expected):
        read_dataset([write_rows(rows)])


def test_bad_rows_of_all_files_are_listed_at_once_and_ten_in_full(write_rows: Write) -> None:
    first = write_rows([{"id": str(i)} for i in range(8)], "first.jsonl")
    second = write_rows([{"id": "ok", "text": "hi"}, *({"id": str(i)} for i in range(5))], "second.jsonl")
    with pytest.raises(DataError) as caught:
        read_dataset([first, second])
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[7].startswith(f"{first}:8: ")
    assert lines[8].startswith(f"{second}:2: ")
    assert lines[10] == "... and 3 more bad rows"


def test_files_that_hold_nothing_or_are_not_there(tmp_path: Path, write_rows: Write) -> None:
    with pytest.raises(DataError, match="has no rows"):
        read_dataset([write_rows(["", ""])])
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_dataset([tmp_path / "nowhere.jsonl"])
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_dataset([tmp_path])
    (tmp_path / "latin.jsonl").write_bytes('{"id": "a", "text": "año"}\n'.encode("latin-1"))
    with pytest.raises(DataError, match=r"latin.jsonl:1: this is not UTF-8"):
        read_dataset([tmp_path / "latin.jsonl"])


def test_a_file_is_known_by_the_hash_of_its_content(write_rows: Write) -> None:
    path = write_rows([{"id": "a", "text": "hi"}])
    (file,) = read_dataset([path]).files
    assert file.path == str(path)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_named_twice_is_read_once(
    tmp_path: Path, write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = write_rows([{"id": "a", "text": "hi"}]), write_rows([{"id": "a", "text": "hi"}], "other.jsonl")
    (tmp_path / "link.jsonl").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    spellings = ["./rows.jsonl", path, other, "rows.jsonl", "link.jsonl", other]
    # Another file of the same content is another file.
    assert [file.path for file in read_dataset(spellings).files] == ["rows.jsonl", str(other)]


def test_a_row_knows_its_line(tmp_path: Path, write_rows: Write) -> None:
    lines = ["", {"id": "a", "text": "hi"}, "", {"id": "b", "text": "hi"}]
    assert [row.line for row in read_rows(write_rows(lines))] == [2, 4]
    pq.write_table(pa.Table.from_pylist([{"id": "a", "text": "hi"}, {"id": "b", "text": ""}]), tmp_path / "r.parquet")
    assert [row.line for row in read_rows(tmp_path / "r.parquet")] == [1, 2]


def test_an_error_does_not_tell_a_customers_number(write_rows: Write) -> None:
    number = "+49 170 1234567"
    turns = [{"conversation_id": c, "turn": t, "text": "hi"} for c, t in ((number, 0), ("c", 0), (number, 1))]
    path = write_rows([*turns, {"id": f"{number}:0", "text": "again"}])
    with pytest.raises(DataError) as caught:
        read_dataset([path])
    assert str(caught.value).splitlines() == [
        f"{path}:3: conversation '[number]' was left and comes again; its rows must stand together",
        f"{path}:4: id '[number]:0' was used on line 1; expected ids to be unique",
    ]


def test_a_label_may_be_a_fraction_as_pandas_writes_a_column_with_gaps(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["a", "b", "c"], "text": ["hi"] * 3, "label": [1, None, 0]})
    table.to_csv(tmp_path / "rows.csv", index=False)
    assert "1.0" in (tmp_path / "rows.csv").read_text(encoding="utf-8")
    table.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.csv", "rows.parquet"):
        assert [row.label for row in read_rows(tmp_path / name)] == [1, None, 0]
    (tmp_path / "rows.csv").write_text("id,text,label\na,hi,0.5\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"`label` must be 1 \(a person should take over\) or 0, and is a text here"):
        list(read_rows(tmp_path / "rows.csv"))


def test_csv_and_parquet_hold_the_same_rows_as_json_lines(tmp_path: Path, write_rows: Write) -> None:
    sent_at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    first = {"id": "a", "text": "hi, you\nthere", "label": 1, "ambiguous": True, "conversation_id": "c", "turn": 0}
    second = {"id": "b", "text": "", "label": None, "ambiguous": False, "conversation_id": None, "turn": None}
    csv = (
        "id,text,label,ambiguous,conversation_id,turn,sent_at\n"
        'a,"hi, you\nthere",1,true,c,0,2026-01-05 12:00:00\n'
        "b,,,false,,,\n"
    )
    (tmp_path / "rows.csv").write_text(csv, encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([{**first, "sent_at": sent_at}, second]), tmp_path / "rows.parquet")
    as_json = list(read_rows(write_rows([{**first, "sent_at": sent_at.isoformat()}, second])))
    assert list(read_rows(tmp_path / "rows.csv")) == as_json
    assert list(read_rows(tmp_path / "rows.parquet")) == as_json


def test_csv_and_parquet_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\na,hi,there\nb,hi\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"rows.csv:2: more fields than the header names"):
        read_dataset([tmp_path / "rows.csv"])
    (tmp_path / "latin.csv").write_bytes("id,text\na,hi\nb,año\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin.csv:3: this is not UTF-8"):
        read_dataset([tmp_path / "latin.csv"])
    (tmp_path / "rows.parquet").write_text(json.dumps({"id": "a"}), encoding="utf-8")
    with pytest.raises(DataError, match="expected a Parquet file"):
        read_dataset([tmp_path / "rows.parquet"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id;text;label\n1;hello, there;0\n", r":1: .* no column `text`.*separated by semicolons"),
        ("ID,Text,Label\n1,hi,0\n", r":1: .* no column `text`; expected names such as id,text,label$"),
        ("id,text,text\n1,hi,there\n", r":1: .* same column twice"),
        ('id,text\n1,"never closed\n2,hi\n', r":2: expected CSV: .*is a quote never closed\?"),
    ],
)
def test_what_is_wrong_with_a_spreadsheets_export_is_said(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "rows.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=expected):
        read_dataset([tmp_path / "rows.csv"])


def test_what_a_spreadsheet_leaves_empty_is_no_row_and_no_column(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b'\xef\xbb\xbfid,text,label,,\r\n1,"hello, ""you""",0,,\r\n,,,,\r\n')
    (row,) = read_rows(tmp_path / "rows.csv")
    assert (row.id, row.text, row.label) == ("1", 'hello, "you"', 0)
