"""*Evaluation*: labels that are probably wrong, looked for on demand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eval.dataset import read_dataset
from eval.errors.suspicious import find_suspicious
from tests.eval.workbench.front_door import open_page

DATA = Path("datasets/messages/shop.jsonl")
ASKED, OTHERS = ("an agent", "a human", "a real person"), ("my invoice", "a price", "a pizza")


@pytest.fixture
def shown(folder: Path) -> AppTest:
    """The page of 120 messages that words tell apart, of which two have the other label."""
    rng = random.Random(3)
    rows: list[dict[str, Any]] = []
    for number in range(120):
        label = int(number % 3 == 0)
        text = f"{rng.choice(['hi', 'pls', 'i want'])} {rng.choice(ASKED if label else OTHERS)} {rng.choice('abcdef')}"
        rows.append({"id": f"m{number:03}", "text": text, "label": label, "language": "en" if number < 100 else "de"})
    rows[10]["label"], rows[102]["label"] = 1, 0
    DATA.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    page = open_page("")
    assert not page.exception
    return page


def _click(shown: AppTest, label: str) -> AppTest:
    [button for button in shown.button if button.label == label][-1].click().run()
    assert not shown.exception
    return shown


def _listed(shown: AppTest) -> list[str]:
    """The texts of the list, which is the last table of the page."""
    return list(shown.dataframe[-1].value["text"])


def test_they_are_listed_when_somebody_asks_as_the_command_lists_them(
    shown: AppTest, downloads: dict[str, bytes]
) -> None:
    assert "suspicious-labels.csv" not in downloads
    shown = _click(shown, "Look for suspicious labels")
    doubts = find_suspicious(read_dataset([DATA]), "strict")
    assert {one.row.id for one in doubts.suspicious} == {"m010", "m102"}
    assert _listed(shown) == [one.row.text for one in doubts.suspicious]
    assert list(shown.dataframe[-1].value["score"]) == [f"{one.score:.3f}" for one in doubts.suspicious]
    assert any(f"from {doubts.positive_from:.3f} on" in caption.value for caption in shown.caption)
    exported = [json.loads(line) for line in downloads["suspicious-labels.jsonl"].decode().splitlines()]
    assert [row["id"] for row in exported] == ["m010", "m102"]
    assert {row["id"]: row["scores"]["out_of_fold"] for row in exported} == {
        one.row.id: one.score for one in doubts.suspicious
    }


def test_a_corrected_label_goes_from_the_list_and_can_be_put_back(shown: AppTest) -> None:
    before = DATA.read_bytes()
    shown = _click(shown, "Look for suspicious labels")
    first, second = _listed(shown)
    label = [button.label for button in shown.button if button.label.startswith("Relabel")][-1]
    shown = _click(shown, label)
    assert DATA.read_bytes() != before
    assert _listed(shown) == [second]
    assert any("files have changed since they were looked at" in caption.value for caption in shown.caption)
    shown = _click(shown, "Undo")
    assert DATA.read_bytes() == before
    assert _listed(shown) == [first, second]
    assert "Look again" not in [button.label for button in shown.button]


def test_labels_are_judged_again(shown: AppTest) -> None:
    shown = _click(shown, "Look for suspicious labels")
    right = DATA.read_text(encoding="utf-8").splitlines()
    for number, label in ((10, 0), (102, 1)):
        right[number] = json.dumps({**json.loads(right[number]), "label": label})
    DATA.write_text("".join(f"{line}\n" for line in right), encoding="utf-8")
    shown = _click(shown.run(), "Look again")
    assert any(box.value == "No label is suspicious." for box in shown.success)


def test_they_are_filtered(shown: AppTest) -> None:
    shown = _click(shown, "Look for suspicious labels")
    next(group for group in shown.button_group if group.label == "Label").set_value("1 needs nobody").run()
    assert not shown.exception
    assert len(_listed(shown)) == 1
    [box for box in shown.multiselect if box.label == "Language"][-1].set_value(["en"]).run()
    assert any("left by these filters" in info.value for info in shown.info)


def test_what_was_found_is_of_those_files_and_that_view(shown: AppTest) -> None:
    shown = _click(shown, "Look for suspicious labels")
    next(radio for radio in shown.radio if radio.key == "view").set_value("broad").run()
    assert not shown.exception
    assert "Look for suspicious labels" in [button.label for button in shown.button]


def test_too_few_messages_are_said(folder: Path) -> None:
    shown = _click(open_page(""), "Look for suspicious labels")
    assert any("a model needs at least 20" in info.value for info in shown.info)
