from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path

import pytest

from handover_rules.detectors.spend_ledger import SpendLedger

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def test_what_was_spent_survives_and_is_of_a_day_and_a_detector(tmp_path: Path) -> None:
    ledger = SpendLedger(tmp_path / "spending", "ai")
    assert ledger.spent(DAY) == 0
    ledger.add(DAY, 0.5)
    ledger.add(DAY, 0.25)
    SpendLedger(tmp_path / "spending", "other").add(DAY, 7)
    assert ledger.spent(DAY) == 0.75
    again = SpendLedger(tmp_path / "spending", "ai")
    assert again.spent(DAY) == 0.75
    assert again.spent(NEXT) == 0
    again.add(NEXT, 1)
    assert (again.spent(NEXT), again.spent(DAY)) == (1, 0.75)


def test_a_file_has_a_day_and_a_line_a_request(tmp_path: Path) -> None:
    ledger = SpendLedger(tmp_path, "ai")
    ledger.add(DAY, 0.5)
    ledger.add(DAY, 0.25)
    (file,) = tmp_path.iterdir()
    assert file.name == "2026-03-01.jsonl"
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {"detector": "ai", "money": 0.5},
        {"detector": "ai", "money": 0.25},
    ]


def test_several_processes_see_what_each_other_spent(tmp_path: Path) -> None:
    one, other = SpendLedger(tmp_path, "ai"), SpendLedger(tmp_path, "ai")
    for amount in (1, 2, 4):
        one.add(DAY, amount)
        other.add(DAY, 10 * amount)
        assert one.spent(DAY) == other.spent(DAY)
    assert one.spent(DAY) == 77


def test_without_a_folder_it_is_kept_in_memory() -> None:
    ledger = SpendLedger(None, "ai")
    ledger.add(DAY, 1)
    ledger.add(DAY, 2)
    assert (ledger.spent(DAY), ledger.spent(NEXT)) == (3, 0)


def test_a_folder_that_cannot_be_used_costs_a_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "taken").write_text("")
    ledger = SpendLedger(tmp_path / "taken", "ai")
    ledger.add(DAY, 1)
    ledger.add(DAY, 2)
    assert ledger.spent(DAY) == 3
    assert "taken/2026-03-01.jsonl: what was spent cannot be" in caplog.text


def test_a_line_that_a_crash_left_unfinished_swallows_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "2026-03-01.jsonl"
    file.write_text('{"detector": "ai", "money": 1.0}\n{"detector": "ai", "mon')
    ledger = SpendLedger(tmp_path, "ai")
    assert ledger.spent(DAY) == 1
    assert caplog.text == ""
    ledger.add(DAY, 2)
    assert ledger.spent(DAY) == 3
    assert ledger.spent(DAY) == 3
    assert caplog.text.count("2026-03-01.jsonl: a line is not a record") == 1


@pytest.mark.parametrize(
    "line", ["x", "[]", "{}", '{"detector": "ai", "money": true}', '{"detector": "ai", "money": -1}']
)
def test_a_line_that_is_no_record_is_left_out_and_told(
    tmp_path: Path, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    (tmp_path / "2026-03-01.jsonl").write_text(f'{line}\n{{"detector": "ai", "money": 1.0}}\n')
    assert SpendLedger(tmp_path, "ai").spent(DAY) == 1
    assert "not a record" in caplog.text
