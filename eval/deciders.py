"""What is put on trial: the whole ruleset, its patterns alone, or one of its detectors alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from eval.read_ahead import reading_ahead
from handover_rules.bounds import detector_bound
from handover_rules.conversation import ConversationState
from handover_rules.decision import Outcome
from handover_rules.detectors import Absent, AnswerMode, AnswerStore, Detector, Recorded, build_detectors
from handover_rules.engine import Engine
from handover_rules.errors import UsageError
from handover_rules.messages import Message
from handover_rules.ruleset import Ruleset, Settings
from handover_rules.settle import query, settle_case
from handover_rules.signals import Score, Signal

__all__ = [
    "PATTERNS",
    "Decider",
    "DetectorDecider",
    "Prediction",
    "RulesetDecider",
    "build_decider",
]

PATTERNS = "patterns"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was decided about one message. `outcome` is None when the detector on trial could not answer.

    `actions` are the kinds of the planned actions, in their order; `settings` are what the rules set. `signals` are
    the answers that the decision asked for, `unasked` those that were asked for beside it. `patterns` is what would be
    decided if no detector could answer; None where that was not tried.
    """

    row_id: str
    outcome: Outcome | None
    rule: str | None
    confidence: float | None
    reason: str
    signals: Mapping[str, Signal]
    actions: tuple[str, ...] = ()
    settings: Settings = Settings()
    unasked: Mapping[str, Signal] = field(default_factory=dict)
    patterns: Outcome | None = None

    def __reduce__(self) -> tuple[type[Prediction], tuple[object, ...]]:
        # Three times as quick as a dataclass's own, where other processes send them.
        return Prediction, tuple(map(self.__getattribute__, self.__slots__))

    def known(self, detector: str) -> Signal | None:
        """What that detector said, whether or not the decision asked for it."""
        return self.signals.get(detector) or self.unasked.get(detector)

    @property
    def handover(self) -> bool | None:
        """Whether a person must take over; None when nobody knows."""
        return None if self.outcome is None else self.outcome == "handover"


class Decider(Protocol):
    """Decides about a message, given the conversation before it.

    `bound` is the score from which a detector alone says yes; None where rules decide.
    """

    @property
    def detectors(self) -> Mapping[str, Detector]: ...

    @property
    def bound(self) -> float | None: ...

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Prediction: ...


@dataclass(frozen=True, slots=True)
class RulesetDecider:
    """The ruleset, as the service would run it.

    `also` are detectors that are asked about every message, needed or not; with any, or with `patterns`, predictions
    also say what the patterns alone would decide.
    """

    engine: Engine
    detectors: Mapping[str, Detector]
    bound: None = None
    also: tuple[str, ...] = ()
    patterns: bool = False

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Prediction:
        case = self.engine.open(message, state, now=now)
        settled = await settle_case(case, self.detectors, message, state, now=now)
        said = settled.decision
        unasked = {}
        for name in self.also:
            if name not in settled.signals:
                (unasked[name],) = await self.detectors[name].ask([query(message, state, now)])
        return Prediction(
            message.id,
            said.outcome,
            said.rule,
            said.confidence,
            said.reason,
            settled.signals,
            tuple(action.kind for action in said.actions),
            said.settings,
            unasked,
            case.by_patterns() if self.patterns else None,
        )


@dataclass(frozen=True, slots=True)
class DetectorDecider:
    """One detector without any rule: a score at or above `bound` is a handover."""

    detector: Detector
    bound: float

    @property
    def detectors(self) -> Mapping[str, Detector]:
        return {self.detector.name: self.detector}

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Prediction:
        (signal,) = await self.detector.ask([query(message, state, now)])
        signals = {self.detector.name: signal}
        if not isinstance(signal, Score):
            return Prediction(message.id, None, None, None, signal.reason, signals)
        outcome: Outcome = "handover" if signal.value >= self.bound else "none"
        return Prediction(message.id, outcome, None, signal.value, signal.reason, signals)


def build_decider(
    ruleset: Ruleset,
    only: str | None,
    environ: Mapping[str, str],
    *,
    answers: AnswerStore | None,
    mode: AnswerMode,
    each: Literal["local", "all"] | None = None,
) -> Decider:
    """The whole ruleset (`only` None), its patterns alone ("patterns"), or the detector of that name.

    `each` lets the whole ruleset also try its patterns alone, and ask its detectors about every message: those that
    cost nothing, or all of them.

    `environ` gives remote detectors their key and address. Raises UsageError for a name that the ruleset does
    not have or a detector without a bound, DetectorError for one that cannot be built.
    """
    if only == PATTERNS:
        return RulesetDecider(Engine(ruleset), {name: Absent(name, "patterns_only") for name in ruleset.detectors})
    if only is not None and only not in ruleset.detectors:
        choices = ", ".join([PATTERNS, *sorted(ruleset.detectors)])
        raise UsageError(f"the ruleset has no detector {only!r}; choose one of: {choices}")
    bound = None if only is None else detector_bound(ruleset, only)
    if only is not None and bound is None:
        raise UsageError(
            f"no rule compares the score of {only!r}, so nothing says from which score it is a yes; "
            f"add a threshold of that name to the ruleset"
        )
    detectors = reading_ahead(build_detectors(ruleset, environ, answers=answers, mode=mode))
    if only is None or bound is None:
        also = [name for name, detector in detectors.items() if each == "all" or not isinstance(detector, Recorded)]
        return RulesetDecider(Engine(ruleset), detectors, also=tuple(also) if each else (), patterns=each is not None)
    return DetectorDecider(detectors[only], bound)
