"""Running the tests that stand inside rules.

A test's detectors are what it says under `given`; those it does not name are unavailable. So a test depends on
nothing but the rule files: no model, no network, no environment, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handover_rules.conversation import BotReply, ConversationState, CustomerMessage, Decided, reduce
from handover_rules.decision import Decision, Needs
from handover_rules.engine import Engine
from handover_rules.messages import Message
from handover_rules.ruleset import Rule, Ruleset, RuleTest
from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["TestResult", "run_tests"]

# A Monday morning: tests that do not name a time get this one, in the ruleset's time zone.
DEFAULT_NOW = datetime(2026, 3, 2, 10, 30)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test and what came of it. `failure` says what was expected and what happened; "" when it passed."""

    __test__ = False  # for pytest, which collects classes of this name

    rule: Rule
    test: RuleTest
    decision: Decision
    failure: str

    @property
    def passed(self) -> bool:
        """Whether the decision was as expected."""
        return not self.failure


def run_tests(ruleset: Ruleset) -> Iterator[TestResult]:
    """Run every test of every rule, in the order of the rules. The decisions carry their traces."""
    engine = Engine(ruleset)
    for rule in ruleset.rules:
        for test in rule.tests:
            decision = _decide(engine, ruleset, test)
            yield TestResult(rule, test, decision, _failure(rule, test, decision))


def _decide(engine: Engine, ruleset: Ruleset, test: RuleTest) -> Decision:
    given = test.given
    local = datetime.fromisoformat(given.now) if given.now else DEFAULT_NOW
    now = local.replace(tzinfo=ZoneInfo(ruleset.time_zone)).astimezone(UTC)
    state = _history(test, now)
    message = Message("test", test.say, given.lang, given.channel, dict(given.customer), given.event)
    signals: dict[str, Signal] = {name: Unavailable("not_given") for name in ruleset.detectors}
    for name, value in given.signals.items():
        signals[name] = Unavailable("given") if value is None else Score(value)
    decision = engine.decide(message, state, now=now, signals=signals, trace=True)
    assert not isinstance(decision, Needs)  # every detector has a signal
    return decision


def _history(test: RuleTest, now: datetime) -> ConversationState:
    state = ConversationState()
    turns = test.given.before
    for seconds, turn in enumerate(turns):
        at = now - timedelta(seconds=len(turns) - seconds)
        if turn.speaker == "customer":
            state = reduce(state, CustomerMessage(at, Message(f"before-{seconds}", turn.text)))
        else:
            state = reduce(state, BotReply(at, turn.text, turn.failed))
    if test.given.offered:
        state = reduce(state, Decided(now, "ask"))
    return state


def _failure(rule: Rule, test: RuleTest, decision: Decision) -> str:
    if decision.outcome != test.expect:
        by = f" by `{decision.rule}`" if decision.rule else ""
        return f"expected {test.expect}, and it was {decision.outcome}{by}"
    if test.expect == rule.then and decision.rule != rule.id:
        return f"{test.expect} as expected, but by `{decision.rule}` and not by `{rule.id}`"
    if test.tags is not None and set(test.tags) != set(decision.tags):
        return f"expected the tags {_names(test.tags)}, and they were {_names(decision.tags)}"
    return ""


def _names(tags: tuple[str, ...]) -> str:
    return ", ".join(f"`{tag}`" for tag in sorted(tags)) or "none"
