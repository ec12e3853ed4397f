"""Whatever a rule file holds, looking at it gives problems with places, and never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from handover_rules.engine import Engine
from handover_rules.errors import RulesetError
from handover_rules.rulefile import Examined, examine
from handover_rules.rulefile.render import as_json, as_text

GOOD = """\
# A ruleset that uses nearly everything.
ruleset: shop
default_language: en
time_zone: Europe/Berlin
return_to_bot_after: 24h
offers: {open_for: 10m, yes: ["yes (please)?", "of course"]}
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
  late: [{days: [sat, sun], from: 22:00, to: 24:00}]
queues: {general: {skills: [support]}}
thresholds:
  ai: {value: 0.70, env: AI_THRESHOLD}
  local: 0.82
detectors:
  local: {kind: linear, cost: 1, model: model.json}
  ai: {kind: openai, cost: 100, model: {value: gpt, env: MODEL}, enabled: {env: ON}, prompt: ask.j2, timeout_ms: 4000}
phrases:
  person: {words: [human, agent, "someone real"], typos: 1}
  greeting:
    - hello
    - good (morning|evening)
rules:
  - id: asked-for-a-person
    priority: 90
    owner: care-team
    why: The customer asks for a person.
    when:
      any:
        - phrase:
            - (speak|talk) (to|with) (a|an)? <person>
            - connect me ... <person>
        - whole: [agent, "human please"]
        - regex: '(?i)order \\d{3,}'
        - score: {of: ai, at_least: $ai}
        - all: [{unavailable: ai}, {score: {of: local, at_least: $local}}]
        - not: {hours: office}
        - failures: {at_least: 2, within_turns: 3}
        - customer: {tier: [gold, "été"]}
        - field: {path: raw.type, matches: '^image'}
    unless:
      - phrase: ["are you a <person>"]
    then: handover
    set: {priority: high, queue: general, sla: 15m}
    do: [take_over]
    tests:
      - {say: can i talk to an agent pls, expect: handover}
      - say: "أريد التحدث مع موظف"
        given: {ai: unavailable, local: 0.1, now: 2026-03-02 10:30, before: [{bot_failed: sorry}]}
        expect: none
actions:
  take_over:
    - lead.create: {priority: high, trigger: "{{ message.text }}"}
    - slack.post:
        text: |
          {{ contact.phone }} wrote:
          {{ message.text | redact }}
    - reply:
        assigned: {en: "{{ agent.name }} is with you now.", es: "{{ agent.name }} ya está con usted."}
        nobody: We will be with you soon.
"""
SIGNS = list("\n\t :-?,[]{}#&*!|>'\"%@`\\<>()$.~=+^/0a9é漢\u00a0\u2028\u0085\ufeff\x00\x1b🙂")
SIGNS += ["---\n", "- ", ": ", " #", "{{", "}}", "{%", "<<: ", "!!", "\\1", "(?=", "...", "null", "1e999"]
SIGNS += ["9" * 5000, "(" * 60, "[" * 60, "<" + "a" * 5000 + ">"]


def _characters(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    match rng.randrange(4):
        case 0:
            return text[:at] + text[at + rng.randint(1, 5) :]
        case 1:
            return text[:at] + text[at : at + rng.randint(1, 40)] * rng.randint(2, 3) + text[at:]
        case 2:
            return text[:at] + rng.choice(SIGNS) + text[at:]
        case _:
            return text[:at] + rng.choice(SIGNS) + text[at + 1 :]


def _lines(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines[one], lines[two] = lines[two], lines[one]
        case 1:
            lines[one] = " " * rng.randrange(8) + lines[one].lstrip()
        case _:
            del lines[one]
    return "\n".join(lines)


def _tokens(text: str, rng: random.Random) -> str:
    """Two words exchanged: the YAML stays whole more often, and values come to places of other kinds."""
    words = text.split(" ")
    one, two = rng.randrange(len(words)), rng.randrange(len(words))
    words[one], words[two] = words[two], words[one]
    return " ".join(words)


def mutated(rng: random.Random) -> bytes:
    """A good file with one to four random changes of one sort; now and then bytes that are no text."""
    change: Callable[[str, random.Random], str] = rng.choice([_characters, _lines, _tokens])
    text = GOOD
    for _ in range(rng.choice([1, 1, 2, 4])):
        text = change(text, rng)
    data = bytearray(text.encode(errors="replace"))
    if rng.random() < 0.05:
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def looked_at(folder: Path, content: bytes) -> Examined:
    """What examining the content gives; checks what must be so whatever it holds."""
    path = folder / "rules.yaml"
    path.write_bytes(content)
    environ = {"AI_THRESHOLD": "0.9", "MODEL": "other", "ON": "1"}
    examined = examine(path, environ)
    errors = [problem for problem in examined.problems if problem.severity == "error"]
    assert (examined.ruleset is None) == bool(errors)
    for problem in examined.problems:
        for place in (problem.place, *([problem.related[0]] if problem.related else [])):
            source = examined.sources[place.file]
            assert 1 <= place.line <= max(1, len(source.lines))
            assert 1 <= place.column <= len(source.line(place.line)) + 1
            assert place.length >= 1
        assert problem.message
        assert "\n" not in problem.message + problem.hint
        assert len(problem.message) < 400
    shown = as_text(examined.problems, examined.sources)
    assert not any(ord(char) < 32 and char != "\n" for char in shown)
    assert len(as_json(examined.problems)) == len(examined.problems)
    if examined.ruleset is not None:
        with suppress(RulesetError):  # a phrase that is too large with its lists
            Engine(examined.ruleset)
    return examined


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the prompt and the model that the good file names."""
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    return tmp_path


def test_unchanged_file_is_good(folder: Path) -> None:
    problems = looked_at(folder, GOOD.encode()).problems
    assert problems == ()


@pytest.mark.parametrize("seed", range(8))
def test_random_changes_give_problems_with_places_and_nothing_else(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        looked_at(folder, mutated(rng))


@pytest.mark.parametrize("length", [0, 1, 20, 300])
def test_random_bytes_give_problems(length: int, folder: Path) -> None:
    rng = random.Random(length)
    for _ in range(20):
        assert looked_at(folder, rng.randbytes(length)).ruleset is None
