"""The engine: from a message, a conversation, a time and the signals so far, to a decision or what it still needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Needs, Outcome, PlannedAction, RuleTrace
from handover_rules.engine.conditions import deciding_score
from handover_rules.engine.facts import Facts
from handover_rules.engine.program import MAYBE, YES, CompiledRule, Program
from handover_rules.engine.trace import trace_rules
from handover_rules.errors import EngineError
from handover_rules.messages import Message
from handover_rules.ruleset import Rule, Ruleset, Settings
from handover_rules.signals import Signals

__all__ = ["Engine"]

_NO_SIGNALS: Signals = MappingProxyType({})
_NEW = ConversationState()
_UNSET = Settings()
_RANK = {"low": 0, "medium": 1, "high": 2, "urgent": 3}
_OUTCOMES: dict[str, Outcome] = {"handover": "handover", "ask": "ask", "stay": "stay"}


class Engine:
    """A compiled ruleset. Immutable, safe to share between threads, without I/O or a clock of its own.

    Signals are used in the order of the detectors' cost, and only while they can still change the deciding rule; once
    that is certain and hands over, those that can change the tags, which add settings and actions. A signal that was
    given and is not needed has no influence: so a decision depends neither on the order in which signals arrive nor
    on answers that nobody had to ask for.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        """Compile; raises RulesetError for a phrase too large to compile."""
        self.ruleset = ruleset
        self._program = Program(ruleset)
        self._costs = {name: (spec.cost, name) for name, spec in ruleset.detectors.items()}

    def decide(
        self,
        message: Message,
        state: ConversationState = _NEW,
        *,
        now: datetime,
        signals: Signals = _NO_SIGNALS,
        trace: bool = False,
    ) -> Decision | Needs:
        """Decide about `message`, written at `now`, in a conversation that is in `state` *before* it.

        Returns `Needs` while detectors without a signal can still change the decision. `trace` adds why every rule
        did or did not fire (of no rule where a person owns the conversation). Raises EngineError when `now` has no
        time zone.
        """
        if now.utcoffset() is None:
            raise EngineError(f"the time {now.isoformat()} has no time zone: give one, such as datetime.now(UTC)")
        state = state.at(now)
        if state.owner == "human":
            return self._nothing("a person owns the conversation", (), (), () if trace else None)
        facts = self._program.scan(message, state, now)
        candidates = self._program.candidates(facts)
        while True:
            winner, waiting = self._look(candidates, facts)
            if not waiting:
                break
            cheapest = min(waiting, key=self._costs.__getitem__)
            signal = signals.get(cheapest)
            if signal is None:
                return Needs(tuple(sorted(waiting, key=self._costs.__getitem__)))
            facts.revealed[cheapest] = signal
        tags = self._tags(candidates, facts, winner)
        rules = trace_rules(self._program.rules, facts, tags) if trace else None
        if winner is None:
            return self._nothing("no rule fired", tuple(facts.revealed), tags, rules)
        return self._decision(winner, tags, facts, rules)

    def _look(self, candidates: Iterable[CompiledRule], facts: Facts) -> tuple[CompiledRule | None, frozenset[str]]:
        """The rule that decides as far as can be told, and the detectors that can still change what comes of it."""
        winner = None
        waiting: frozenset[str] = frozenset()
        for compiled in candidates:
            if compiled.rule.then == "tag":
                continue
            fires = compiled.fires(facts)
            if fires == YES:
                winner = compiled
                break
            if fires == MAYBE:
                waiting |= compiled.waiting(facts)
        if not waiting and winner is not None and winner.rule.then == "handover":
            for compiled in candidates:
                if compiled.rule.then == "tag" and compiled.fires(facts) == MAYBE:
                    waiting |= compiled.waiting(facts)
        return winner, waiting

    def _tags(
        self, candidates: Iterable[CompiledRule], facts: Facts, winner: CompiledRule | None
    ) -> tuple[CompiledRule, ...]:
        """The `tag` rules that fire. Without a handover only those that fire whatever detectors say.

        Nobody pays to ask a detector for a tag that changes nothing, and a signal that happens to be known already
        must not make a difference either.
        """
        tags = [compiled for compiled in candidates if compiled.rule.then == "tag"]
        if not tags:
            return ()
        revealed = facts.revealed
        if winner is None or winner.rule.then != "handover":
            facts.revealed = {}
        fired = tuple(compiled for compiled in tags if compiled.fires(facts) == YES)
        facts.revealed = revealed
        return fired

    def _decision(
        self,
        winner: CompiledRule,
        tags: tuple[CompiledRule, ...],
        facts: Facts,
        trace: tuple[RuleTrace, ...] | None,
    ) -> Decision:
        rule = winner.rule
        adding = [compiled.rule for compiled in tags] if rule.then == "handover" else []
        return Decision(
            outcome=_OUTCOMES[rule.then],
            rule=rule.id,
            reason=rule.why or f"the rule {rule.id} fired",
            confidence=deciding_score(winner.when, facts, self._costs),
            tags=tuple(compiled.rule.id for compiled in tags),
            settings=_merged(sorted([rule, *adding], key=lambda one: -one.priority)),
            actions=self._planned([rule, *adding]),
            asked=tuple(facts.revealed),
            ruleset_hash=self.ruleset.hash,
            trace=trace,
        )

    def _planned(self, rules: Iterable[Rule]) -> tuple[PlannedAction, ...]:
        """The actions of the deciding rule and of the tags, in that order; a list that several name is run once."""
        names = dict.fromkeys(name for rule in rules for name in rule.do)
        return tuple(
            PlannedAction(action.kind, action.params, action.place)
            for name in names
            for action in self.ruleset.actions[name]
        )

    def _nothing(
        self,
        reason: str,
        asked: tuple[str, ...],
        tags: tuple[CompiledRule, ...],
        trace: tuple[RuleTrace, ...] | None,
    ) -> Decision:
        return Decision(
            outcome="none",
            rule=None,
            reason=reason,
            confidence=None,
            tags=tuple(compiled.rule.id for compiled in tags),
            settings=_UNSET,
            actions=(),
            asked=asked,
            ruleset_hash=self.ruleset.hash,
            trace=trace,
        )


def _merged(rules: Iterable[Rule]) -> Settings:
    """The settings of all rules together, the rule of the highest priority first."""
    priority, queue, sla, topic = None, None, None, None
    for rule in rules:
        own = rule.settings
        if own.priority is not None and (priority is None or _RANK[own.priority] > _RANK[priority]):
            priority = own.priority
        if own.sla is not None and (sla is None or own.sla < sla):
            sla = own.sla
        queue = queue if queue is not None else own.queue
        topic = topic if topic is not None else own.topic
    return Settings(priority, queue, sla, topic)
