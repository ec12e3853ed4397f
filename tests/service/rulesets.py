"""A small ruleset with a rule of each kind, and detectors that answer as a test says."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from handover_rules.detectors import Detector, Query
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Signal

__all__ = ["NEEDED", "NOT_NEEDED", "Answering", "detectors", "ruleset"]

NEEDED = Score(0.9, needed=True, confidence=0.9, reason="They want somebody.")
NOT_NEEDED = Score(0.0, needed=False, confidence=0.8, reason="A question about a parcel.")

_TEXT = """\
ruleset: small
default_language: en
time_zone: Europe/Berlin
{head}
hours: {{office: {{days: mon-fri, from: 09:00, to: 18:00}}}}
queues: {{general: {{skills: [support]}}}}
thresholds: {{ai: 0.7, local: 0.9}}
detectors:
  local: {{kind: linear, cost: 1, model: local.json}}
  ai: {{kind: openai, cost: 100, model: gpt-test, prompt: prompt.j2}}
rules:
  - id: not-meant
    priority: 95
    why: The customer talks about humans in general.
    when: {{phrase: human rights}}
    then: stay
  - id: asked
    priority: 90
    why: The customer asks for a person.
    when: {{phrase: [human, menschen]}}
    then: handover
    set: {{priority: high, queue: general, sla: 15m, topic: person}}
    do: [take_over, tell]
  - id: angry
    priority: 90
    when: {{phrase: furious}}
    then: tag
    set: {{priority: urgent}}
  - id: ai-says
    priority: 60
    why: The AI is sure.
    when: {{score: {{of: ai, at_least: $ai}}}}
    then: handover
    do: [take_over, tell]
  - id: local-says
    why: The local model is sure.
    when: {{all: [{{unavailable: ai}}, {{score: {{of: local, at_least: $local}}}}]}}
    then: handover
    do: [take_over]
  - id: unsure
    priority: 40
    why: The bot may not have understood.
    when: {{phrase: not what i meant}}
    then: ask
    do: [offer]
  - id: accepted
    priority: 96
    why: The customer accepted.
    when: {{accepted_offer: true}}
    then: handover
    set: {{queue: general}}
    do: [take_over]
actions:
  take_over:
{take_over}
  tell:
    - slack.post: {{text: "{{{{ rule.id }}}}: {{{{ message.text }}}}"}}
    - webhook.post: {{event: handover, data: {{score: "{{{{ contact.lead_score }}}}"}}}}
    - reply:
        assigned: {{en: "{{{{ agent.name }}}} is here.", de: "{{{{ agent.name }}}} ist da."}}
        nobody: {{en: You are next., de: Sie sind dran.}}
        closed: {{en: We are closed., de: Wir haben zu.}}
  offer:
    - reply: {{text: {{en: Shall I bring somebody?}}}}
"""

TAKE_OVER = """\
    - contact.update: {lead_status: qualified, add_score: 25}
    - lead.create: {priority: high, status: qualified, source: whatsapp, trigger: "{{ message.text }}"}
    - activity.log:
        type: support_request
        title: Handover requested
        description: "{{ message.text }}"
        metadata: {rule: "{{ rule.id }}", confidence: "{{ decision.confidence }}", priority: "{{ decision.priority }}"}
    - task.create: {title: "Reply to {{ contact.name or contact.phone }}", due_in: 30m}
    - bot.disable: {}
    - agent.assign: {queue: "{{ decision.queue }}"}
"""


def ruleset(folder: Path, *, head: str = "", take_over: str = TAKE_OVER) -> Ruleset:
    """The small ruleset; `head` has further settings, `take_over` another list of what is done at a handover."""
    (folder / "prompt.j2").write_text("Does the customer need a person?", encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(_TEXT.format(head=head, take_over=take_over.rstrip("\n")), encoding="utf-8")
    return load_ruleset(path)


class Answering:
    """A detector that answers each text as `act` says, perhaps later, and keeps what it was asked."""

    remote = False
    fingerprint = "test"

    def __init__(self, name: str, act: Callable[[Query], Signal | Awaitable[Signal]]) -> None:
        self.name = name
        self.act = act
        self.asked: list[str] = []

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        answers = []
        for query in queries:
            self.asked.append(query.text)
            answer = self.act(query)
            answers.append(await answer if inspect.isawaitable(answer) else answer)
        return answers

    async def close(self) -> None:
        """Nothing is open."""


def detectors(
    ai: Callable[[Query], Signal | Awaitable[Signal]] = lambda _: NOT_NEEDED,
    local: Callable[[Query], Signal | Awaitable[Signal]] = lambda _: Score(0.1),
) -> Mapping[str, Detector]:
    """The two detectors of the small ruleset."""
    return {"ai": Answering("ai", ai), "local": Answering("local", local)}
