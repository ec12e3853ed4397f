"""The grammar reference, docs/reference/grammar.md, from the grammar that reads rule files."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from handover_rules.rulefile.detectors import KINDS
from handover_rules.rulefile.kinds import Key, ListOf, MapOf, OneOrMany, Table, WithEnv
from handover_rules.rulefile.scalars import Choice, Scalar, Text
from handover_rules.rulefile.toplevel import SECTIONS

__all__ = ["reference"]

_WIDTH = 100

_INTRO = (
    "Every key that a rule file can have. This page is made by `handover schema --reference` from the grammar that "
    "reads the files. [Writing rules](../rules.md) explains how the parts work together; an editor that has the schema "
    "shows the same texts while you type."
)

# A heading, what stands under it, and where the keys are found: from a rule file's sections, key by key.
_CHAPTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "## A rule file",
        "A ruleset is one file, or a folder whose files are read as one: `rules` of all files together, and of the "
        "sections with names those of all files, each name once. The others stand in one file only.",
        (),
    ),
    ("## Rules", "Under `rules`, each begun with `- id: ...`.", ("rules",)),
    (
        "### `set`",
        "What a handover is like. `tag` rules that fire add theirs to that of the rule that decided.",
        ("rules", "set"),
    ),
    (
        "## Conditions",
        "Under `when`, and in the list under `unless`. A condition is a mapping of exactly one of these keys. It is "
        "true, false, or unknown where it needs a score that is missing; a rule does not fire on what is unknown.",
        ("rules", "when"),
    ),
    (
        "## Phrase lists",
        "Under `phrases`, by name: a list of phrases, or a mapping with these keys. [Writing "
        "rules](../rules.md#the-phrase-language) has the language that phrases are written in.",
        ("phrases",),
    ),
    ("## Tests", "Under a rule's `tests`. `handover test` runs them.", ("rules", "tests")),
    ("### `given`", "Beside these, the score of each detector by its name.", ("rules", "tests", "given")),
    ("### `before`", "Each turn is one of these.", ("rules", "tests", "given", "before")),
    (
        "## Actions",
        "Lists of them stand under `actions`, by name. An action has exactly one of these keys.",
        ("actions",),
    ),
    ("## Opening hours", "Under `hours`, by name: one span, or a list of spans.", ("hours",)),
    ("## Queues", "Under `queues`, by name.", ("queues",)),
    ("## Thresholds", "Under `thresholds`, by name: a number, or a mapping with these keys.", ("thresholds",)),
    ("## Offers", "Under `offers`.", ("offers",)),
)

# What templates know: everything in `handover_rules.templates.VARIABLES`.
_VARIABLES = {
    "message.id": "the message's id",
    "message.text": "what the customer wrote; with `| redact` where it leaves the house",
    "message.language": "its language, where the channel says it",
    "message.channel": "where it came from, such as `whatsapp`",
    "conversation.id": "the conversation's id",
    "conversation.epoch": "how many times it has changed hands between bot and people",
    "conversation.since": "when it last changed hands",
    "contact.phone": "the customer's phone number",
    "contact.name": "the customer's name, where it is known",
    "contact.lead_status": "the contact's lead status",
    "contact.lead_score": "the contact's lead score",
    "rule.id": "the rule that decided",
    "rule.why": "what it says under `why`",
    "rule.priority": "its priority",
    "rule.owner": "its owner",
    "decision.outcome": "`handover` or `ask`",
    "decision.reason": "the reason: what the rule says under `why`",
    "decision.confidence": "the score that decided; nothing where no score did",
    "decision.priority": "the handover's priority",
    "decision.queue": "the queue in which it waits",
    "decision.sla": "how soon a person must answer, such as `15m`",
    "decision.topic": "the topic that the rules set",
    "decision.tags": "the `tag` rules that fired: a list",
    "scores": "`scores.ai` and so on: the score of each detector; nothing where it was not asked",
    "agent.id": "the agent's id (`agent` is known in the reply `assigned` only)",
    "agent.name": "the agent's name",
    "agent.email": "the agent's e-mail address",
}


# In "a length of time such as `15m`, `2h` or `1d`": each key has an example of its own.
_EXAMPLES = re.compile(r",? such as `[^`]*`(?:(?:,| or) `[^`]*`)*")


def reference() -> str:
    """The page, in Markdown."""
    chapters = [*_chapters(), *_detectors(), *_environment(), *_templates(), *_switched_off()]
    page = "\n".join(["# The grammar of rule files", "", _wrapped(_INTRO), "", *chapters])
    return re.sub(r"\n{3,}", "\n\n", page)


def _chapters() -> Iterator[str]:
    for heading, intro, path in _CHAPTERS:
        yield from (heading, "", _wrapped(intro), "")
        table = _under(SECTIONS, path)
        nested = path[-1:] in (("when",), ("actions",))
        for key in table.keys:
            yield from _entry(key, within=table if nested else None)
        yield ""


def _under(table: Table, path: tuple[str, ...]) -> Table:
    """The table that is found by these keys, one under the other."""
    for name in path:
        table = _table(next(key.kind for key in table.keys if key.name == name))
    return table


def _table(kind: Any) -> Table:
    """The table in a kind, however deep in lists and mappings of names."""
    while not isinstance(kind, Table):
        kind = kind.table if hasattr(kind, "table") else kind.kind
    return kind


def _entry(key: Key[Any], indent: str = "", *, within: Table | None = None) -> Iterator[str]:
    """What is said of a key; where the table `within` is given, of the keys under it too, unless they are the same."""
    remarks = ", ".join([*_expected(key.kind), *(["required"] if key.required else [])])
    said = [f"**`{key.name}`**{f' ({remarks})' if remarks else ''}: {key.about}"]
    if key.written_default is not None:
        default = str(key.written_default)
        said.append(f"Without it, `{default.lower() if isinstance(key.written_default, bool) else default}`.")
    block = "\n" in key.example or (key.example and isinstance(key.kind, MapOf))
    if key.example and not block:
        said.append(f"`{key.name}: {key.example}`")
    yield _wrapped(" ".join(said), f"{indent}- ", f"{indent}  ")
    if block:
        sample = f"{key.name}:\n{textwrap.indent(key.example, '  ')}"
        yield from ("", textwrap.indent(f"```yaml\n{sample}\n```", f"{indent}  "), "")
    if isinstance(key.kind, Choice) and key.kind.meanings:
        for choice, meaning in zip(key.kind.choices, key.kind.meanings, strict=True):
            yield _wrapped(f"`{choice}`: {meaning}", f"{indent}  - ", f"{indent}    ")
    elif within is not None and (isinstance(key.kind, Table) or hasattr(key.kind, "table")):
        parts = _table(key.kind)
        for part in parts.keys if parts is not within else ():
            yield from _entry(part, f"{indent}  ")


def _expected(kind: Any) -> list[str]:
    """What value is expected, where that is not said by its parts or by what the choices mean."""
    if isinstance(kind, Choice) and (kind.meanings or len(kind.choices) == 1):
        return []
    expected = isinstance(kind, (Scalar, ListOf, OneOrMany, WithEnv))
    return [_EXAMPLES.sub("", kind.expects)] if expected else []


def _detectors() -> Iterator[str]:
    yield from ("## Detectors", "", "Under `detectors`, by name. `kind` says which of these it is.", "")
    for name, table in KINDS.items():
        yield from (f"### `kind: {name}`", "", _wrapped(table.about), "")
        for key in table.keys:
            # A value with `env` has its keys in the next chapter.
            yield from _entry(key, within=table if isinstance(key.kind, Table) else None)
        yield ""


def _environment() -> Iterator[str]:
    intro = (
        "A detector's `model`, `enabled` and `log_answers` may be a mapping with these keys, and a threshold has `env` "
        "too. `check`, `test`, `eval` and `diff` ignore the environment, so that they say the same on every machine. "
        "Flags need no `value`: without it they are `true`."
    )
    yield from ("## Values from the environment", "", _wrapped(intro), "")
    for key in WithEnv(Text()).table.keys:
        yield from _entry(key)
    yield ""


def _templates() -> Iterator[str]:
    intro = (
        "The texts of actions are [Jinja2](https://jinja.palletsprojects.com) templates, checked when the rules load: "
        "`{{ message.text }}` fills in a value, `{% if contact.name %} ... {% endif %}` makes a choice. They know:"
    )
    yield from ("## Template variables", "", _wrapped(intro), "", "| variable | what it is |", "| --- | --- |")
    yield from (f"| `{name}` | {_cell(about)} |" for name, about in _VARIABLES.items())
    yield ""


def _switched_off() -> Iterator[str]:
    intro = (
        "Under `allow`, of a rule or of the whole ruleset: the name of a check that warns, and the reason why what it "
        "warns of is as it should be. `handover explain` lists the checks."
    )
    yield from ("## Checks that are switched off", "", _wrapped(intro), "")
    yield "```yaml\nallow:\n  shadowed-phrase: The two languages share this word.\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    """The text in lines of at most a hundred columns, unless a piece of code in it is longer."""
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), text)
    lines = textwrap.fill(
        whole, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return lines.replace("\0", " ")
