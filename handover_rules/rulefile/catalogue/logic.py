"""Checks of logic: conditions, and how rules stand to each other."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E301",
        "An empty list",
        """`any` of nothing is never true and `all` of nothing always: nobody means either.""",
        """
rules:
  - id: asked-for-a-person
    when: {any: []}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when: {any: [{phrase: agent}]}
    then: handover
""",
    ),
    Check(
        "E302",
        "One key is expected",
        """A condition says one thing, and an action does one thing. Several conditions need a word on whether one is
        enough (`any`) or every one is needed (`all`): a list alone does not say it.""",
        """
rules:
  - id: asked-for-a-person
    when:
      phrase: agent
      lang: en
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when:
      all:
        - phrase: agent
        - lang: en
    then: handover
""",
    ),
    Check(
        "E303",
        "An unknown condition",
        """The rule would look at something that the engine does not know, and never fire.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrases: agent}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
""",
    ),
    Check(
        "E304",
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
    when: {phrase: are you an agent}
    then: stay
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
  - id: only-asking
    priority: 60
    when: {phrase: are you an agent}
    then: stay
""",
    ),
    Check(
        "E305",
        "A rule id is taken",
        """The id names the rule in the log, in reports and in metrics, so it must mean one rule in all files of the
        ruleset.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
  - id: asked-for-a-person
    when: {phrase: human}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: [agent, human]}
    then: handover
""",
    ),
    Check(
        "E306",
        "Unknown opening hours",
        """`hours:` in a condition names hours that are declared in the section `hours:`.""",
        """
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
rules:
  - id: asked-at-night
    when: {not: {hours: offce}}
    then: ask
""",
        """
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
rules:
  - id: asked-at-night
    when: {not: {hours: office}}
    then: ask
""",
    ),
    Check(
        "E307",
        "An unknown queue",
        """Handovers would wait in a queue that no agent looks at.""",
        """
queues:
  billing: {skills: [invoices]}
rules:
  - id: invoice
    when: {phrase: invoice}
    then: handover
    set: {queue: biling}
""",
        """
queues:
  billing: {skills: [invoices]}
rules:
  - id: invoice
    when: {phrase: invoice}
    then: handover
    set: {queue: billing}
""",
    ),
    Check(
        "E308",
        "A `stay` rule that does something",
        """`stay` decides that the bot goes on: there is no handover whose priority or queue could be set, and nothing
        to do.""",
        """
rules:
  - id: only-asking
    when: {phrase: are you a bot}
    then: stay
    set: {priority: low}
""",
        """
rules:
  - id: only-asking
    when: {phrase: are you a bot}
    then: stay
""",
    ),
)
