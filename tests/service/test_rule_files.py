"""Noticing that rule files have changed, and reading them as they are at one moment."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from handover_rules.detectors import AnswerStore
from handover_rules.errors import RulesetError, UsageError
from service import rule_files
from service.rule_files import RuleFiles, changes_and_hangup
from tests.service.desk import MONDAY
from tests.service.processing import PATIENCE, run

_TEXT = "ruleset: a\nrules:\n  - {id: r, when: {phrase: help}, then: handover}\n"


def _files(path: Path) -> RuleFiles:
    return RuleFiles(path, {}, AnswerStore(path.parent / "answers.jsonl"), lambda: MONDAY)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody saves slowly here; and what the system does not report is looked for at once."""
    monkeypatch.setattr(rule_files, "_QUIET", 0.01)
    monkeypatch.setattr(rule_files, "_LOOK_EVERY", 50)


async def _next(changes: AsyncIterator[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        await anext(changes)


def test_changes_of_rules_prompts_and_new_files_are_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "prompts").mkdir(parents=True)
    (folder / "rules.yaml").write_text(_TEXT, encoding="utf-8")
    files = _files(folder)
    files.load()

    async def scenario() -> None:
        async with aclosing(files.changes()) as changes:
            for name in ("rules.yaml", "prompts/new.j2", "more.yaml"):
                (folder / name).write_text(f"# {name}\n{_TEXT}", encoding="utf-8")
                await _next(changes)
                with_two = name == "more.yaml"
                try:
                    files.load()
                except RulesetError:
                    assert with_two

    run(scenario())


def test_a_prompt_beside_a_single_file_is_noticed_and_a_stranger_is_not(tmp_path: Path) -> None:
    (tmp_path / "p.j2").write_text("Needed?", encoding="utf-8")
    text = _TEXT + "detectors: {ai: {kind: openai, cost: 9, model: gpt-test, prompt: p.j2}}\n"
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    files = _files(tmp_path / "rules.yaml")
    first = files.load()

    async def scenario() -> None:
        async with aclosing(files.changes()) as changes:
            coming = asyncio.ensure_future(anext(changes))
            (tmp_path / "store.db").write_text("busy", encoding="utf-8")
            assert files._stamp() == files._seen
            (tmp_path / "p.j2").write_text("Needed now?", encoding="utf-8")
            async with asyncio.timeout(PATIENCE):
                await coming
        assert files.load().ruleset.hash != first.ruleset.hash

    run(scenario())


def test_a_signal_asks_for_a_reading(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(_TEXT, encoding="utf-8")
    files = _files(tmp_path / "rules.yaml")
    files.load()

    async def scenario() -> None:
        async with aclosing(changes_and_hangup(files)) as changes:
            coming = asyncio.ensure_future(anext(changes))
            await asyncio.sleep(0)
            os.kill(os.getpid(), signal.SIGHUP)
            async with asyncio.timeout(PATIENCE):
                await coming
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    run(scenario())


def test_files_that_change_while_they_are_read_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "one.yaml").write_text(_TEXT, encoding="utf-8")
    files, read, saves = _files(folder), RuleFiles._read, [f"{_TEXT}# second\n", f"{_TEXT}    why: third\n"]

    def reading(self: RuleFiles) -> object:
        loaded = read(self)
        if saves:
            (folder / "one.yaml").write_text(saves.pop(0), encoding="utf-8")
        return loaded

    monkeypatch.setattr(RuleFiles, "_read", reading)
    saves[1] = _TEXT.replace("{id: r,", "{id: r, why: third,")
    assert files.load().ruleset.rules[0].why == "third"
    saves += [f"{_TEXT}# {'again' * number}\n" for number in range(9)]
    with pytest.raises(UsageError, match="change while they are read"):
        files.load()
