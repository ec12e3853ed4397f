"""From files to a ruleset: merging, order, defaults, the environment, and what the hash covers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handover_rules.errors import RulesetError
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.affirmations import YES
from handover_rules.rulefile.source import MAX_BYTES

RULES = """\
ruleset: shop
time_zone: UTC
thresholds:
  ai: {value: 0.7, env: AI_THRESHOLD}
detectors:
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
  local: {kind: linear, cost: 1, model: model.json}
phrases:
  person: [human, agent]
rules:
  - id: asked
    priority: 90
    when:
      any:
        - phrase: talk to a <person>
        - score: {of: ai, at_least: $ai}
        - field: {path: raw.type, is: image}
    then: handover
    do: [tell]
    tests:
      - {say: talk to a human, expect: handover}
actions:
  tell:
    - slack.post: {text: "{{ message.text }}"}
"""


def ruleset_hash(look: Any, text: str = RULES, environ: dict[str, str] | None = None) -> str:
    examined = look(text, environ=environ)
    assert examined.ruleset is not None, examined.problems
    digest: str = examined.ruleset.hash
    return digest


def test_what_a_ruleset_need_not_say(look: Any) -> None:
    ruleset = look("ruleset: shop\nrules: []\n").ruleset
    assert (ruleset.name, ruleset.default_language, ruleset.time_zone) == ("shop", "en", "UTC")
    assert (ruleset.return_to_bot_after, ruleset.offer_open_for) == (None, timedelta(minutes=10))
    assert [source.phrase.source for source in ruleset.yes] == list(YES)
    assert (ruleset.rules, dict(ruleset.actions), dict(ruleset.hours)) == ((), {}, {})


def test_own_words_for_yes_replace_the_built_in_ones(look: Any) -> None:
    ruleset = look('ruleset: shop\noffers: {open_for: 5m, yes: ["yes please", ok]}\n').ruleset
    assert [source.phrase.source for source in ruleset.yes] == ["yes please", "ok"]
    assert ruleset.offer_open_for == timedelta(minutes=5)


def test_files_of_a_folder_are_one_ruleset(look: Any, tmp_path: Path) -> None:
    rule = "  - {{id: {0}, when: {{phrase: a <person>}}, then: handover}}\n"
    (tmp_path / "notes.txt").write_text("not: [a rule file\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "rules.yaml").write_text("not: [a rule file\n")
    examined = look(
        c="rules:\n" + rule.format("third"),
        a="rules:\n" + rule.format("first") + rule.format("second") + "phrases: {person: [human]}\n",
        b="ruleset: shop\nqueues: {x: {}}\n",
        d="# only a comment\n",
    )
    assert examined.problems == ()
    assert [rule.id for rule in examined.ruleset.rules] == ["first", "second", "third"]
    assert list(examined.ruleset.queues) == ["x"]
    assert [Path(name).name for name in examined.ruleset.files] == ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]


def test_files_of_editors_and_systems_are_no_rule_files(look: Any, tmp_path: Path) -> None:
    for name in (".#rules.yaml", "._rules.yaml"):
        (tmp_path / name).write_bytes(b"\xff not a rule file")
    assert look("ruleset: shop\n").ruleset.name == "shop"


def test_rules_are_in_the_order_in_which_they_decide(look: Any) -> None:
    rule = "  - {{id: {0}, priority: {1}, when: {{phrase: x}}, then: handover}}\n"
    text = "".join(rule.format(*pair) for pair in [("a", 10), ("b", 90), ("c", 50), ("d", 90)])
    assert [rule.id for rule in look(f"ruleset: shop\nrules:\n{text}").ruleset.rules] == ["b", "d", "c", "a"]


def test_equal_priority_with_different_outcomes_is_an_error_that_names_both(look: Any) -> None:
    rule = "  - {{id: {0}, when: {{phrase: x}}, then: {1}}}\n"
    text = rule.format("a", "handover") + rule.format("t", "tag") + rule.format("b", "stay")
    (problem,) = look(f"ruleset: shop\nrules:\n{text}").problems
    assert (problem.code, problem.place.line, problem.related[0].line) == ("E304", 5, 3)


@pytest.mark.parametrize(
    "change",
    [
        ("talk to a <person>", "speak to a <person>"),
        ("[human, agent]", "[human, operator]"),
        ("value: 0.7", "value: 0.71"),
        ("raw.type", "raw.kind"),
        ("is: image", "is: audio"),
        ("priority: 90", "priority: 91"),
        ("of: ai", "of: local"),
        ("model: gpt", "model: other"),
        ("cost: 100", "cost: 99"),
        ("message.text", "message.id"),
        ("time_zone: UTC", "time_zone: Europe/Berlin"),
        ("    then: handover", "    why: Because.\n    then: handover"),
        ("    then: handover", "    set: {sla: 15m}\n    then: handover"),
        ("rules:\n", "offers: {open_for: 1m}\nrules:\n"),
    ],
    ids=lambda change: change[1].strip(),
)
def test_hash_changes_with_what_changes_a_decision(look: Any, change: tuple[str, str]) -> None:
    assert RULES.count(change[0]) >= 1
    assert ruleset_hash(look, RULES.replace(*change)) != ruleset_hash(look)


@pytest.mark.parametrize(
    "change",
    [
        ("rules:\n", "# A comment.\n\nrules:\n"),
        ("      - {say: talk to a human, expect: handover}\n", "      - {say: agent, expect: none}\n"),
        ("    then: handover", "    owner: care-team\n    then: handover"),
        ("{value: 0.7, env: AI_THRESHOLD}", "0.70"),
        ("value: 0.7,", "value: 0.7, goal: precision >= 0.9, low95: 0.9, data: x@1, detector: y@2,"),
        ("phrase: talk to a <person>", 'phrase: ["talk to a <person>"]'),
    ],
    ids=lambda change: change[1].strip()[:40],
)
def test_hash_stays_with_what_changes_none(look: Any, change: tuple[str, str]) -> None:
    assert RULES.count(change[0]) == 1
    assert ruleset_hash(look, RULES.replace(*change)) == ruleset_hash(look)


def test_hash_covers_prompt_and_model_but_not_their_names(look: Any, tmp_path: Path) -> None:
    before = ruleset_hash(look)
    (tmp_path / "other.j2").write_text((tmp_path / "ask.j2").read_text())
    assert ruleset_hash(look, RULES.replace("ask.j2", "other.j2")) == before
    (tmp_path / "other.j2").write_text("Is a person needed?")
    assert ruleset_hash(look, RULES.replace("ask.j2", "other.j2")) != before
    (tmp_path / "model2.json").write_text('{"other": 1}')
    assert ruleset_hash(look, RULES.replace("model.json", "model2.json")) != before


def test_hash_covers_what_the_environment_replaces_and_not_that_it_did(look: Any) -> None:
    assert ruleset_hash(look, environ={"AI_THRESHOLD": "0.9"}) != ruleset_hash(look)
    assert ruleset_hash(look, environ={"AI_THRESHOLD": "0.9"}) == ruleset_hash(look, RULES.replace("0.7", "0.9"))
    assert ruleset_hash(look, environ={"AI_THRESHOLD": "0.70", "OTHER": "1"}) == ruleset_hash(look)


def test_hash_is_the_same_for_one_file_and_for_several(look: Any, tmp_path: Path) -> None:
    whole = ruleset_hash(look)
    (tmp_path / "rules.yaml").unlink()
    head, tail = RULES.split("rules:\n")
    rules, actions = tail.split("actions:\n")
    examined = look(a="actions:\n" + actions, b=head, c="rules:\n" + rules)
    assert examined.ruleset.hash == whole


def test_environment_is_ignored_unless_given(look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_THRESHOLD", "0.9")
    assert look(RULES).ruleset.thresholds["ai"].value == 0.7
    assert look(RULES, environ={"AI_THRESHOLD": ""}).ruleset.thresholds["ai"].value == 0.7
    assert look(RULES, environ={"AI_THRESHOLD": "0.9"}).ruleset.rules[0].when.children[1].bound == 0.9
    assert [problem.code for problem in look(RULES, environ={"AI_THRESHOLD": "high"}).problems] == ["E404"]


def test_load_raises_with_every_error_and_no_warning(look: Any, tmp_path: Path) -> None:
    look("ruleset: Shop\ndetectors: {a: {kind: linear, cost: 1, model: none.json}}\nrules: {}\n")
    with pytest.raises(RulesetError, match=r"rules\.yaml:1:10: E115: .* \(and 1 more\)") as caught:
        load_ruleset(tmp_path / "rules.yaml")
    assert [problem.code for problem in caught.value.problems] == ["E115", "E105"]


def test_load_gives_the_ruleset_in_spite_of_warnings(look: Any, tmp_path: Path) -> None:
    look("ruleset: shop\ndetectors: {a: {kind: linear, cost: 1, model: none.json}}\n")
    assert load_ruleset(tmp_path / "rules.yaml").name == "shop"


def test_names_of_a_file_that_cannot_be_parsed_are_not_called_unknown(look: Any) -> None:
    examined = look(a="phrases: {person: [human\n", b="rules: [{id: x, when: {phrase: a <person>}, then: handovr}]\n")
    assert [problem.code for problem in examined.problems] == ["E101", "E107"]


def test_names_of_something_broken_are_not_called_unknown(look: Any) -> None:
    text = """
    ruleset: shop
    thresholds: {ai: 70}
    phrase: {person: [human]}
    detectors: [ai]
    rules:
      - id: asked
        when: {any: [{score: {of: ai, at_least: $ai}}, {phrase: "a <person>"}]}
        then: handover
    """
    assert [problem.code for problem in look(text).problems] == ["E107", "E103", "E105"]


def test_problems_come_in_the_order_of_their_places(look: Any) -> None:
    examined = look(b="ruleset: B\ntime_zone: X\n", a="queues: {Q: {}}\ndefault_language: EN\n")
    places = [problem.place for problem in examined.problems]
    assert len(places) == 4
    assert places == sorted(places)


def test_paths_are_shown_as_they_were_given(look: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look("ruleset: Shop\n")
    monkeypatch.chdir(tmp_path)
    assert examine("rules.yaml").problems[0].place.file == "rules.yaml"
    assert examine(".").problems[0].place.file == "rules.yaml"
    assert examine("x" * 5000).problems[0].code == "E119"


def test_a_draft_is_read_in_the_place_of_its_file(look: Any, tmp_path: Path) -> None:
    saved = look(RULES)
    rules, prompt = tmp_path / "rules.yaml", str(tmp_path / "ask.j2")
    drafted = examine(rules, drafts={str(rules): RULES.replace("value: 0.7", "value: 0.8")})
    assert drafted.ruleset is not None
    assert drafted.ruleset.hash != saved.ruleset.hash
    broken = examine(rules, drafts={prompt: "{{ nobody }}"})
    assert [(problem.code, problem.place.file) for problem in broken.problems] == [("E504", prompt)]
    assert broken.sources[prompt].text == "{{ nobody }}"
    large = examine(rules, drafts={str(rules): "#" * (MAX_BYTES + 1)})
    assert [problem.code for problem in large.problems] == ["E111"]
    assert rules.read_text(encoding="utf-8") == RULES
