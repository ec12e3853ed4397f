"""*Evaluation*: the label of a wrong message is corrected in its file, and put back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eval.dataset import read_dataset
from eval.workbench import kept
from tests.eval.workbench.front_door import open_page

MISSED = "agent please"
DATA = Path("datasets/messages/shop.jsonl")


def _opened() -> AppTest:
    shown = open_page("")
    assert not shown.exception
    return shown


def _click(shown: AppTest, label: str) -> AppTest:
    next(button for button in shown.button if button.label == label).click().run()
    assert not shown.exception
    return shown


def _label(row_id: str) -> tuple[int | None, str | None, bool]:
    row = next(row for row in read_dataset([DATA]).files[0].rows if row.id == row_id)
    return row.label, row.category, row.ambiguous


def _summary(shown: AppTest) -> str:
    return str(shown.markdown[0].value)


def _written(shown: AppTest) -> list[str]:
    return [text.value for text in shown.text if text.value.startswith("Written to")]


def test_a_click_corrects_the_label_and_the_figures_are_those_of_the_new_one(folder: Path) -> None:
    shown = _opened()
    assert "2 need a person, 3 do not" in _summary(shown)
    assert list(shown.dataframe[0].value["text"]) == [MISSED]
    shown = _click(shown, "Relabel: nobody was needed")
    assert _label("2") == (0, "explicit_request", False)
    assert _written(shown) == [f"Written to {DATA}:2: label 1 -> 0; its category is still explicit_request"]
    assert "1 need a person, 4 do not" in _summary(shown)
    assert any(box.value.startswith("Not one") for box in shown.success)


def test_decisions_are_not_made_again_for_a_label(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[str] = []
    decide_all = kept.decide_all
    monkeypatch.setattr(kept, "decide_all", lambda *given: decided.append("all") or decide_all(*given))
    shown = _click(_opened(), "Relabel: nobody was needed")
    assert decided == ["all"]
    DATA.write_text(DATA.read_text(encoding="utf-8").replace("what time do you open", "a human"), encoding="utf-8")
    shown.run()
    assert decided == ["all", "all"]


def test_undo_puts_the_file_back_byte_for_byte(folder: Path) -> None:
    before = DATA.read_bytes()
    shown = _click(_opened(), "Mark as ambiguous")
    assert _label("2") == (1, "explicit_request", True)
    assert _written(shown) == [f"Written to {DATA}:2: ambiguous no -> yes"]
    shown = _click(shown, "Undo")
    assert DATA.read_bytes() == before
    assert [info.value for info in shown.info if "as it was" in info.value] == [f"{DATA}:2 is as it was"]
    assert "2 need a person" in _summary(shown)
    assert "Undo" not in [button.label for button in shown.button]


def test_several_changes_are_undone_one_by_one(folder: Path) -> None:
    content = DATA.read_bytes().replace(b'"get me a human"', b'"get me someone"')
    DATA.write_bytes(content)
    shown = _click(_click(_opened(), "Relabel: nobody was needed"), "Relabel: nobody was needed")
    assert (_label("1")[0], _label("2")[0]) == (0, 0)
    shown = _click(shown, "Undo the last of 2")
    assert (_label("1")[0], _label("2")[0]) == (0, 1)
    _click(shown, "Undo")
    assert DATA.read_bytes() == content


def test_another_category_is_written_with_the_label(folder: Path) -> None:
    shown = _opened()
    box = next(box for box in shown.selectbox if box.label == "Category from now on")
    assert (box.value, box.options) == ("explicit_request", ["explicit_request", "none"])
    box.select("none").run()
    _click(shown, "Relabel: nobody was needed")
    assert _label("2") == (0, "none", False)


def test_a_file_that_somebody_saved_meanwhile_is_left_alone(folder: Path) -> None:
    shown = _opened()
    changed = DATA.read_bytes() + b"\n"
    DATA.write_bytes(changed)
    shown = _click(shown, "Relabel: nobody was needed")
    assert DATA.read_bytes() == changed
    assert [error.value for error in shown.error] == [
        f"Nothing is written: {DATA} was saved by somebody else since it was read; look at the message again"
    ]
    # The page has read it again, so the next click counts.
    _click(shown, "Relabel: nobody was needed")
    assert _label("2")[0] == 0


def test_a_line_that_somebody_changed_since_is_not_undone(folder: Path) -> None:
    shown = _click(_opened(), "Mark as ambiguous")
    changed = DATA.read_bytes().replace(b"agent please", b"agents please")
    DATA.write_bytes(changed)
    shown = _click(shown, "Undo")
    assert DATA.read_bytes() == changed
    assert f"{DATA}:2 was changed by somebody else since it was relabelled" in shown.error[0].value
    assert "Undo" not in [button.label for button in shown.button]


def test_a_file_that_cannot_be_written_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    shown = _opened()
    before, replace = DATA.read_bytes(), os.replace
    monkeypatch.setattr(os, "replace", refuse)
    shown = _click(shown, "Mark as ambiguous")
    assert shown.error[0].value == f"Nothing is written: {DATA} cannot be written: Permission denied"
    assert DATA.read_bytes() == before
    monkeypatch.setattr(os, "replace", replace)
    shown = _click(shown, "Mark as ambiguous")
    monkeypatch.setattr(os, "replace", refuse)
    # What could not be undone now may be undone later.
    shown = _click(shown, "Undo")
    assert "cannot be written" in shown.error[0].value
    monkeypatch.setattr(os, "replace", replace)
    _click(shown, "Undo")
    assert DATA.read_bytes() == before


def test_a_table_is_not_relabelled(folder: Path, write_rows: Callable[..., Path]) -> None:
    Path("rows.csv").write_text("id,text,label\na,agent please,1\n", encoding="utf-8")
    shown = _opened()
    shown.text_input(key="files").set_value("rows.csv").run()
    assert not shown.exception
    assert not [button for button in shown.button if button.label.startswith("Relabel")]
    assert any("rows.csv is a table" in caption.value for caption in shown.caption)


def test_an_ambiguous_message_can_be_marked_as_clear(folder: Path) -> None:
    rows = DATA.read_text(encoding="utf-8").replace('"an agent or a leaflet"', '"a human or a leaflet"')
    DATA.write_text(rows, encoding="utf-8")
    shown = _opened()
    next(radio for radio in shown.radio if radio.key == "view").set_value("broad").run()
    next(group for group in shown.button_group if group.label == "Kind").set_value("1 false alarm").run()
    _click(shown, "Mark as clear")
    assert _label("6") == (0, "none", False)
