"""The rulesets and messages that benchmarks run on: generated, the same on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handover_rules.messages import Message
from handover_rules.text import tokens

__all__ = ["PlainRule", "as_yaml", "plain_rules", "read_messages", "written_rules"]

SEED = 7


@dataclass(frozen=True, slots=True)
class PlainRule:
    """A rule that every engine can say: one of the phrases occurs, and the customer has the tier."""

    id: str
    phrases: tuple[str, ...]
    tier: str


def read_messages(paths: Sequence[Path]) -> list[Message]:
    """The distinct messages of JSON Lines files, each once, in an order without pattern."""
    texts: dict[str, None] = {}
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                texts[json.loads(line)["text"]] = None
    distinct = list(texts)
    chance = random.Random(SEED)
    chance.shuffle(distinct)
    tiers = ("gold", "silver", "bronze")
    return [
        Message(str(number), text, "en", "whatsapp", {"tier": chance.choice(tiers)})
        for number, text in enumerate(distinct)
    ]


def plain_rules(messages: Sequence[Message], rules: int, phrases: int) -> list[PlainRule]:
    """Rules whose phrases are runs of two to four words of the messages, half of them with one word exchanged.

    So phrases begin with the words that messages begin with, and some rules fire: the hard case for an index.
    """
    chance = random.Random(SEED)
    words = [found for message in messages if len(found := tokens(message.text)) >= 4]
    vocabulary = sorted({word for found in words for word in found})
    made = []
    for number in range(rules):
        own = []
        for _ in range(phrases // rules):
            found = chance.choice(words)
            start, length = chance.randrange(len(found) - 3), chance.randint(2, 4)
            run = found[start : start + length]
            if chance.random() < 0.5:
                run[chance.randrange(len(run))] = chance.choice(vocabulary)
            own.append(" ".join(run))
        made.append(PlainRule(f"rule-{number}", tuple(dict.fromkeys(own)), chance.choice(("gold", "silver"))))
    return made


def written_rules(rules: Sequence[PlainRule]) -> str:
    """The rules as people write them: a list of words with typos, exceptions, actions and tests. A rule file."""
    lines = [
        "ruleset: benchmark",
        "phrases:",
        "  person: {words: [human, person, agent, operator], typos: 1}",
        "rules:",
    ]
    for number, rule in enumerate(rules):
        lines += [f"  - id: {rule.id}", f"    priority: {50 + 10 * (number % 4)}", "    when:", "      phrase:"]
        lines += [
            f"        - {phrase}{' (a|the)? <person>' if at % 3 == 0 else ''}" for at, phrase in enumerate(rule.phrases)
        ]
        lines += ["    unless:", "      - phrase:", f"          - not {rule.phrases[0]}"]
        lines += ["    then: handover", "    do: [tell]", "    tests:"]
        lines += [f"      - {{say: {rule.phrases[0]} agent, expect: handover}}", "      - {say: hello, expect: none}"]
    lines += ["actions:", "  tell:", '    - slack.post: {text: "{{ message.text | redact }}"}']
    return "\n".join(lines) + "\n"


def as_yaml(rules: Sequence[PlainRule]) -> str:
    """The rules as a rule file."""
    lines = ["ruleset: benchmark", "rules:"]
    for rule in rules:
        lines += [f"  - id: {rule.id}", "    then: handover", "    when:", "      all:", "        - phrase:"]
        lines += [f"            - {json.dumps(phrase, ensure_ascii=False)}" for phrase in rule.phrases]
        lines += [f"        - customer: {{tier: {rule.tier}}}"]
    return "\n".join(lines) + "\n"
