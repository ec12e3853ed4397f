"""*Evaluation*: the wrong messages are the ones that `handover errors` lists, in its order, with its reasons."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import Result

from tests.eval.errors.conftest import run, shop
from tests.eval.workbench.front_door import open_page

__all__ = ["run", "shop"]

Run = Callable[..., Result]


@pytest.fixture
def shown(shop: Path) -> AppTest:
    """The page of the shop's messages, which its rules get wrong in every way."""
    st.cache_resource.clear()  # what was kept for another test's files of the same names
    page = open_page("")
    page = page.text_input(key="files").set_value("rows.jsonl").run()
    assert not page.exception
    return page


def _texts(shown: AppTest) -> list[str]:
    return list(shown.dataframe[0].value["text"])


def _errors(run: Run, *options: str) -> list[dict[str, Any]]:
    result = run("errors", "--data", "rows.jsonl", "--json", "-", *options)
    assert result.exit_code == 0, result.output
    errors: list[dict[str, Any]] = json.loads(result.stdout)["errors"]
    return errors


def _choose(shown: AppTest, what: str, *values: str) -> AppTest:
    if what == "Kind":
        next(group for group in shown.button_group if group.label == what).set_value(values[0])
    else:
        next(box for box in shown.multiselect if box.label == what).set_value(list(values))
    shown.run()
    assert not shown.exception
    return shown


@pytest.mark.parametrize(
    ("filters", "options"),
    [
        ({}, []),
        ({"Kind": "5 missed"}, ["--kind", "missed"]),
        ({"Kind": "2 false alarms"}, ["--kind", "false-alarm"]),
        ({"Category": "explicit_request"}, ["--category", "explicit_request"]),
        ({"Language": "de", "Kind": "5 missed"}, ["--language", "de", "--kind", "missed"]),
        ({"Rule": "praised"}, ["--rule", "praised"]),
    ],
)
def test_the_list_is_that_of_the_command(shown: AppTest, run: Run, filters: dict[str, str], options: list[str]) -> None:
    for what, value in filters.items():
        shown = _choose(shown, what, value)
    assert _texts(shown) == [one["text"] for one in _errors(run, *options)]


def test_a_message_has_its_reason_and_its_scores(shown: AppTest, run: Run) -> None:
    first = _errors(run)[0]
    scores = ", ".join(f"{name} {score:.3f}" for name, score in first["scores"].items())
    assert f"{first['decided']}: {first['why']}\nscores: {scores}" in [text.value for text in shown.text]
    (kept,) = _errors(run, "--rule", "praised")
    shown = _choose(shown, "Rule", "praised")
    assert any(text.value.startswith(f"stay by praised: {kept['why']}\n") for text in shown.text)


def test_messages_that_no_rule_decided_can_be_chosen(shown: AppTest, run: Run) -> None:
    shown = _choose(shown, "Rule", "(no rule)")
    assert _texts(shown) == [one["text"] for one in _errors(run) if one["rule"] is None]


def test_what_is_listed_is_exported_as_the_command_does(downloads: dict[str, bytes], shown: AppTest, run: Run) -> None:
    for suffix in ("csv", "jsonl"):
        assert run("errors", "--data", "rows.jsonl", "--export", f"all.{suffix}").exit_code == 0
        assert downloads[f"wrong-messages.{suffix}"] == Path(f"all.{suffix}").read_bytes()
    _choose(shown, "Kind", "2 false alarms")
    rows = csv.DictReader(io.StringIO(downloads["wrong-messages.csv"].decode("utf-8-sig")))
    assert [row["id"] for row in rows] == ["plain", "doubtful"]


def test_files_that_share_an_id_are_exported_one_by_one(downloads: dict[str, bytes], shown: AppTest) -> None:
    Path("more.jsonl").write_bytes(Path("rows.jsonl").read_bytes())
    downloads.clear()
    shown = shown.text_input(key="files").set_value("*.jsonl").run()
    assert not shown.exception
    assert not downloads
    said = next(caption.value for caption in shown.caption if "cannot be downloaded" in caption.value)
    assert "is in more.jsonl and in rows.jsonl" in said


def test_a_choice_for_which_nothing_is_left_is_forgotten(shown: AppTest) -> None:
    shown = _choose(shown, "Rule", "praised")
    next(button for button in shown.button if button.label.startswith("Relabel")).click().run()
    assert not shown.exception
    assert len(_texts(shown)) == 6


def test_patterns_alone_are_sorted_by_the_local_model_too(shown: AppTest, run: Run) -> None:
    next(group for group in shown.button_group if group.label == "Decided by").set_value("Patterns alone").run()
    assert not shown.exception
    assert _texts(shown) == [one["text"] for one in _errors(run, "--detector", "patterns")]
