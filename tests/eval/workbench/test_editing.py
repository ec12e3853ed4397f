"""Saving a draft: byte for byte what was typed, whole or not at all, and never over somebody else's work."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.workbench.editing import Opened, check, open_file, save
from handover_rules.errors import FileChanged, RulesetError, UsageError


@pytest.fixture
def rules(folder: Path) -> Path:
    """The folder of the rules, as the workbench names it."""
    return Path("rules")


SHOP = "rules/shop.yaml"
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8), max_size=6)


@given(lines=LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.sampled_from([b"", codecs.BOM_UTF8]))
def test_an_added_line_changes_no_other_byte(lines: list[str], end: str, mark: bytes) -> None:
    content = mark + "".join(line + end for line in ["first", *lines]).encode()
    opened = Opened("a.yaml", content)
    assert opened.written(opened.text) == content
    assert opened.written(opened.text + "added\n") == content + f"added{end}".encode()


def test_a_final_line_end_is_added_to_what_was_typed() -> None:
    assert Opened("a.yaml", b"a: 1").written("a: 2") == b"a: 2\n"
    assert Opened("a.yaml", b"a: 1").written("a: 1") == b"a: 1"


def test_a_draft_is_checked_with_the_other_files_and_written_nowhere(rules: Path) -> None:
    opened = open_file(rules, SHOP)
    Path("rules/words.yaml").write_text("phrases:\n  person: [human, agent]\n", encoding="utf-8")
    checked = check(rules, opened, opened.text.replace("- human", "- <person>"))
    assert checked.examined.ruleset is not None
    assert not checked.failed
    assert Path(SHOP).read_bytes() == opened.content
    broken = check(rules, opened, opened.text.replace("- human", "- <persons>"))
    assert broken.examined.ruleset is None
    assert broken.tests == ()


def test_saving_keeps_the_permissions_and_gives_the_new_ruleset(rules: Path) -> None:
    os.chmod(SHOP, 0o640)
    opened = open_file(rules, SHOP)
    saved = save(rules, opened, opened.text.replace("90", "80"))
    assert saved.opened == open_file(rules, SHOP)
    assert saved.ruleset.rules[0].priority == 80
    assert Path(SHOP).stat().st_mode & 0o7777 == 0o640


def test_a_draft_with_an_error_is_not_saved(rules: Path) -> None:
    opened = open_file(rules, SHOP)
    with pytest.raises(RulesetError):
        save(rules, opened, opened.text + "nonsense: 1\n")
    assert Path(SHOP).read_bytes() == opened.content


def test_a_file_that_somebody_else_saved_or_removed_is_left_as_it_is(rules: Path) -> None:
    opened = open_file(rules, SHOP)
    draft = opened.text.replace("90", "80")
    Path(SHOP).write_bytes(opened.content + b"# theirs\n")
    with pytest.raises(FileChanged, match="saved by somebody else"):
        save(rules, opened, draft)
    Path("rules/moved.yaml").write_bytes(opened.content)
    Path(SHOP).unlink()
    with pytest.raises(UsageError, match="is no file of the ruleset"):
        save(rules, opened, draft)
    assert not Path(SHOP).exists()


def test_only_files_of_the_ruleset_are_written(rules: Path, folder: Path) -> None:
    for name in ("outside.yaml", "rules/../outside.yaml", "rules/notes.txt"):
        Path(name).write_text("ruleset: shop\n", encoding="utf-8")
        with pytest.raises(UsageError):
            save(rules, Opened(name, b"ruleset: shop\n"), "ruleset: other\n")
        assert Path(name).read_bytes() == b"ruleset: shop\n"
    with pytest.raises(UsageError, match="outside of the ruleset"):
        open_file(rules, str(folder / "outside.yaml"))


def test_nothing_is_left_of_a_saving_that_failed(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_file(rules, SHOP)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left on device"):
        save(rules, opened, opened.text.replace("90", "80"))
    assert Path(SHOP).read_bytes() == opened.content
    assert [entry.name for entry in rules.iterdir()] == ["shop.yaml"]


def test_a_file_that_is_not_utf_8_is_not_opened(rules: Path) -> None:
    Path(SHOP).write_bytes("ruleset: größe\n".encode("latin-1"))
    with pytest.raises(UsageError, match="is not UTF-8"):
        open_file(rules, SHOP)
