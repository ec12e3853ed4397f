from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eval.dataset import DataFile, Row, read_dataset
from eval.errors.export import write_export
from handover_rules.errors import UsageError

SAID = [
    {"speaker": "customer", "text": "where is it", "label": 0},
    {"speaker": "bot", "text": "a person?", "bot_offered": True, "bot_failed": True},
    {"speaker": "customer", "text": "yes", "label": 1, "category": "accepted_offer"},
    {"speaker": "customer", "text": "thanks", "label": 0},
]


def _read(path: Path) -> tuple[Row, ...]:
    (file,) = read_dataset([path]).files
    return file.rows


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "deep/er/out.CSV"])
def test_every_value_comes_back(tmp_path: Path, make_row: Callable[..., Row], name: str) -> None:
    full = make_row(
        "a,1",
        'he said "no", and\r\nleft; ça va? مرحبا\tx\r',
        1,
        category="complaint",
        language="ar",
        channel="web",
        source="s",
        source_label="l",
        split="test",
        group="g",
        ambiguous=True,
    )
    bare = make_row("b", "", 0)
    write_export(tmp_path / name, [(DataFile("f", "", (full, bare)), number, {}) for number in (1, 0)])
    assert _read(tmp_path / name) == (full, bare)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_message_keeps_its_history_which_counts_nowhere(
    tmp_path: Path, write_rows: Callable[..., Path], suffix: str
) -> None:
    rows = [
        {"conversation_id": "c", "turn": turn, "sent_at": "2026-03-02T10:30:00Z", **row}
        for turn, row in enumerate(SAID)
    ]
    (file,) = read_dataset([write_rows([{"id": "x", "text": "hm"}, *rows])]).files
    out = tmp_path / f"out{suffix}"
    write_export(out, [(file, 3, {"decided": "none", "rule": None, "scores": {"local": 0.25}})])
    assert _read(out) == (replace(file.rows[1], label=None), file.rows[2], file.rows[3])
    text = out.read_text(encoding="utf-8-sig")
    assert text.count("none") == 1
    assert "0.25" in text


def test_what_is_known_beside_a_row_stands_in_columns_of_its_own(tmp_path: Path, make_row: Callable[..., Row]) -> None:
    file = DataFile("f", "", (make_row("a", label=1), make_row("b", label=0)))
    beside = {"decided": "handover", "rule": "asked", "scores": {"ai": 0.5}}
    write_export(tmp_path / "out.csv", [(file, 0, {"scores": {}}), (file, 1, beside)])
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["id,text,label,decided,rule,scores", "a,hi,1,,,{}", 'b,hi,0,handover,asked,"{""ai"": 0.5}"']


def test_half_of_a_surrogate_pair_does_not_stop_it(tmp_path: Path, make_row: Callable[..., Row]) -> None:
    file = DataFile("f", "", (make_row("a", group="\ud83d"),))
    write_export(tmp_path / "out.jsonl", [(file, 0, {})])
    assert [row.id for row in _read(tmp_path / "out.jsonl")] == ["a"]


@pytest.mark.parametrize("what", ["id", "conversation"])
def test_files_that_share_a_name_cannot_be_one_file(tmp_path: Path, make_row: Callable[..., Row], what: str) -> None:
    names = ("0170 1234567", "0170 1234567") if what == "id" else ("a", "b")
    talk = {"conversation_id": "0170 1234567", "turn": 0} if what == "conversation" else {}
    one, two = (DataFile(path, "", (make_row(id, **talk),)) for path, id in zip("fg", names, strict=True))
    with pytest.raises(UsageError, match=rf"the {what} '\[number\]' is in f and in g") as error:
        write_export(tmp_path / "out.jsonl", [(one, 0, {}), (two, 0, {})])
    assert "1234567" not in str(error.value)
    assert not (tmp_path / "out.jsonl").exists()
