"""Running the tests that stand inside rules.

A test's detectors are what it says under `given`; those it does not name are unavailable, and those it leaves unknown
are not asked. So a test depends on nothing but the rule files: no model, no network, no environment, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handover_rules.conversation import BotReply, ConversationState, CustomerMessage, Decided, reduce
from handover_rules.decision import Decision, Needs, RuleTrace
from handover_rules.engine import Engine
from handover_rules.engine.case import Case
from handover_rules.messages import Message
from handover_rules.ruleset import Given, Rule, Ruleset, RuleTest
from handover_rules.signals import Score, Signal, Signals, Unavailable

__all__ = ["TestResult", "run_tests"]

# A Monday morning: tests that do not name a time get this one, in the ruleset's time zone.
DEFAULT_NOW = datetime(2026, 3, 2, 10, 30)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test and what came of it. `failure` says what was expected and what happened; "" when it passed.

    `decision` is `Needs` where the engine would have asked a detector that the test leaves unknown. `trace` is of every
    rule, as far as it is known; it is empty for a test that passed, unless it was asked for.
    """

    __test__ = False  # for pytest, which collects classes of this name

    rule: Rule
    test: RuleTest
    decision: Decision | Needs
    trace: tuple[RuleTrace, ...]
    failure: str

    @property
    def passed(self) -> bool:
        """Whether the decision was as expected."""
        return not self.failure

    @property
    def outcome(self) -> str:
        """What was decided, or what a decision still needs: `needs ai`."""
        if isinstance(self.decision, Needs):
            return f"needs {', '.join(self.decision.detectors)}"
        return self.decision.outcome

    @property
    def decided_by(self) -> str | None:
        """The id of the rule that decided."""
        return None if isinstance(self.decision, Needs) else self.decision.rule


def run_tests(ruleset: Ruleset, rules: Iterable[Rule] | None = None, *, trace: bool = False) -> Iterator[TestResult]:
    """Run every test of the ruleset's rules, or of some of them, in the order of the rules.

    `trace` adds the trace to tests that passed too: with many rules it costs far more than the decision.
    """
    engine = Engine(ruleset)
    for rule in ruleset.rules if rules is None else rules:
        for test in rule.tests:
            case = _opened(engine, test)
            decision = case.decide(_signals(ruleset, test.given))
            failure = _failure(rule, test, decision)
            yield TestResult(rule, test, decision, case.trace() if failure or trace else (), failure)


def _opened(engine: Engine, test: RuleTest) -> Case:
    given = test.given
    local = datetime.fromisoformat(given.now) if given.now else DEFAULT_NOW
    now = local.replace(tzinfo=ZoneInfo(engine.ruleset.time_zone)).astimezone(UTC)
    message = Message("test", test.say, given.lang, given.channel, dict(given.customer), given.event)
    return engine.open(message, _history(test, now), now=now)


def _signals(ruleset: Ruleset, given: Given) -> Signals:
    signals: dict[str, Signal] = {
        name: Unavailable("not_given") for name in ruleset.detectors if name not in given.unknown
    }
    for name, value in given.signals.items():
        signals[name] = Unavailable("given") if value is None else Score(value)
    return signals


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


def _failure(rule: Rule, test: RuleTest, decision: Decision | Needs) -> str:
    if isinstance(decision, Needs):
        return f"the decision needs {_names(decision.detectors)}, which this test leaves unknown"
    if decision.outcome != test.expect:
        by = f" by `{decision.rule}`" if decision.rule else ""
        return f"expected {test.expect}, and it was {decision.outcome}{by}"
    if test.expect == rule.then and decision.rule != rule.id:
        return f"{test.expect} as expected, but by `{decision.rule}` and not by `{rule.id}`"
    if test.tags is not None and set(test.tags) != set(decision.tags):
        return f"expected the tags {_names(test.tags)}, and they were {_names(decision.tags)}"
    return ""


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
