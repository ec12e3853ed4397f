from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from eval.ledger.lists import ENTRIES, list_entries, with_entries
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset


def ruleset_of(text: str, folder: Path) -> Ruleset:
    path = folder / "rules.yaml"
    path.write_text(f"ruleset: test\n{text}", encoding="utf-8")
    return load_ruleset(path)


def used(ruleset: Ruleset) -> dict[str, bool]:
    return {entry.list: entry.used for entry in list_entries(ruleset)}


def test_a_list_is_used_by_way_of_others(shop: Path) -> None:
    assert used(load_ruleset(shop)) == {"person": True, "thing": True, "goods": True, "forgotten": False}


def test_what_accepts_an_offer_uses_lists_only_where_a_rule_asks_for_it(tmp_path: Path) -> None:
    text = 'phrases: {sure: [certainly]}\noffers: {open_for: 10m, yes: ["<sure>"]}\nrules:\n'
    accepts = "  - {id: accepted, when: {accepted_offer: true}, then: handover}\n"
    phrase = "  - {id: other, when: {phrase: human}, then: handover}\n"
    assert used(ruleset_of(text + phrase, tmp_path)) == {"sure": False}
    assert used(ruleset_of(text + accepts, tmp_path)) == {"sure": True}


def test_the_added_rule_has_the_used_entries_in_their_order(shop: Path) -> None:
    ruleset = load_ruleset(shop)
    engine = Engine(with_entries(ruleset, list_entries(ruleset)))
    texts = [one.text for one in engine.patterns if one.rule == ENTRIES]
    assert texts == ["human", "agent", "clerk", "parcel", "<thing>", "box"]
    # The numbers of regexes come behind those of all phrases; all else stays.
    others = [replace(one, number=0) for one in engine.patterns if one.rule != ENTRIES]
    assert others == [replace(one, number=0) for one in Engine(ruleset).patterns]


def test_a_ruleset_without_lists_stays_as_it_is(tmp_path: Path) -> None:
    ruleset = ruleset_of("rules: [{id: only, when: {phrase: human}, then: handover}]\n", tmp_path)
    assert with_entries(ruleset, list_entries(ruleset)) is ruleset
