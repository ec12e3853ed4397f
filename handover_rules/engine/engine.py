"""The engine: from a message, a conversation, a time and the signals so far, to a decision or what it still needs."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Needs
from handover_rules.engine.case import Case, planned
from handover_rules.engine.patterns import WrittenPattern, written_patterns
from handover_rules.engine.program import Program
from handover_rules.errors import EngineError
from handover_rules.messages import Message
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Signals

__all__ = ["Engine"]

_NO_SIGNALS: Signals = MappingProxyType({})
_NEW = ConversationState()


class Engine:
    """A compiled ruleset. Immutable, safe to share between threads, without I/O or a clock of its own.

    Signals are used in the order of the detectors' cost, and only while they can still change the deciding rule; once
    that is certain and hands over, those that can change which tags add settings or actions. A signal that was
    given and is not needed has no influence: so a decision depends neither on the order in which signals arrive nor
    on answers that nobody had to ask for.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._program = Program(ruleset)
        self._costs = {name: (spec.cost, name) for name, spec in ruleset.detectors.items()}

    def open(self, message: Message, state: ConversationState = _NEW, *, now: datetime) -> Case:
        """The case of `message`, written at `now`, in a conversation that is in `state` *before* it.

        The message is read once, however often the case is then decided with further signals. Raises EngineError
        when `now` has no time zone.
        """
        if now.utcoffset() is None:
            raise EngineError(f"the time {now.isoformat()} has no time zone: give one, such as datetime.now(UTC)")
        state = state.at(now)
        # What a person of the business reads is not analysed at all.
        facts = self._program.scan(message, state, now) if state.owner == "bot" else None
        return Case(self.ruleset, self._program, self._costs, facts)

    def decide(
        self,
        message: Message,
        state: ConversationState = _NEW,
        *,
        now: datetime,
        signals: Signals = _NO_SIGNALS,
        trace: bool = False,
    ) -> Decision | Needs:
        """Open the case and decide it with the signals known so far: see `open` and `Case.decide`."""
        return self.open(message, state, now=now).decide(signals, trace=trace)

    @cached_property
    def patterns(self) -> tuple[WrittenPattern, ...]:
        """The phrases and regexes that rules write, in deciding order, then as written."""
        return written_patterns(self._program.rules)

    def hand_over(self, reason: str) -> Decision:
        """A handover that was decided outside of the rules: it sets and does what their first handover does.

        Raises EngineError where no rule hands over, so that nothing says what to do.
        """
        rules = [rule for rule in self.ruleset.rules if rule.then == "handover"]
        if not rules:
            raise EngineError("no rule hands over, so nothing says what to do at a handover")
        rule = next((rule for rule in rules if rule.do), rules[0])
        actions = planned(self.ruleset, [rule])
        return Decision("handover", None, reason, None, (), rule.settings, actions, (), self.ruleset.hash)
