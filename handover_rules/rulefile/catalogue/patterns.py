"""Checks of patterns: phrases, phrase lists and regular expressions."""

from __future__ import annotations

from handover_rules.rulefile.catalogue.check import Check

__all__ = ["CHECKS"]


def _phrases(*lines: str) -> str:
    items = "".join(f"        - {line}\n" for line in lines)
    return f"rules:\n  - id: asked-for-a-person\n    when:\n      phrase:\n{items}    then: handover"


def _phrase_in_brackets(text: str) -> str:
    return f"rules:\n  - id: asked-for-a-person\n    when: {{phrase: [hello, {text}]}}\n    then: handover"


def _regex(pattern: str) -> str:
    return f"rules:\n  - id: asked-for-a-person\n    when:\n      regex: {pattern}\n    then: handover"


CHECKS = (
    Check(
        "E201",
        "not-a-phrase",
        "Not a phrase",
        """A phrase is words, and a few signs: `(a|b)` is either, `(x)?` may be missing, `<name>` is a list under
        `phrases:`, `...` is up to three words of any kind. Anything else needs `regex:`.""",
        _phrases("(speak|talk) to (a|an person"),
        _phrases("(speak|talk) to (a|an) person"),
    ),
    Check(
        "E202",
        "comma-cuts-text",
        "A comma cuts a text",
        """Inside of `[ ]` and `{ }` YAML ends a text at every comma, and a rule would look for half a phrase. There, a
        phrase of several words goes in quotes. One phrase a line needs none.""",
        _phrase_in_brackets("talk to a person, please"),
        _phrase_in_brackets('"talk to a person, please"'),
    ),
    Check(
        "E203",
        "comment-cuts-text",
        "A comment cuts a text",
        """` #` begins a comment wherever no quotes are, so the rest of the line is lost, and nobody can tell whether
        you meant that. Put the text in quotes, or the comment on a line of its own.""",
        _phrases("where is order #12"),
        _phrases('"where is order #12"'),
    ),
    Check(
        "E204",
        "unknown-phrase-list",
        "An unknown phrase list",
        """`<name>` in a phrase stands for a list under `phrases:`. Without the list the phrase could never match.""",
        f"phrases:\n  person: [human, agent]\n{_phrases('talk to a <persn>')}",
        f"phrases:\n  person: [human, agent]\n{_phrases('talk to a <person>')}",
    ),
    Check(
        "E205",
        "phrase-list-cycle",
        "Phrase lists contain each other",
        """Written out, such a list would never end.""",
        "phrases:\n  person: [human, <staff>]\n  staff: [agent, <person>]",
        "phrases:\n  person: [human, <staff>]\n  staff: [agent, operator]",
    ),
    Check(
        "E206",
        "not-a-regex",
        "Not a regular expression",
        """Regular expressions have the syntax of RE2. Signs such as `(`, `.` and `?` have a meaning in them; where the
        sign itself is meant it needs a `\\` before it. Words are better found by `phrase:`, which also knows about
        spelling.""",
        _regex("'order (number'"),
        _regex("'order \\(number'"),
    ),
    Check(
        "E207",
        "regex-not-in-re2",
        "A regular expression that RE2 does not have",
        """RE2 finds patterns in a time that no message can blow up. The price: no look-ahead, look-behind or
        back-references. What must not be there goes under `unless:`, what must also be there under `all:`.""",
        _regex("'agent(?! fee)'"),
        """
rules:
  - id: asked-for-a-person
    when: {phrase: agent}
    unless: [{phrase: agent fee}]
    then: handover
""",
    ),
    Check(
        "E208",
        "phrase-over-lines",
        "A phrase over several lines",
        """YAML joins lines that do not begin with `- ` (a dash and a space) to one text: two phrases become one long
        phrase, which never matches.""",
        _phrases("talk to a person\n          connect me"),
        _phrases("talk to a person", "connect me"),
    ),
    Check(
        "W209",
        "strange-character",
        "A character that cannot be seen, or is taken for another",
        """A text that is copied from a web page or a chat may bring a soft hyphen or a sign that turns the direction of
        writing, and a Cyrillic letter looks like a Latin one. What looks right then finds nothing, or is not found by
        whoever looks for it in the file.""",
        _phrases("talk to a p\u0435rson"),
        _phrases("talk to a person"),
    ),
    Check(
        "W210",
        "duplicate-phrase",
        "The same phrase twice",
        """Capitals, accents and punctuation do not matter, so two phrases may be the same without looking so. Whoever
        corrects one of them later will forget the other.""",
        _phrases("talk to a person", "Talk to a PERSON!"),
        _phrases("talk to a person", "talk to somebody"),
    ),
    Check(
        "W211",
        "subsumed-phrase",
        "A phrase that another one finds anyway",
        """A phrase is found wherever it occurs in a message, so `talk to a person` finds whatever `i want to talk to a
        person` finds. Either the longer one can go, or the shorter one is wider than was meant.""",
        _phrases("talk to a person", "i want to talk to a person"),
        _phrases("talk to a person", "i want a person"),
    ),
    Check(
        "W212",
        "stretched-word",
        "A stretched word",
        """Stretched letters of a message are shortened before phrases are looked for: "heeeelp" is read as "help". A
        phrase with `heeelp` makes that one spelling a word of its own, and other phrases then miss it.""",
        _phrases("heeelp me"),
        _phrases("help me"),
    ),
)
