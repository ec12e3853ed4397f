"""The schema of rule files: as checked in, complete, and of one mind with the grammar that reads the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from handover_rules.rulefile import examine, nodes
from handover_rules.rulefile.catalogue import CHECKS, Check
from handover_rules.rulefile.kinds import Key, Table, WithEnv
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.scalars import Text
from handover_rules.rulefile.shape import json_value
from handover_rules.rulefile.source import Source
from handover_rules.rulefile.toplevel import SECTIONS
from handover_rules.schema import SCHEMA_FILE, ruleset_schema, schema_text
from tests.handover_rules.engine.strategies import ruleset_data, seeded

ROOT = Path(__file__).parents[3]
SCHEMA = ruleset_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

# What a schema can see: unknown and missing keys, other types, impossible values. Everything else needs the whole
# ruleset, or a language of its own (phrases, templates, regular expressions).
CATCHES = {
    "E103",
    "E105",
    "E106",
    "E107",
    "E113",
    "E115",
    "E301",
    "E302",
    "E303",
    "E309",
    "E403",
    "E405",
    "E502",
}
# The name of a ruleset may stand in another file.
EXCEPT = {"name-of-ruleset-missing.yaml"}


def errors(text: str) -> list[str]:
    """What the schema says against a rule file; nothing where YAML gives up."""
    node = nodes.parse(Source("rules.yaml", text), [])
    return [] if node is None else [error.message for error in VALIDATOR.iter_errors(json_value(node))]


def errors_of(example: str) -> list[str]:
    """The same for an example of the catalogue, which may be several files."""
    return [error for part in re.split(r"^# \w+\.yaml$", example, flags=re.MULTILINE) for error in errors(part)]


def properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that the schema names, with what it says of it."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def keys(table: Table) -> Iterator[Key[Any]]:
    """Every key of a table and of what stands under it, each once."""
    seen: set[int] = set()

    def walk(kind: Any) -> Iterator[Key[Any]]:
        if id(kind) in seen:
            return
        seen.add(id(kind))
        if isinstance(kind, Table):
            for key in kind.keys:
                yield key
                yield from walk(key.kind)
            return
        for part in ("table", "kind"):
            if hasattr(kind, part):
                yield from walk(getattr(kind, part))

    yield from walk(table)


def test_the_schema_that_is_checked_in_is_the_grammars() -> None:
    """After a change of the grammar: `handover schema > handover_rules/schema/ruleset.schema.json`."""
    assert (files("handover_rules.schema") / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_key_is_described() -> None:
    found = list(properties(SCHEMA))
    assert len(found) > 120
    assert [name for name, said in found if not said.get("description", "").endswith(".")] == []
    assert [name for name, said in found if said["markdownDescription"] != said["description"]] == []
    assert [name for name, said in found if not (said.get("examples") or said.get("enum"))] == []


def test_nothing_unknown_is_allowed_beside_known_keys() -> None:
    """But for `given`, which has the names of detectors beside its own keys."""

    def tables(schema: Any) -> Iterator[dict[str, Any]]:
        if isinstance(schema, dict):
            if "properties" in schema:
                yield schema
            for value in schema.values():
                yield from tables(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from tables(value)

    loose = [table for table in tables(SCHEMA) if table["additionalProperties"] is not False]
    assert [set(table["properties"]) >= {"before", "now"} for table in loose] == [True]


@pytest.mark.parametrize("name", ["condition", "action"])
def test_conditions_and_actions_have_exactly_one_key(name: str) -> None:
    definition = SCHEMA["definitions"][name]
    assert (definition["minProperties"], definition["maxProperties"]) == (1, 1)


EXAMPLES = [*keys(SECTIONS), *keys(WithEnv(Text()).table)]


def test_nearly_every_key_has_an_example() -> None:
    without = {key.name for key in EXAMPLES if not key.example}
    assert len(EXAMPLES) > 80
    assert without <= {"allow", "actions", "value"}


@pytest.mark.parametrize("key", [key for key in EXAMPLES if key.example], ids=lambda key: key.name)
def test_examples_are_read_without_a_problem(key: Key[Any], tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "handover.j2").write_text("Does the customer need a person?", encoding="utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "handover.json").write_text("{}", encoding="utf-8")
    reading = Reading([], None, tmp_path)
    node = nodes.parse(Source("example", key.example), reading.problems)
    assert node is not None
    key.kind.read(node, reading)
    assert reading.problems == []


@pytest.mark.parametrize("key", [key for key in EXAMPLES if key.example], ids=lambda key: key.name)
def test_examples_are_valid(key: Key[Any]) -> None:
    schema = {**key.schema(), "definitions": SCHEMA["definitions"]}
    jsonschema.Draft7Validator(schema).validate(json_value(key.example))


GOOD = [
    path
    for name in ("rules", "tests/good_rules", "handover_rules/starter/files/rules")
    for path in (ROOT / name).rglob("*.yaml")
]


@pytest.mark.parametrize("path", sorted(GOOD), ids=lambda path: str(path.relative_to(ROOT)))
def test_good_rules_are_valid(path: Path) -> None:
    assert errors(path.read_text(encoding="utf-8")) == []


@given(seeded(ruleset_data))
def test_generated_rules_are_valid(data: dict[str, Any]) -> None:
    rules = [{key: value for key, value in rule.items() if value} for rule in data["rules"]]
    assert [error.message for error in VALIDATOR.iter_errors({**data, "rules": rules})] == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_right_examples_of_the_catalogue_are_valid(check: Check) -> None:
    assert errors_of(check.right) == []


@pytest.mark.parametrize("code", sorted(CATCHES))
def test_wrong_examples_of_the_catalogue_are_invalid(code: str) -> None:
    assert errors_of(CHECKS[code].wrong) != []


BAD = {path: {problem.code for problem in examine(path).problems} for path in (ROOT / "tests/bad_rules").glob("*.yaml")}


@pytest.mark.parametrize("path", sorted(BAD), ids=lambda path: path.name)
def test_bad_rules_are_invalid_where_a_schema_can_see_it(path: Path) -> None:
    found = errors(path.read_text(encoding="utf-8"))
    if BAD[path] & CATCHES and path.name not in EXCEPT:
        assert found != []
    if not any(code.startswith("E") for code in BAD[path]):
        assert found == []


@pytest.mark.parametrize(
    "rule_file",
    [
        "phrases: {numbers: [24, 'true', true, 1.5]}",
        "rules: [{id: 24, when: {phrase: 911}, then: handover, tests: [{say: 42, expect: handover}]}]",
        "rules: [{id: a, when: {customer: {vip: true, level: [1, 2]}}, then: tag}]",
        "rules: [{id: a, when: {field: {path: a.b, is: false}}, then: tag}]",
        "hours: {night: [{days: [mon-fri, sun], from: 0:00, to: 24:00}]}",
        "return_to_bot_after: 1h30m",
        "thresholds: {a: 1, b: {value: .5, goal: recall >= .9}}",
    ],
)
def test_what_only_looks_like_another_type_is_valid(rule_file: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(f"ruleset: shop\n{rule_file}\n", encoding="utf-8")
    assert [problem for problem in examine(file).problems if problem.severity == "error"] == []
    assert errors(rule_file) == []


@pytest.mark.parametrize(
    "rule_file",
    [
        "thresholds: {a: 70}",
        "thresholds: {a: {value: 0.7, env: $X}}",
        "return_to_bot_after: 0m",
        "return_to_bot_after: 15",
        "hours: {office: {days: monday, from: 09:00, to: 18:00}}",
        "hours: {office: {days: mon, from: 9, to: 25:00}}",
        "rules: [{id: Not a name, when: {phrase: x}, then: tag}]",
        "rules: [{id: a, when: {phrase: x, lang: en}, then: tag}]",
        "rules: [{id: a, when: {field: {path: a, is: x, at_least: 2}}, then: tag}]",
        "rules: [{id: a, when: {accepted_offer: false}, then: tag}]",
        "detectors: {a: {kind: linear, cost: 1, model: m.json, prompt: p.j2}}",
        "actions: {a: [{bot.disable: {}, reply: {text: x}}]}",
    ],
)
def test_what_is_wrong_is_invalid(rule_file: str) -> None:
    assert errors(rule_file) != []
