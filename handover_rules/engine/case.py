"""Deciding one message: which rule decides, whose answer can still change that, and what is then planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from handover_rules.decision import Decision, Needs, Outcome, PlannedAction, RuleTrace
from handover_rules.engine.conditions import deciding_score
from handover_rules.engine.facts import Facts
from handover_rules.engine.program import MAYBE, NO, YES, CompiledRule, Program
from handover_rules.engine.trace import trace_rules
from handover_rules.ruleset import Rule, Ruleset, Settings
from handover_rules.signals import Signals, Unavailable

__all__ = ["Case", "planned"]

_NO_RULE = "no rule fired"
_NO_RULES: frozenset[str] = frozenset()
_UNSET = Settings()
_RANK = {"low": 0, "medium": 1, "high": 2, "urgent": 3}
_Look: TypeAlias = tuple[CompiledRule | None, frozenset[str]]
_NOBODY_ANSWERS = Unavailable("patterns_only")
_OUTCOMES: dict[str, Outcome] = {"handover": "handover", "ask": "ask", "stay": "stay"}


class Case:
    """A message under decision, made by `Engine.open`. `facts` is None where a person owns the conversation.

    A case remembers the signals that it used, so it belongs to one message and one thread.
    """

    __slots__ = (
        "_candidates",
        "_costs",
        "_deciding",
        "_facts",
        "_left_out",
        "_looked",
        "_program",
        "_ruleset",
        "_tagging",
    )

    def __init__(
        self,
        ruleset: Ruleset,
        program: Program,
        costs: Mapping[str, tuple[int, str]],
        facts: Facts | None,
        left_out: frozenset[str] = _NO_RULES,
        candidates: list[CompiledRule] | None = None,
    ) -> None:
        """`left_out` are ids of rules that are treated as if they were not in the ruleset. `candidates` are the others
        that can fire, where they are known from a case of the same message."""
        self._ruleset = ruleset
        self._program = program
        self._costs = costs
        self._facts = facts
        self._left_out = left_out
        if candidates is None:
            candidates = program.candidates(facts) if facts is not None else []
            if left_out:
                candidates = [compiled for compiled in candidates if compiled.rule.id not in left_out]
        self._candidates = candidates
        self._looked: _Look | None = None  # what the signals used so far come to
        self._deciding = [compiled for compiled in candidates if compiled.rule.then != "tag"]
        self._tagging = [compiled for compiled in candidates if compiled.rule.then == "tag"]

    def decide(self, signals: Signals, *, trace: bool = False) -> Decision | Needs:
        """A decision, or `Needs` while detectors that are not in `signals` can still change it.

        Called again, `signals` holds those of before and what was answered since. `trace` adds why every rule did or
        did not fire (of no rule where a person owns the conversation).
        """
        facts = self._facts
        if facts is None:
            return self._decision(None, (), (), () if trace else None, "a person owns the conversation")
        while True:
            if self._looked is None:
                self._looked = self._look(facts)
            winner, waiting = self._looked
            if not waiting:
                break
            cheapest = min(waiting, key=self._costs.__getitem__)
            signal = signals.get(cheapest)
            if signal is None:
                return Needs(tuple(sorted(waiting - signals.keys(), key=self._costs.__getitem__)))
            facts.revealed[cheapest] = signal
            self._looked = None
        tags = self._tags(facts, winner)
        if winner is None and not tags and not trace:
            return _nothing(self._ruleset.hash, tuple(facts.revealed))
        return self._decision(winner, tags, tuple(facts.revealed), self.trace() if trace else None, _NO_RULE)

    def trace(self) -> tuple[RuleTrace, ...]:
        """Why every rule fires or does not with the signals used so far, in deciding order.

        Also where they are too few for a decision: a tag has fired then if no pending detector can change that.
        """
        facts = self._facts
        if facts is None:
            return ()
        first = next((compiled for compiled in self._deciding if compiled.fires(facts) != NO), None)
        winner = first if first is not None and first.fires(facts) == YES else None
        rules = [compiled for compiled in self._program.rules if compiled.rule.id not in self._left_out]
        return trace_rules(rules, facts, self._tags(facts, winner))

    @property
    def matched(self) -> Sequence[int]:
        """The numbers of the patterns that occur in the message: see `Engine.patterns`."""
        return self._facts.matched if self._facts is not None else ()

    def firing(self) -> tuple[Rule, ...]:
        """The deciding rules that fire with the signals used so far, in deciding order; the first one decides.

        Tags are not among them: what they depend on is the decision, which names them.
        """
        facts = self._facts
        if facts is None:
            return ()
        return tuple(one.rule for one in self._candidates if one.rule.then != "tag" and one.fires(facts) == YES)

    def by_patterns(self) -> Outcome:
        """What would be decided if no detector could answer. Changes nothing in this case."""
        if self._facts is None:
            return "none"
        facts = self._facts.unanswered()
        facts.revealed = dict.fromkeys(self._costs, _NOBODY_ANSWERS)
        # Every condition is settled then, so the first rule that can fire does.
        fires = (one.rule.then for one in self._candidates if one.rule.then != "tag" and one.fires(facts) == YES)
        return _OUTCOMES.get(next(fires, ""), "none")

    def anew(self) -> Case:
        """The case of the same message, not decided yet."""
        facts = self._facts.unanswered() if self._facts is not None else None
        return Case(self._ruleset, self._program, self._costs, facts, self._left_out, self._candidates)

    def without_rule(self, rule_id: str) -> Case:
        """The case of the same message, not decided yet, had that rule never been written."""
        facts = self._facts.unanswered() if self._facts is not None else None
        return Case(self._ruleset, self._program, self._costs, facts, self._left_out | {rule_id})

    def without_pattern(self, number: int) -> Case:
        """The case of the same message, not decided yet, had the pattern of that number never been written.

        A condition keeps its other patterns, and is false once it has none. The words of the pattern stay known, so
        what is read as a typo of what does not change; everything else is as in a ruleset without it.
        """
        facts = self._program.without_pattern(self._facts, number) if self._facts is not None else None
        return Case(self._ruleset, self._program, self._costs, facts, self._left_out)

    def _look(self, facts: Facts) -> _Look:
        """The rule that decides as far as can be told, and the detectors that can still change what comes of it."""
        winner = None
        waiting: frozenset[str] = frozenset()
        undecided = []
        for compiled in self._deciding:
            fires = compiled.fires(facts)
            if fires == NO:
                continue
            undecided.append(compiled)
            if fires == YES:
                winner = compiled
                break
            waiting |= compiled.waiting(facts)
        # A further signal settles conditions and unsettles none: a rule that cannot fire now never will.
        self._deciding = undecided
        if not waiting and winner is not None and winner.rule.then == "handover":
            for compiled in self._tagging:
                if compiled.rule.adds and compiled.fires(facts) == MAYBE:
                    waiting |= compiled.waiting(facts)
        return winner, waiting

    def _tags(self, facts: Facts, winner: CompiledRule | None) -> tuple[CompiledRule, ...]:
        """The `tag` rules that fire; of those that add nothing to a handover, those that fire whatever detectors say.

        Nobody pays to ask a detector for a tag that changes nothing, and a signal that happens to be known already
        must not make a difference either.
        """
        handover = winner is not None and winner.rule.then == "handover"
        revealed = facts.revealed
        fired = []
        for compiled in self._tagging:
            facts.revealed = revealed if handover and compiled.rule.adds else {}
            if compiled.fires(facts) == YES:
                fired.append(compiled)
        facts.revealed = revealed
        return tuple(fired)

    def _decision(
        self,
        winner: CompiledRule | None,
        tags: tuple[CompiledRule, ...],
        asked: tuple[str, ...],
        trace: tuple[RuleTrace, ...] | None,
        reason: str,
    ) -> Decision:
        """What `winner` and the tags plan; without a winner, that nothing happens, for `reason`."""
        rule = winner.rule if winner is not None else None
        rules = [rule] if rule is not None else []
        if rule is not None and rule.then == "handover":
            rules += [compiled.rule for compiled in tags]
        confidence = None
        if winner is not None and self._facts is not None and asked:
            confidence = deciding_score(winner.when, self._facts, self._costs)
        return Decision(
            outcome=_OUTCOMES[rule.then] if rule is not None else "none",
            rule=rule.id if rule is not None else None,
            reason=(rule.why or f"the rule {rule.id} fired") if rule is not None else reason,
            confidence=confidence,
            tags=tuple(compiled.rule.id for compiled in tags),
            settings=_merged(rules),
            actions=planned(self._ruleset, rules),
            asked=asked,
            ruleset_hash=self._ruleset.hash,
            trace=trace,
        )


def planned(ruleset: Ruleset, rules: Iterable[Rule]) -> tuple[PlannedAction, ...]:
    """The actions of the rules in their order; a list that several name is run once."""
    names = dict.fromkeys(name for rule in rules for name in rule.do)
    return tuple(
        PlannedAction(action.kind, action.params, action.place) for name in names for action in ruleset.actions[name]
    )


@lru_cache(maxsize=256)
def _nothing(ruleset_hash: str, asked: tuple[str, ...]) -> Decision:
    """The decision about nearly every message: no rule fired. It is a value, so one serves for all of them."""
    return Decision("none", None, _NO_RULE, None, (), _UNSET, (), asked, ruleset_hash)


def _merged(rules: Sequence[Rule]) -> Settings:
    """The settings of all rules together: priority highest, SLA shortest, others by the rule of highest priority."""
    if len(rules) <= 1:
        return rules[0].settings if rules else _UNSET
    priority, queue, sla, topic = None, None, None, None
    for rule in sorted(rules, key=lambda one: -one.priority):
        own = rule.settings
        if own.priority is not None and (priority is None or _RANK[own.priority] > _RANK[priority]):
            priority = own.priority
        if own.sla is not None and (sla is None or own.sla < sla):
            sla = own.sla
        queue = queue if queue is not None else own.queue
        topic = topic if topic is not None else own.topic
    return Settings(priority, queue, sla, topic)
