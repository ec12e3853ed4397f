"""What each rule and each phrase costs a message, in microseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import thread_time_ns
from typing import Any

import re2

from eval.dataset import Dataset
from eval.replay import DEFAULT_NOW
from handover_rules.condition_trees import conditions
from handover_rules.engine import Engine
from handover_rules.engine.patterns import WrittenPattern
from handover_rules.messages import Message, encodable
from handover_rules.regexes import regex_options
from handover_rules.ruleset import Phrases, Regex, Rule, Ruleset
from handover_rules.text import Automaton, Entry, parse_phrase, tokens

__all__ = ["MESSAGES", "distinct_texts", "microseconds", "pattern_microseconds"]

MESSAGES = 2_000
"""Messages that a rule is measured on, and as many that it reads before."""
_MESSAGES_A_PATTERN = 200  # there are many patterns, and each does little


def distinct_texts(dataset: Dataset, most: int = 2 * MESSAGES) -> list[str]:
    """At most so many different customer messages, spread evenly over the files: the same in every run."""
    rows = (row for file in dataset.files for row in file.rows if row.speaker == "customer")
    texts = list(dict.fromkeys(row.text for row in rows))
    return texts[:: -(-len(texts) // most) or 1]


def microseconds(ruleset: Ruleset, texts: Sequence[str]) -> dict[str, float]:
    """The mean processor time that each rule takes for a message, by its id; empty without texts.

    Each rule is measured as if it were the only one: its phrases are looked for by an automaton of their own, in words
    that are split already, its regexes in the text, and its conditions are evaluated once in a new conversation, with
    no detector answering. Every second text is read first and not timed, so what is timed is a service that has read
    messages before; with few texts it is still learning, which costs more. All rules of a ruleset share one scan:
    together they cost far less than the sum.
    """
    # A single text has to serve for both.
    warm, timed = texts[::2], texts[1::2] or texts
    found = {}
    for rule in ruleset.rules if texts else ():
        alone = _Alone(ruleset, rule)
        alone.read(warm)
        found[rule.id] = alone.read(timed) / len(timed) / 1000
    return found


def pattern_microseconds(
    ruleset: Ruleset, patterns: Iterable[WrittenPattern], texts: Sequence[str]
) -> dict[int, float]:
    """The mean processor time that looking for each pattern takes in a message, by its number; empty without texts.

    As `microseconds`, on a tenth of the messages: each pattern is looked for alone, in words that are split already
    (a regex in the text).
    """
    chosen = texts[:: -(-len(texts) // (2 * _MESSAGES_A_PATTERN)) or 1]
    words, written = [tokens(text) for text in chosen], [encodable(text) for text in chosen]
    lists = {name: phrases.words for name, phrases in ruleset.phrases.items()}
    found = {}
    for pattern in patterns if texts else ():
        look: Callable[[Any], object]
        if pattern.kind == "regex":
            look = re2.compile(pattern.text, regex_options()).search
            inputs: Sequence[Any] = written
        else:
            look = Automaton([Entry(parse_phrase(pattern.text), pattern.kind == "whole")], lists).find_tokens
            inputs = words
        warm, timed = inputs[::2], inputs[1::2] or inputs
        for one in warm:
            look(one)
        started = thread_time_ns()
        for one in timed:
            look(one)
        found[pattern.number] = (thread_time_ns() - started) / len(timed) / 1000
    return found


class _Alone:
    """One rule of a ruleset, without the others."""

    def __init__(self, ruleset: Ruleset, rule: Rule) -> None:
        parts = list(conditions(rule))
        entries = [Entry(one.phrase, part.whole) for part in parts if isinstance(part, Phrases) for one in part.phrases]
        regexes = [text for part in parts if isinstance(part, Regex) for text, _ in part.patterns]
        lists = {name: phrases.words for name, phrases in ruleset.phrases.items()}
        self._automaton = Automaton(entries, lists) if entries else None
        self._regexes = re2.Set.SearchSet(regex_options()) if regexes else None
        if self._regexes is not None:
            for text in regexes:
                self._regexes.Add(text)
            self._regexes.Compile()
        self._engine = Engine(replace(ruleset, rules=(rule,)))

    def read(self, texts: Sequence[str]) -> int:
        """Nanoseconds that the rule takes for all of these."""
        words = [tokens(text) for text in texts]
        written = [encodable(text) for text in texts]
        cases = [self._engine.open(Message("", text), now=DEFAULT_NOW) for text in texts]
        started = thread_time_ns()
        if self._automaton is not None:
            for split in words:
                self._automaton.find_tokens(split)
        if self._regexes is not None:
            for text in written:
                self._regexes.Match(text)
        for case in cases:
            case.firing()
        return thread_time_ns() - started
