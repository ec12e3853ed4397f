"""Checks of logic: conditions, and the names that rules use."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E301",
        "empty-list",
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
        "one-key-expected",
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
        "unknown-condition",
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
        "E305",
        "rule-id-taken",
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
        "unknown-hours",
        "Unknown opening hours",
        """`hours:` in a condition names hours that are declared in the section `hours:`.""",
        """
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
rules:
  - id: asked-at-night
    when: {not: {hours: offce}}
    then: handover
""",
        """
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
rules:
  - id: asked-at-night
    when: {not: {hours: office}}
    then: handover
""",
    ),
    Check(
        "E307",
        "unknown-queue",
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
        "stay-that-acts",
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
    Check(
        "E309",
        "unknown-check",
        "A check that cannot be switched off",
        """`allow:` switches a warning off by its name, and says why. A misspelt name would switch nothing off, and an
        error cannot be switched off: the ruleset would not load.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    allow: {rule-without-negativ-test: The word says it all.}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    allow: {rule-without-negative-test: The word says it all.}
""",
    ),
    Check(
        "W310",
        "never-true",
        "A condition that can never be true",
        """A message has one language, and a detector that could not answer has no score: `all` of two things that
        exclude each other is never true, so the rule never fires. The same goes for an `unless` that is true whenever
        `when` is, and for one that never is.""",
        """
rules:
  - id: asked-for-a-person
    when:
      all:
        - lang: en
        - lang: es
        - phrase: agent
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when:
      all:
        - lang: [en, es]
        - phrase: agent
    then: handover
""",
    ),
    Check(
        "W311",
        "always-true",
        "A condition that is true for every message",
        """It says nothing, and an `any` around it makes the rule fire on everything. A regular expression that matches
        a text without any sign (`(agent)?`) is true everywhere too.""",
        """
rules:
  - id: long-conversation
    when: {turns: {at_least: 1}}
    then: handover
""",
        """
rules:
  - id: long-conversation
    when: {turns: {at_least: 6}}
    then: handover
""",
    ),
    Check(
        "W318",
        "unused-name",
        "A name that nothing uses",
        """It was probably meant to be used: a phrase list that no phrase refers to finds nothing, and actions that no
        rule names are never carried out.""",
        """
phrases:
  person: [human, agent]
  staff: [operator, clerk]
rules:
  - id: asked-for-a-person
    when: {phrase: "talk to a <person>"}
    then: handover
""",
        """
phrases:
  person: [human, agent, <staff>]
  staff: [operator, clerk]
rules:
  - id: asked-for-a-person
    when: {phrase: "talk to a <person>"}
    then: handover
""",
    ),
    Check(
        "W319",
        "unused-allow",
        "An `allow` that switches off nothing",
        """The warning is gone, and the `allow` would hide the next one of its kind, which nobody has looked at.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    allow: {stretched-word: Customers write it so.}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: [agent, heeelp]}
    then: handover
    allow: {stretched-word: Customers write it so.}
""",
    ),
    Check(
        "W320",
        "unknown-language",
        "Not the code of a language",
        """Messages have the two-letter codes of ISO 639-1 (and `fil`, Filipino). A rule for `english` never fires, and
        a reply in `pt-br` is sent to nobody.""",
        """
rules:
  - id: asked-for-a-person
    when: {all: [{lang: english}, {phrase: agent}]}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when: {all: [{lang: en}, {phrase: agent}]}
    then: handover
""",
    ),
)
