"""Changing rule files: what is new is there, and every other byte is where it was."""

from __future__ import annotations

import codecs
import os
import typing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover_rules.errors import FileChanged, RulesetError, UsageError
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.edit import add_phrases, add_test, write_all
from handover_rules.rulefile.formatting import formatted
from handover_rules.rulefile.source import Source
from handover_rules.rulefile.yaml_text import WIDTH
from handover_rules.ruleset import All, Any, BeforeTurn, Condition, Given, Phrases, Place, RuleTest
from tests.handover_rules.rulefile.scribbling import scribble

RULES = """\
# The shop's rules.   Two blanks  stay two.
ruleset: shop

phrases:
  person: [human, "real person"]   # nobody else
  animal:
    words:
      - 'cat'
      - dog

rules:
  - id: asked
    when:
      any:
        - phrase:
            - human
            # None of our own.
        - whole: [agent, "an agent"]
    then: handover
    tests:
      - {say: a human please, expect: handover}   # the first
      - {say: where is my parcel, expect: none}  # the last
      # About parcels there is more to say.

      # The next rule is another one.
  - {id: tiny, when: {phrase: help}, then: handover, priority: 40}
  - id: bare
    when: {phrase: [now]}
    then: handover  # at once
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file of a ruleset."""
    path = tmp_path / "shop.yaml"
    path.write_bytes(RULES.encode())
    return path


def _test(say: str = "a person", expect: typing.Literal["handover", "none"] = "none", **given: typing.Any) -> RuleTest:
    return RuleTest(say, Given(**given), expect, None, Place("somewhere"))


def _added(before: bytes, after: bytes) -> bytes:
    """What stands in `after` and not in `before`, if that is one piece."""
    start = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    length = len(after) - len(before)
    assert length >= 0
    for at in range(start, -1, -1):
        if after[:at] + after[at + length :] == before:
            return after[at : at + length]
    raise AssertionError("something else has changed")


def test_a_test_stands_behind_the_last_one_and_its_comments(rules: Path) -> None:
    edit = add_test(rules, "asked", _test("ok, thanks"))
    edit.write()
    assert edit.lines == ('      - {say: "ok, thanks", expect: none}',)
    behind = "      # About parcels there is more to say.\n"
    assert rules.read_text() == RULES.replace(behind, behind + edit.lines[0] + "\n")
    assert rules.read_text().splitlines()[edit.line - 1] == edit.lines[0]


def test_what_was_said_before_is_written_line_by_line(rules: Path) -> None:
    given = {"signals": {}, "before": (BeforeTurn("customer", "hi", False), BeforeTurn("bot", "Sorry: no.", True))}
    edit = add_test(rules, "asked", _test("and now", **given))
    assert edit.lines == (
        "      - say: and now",
        "        given:",
        "          before:",
        "            - customer: hi",
        '            - bot_failed: "Sorry: no."',
        "        expect: none",
    )


def test_a_test_is_written_as_its_neighbours_are(rules: Path) -> None:
    rules.write_text(
        "ruleset: a\nrules:\n- id: x\n  when: {phrase: b}\n  then: handover\n"
        "  tests:\n  -   say: b\n      expect: handover\n  # end\n"
    )
    edit = add_test(rules, "x", _test("c"))
    assert edit.lines == ("  -   say: c", "      expect: none")
    edit.write()
    assert rules.read_text().endswith("      expect: handover\n  -   say: c\n      expect: none\n  # end\n")


def test_a_rule_without_tests_gets_the_key(rules: Path) -> None:
    add_test(rules, "bare", _test()).write()
    assert rules.read_text() == RULES + "    tests:\n      - {say: a person, expect: none}\n"


ALLOWING = """\
ruleset: shop
rules:
  - id: asked
    when: {phrase: help}
    then: handover
    do: [quiet]  # nothing else
    # Tests will come.

    # It is wanted so.
    allow:
      # Says who?
      shadowed-phrase: they share words
  - {id: tiny, when: {phrase: a}, then: tag, allow: {unused-name: so}}
actions: {quiet: [{bot.disable: {}}]}
"""


def test_the_key_stands_where_the_formatter_has_it(rules: Path) -> None:
    rules.write_text(ALLOWING)
    assert formatted(Source("rules.yaml", ALLOWING)) == ALLOWING
    add_test(rules, "asked", _test()).write()
    add_test(rules, "tiny", _test()).write()
    new = "    tests:\n      - {say: a person, expect: none}\n"
    behind, tiny = "  # nothing else\n", "then: tag, "
    expected = ALLOWING.replace(behind, behind + new)
    expected = expected.replace(tiny, f"{tiny}tests: [{{say: a person, expect: none}}], ")
    assert rules.read_text() == expected
    assert formatted(Source("rules.yaml", expected)) == expected


def test_behind_keys_in_no_order_the_key_comes_last(rules: Path) -> None:
    keys = ("- allow: {shadowed-phrase: soon}", "  id: asked", "  then: handover", "  when: {phrase: help}")
    text = "ruleset: shop\nrules:\n" + "".join(f"  {key}\n" for key in keys)
    rules.write_text(text)
    assert add_test(rules, "asked", _test()).text == f"{text}    tests:\n      - {{say: a person, expect: none}}\n"


def test_a_rule_in_braces_gets_its_test_in_brackets(rules: Path) -> None:
    edit = add_test(rules, "tiny", _test("ok, no"))
    assert edit.lines[0].endswith('priority: 40, tests: [{say: "ok, no", expect: none}]}')
    edit.write()
    again = add_test(rules, "tiny", _test("two", before=(BeforeTurn("bot", "a, b", False),)))
    assert again.lines[0].endswith('expect: none}, {say: two, given: {before: [{bot: "a, b"}]}, expect: none}]}')
    again.write()
    assert [test.say for test in load_ruleset(rules).rules[-1].tests] == ["ok, no", "two"]


def test_a_long_test_takes_several_lines(rules: Path) -> None:
    edit = add_test(rules, "asked", _test("word " * 30 + "end"))
    assert edit.lines[1:] == ("        expect: none",)


def test_all_that_can_be_given_is_written_and_read_back(rules: Path) -> None:
    detectors = "detectors:\n" + "".join(f"  {name}: {{kind: linear, cost: 1, model: m.json}}\n" for name in "ab")
    rules.write_text(RULES.replace("rules:\n", f"{detectors}rules:\n", 1))
    (rules.parent / "m.json").write_text("{}")
    given = {
        "signals": {"a": None},
        "unknown": frozenset({"b"}),
        "lang": "no",
        "channel": "sms",
        "customer": {"tier": "22:30"},
        "event": {"data": {"kinds": ["a", "yes"]}},
        "now": "2026-03-02 10:30",
        "offered": True,
        "before": (BeforeTurn("bot", "", False),),
    }
    test = replace(_test("x", **given), tags=())
    edit = add_test(rules, "asked", test)
    assert replace(edit.ruleset.rules[0].tests[-1], place=test.place) == test


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("last", [b"", b"\n"])
def test_line_ends_byte_order_mark_and_a_missing_last_line_end_stay(
    rules: Path, end: bytes, mark: bytes, last: bytes
) -> None:
    content = mark + (RULES.encode().rstrip(b"\n") + last).replace(b"\n", end)
    rules.write_bytes(content)
    add_test(rules, "bare", _test()).write()
    added = b"    tests:" + end + b"      - {say: a person, expect: none}"
    assert rules.read_bytes() == content + (added + end if last else end + added)


def test_a_test_that_is_there_or_contradicts_one_is_refused(rules: Path) -> None:
    with pytest.raises(UsageError, match=r"shop.yaml:21:9: the rule has this test already"):
        add_test(rules, "asked", _test("a human please", "handover"))
    with pytest.raises(UsageError, match="a test of this message that expects handover already"):
        add_test(rules, "asked", _test("a human please", "none"))
    add_test(rules, "asked", _test("a human please", "none", offered=True))


def test_what_cannot_be_is_refused_with_nothing_written(rules: Path) -> None:
    with pytest.raises(UsageError, match="did you mean `asked`"):
        add_test(rules, "asks", _test())
    with pytest.raises(UsageError, match="there is no detector `ai`"):
        add_test(rules, "asked", _test(signals={"ai": 0.2}))
    person = load_ruleset(rules).phrases["person"].phrases[-1].place
    with pytest.raises(UsageError, match="`<` is never closed"):
        add_phrases(rules, person, ["a <person"])
    lone = Place(str(rules), 28, 38)
    with pytest.raises(UsageError, match=r"shop.yaml, line 28: this phrase is no item of a list"):
        add_phrases(rules, lone, ["sos"])
    assert rules.read_bytes() == RULES.encode()
    rules.write_text(RULES + "    tests: []\n")
    with pytest.raises(RulesetError, match="the list is empty"):
        add_test(rules, "bare", _test())


def test_a_file_that_was_saved_meanwhile_is_left_alone(rules: Path) -> None:
    edit = add_test(rules, "asked", _test())
    rules.write_text(RULES + "# theirs\n")
    with pytest.raises(FileChanged):
        edit.write()
    assert rules.read_text() == RULES + "# theirs\n"


OTHER = "rules:\n  - {id: other, when: {phrase: sos}, then: handover}\n"


def test_of_one_change_all_files_are_written_or_none(rules: Path) -> None:
    other = rules.with_name("other.yaml")
    other.write_text(OTHER)
    first = add_test(rules.parent, "asked", _test())
    second = add_test(rules.parent, "other", _test())
    other.write_text(OTHER + "# theirs\n")
    with pytest.raises(FileChanged, match=r"other\.yaml was saved by somebody else"):
        write_all([first, second])
    assert (rules.read_text(), other.read_text()) == (RULES, OTHER + "# theirs\n")
    other.write_text(OTHER)
    write_all([first, second])
    assert [len(rule.tests) for rule in load_ruleset(rules.parent).rules if rule.id in ("asked", "other")] == [1, 3]


def test_where_the_second_file_cannot_be_written_the_first_is_named(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = rules.with_name("other.yaml")
    other.write_text(OTHER)
    edits = [add_test(rules.parent, "asked", _test()), add_test(rules.parent, "other", _test())]
    replaced = os.replace

    def replace_one(source: str, target: Path) -> None:
        if target == other:
            raise OSError(28, "No space left on device")
        replaced(source, target)

    monkeypatch.setattr(os, "replace", replace_one)
    with pytest.raises(
        UsageError, match=r"other.yaml cannot be written: No space left on device\n.*shop.yaml is written"
    ):
        write_all(edits)
    assert other.read_text() == OTHER


def test_phrases_are_added_to_lists_of_rules_and_to_named_ones(rules: Path) -> None:
    ruleset = load_ruleset(rules)
    assert isinstance(ruleset.rules[0].when, Any)
    asked, whole = ruleset.rules[0].when.children
    assert isinstance(asked, Phrases)
    assert isinstance(whole, Phrases)
    edit = add_phrases(rules, asked.phrases[-1].place, ["(talk|speak) to ... <person>", "yes"])
    assert edit.lines == ("            - (talk|speak) to ... <person>", '            - "yes"')
    assert edit.text == RULES.replace("# None of our own.\n", "# None of our own.\n" + "\n".join(edit.lines) + "\n")
    edit = add_phrases(rules, whole.phrases[-1].place, ["human", "an (agent|rep)"])
    assert edit.lines == ('        - whole: [agent, "an agent", human, "an (agent|rep)"]',)
    edit = add_phrases(rules, ruleset.phrases["person"].phrases[0].place, ["somebody"])
    assert edit.lines == ('  person: [human, "real person", somebody]   # nobody else',)
    edit = add_phrases(rules, ruleset.phrases["animal"].phrases[0].place, ["mouse"])
    assert edit.text == RULES.replace("      - dog\n", "      - dog\n      - mouse\n")


def test_drafts_are_changed_in_the_place_of_what_is_saved(rules: Path) -> None:
    draft = RULES.replace("# The shop's rules.", "# The draft.")
    edit = add_test(rules, "asked", _test(), drafts={str(rules): draft})
    assert edit.text.startswith("# The draft.")
    assert rules.read_bytes() == RULES.encode()


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.text(max_size=20).filter(lambda text: "\0" not in text))
def test_in_any_layout_a_test_is_added_and_nothing_else_changes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, say: str
) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    content = scribble(Random(seed)).content
    path.write_bytes(content)
    (path.parent / "m.json").write_text("{}")
    before = examine(path).ruleset
    if before is None:
        return
    rule = before.rules[seed % len(before.rules)]
    test = _test(say, before=(BeforeTurn("bot", say, True),) if seed % 2 else ())
    edit = add_test(path, rule.id, test)
    edit.write()
    assert say.strip() in _added(content, path.read_bytes()).decode() or not say.isalnum()
    after = load_ruleset(path)
    assert after.hash == before.hash
    (now,) = [one for one in after.rules if one.id == rule.id]
    assert replace(now.tests[-1], place=test.place) == test
    assert len(now.tests) == len(rule.tests) + 1


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_in_a_formatted_file_a_new_key_leaves_nothing_to_format(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    (path.parent / "m.json").write_text("{}")
    try:
        path.write_text(formatted(Source(str(path), scribble(Random(seed)).content.decode("utf-8-sig"))))
    except (RulesetError, UsageError):
        return
    for rule in [one for one in load_ruleset(path).rules if not one.tests][:1]:
        edit = add_test(path, rule.id, _test())
        # What stands in brackets and gets too long for its line is no matter of the place.
        if max(map(len, edit.lines)) <= WIDTH:
            assert formatted(Source(str(path), edit.text)) == edit.text


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_in_any_layout_a_phrase_is_added_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    content = scribble(Random(seed)).content
    path.write_bytes(content)
    before = examine(path).ruleset
    if before is None:
        return
    lists = [one for rule in before.rules for one in _phrases(rule.when)]
    if not lists:
        return
    phrases = lists[seed % len(lists)]
    try:
        edit = add_phrases(path, phrases[-1], ["quite new"])
    except UsageError:
        assert len(phrases) == 1
        return
    edit.write()
    assert b"quite new" in _added(content, path.read_bytes())
    assert load_ruleset(path).hash != before.hash


def _phrases(condition: Condition) -> list[list[Place]]:
    match condition:
        case Phrases():
            return [[source.place for source in condition.phrases]]
        case All() | Any():
            return [found for child in condition.children for found in _phrases(child)]
        case _:
            return []
