"""Checks of form: is it YAML, and does every value stand where it belongs and look as it should."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]

_RULE = """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    then: handover
"""

CHECKS = (
    Check(
        "E101",
        "not-yaml",
        "This is not YAML",
        """A rule file is YAML: keys and values by indentation, texts in quotes where they have signs that YAML uses
        itself. From the place where YAML gives up nothing more can be read, so mend this first and check again.""",
        """
rules:
  - id: asked-for-a-person
    why: Note: the customer asks for a person.
    when: {phrase: talk to a person}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    why: "Note: the customer asks for a person."
    when: {phrase: talk to a person}
    then: handover
""",
    ),
    Check(
        "E102",
        "invisible-character",
        "A tab or an invisible character",
        """YAML indents with spaces. Tabs look like them, and so do the no-break spaces that come along when a text is
        copied from a web page or a chat; other control characters cannot be seen at all.""",
        "rules:\n  - id: asked-for-a-person\n\twhen: {phrase: talk to a person}\n\tthen: handover",
        "rules:\n  - id: asked-for-a-person\n    when: {phrase: talk to a person}\n    then: handover",
    ),
    Check(
        "E103",
        "unknown-key",
        "An unknown key or section",
        """A misspelt key would silently mean nothing: with `unles` for `unless`, the rule would hand over just where
        you wanted it not to. So every key must be one that rule files have.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    unles: [{phrase: are you a person}]
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    unless: [{phrase: are you a person}]
    then: handover
""",
    ),
    Check(
        "E104",
        "duplicate-key",
        "The same key twice",
        """Only one of the two could count, and YAML alone would silently take the last. Join them, or remove one.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    when: {phrase: connect me}
    then: handover
""",
        """
rules:
  - id: asked-for-a-person
    when:
      phrase:
        - talk to a person
        - connect me
    then: handover
""",
    ),
    Check(
        "E105",
        "wrong-type",
        "Another type of value is expected",
        """A list stands where one value belongs, or one value where a list belongs, or a text where a mapping belongs.
        The message says what the place is for.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    then: handover
    do: take_over
actions:
  take_over:
    - bot.disable: {}
""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
    then: handover
    do: [take_over]
actions:
  take_over:
    - bot.disable: {}
""",
    ),
    Check(
        "E106",
        "missing-key",
        "A required key is missing",
        """Without it the rest has no meaning: a rule without `then` decides nothing, a detector without `kind` cannot
        be asked.""",
        """
rules:
  - id: asked-for-a-person
    when: {phrase: talk to a person}
""",
        _RULE,
    ),
    Check(
        "E107",
        "impossible-value",
        "A value that is not possible here",
        """A number is out of range or not a number, or a word is not one of those that the place knows. Scores and
        thresholds go from 0 to 1, with a decimal point.""",
        "thresholds:\n  ai: 70",
        "thresholds:\n  ai: 0.7",
    ),
    Check(
        "E108",
        "anchor-or-alias",
        "An anchor, alias or merge key",
        """YAML's `&name`, `*name` and `<<` copy one part of a file to another. What a rule does should stand in the
        rule: phrases that several rules use get a name under `phrases:`, actions one under `actions:`.""",
        """
rules:
  - id: asked-for-a-person
    when: &asks {phrase: talk to a person}
    then: handover
  - id: asked-again
    when: *asks
    then: handover
""",
        """
phrases:
  asks: ["talk to a person", "connect me"]
rules:
  - id: asked-for-a-person
    when: {phrase: <asks>}
    then: handover
""",
    ),
    Check(
        "E109",
        "yaml-tag",
        "A YAML tag",
        """A word that begins with `!` is an instruction to YAML. Rule files have none. If the text begins with a `!`,
        put it in quotes.""",
        "rules:\n  - id: urgent\n    when:\n      phrase: !now\n    then: handover",
        'rules:\n  - id: urgent\n    when:\n      phrase: "!now"\n    then: handover',
    ),
    Check(
        "E110",
        "not-utf-8",
        "The file is not UTF-8",
        """Another encoding turns `ü`, `ñ` or `م` into other letters, and phrases with them would never match. Save the
        file as UTF-8.""",
        "# saved as Latin-1\nphrases:\n  person: [menschlich, persönlich]",
        "# saved as UTF-8\nphrases:\n  person: [menschlich, persönlich]",
    ),
    Check(
        "E111",
        "too-large",
        "Too large, or nested too deep",
        """A rule file has at most 5 MB and 40 levels. More is nearly always another kind of file, or a bracket too
        many.""",
        f"rules: {'[' * 41}{']' * 41}",
        _RULE,
    ),
    Check(
        "E112",
        "no-rules",
        "There are no rules",
        """The file has nothing but comments, or the folder has no file that ends in .yaml.""",
        "# To be written.",
        f"ruleset: shop\n{_RULE.strip()}",
    ),
    Check(
        "E113",
        "missing-value",
        "A value is missing",
        """A key stands there with nothing behind it. `null` and `~` are YAML's signs for nothing too.""",
        """
rules:
  - id: asked-for-a-person
    when:
    then: handover
""",
        _RULE,
    ),
    Check(
        "E114",
        "name-taken",
        "A name is taken",
        """The files of a folder are read as one ruleset. A name may stand once in a section, whatever the file, and so
        may a section that is one value, such as `time_zone`.""",
        "# people.yaml\nphrases:\n  person: [human]\n\n# staff.yaml\nphrases:\n  person: [agent]",
        "# people.yaml\nphrases:\n  person: [human]\n\n# staff.yaml\nphrases:\n  staff: [agent]",
    ),
    Check(
        "E115",
        "not-a-name",
        "Not a name",
        """Names are used in logs, in reports, in the metrics of the service and in other rules, so they are plain:
        lower-case letters, digits, `-` and `_`.""",
        "rules:\n  - id: Asked for a person!\n    when: {phrase: talk to a person}\n    then: handover",
        _RULE,
    ),
    Check(
        "E116",
        "not-a-time",
        "Not a time, a length of time, or opening hours",
        """Lengths of time have units (`15m`, `2h`, `1d`), times are written `09:00`, and opening hours end after they
        begin: a night is written as two spans.""",
        "hours:\n  night: {days: mon-fri, from: 22:00, to: 06:00}",
        """
hours:
  night:
    - {days: mon-fri, from: 22:00, to: 24:00}
    - {days: tue-sat, from: 00:00, to: 06:00}
""",
    ),
    Check(
        "E117",
        "unknown-time-zone",
        "An unknown time zone",
        """Opening hours are local times. Zones have the names of the IANA database, which know about summer time;
        abbreviations such as `CET` often do not mean what people think.""",
        "time_zone: Berlin",
        "time_zone: Europe/Berlin",
    ),
    Check(
        "E118",
        "second-document",
        "A second document",
        """A line `---` begins a new document in YAML, and which of the two would be the ruleset? Several files in a
        folder are one ruleset: use those.""",
        f"{_RULE.strip()}\n---\nphrases:\n  person: [human]",
        f"{_RULE.strip()}\nphrases:\n  person: [human]",
    ),
    Check(
        "E119",
        "unreadable-file",
        "A file cannot be read",
        """The file is not there, or may not be read, or lies outside of the ruleset's folder. Prompts and models stand
        beside the rules, so that whoever copies the folder has all that decides.""",
        """
detectors:
  ai: {kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: ../handover.j2}
""",
        """
detectors:
  ai: {kind: openai, cost: 100, model: gpt-3.5-turbo, prompt: prompts/handover.j2}
""",
    ),
    Check(
        "W120",
        "yaml-1-1-value",
        "A value that other programs read otherwise",
        """Without quotes, `no`, `on`, `0123` and `22:30` are themselves here, and false, true, 83 and 1350 to programs
        that read YAML 1.1: many editors, scripts and formatters. In quotes they are the same to everybody.""",
        """
rules:
  - id: declined
    when:
      whole:
        - no
        - no thanks to you
    then: stay
""",
        """
rules:
  - id: declined
    when:
      whole:
        - "no"
        - no thanks to you
    then: stay
""",
    ),
)
