"""Checks of logic: how rules stand to each other."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E304",
        "conflicting-rules",
        "Two rules of equal priority decide differently",
        """The rule of the highest priority decides. When two of the same priority fire and want different things, the
        order of lines in a file would decide, which nobody sees. Say which one must win. (Without `priority:` a rule
        has 50.)""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
  - id: only-asking
    when: {whole: are you an agent}
    then: stay
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
  - id: only-asking
    priority: 60
    when: {whole: are you an agent}
    then: stay
""",
    ),
    Check(
        "W312",
        "shadowed-rule",
        "A rule that never decides",
        """The rule of the highest priority that fires decides. Where that one fires whenever this one would (its
        phrases find the same messages, its score bound is lower, its count is smaller), this one never gets its
        turn.""",
        """
rules:
  - id: asked-for-a-person
    priority: 90
    when: {phrase: [agent, human]}
    then: handover
  - id: asked-nicely
    priority: 40
    when: {phrase: "an agent please"}
    then: ask
  - id: accepted
    when: {accepted_offer: true}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    priority: 90
    when: {phrase: [agent, human]}
    then: handover
  - id: asked-nicely
    priority: 95
    when: {phrase: "an agent please"}
    then: ask
  - id: accepted
    when: {accepted_offer: true}
    then: handover
""",
    ),
    Check(
        "W313",
        "shadowed-phrase",
        "A phrase about which another rule decides first",
        """A rule of a higher priority with another outcome finds every message that this phrase finds, so the phrase
        never has a say. Either it stands in the wrong rule, or the priorities are the wrong way round.""",
        """
rules:
  - id: asked-for-a-person
    priority: 60
    when: {phrase: agent}
    then: handover
  - id: only-asking
    when: {phrase: ["are you an agent", "are you real"]}
    then: stay
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
  - id: only-asking
    priority: 60
    when: {whole: ["are you an agent", "are you real"]}
    then: stay
""",
    ),
    Check(
        "W315",
        "stay-vetoes-request",
        "A `stay` rule that can veto a request",
        """`stay` ends the search. Where it finds a phrase anywhere in the message, the same message may ask for a
        person in another sentence, and nobody comes. `whole:` finds only messages that say nothing else.""",
        """
rules:
  - id: only-asking
    priority: 90
    when: {phrase: "are you a bot"}
    then: stay
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
""",
        """
rules:
  - id: only-asking
    priority: 90
    when: {whole: "are you a bot"}
    then: stay
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
""",
    ),
    Check(
        "W316",
        "paid-before-free",
        "An AI is asked before a condition that costs nothing",
        """Rules are looked at from the highest priority down, and a score that is still missing must be asked for
        before a rule below can decide. With the free rule above, the AI is asked only about what is left.""",
        """
detectors:
  ai: {kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: prompts/handover.j2}
rules:
  - id: ai-says-a-person
    priority: 90
    when: {score: {of: ai, at_least: 0.7}}
    then: handover
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
""",
        """
detectors:
  ai: {kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: prompts/handover.j2}
rules:
  - id: ai-says-a-person
    when: {score: {of: ai, at_least: 0.7}}
    then: handover
  - id: asked-for-a-person
    priority: 90
    when: {phrase: agent}
    then: handover
""",
    ),
    Check(
        "W317",
        "offer-without-answer",
        "An offer that nobody can accept",
        """`ask` offers a person, and the customer's short yes fires `accepted_offer`. Without a rule for it the
        customer says yes, and the bot goes on. The other way round, where nothing is offered nothing can be
        accepted.""",
        """
rules:
  - id: unsure
    when: {phrase: help}
    then: ask
""",
        """
rules:
  - id: unsure
    when: {phrase: help}
    then: ask
  - id: accepted-offer
    priority: 90
    when: {accepted_offer: true}
    then: handover
""",
    ),
)
