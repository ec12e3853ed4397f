"""Templates in rules and prompts: Jinja2, sandboxed, strict about names, checked when the rules load."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from handover_rules.errors import TemplateFailed

__all__ = [
    "PROMPT_VARIABLES",
    "VARIABLES",
    "Fault",
    "check",
    "find",
    "redact",
    "render",
    "shown",
    "unfiltered",
    "unguarded",
]

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


def find(word: str, text: str, number: int = 0) -> int | None:
    """Where in `text` a word stands inside of `{{ }}` or `{% %}` for the `number`th time from 0; None if nowhere."""
    meant = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    tags = re.finditer(r"\{[{%].*?(?:[}%]\}|$)", text, re.DOTALL)
    places = (found.start() for tag in tags for found in meant.finditer(text, *tag.span()))
    return next(islice(places, number, None), None)


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


def shown(source: str) -> set[str]:
    """Every `name.field` whose value is a part of what the template makes; what a condition looks at is not."""
    tree = _environment().parse(source)
    fields = {(owner, field) for owner, field, _ in _fields(tree)}
    return {f"{owner}.{field}" for owner, field in fields if any(_shown_uses(tree, owner, field, (), shown=True))}


def unfiltered(source: str, owner: str, field: str, filtered: str) -> int | None:
    """Which use of `owner.field` (or of all of `owner`) is the first that is shown without the filter; None if none is.

    What a condition looks at, and how long a text is, is not shown.
    """
    hiding = {filtered, "length", "count", "wordcount"}
    return _first(_shown_uses(_environment().parse(source), owner, field, hiding, shown=True))


def _shown_uses(node: nodes.Node, owner: str, field: str, hiding: Collection[str], *, shown: bool) -> Iterator[bool]:
    """For each use from left to right whether it is shown."""
    if _is_field(node, owner, field):
        yield shown
        return
    match node:
        case nodes.Name(name=name, ctx="load") if name == owner:
            yield shown
        case nodes.Filter(name=name) if name in hiding:
            shown = False
        case nodes.FilterBlock() if node.filter.name in hiding:
            shown = False
        case nodes.Compare() | nodes.Test():
            shown = False
        case nodes.Getattr(node=nodes.Name()) | nodes.Getitem(node=nodes.Name()):
            return  # another field
    tested = node.test if isinstance(node, (nodes.If, nodes.CondExpr)) else None
    for child in node.iter_child_nodes():
        yield from _shown_uses(child, owner, field, hiding, shown=shown and child is not tested)


def unguarded(source: str, owner: str, field: str) -> int | None:
    """Which use of `owner.field` is the first without having asked whether there is such a value; None if none is."""
    return _first(_unguarded_uses(_environment().parse(source), owner, field, asked=False))


def _unguarded_uses(node: nodes.Node, owner: str, field: str, *, asked: bool) -> Iterator[bool]:
    """For each use from left to right whether it is not guarded; `asked`: it is known whether there is a value."""
    if _is_field(node, owner, field):
        yield not asked
        return
    first: nodes.Node | None = None
    match node:
        case nodes.If() | nodes.CondExpr():
            first = node.test
        case nodes.Or() | nodes.And():
            first = node.left
        case nodes.Test() | nodes.Assign():
            asked = True
        case (
            nodes.Compare(ops=[nodes.Operand(expr=nodes.Const(value=None))])
            | nodes.Compare(expr=nodes.Const(value=None))
        ):
            asked = True
        case nodes.Filter(name="default" | "d", args=[_, nodes.Const(value=True)]):
            asked = True
        case nodes.Filter(name="default" | "d", kwargs=named) if _says_boolean(named):
            asked = True
    if first is None or not _mentions(first, owner, field):
        for child in node.iter_child_nodes():
            yield from _unguarded_uses(child, owner, field, asked=asked)
        return
    for child in node.iter_child_nodes():
        if child is first:
            # To look at it is to ask; to compare it needs to have asked before.
            yield from _unguarded_uses(child, owner, field, asked=asked or _asks(first, owner, field))
        else:
            yield from _unguarded_uses(child, owner, field, asked=True)


def _asks(test: nodes.Node, owner: str, field: str) -> bool:
    """Whether the field is, by itself, a part of the test."""
    match test:
        case nodes.Not():
            return True
        case nodes.And() | nodes.Or():
            return _asks(test.left, owner, field) or _asks(test.right, owner, field)
    return _is_field(test, owner, field)


def _says_boolean(named: Iterable[nodes.Pair | nodes.Keyword]) -> bool:
    return any(one.key == "boolean" and one.value == nodes.Const(True) for one in named)


def _first(uses: Iterable[bool]) -> int | None:
    return next((number for number, use in enumerate(uses) if use), None)


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
