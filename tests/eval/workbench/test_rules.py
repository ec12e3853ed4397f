"""*Rules*: a draft is checked, tested and tried out before it is saved, and saved without losing anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.eval.workbench.front_door import open_page

WITH_AGENT = ("        - human\n", "        - human\n        - agent\n")


@pytest.fixture
def rules(folder: Path) -> Path:
    """The file of the ruleset."""
    return folder / "rules" / "shop.yaml"


def _type(shown: AppTest, text: str) -> AppTest:
    shown.text_area[0].set_value(text).run()
    assert not shown.exception
    return shown


def _replace(shown: AppTest, old: str, new: str) -> AppTest:
    text = shown.text_area[0].value
    assert text is not None
    assert old in text
    return _type(shown, text.replace(old, new))


def _press(shown: AppTest, label: str) -> AppTest:
    next(button for button in shown.button if button.label == label).click().run()
    assert not shown.exception
    return shown


def _can_save(shown: AppTest) -> bool:
    return not next(button for button in shown.button if button.label == "Save").disabled


def _first_problem(shown: AppTest) -> str:
    return next((html.value for html in shown.html if "</b>" in html.value), "")


def test_an_untouched_file_is_checked_and_measured(rules: Path) -> None:
    shown = open_page("rules")
    assert not shown.exception
    assert [done.value for done in shown.success] == ["No problem in the whole ruleset.", "All 2 tests passed."]
    assert shown.info[-1].value == "These rules decide as the saved ones do."
    figures = shown.table[0].value
    assert list(figures["as saved"]) == [
        "1.000 [0.207, 1.000]  1 of 1",
        "0.500 [0.095, 0.905]  1 of 2",
        "0.667 [0.173, 0.950]  1 of 2",
        "0.0 [0.0, 561.5]  0 of 3",
    ]
    assert not _can_save(shown)


def test_what_a_change_would_do_is_shown_before_it_is_saved(rules: Path) -> None:
    before = rules.read_bytes()
    shown = _replace(open_page("rules"), *WITH_AGENT)
    assert "3 messages would be decided otherwise" in shown.warning[0].value
    assert "1 become right, 2 become wrong" in shown.warning[0].value
    flips, figures = shown.dataframe[-1].value, shown.table[0].value
    # `agent` is in four messages: one that needs a person, two that do not, and one that the view does not count.
    assert list(flips["id"]) == ["3", "4", "2"]
    assert list(flips["verdict"]) == ["becomes wrong", "becomes wrong", "becomes right"]
    assert list(flips["label"]) == ["the bot", "the bot", "a person"]
    assert set(flips["as saved"]) == {"none"}
    assert set(flips["with your text"]) == {"handover by asked"}
    assert any("1 message that the view does not count" in caption.value for caption in shown.caption)
    assert list(figures["with your text"]) == [
        "0.500 [0.150, 0.850]  2 of 4",
        "1.000 [0.342, 1.000]  2 of 2",
        "0.667 [0.261, 0.919]  2 of 4",
        "666.7 [207.7, 938.5]  2 of 3",
    ]
    assert list(figures["change"]) == ["-0.500", "+0.500", "+0.000", "+666.667"]
    assert rules.read_bytes() == before


def test_what_is_probably_a_mistake_is_said_and_may_be_saved(rules: Path) -> None:
    shown = _replace(open_page("rules"), "- human\n", "- human\n        - a human please\n")
    assert shown.warning[0].value == "In the whole ruleset: 1 warning."
    assert "warning[W211 subsumed-phrase]: `a human please` finds nothing" in shown.code[0].value
    assert _can_save(shown)


def test_several_files_are_measured_together_first(rules: Path, folder: Path) -> None:
    messages = folder / "datasets" / "messages"
    (messages / "more.jsonl").write_text(
        '{"id": "1", "text": "your agent, please", "label": 1}\n{"id": "2", "text": "a human", "label": 1}\n',
        encoding="utf-8",
    )
    (messages / "same.jsonl").write_text('{"id": "1", "text": "hello", "label": 0}\n', encoding="utf-8")
    shown = _replace(open_page("rules"), *WITH_AGENT)
    together, single = shown.table[0].value, shown.table[1].value
    assert set(together["messages"]) == {"all files together"}
    assert together["as saved"][1] == "0.500 [0.150, 0.850]  2 of 4"
    assert together["with your text"][1] == "1.000 [0.510, 1.000]  4 of 4"
    assert shown.expander[-1].label == "File by file"
    assert list(dict.fromkeys(single["messages"])) == ["more.jsonl", "shop.jsonl"]
    assert "A file that is not listed is as before." in [caption.value for caption in shown.expander[-1].caption]


def test_saving_changes_only_what_was_typed(rules: Path) -> None:
    before = rules.read_bytes()
    shown = _press(_replace(open_page("rules"), *WITH_AGENT), "Save")
    assert rules.read_bytes() == before.replace(b"- human\n", b"- human\n        - agent\n")
    assert shown.success[0].value.startswith("Saved rules/shop.yaml. The ruleset's hash is now `")
    assert not _can_save(shown)
    assert [entry.name for entry in rules.parent.iterdir()] == ["shop.yaml"]


def test_a_comment_changes_no_decision_and_is_kept(rules: Path) -> None:
    shown = _press(_replace(open_page("rules"), "# the only one", "# still the only one"), "Save")
    assert "decides as before: its hash is still" in shown.success[0].value
    assert "id: asked   # still the only one" in rules.read_text(encoding="utf-8")


def test_line_ends_are_kept(rules: Path) -> None:
    rules.write_bytes(rules.read_bytes().replace(b"\n", b"\r\n"))
    shown = open_page("rules")
    assert "\r" not in (shown.text_area[0].value or "")
    _press(_replace(shown, *WITH_AGENT), "Save")
    saved = rules.read_bytes()
    assert b"- human\r\n        - agent\r\n" in saved
    assert saved.count(b"\n") == saved.count(b"\r\n")


def test_an_error_is_shown_in_its_line_and_keeps_the_file_from_being_saved(rules: Path) -> None:
    shown = _replace(open_page("rules"), "    when:\n", "    wehn:\n")
    assert not _can_save(shown)
    assert "did you mean `when`" in shown.code[0].value
    assert "rules/shop.yaml:8:5" in shown.code[0].value
    assert "^^^^" in shown.code[0].value
    assert "1 error." in shown.error[0].value
    # Beside the button, in one line, it can be seen without scrolling.
    assert _first_problem(shown).endswith("rules/shop.yaml:8: a rule has no key `wehn`")
    assert "1 error</b>" in _first_problem(shown)
    shown = _replace(shown, "    wehn:\n", "    when:\n")
    assert not shown.code
    assert not _first_problem(shown)


def test_an_error_is_told_before_a_warning_and_as_it_is_written(rules: Path) -> None:
    warned = "detectors: {model: {kind: linear, cost: 1, model: nowhere.json}}\n"
    text = rules.read_text(encoding="utf-8").replace("    when:\n", "    <b>$x$: 1\n    when:\n")
    shown = _type(open_page("rules"), warned + text)
    assert "1 error, 1 warning</b>" in _first_problem(shown)
    assert _first_problem(shown).endswith("rules/shop.yaml:9: a rule has no key `&lt;b&gt;$x$`")


def test_a_broken_file_can_be_repaired(rules: Path) -> None:
    good = rules.read_bytes()
    rules.write_bytes(good.replace(b"priority: 90", b"priority: ninety"))
    shown = open_page("rules")
    assert not shown.exception
    assert "error" in shown.error[0].value
    shown = _replace(shown, "priority: ninety", "priority: 90")
    assert any("nothing to compare with" in caption.value for caption in shown.caption)
    assert list(shown.table[0].value["with your text"])[1] == "0.500 [0.095, 0.905]  1 of 2"
    _press(shown, "Save")
    assert rules.read_bytes() == good


def test_failing_tests_must_be_accepted_for_the_very_text(rules: Path) -> None:
    shown = _replace(open_page("rules"), "        - human\n", "        - person\n")
    assert shown.dataframe[0].value["what went wrong"][0] == "expected handover, and it was none"
    assert not _can_save(shown)
    shown.checkbox[0].check().run()
    assert _can_save(shown)
    _replace(shown, "        - person\n", "        - people\n")
    assert not _can_save(shown)
    shown.checkbox[0].check().run()
    _press(shown, "Save")
    assert "- people\n" in rules.read_text(encoding="utf-8")


def test_what_somebody_else_saved_is_not_overwritten(rules: Path) -> None:
    shown = _replace(open_page("rules"), *WITH_AGENT)
    theirs = rules.read_bytes().replace(b"priority: 90", b"priority: 91")
    rules.write_bytes(theirs)
    # Pressed before the page could show it.
    _press(shown, "Save")
    assert rules.read_bytes() == theirs
    assert any("saved by somebody else" in error.value for error in shown.error)
    assert not _can_save(shown)
    _press(shown, "Load theirs")
    assert "priority: 91" in (shown.text_area[0].value or "")
    assert any("        - agent\n" in code.value for code in shown.code), "the own text can still be copied"
    _press(shown, "Forget it")
    assert not shown.code


def test_a_file_that_changed_is_opened_again_where_nothing_was_typed(rules: Path) -> None:
    shown = open_page("rules")
    rules.write_bytes(rules.read_bytes().replace(b"priority: 90", b"priority: 91"))
    shown.run()
    assert "priority: 91" in (shown.text_area[0].value or "")
    assert not shown.error


def test_a_draft_is_kept_while_another_file_or_page_is_open(rules: Path) -> None:
    (rules.parent / "words.yaml").write_text("phrases:\n  person: [human]\n", encoding="utf-8")
    shown = _replace(open_page("rules"), *WITH_AGENT)
    shown.selectbox[0].select("rules/words.yaml").run()
    assert shown.text_area[0].value == "phrases:\n  person: [human]\n"
    assert "`rules/shop.yaml`" in shown.info[0].value
    _type(shown, "phrases:\n  person: [human, agent]\n")
    assert shown.selectbox[0].value == "rules/words.yaml"
    shown.selectbox[0].select("rules/shop.yaml").run()
    assert "- agent\n" in (shown.text_area[0].value or "")
    assert _can_save(shown)


def test_what_was_typed_in_a_file_that_is_gone_can_be_copied(rules: Path) -> None:
    words = rules.parent / "words.yaml"
    words.write_text("phrases:\n  person: [human]\n", encoding="utf-8")
    shown = open_page("rules")
    shown.selectbox[0].select("rules/words.yaml").run()
    _type(shown, "phrases:\n  person: [human, agent]\n")
    words.unlink()
    shown.run()
    assert not shown.exception
    assert shown.code[0].value == "phrases:\n  person: [human, agent]"


def test_a_link_that_leads_out_of_the_ruleset_is_not_opened(rules: Path, folder: Path) -> None:
    outside = folder / "outside.yaml"
    outside.write_text("phrases:\n  person: [human]\n", encoding="utf-8")
    (rules.parent / "linked.yaml").symlink_to(outside)
    shown = open_page("rules")
    shown.selectbox[0].select("rules/linked.yaml").run()
    assert not shown.exception
    assert "lies outside of the ruleset" in shown.error[0].value
    assert not shown.text_area


def test_a_prompt_is_a_file_of_the_ruleset(rules: Path) -> None:
    detectors = "detectors:\n  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}\n"
    rules.write_text(rules.read_text(encoding="utf-8") + detectors, encoding="utf-8")
    prompt = rules.parent / "ask.j2"
    prompt.write_text("Is a person needed?\n", encoding="utf-8")
    shown = open_page("rules")
    shown.selectbox[0].select("rules/ask.j2").run()
    _type(shown, "Is a person needed? {{ nobody }}\n")
    assert "rules/ask.j2:1:24" in shown.code[0].value
    _press(_type(shown, "Is a person needed now?\n"), "Save")
    assert prompt.read_text(encoding="utf-8") == "Is a person needed now?\n"


def test_a_ruleset_that_is_not_there_is_said(folder: Path) -> None:
    shown = open_page("rules")
    shown.text_input(key="ruleset").set_value("nowhere").run()
    assert not shown.exception
    assert "there is no such file or folder" in shown.code[0].value
