"""What the service counts while it runs. No label holds what a customer wrote, or who they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from handover_rules.detectors import Detector, Spending
from handover_rules.signals import Score
from service.channels.inbound import Inbound
from service.metrics.exposition import Counter, Family, Histogram
from service.rules import Loaded
from service.shadows import LiveDecision
from service.store.inbox import Received

__all__ = ["Metrics", "of_rules"]

# Seconds.
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_WITH_AI = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The counts of one running service, from its start on."""

    def __init__(self) -> None:
        self.messages = Counter(
            "handover_messages_total", "Parts of deliveries, by what became of them.", ("channel", "status")
        )
        self.not_stored = Counter("handover_not_stored_total", "Deliveries answered with 503.")
        self.acknowledgement = Histogram(
            "handover_acknowledgement_seconds", "From a delivery's arrival to its answer, when it is stored.", _QUICK
        )
        self.decisions = Counter(
            "handover_decisions_total", "Decided messages; `rule` is empty where none decided.", ("outcome", "rule")
        )
        self.decision = Histogram(
            "handover_decision_seconds", "From a message's arrival to its decision, detectors included.", _WITH_AI
        )
        self.answers = Counter(
            "handover_detector_answers_total",
            "Answers of detectors: `score`, or the reason why there is none.",
            ("detector", "result"),
        )
        self.attempts = Counter(
            "handover_outbox_attempts_total", "Attempts to send what is owed, by their end.", ("target", "result")
        )

    def received(self, delivered: Iterable[Inbound], received: Iterable[Received], seconds: float) -> None:
        """A delivery was stored and is answered now."""
        for inbound, one in zip(delivered, received, strict=True):
            self.messages.add(inbound.channel, one.status)
        self.acknowledgement.observe(seconds)

    def decided(self, live: LiveDecision, at: datetime) -> None:
        """A decision was written."""
        decision = live.settled.decision
        self.decisions.add(decision.outcome, decision.rule or "")
        self.decision.observe((at - live.now).total_seconds())
        for detector, signal in live.settled.signals.items():
            self.answers.add(detector, "score" if isinstance(signal, Score) else signal.reason)

    def read(self) -> Iterator[Family]:
        """All counts."""
        counted = (
            self.messages,
            self.not_stored,
            self.acknowledgement,
            self.decisions,
            self.decision,
            self.answers,
            self.attempts,
        )
        for metric in counted:
            yield metric.read()


def of_rules(loaded: Loaded, refusals: int, *, refused: bool) -> Iterator[Family]:
    """Which rules decide, whether newer ones were refused, and what their detectors have spent."""
    labels = {"ruleset": loaded.ruleset.name, "hash": loaded.ruleset.hash}
    yield Family("handover_ruleset_info", "gauge", "The rules in use.", [("", labels, 1)])
    yield Family("handover_ruleset_refusals_total", "counter", "Rules that were refused.", [("", {}, refusals)])
    yield Family(
        "handover_ruleset_refused",
        "gauge",
        "1 where the rule files are not those in use, because they have an error.",
        [("", {}, refused)],
    )
    used = {name: usage for name, detector in loaded.detectors.items() if (usage := _usage(detector)) is not None}
    yield Family(
        "handover_detector_requests_total",
        "counter",
        "Requests to a provider since the rules were loaded.",
        [("", {"detector": name}, usage.calls) for name, usage in used.items()],
    )
    yield Family(
        "handover_detector_spend_total",
        "counter",
        "Money spent since the rules were loaded, in the unit of `prices`.",
        [("", {"detector": name}, usage.money) for name, usage in used.items() if usage.money is not None],
    )


def _usage(detector: Detector) -> Spending | None:
    usage = getattr(detector, "usage", None)
    return usage if isinstance(usage, Spending) else None
