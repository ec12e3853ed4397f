"""Templates in rules and prompts: Jinja2, sandboxed, strict about names, checked when the rules load."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from handover_rules.errors import TemplateFailed

__all__ = ["PROMPT_VARIABLES", "VARIABLES", "Fault", "check", "find", "redact", "render", "unfiltered", "unguarded"]

# What a template in an action may use; None: any field (`scores` has one for each detector).
VARIABLES: Mapping[str, frozenset[str] | None] = {
    "message": frozenset({"id", "text", "language", "channel"}),
    "conversation": frozenset({"id", "epoch", "since"}),
    "contact": frozenset({"phone", "name", "lead_status", "lead_score"}),
    "rule": frozenset({"id", "why", "priority", "owner"}),
    "decision": frozenset({"outcome", "reason", "confidence", "priority", "queue", "sla", "topic", "tags"}),
    "scores": None,
    "agent": frozenset({"id", "name", "email"}),
}

# What a prompt may use: the turns before the message (each with `speaker` and `text`), and the language if known.
PROMPT_VARIABLES: Mapping[str, frozenset[str] | None] = {"conversation": None, "language": None}

# What needs other files, or makes a template hard to read for little.
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Extends: "extends",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
}

_REDACTIONS = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    # Cards, accounts, phone and order numbers: six digits or more, however they are grouped.
    (re.compile(r"\+?\(?\d(?:[ \u00a0\u202f().\-\u2010-\u2015/]{0,2}\d){5,}"), "[number]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}(?: ?[A-Z0-9]{1,4})?\b"), "[iban]"),
)


def redact(text: object) -> str:
    """The text without e-mail addresses, bank accounts and numbers of six digits or more: for texts that go outside."""
    shown = str(text)
    for pattern, word in reversed(_REDACTIONS):
        shown = pattern.sub(word, shown)
    return shown


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox without powers and products: one of them is enough to fill the memory, and no text needs them."""

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"`{operator}` is not available in templates")


def _shown(value: object) -> object:
    """What is known to be nothing, such as the confidence of a phrase, is shown as nothing."""
    return "" if value is None else value


@lru_cache(maxsize=1)
def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, finalize=_shown)
    environment.globals.clear()
    environment.filters["redact"] = redact
    return environment


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a template. `kind`: syntax, variable or filter; `word` is the part that is meant."""

    kind: str
    message: str
    line: int
    word: str
    choices: tuple[str, ...] = ()


def find(word: str, text: str) -> int | None:
    """Where in `text` a word stands inside of `{{ }}` or `{% %}`; None if it stands nowhere there."""
    meant = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    tags = re.finditer(r"\{[{%].*?(?:[}%]\}|$)", text, re.DOTALL)
    return next((found.start() for tag in tags if (found := meant.search(text, *tag.span()))), None)


def check(source: str, variables: Mapping[str, frozenset[str] | None]) -> tuple[list[Fault], set[str]]:
    """Everything wrong in a template that can be told before it meets a value, and the names of `scores` it uses."""
    if "{" not in source:
        return [], set()
    environment = _environment()
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        return [Fault("syntax", f"the template cannot be read: {error.message}", error.lineno, "")], set()
    except (RecursionError, ValueError):
        message = "the template cannot be read: brackets nest too deep in it, or a number is too long"
        return [Fault("syntax", message, 1, "")], set()
    faults = []
    for tag in tree.find_all(tuple(_REFUSED)):
        word = _REFUSED[type(tag)]
        faults.append(Fault("syntax", f"templates here have no `{{% {word} %}}`", tag.lineno, word))
    for call in tree.find_all((nodes.Filter, nodes.Test)):
        table = environment.filters if isinstance(call, nodes.Filter) else environment.tests
        if call.name not in table:
            what = "filter" if isinstance(call, nodes.Filter) else "test"
            faults.append(Fault("filter", f"there is no {what} `{call.name}`", call.lineno, call.name, tuple(table)))
    assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    if tree.find(nodes.For) is not None:
        assigned.add("loop")
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in variables and name.name not in assigned:
            message = f"there is no variable `{name.name}` here"
            faults.append(Fault("variable", message, name.lineno, name.name, tuple(variables)))
    scores = set()
    for owner, field, line in _fields(tree):
        known = variables.get(owner)
        if owner == "scores" and owner not in assigned:
            scores.add(field)
        if known is not None and owner not in assigned and field not in known:
            faults.append(Fault("variable", f"`{owner}` has no field `{field}`", line, field, tuple(known)))
    return faults, scores


def _fields(tree: nodes.Template) -> Iterator[tuple[str, str, int]]:
    """Every `name.field` and `name["field"]`: the name, the field, and the template's line."""
    for part in tree.find_all((nodes.Getattr, nodes.Getitem)):
        if not isinstance(part, (nodes.Getattr, nodes.Getitem)) or not isinstance(part.node, nodes.Name):
            continue
        if isinstance(part, nodes.Getattr):
            yield part.node.name, part.attr, part.lineno
        elif isinstance(part.arg, nodes.Const):
            yield part.node.name, str(part.arg.value), part.lineno


def unfiltered(source: str, owner: str, field: str, filtered: str) -> bool:
    """Whether the template shows `owner.field`, or all of `owner`, anywhere without the filter.

    What a condition looks at, and how long a text is, is not shown.
    """
    return _shows(_environment().parse(source), owner, field, {filtered, "length", "count", "wordcount"})


def _shows(node: nodes.Node, owner: str, field: str, hiding: Collection[str]) -> bool:
    if _is_field(node, owner, field) or (isinstance(node, nodes.Name) and node.name == owner and node.ctx == "load"):
        return True
    if isinstance(node, nodes.Filter) and node.name in hiding:
        return False
    if isinstance(node, (nodes.Getattr, nodes.Getitem)) and isinstance(node.node, nodes.Name):
        return False  # another field
    skipped = node.test if isinstance(node, (nodes.If, nodes.CondExpr)) else None
    children = (child for child in node.iter_child_nodes() if child is not skipped)
    return any(_shows(child, owner, field, hiding) for child in children)


def unguarded(source: str, owner: str, field: str) -> bool:
    """Whether the template uses `owner.field` anywhere without having asked whether there is such a value."""
    return _unguarded(_environment().parse(source), owner, field)


def _unguarded(node: nodes.Node, owner: str, field: str) -> bool:
    if _is_field(node, owner, field):
        return True
    match node:
        case nodes.If() | nodes.CondExpr() if _mentions(node.test, owner, field):
            return _compared(node.test, owner, field)
        case nodes.Or() | nodes.And() if _mentions(node.left, owner, field):
            return _compared(node.left, owner, field)
        case nodes.Test() | nodes.Filter(name="default" | "d"):
            return False
    return any(_unguarded(child, owner, field) for child in node.iter_child_nodes())


def _compared(test: nodes.Node, owner: str, field: str) -> bool:
    """Whether a condition does more with the field than ask whether it is there."""
    match test:
        case nodes.And() | nodes.Or() if _mentions(test.left, owner, field):
            return _compared(test.left, owner, field)
        case nodes.And() | nodes.Or():
            return _compared(test.right, owner, field)
        case nodes.Not():
            return _compared(test.node, owner, field)
        case nodes.Test():
            return False
    return _mentions(test, owner, field) and not _is_field(test, owner, field)


def _mentions(node: nodes.Node, owner: str, field: str) -> bool:
    parts = (node, *node.find_all((nodes.Getattr, nodes.Getitem)))
    return any(_is_field(part, owner, field) for part in parts)


def _is_field(node: nodes.Node, owner: str, field: str) -> bool:
    match node:
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
            return bool(name == owner and attr == field)
        case nodes.Getitem(node=nodes.Name(name=name), arg=nodes.Const(value=value)):
            return bool(name == owner and value == field)
    return False


def render(source: str, values: Mapping[str, object], where: str) -> str:
    """The template with its values. Raises TemplateFailed, naming `where`, for a value that is not there."""
    try:
        return _compiled(source).render(values)
    except TemplateError as error:
        raise TemplateFailed(f"{where}: the template cannot be rendered: {error}") from error
    except Exception as error:  # filters and methods raise what they like, and may quote what they were given
        raise TemplateFailed(f"{where}: the template cannot be rendered: {type(error).__name__}") from error


_compiled = lru_cache(maxsize=4096)(lambda source: _environment().from_string(source))
