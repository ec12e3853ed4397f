"""Checks of the tests that stand inside rules."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

CHECKS = (
    Check(
        "E602",
        "unknown-rule-in-test",
        "A test names an unknown rule",
        """`tags:` in a test are the ids of the `tag` rules that must fire with it.""",
        """
rules:
  - id: angry
    when: {phrase: ridiculous}
    then: tag
    set: {priority: high}
    tests:
      - {say: this is ridiculous, expect: none, tags: [angri]}
""",
        """
rules:
  - id: angry
    when: {phrase: ridiculous}
    then: tag
    set: {priority: high}
    tests:
      - {say: this is ridiculous, expect: none, tags: [angry]}
""",
    ),
    Check(
        "W603",
        "rule-without-positive-test",
        "No test shows that the rule fires",
        """Whoever changes a phrase or a priority later is told by a failing test that this rule does not decide any
        more, and by nothing else.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    tests:
      - {say: where is my parcel, expect: none}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    tests:
      - {say: an agent please, expect: handover}
      - {say: where is my parcel, expect: none}
""",
    ),
    Check(
        "W604",
        "rule-without-negative-test",
        "No test shows where the rule must not fire",
        """A rule that is too wide is found by the message that looks alike and means something else. Write one down:
        the best are those that once went wrong.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    tests:
      - {say: an agent please, expect: handover}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    unless: [{phrase: agent fee}]
    then: handover
    tests:
      - {say: an agent please, expect: handover}
      - {say: what is the agent fee, expect: none}
""",
    ),
    Check(
        "W605",
        "duplicate-test",
        "The same test twice",
        """The second one holds nothing that the first does not; it was probably meant to say something else.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    tests:
      - {say: an agent please, expect: handover}
      - {say: an agent please, expect: handover}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    then: handover
    tests:
      - {say: an agent please, expect: handover}
      - {say: an agent fast please, expect: handover}
""",
    ),
)
