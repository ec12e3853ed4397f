"""What reading a value means: kinds read nodes, note problems, and read on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

from handover_rules.problems import Problem, one_line, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.source import Source
from handover_rules.ruleset import PhraseSource, Place

__all__ = ["Invalid", "Kind", "Reading", "Use", "described", "wrong"]

T_co = TypeVar("T_co", covariant=True)


class Invalid(Exception):
    """A value could not be read; its problem is already noted."""


class Use(NamedTuple):
    """A name of a section (`thresholds`, `actions`, ...) that is used somewhere."""

    section: str
    name: str
    place: Place


@dataclass(slots=True)
class Reading:
    """What reading needs to know: where to note problems, the environment (None: ignored), the ruleset's folder.

    `drafts` are read in the place of files, by their names.

    `uses` gathers the names that values refer to, to be looked up when everything is read; `sources` has the text of
    every file that a problem can stand in, by name; `phrases` gathers all phrases, to be measured with their lists.
    """

    problems: list[Problem]
    environ: Mapping[str, str] | None
    folder: Path
    drafts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sources: dict[str, Source] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    phrases: list[PhraseSource] = field(default_factory=list)

    def note(
        self, code: str, message: str, place: Place, hint: str = "", related: tuple[Place, str] | None = None
    ) -> None:
        """Add a problem and read on."""
        self.problems.append(Problem(code, one_line(message), place, one_line(hint), related))

    def fail(self, code: str, message: str, place: Place, hint: str = "") -> Invalid:
        """Add a problem; the caller raises what this returns."""
        self.note(code, message, place, hint)
        return Invalid()


class Kind(Protocol[T_co]):
    """A kind of value. `expects` completes the sentence "this must be ...".

    `read` raises `Invalid` after noting what is wrong. Containers catch it and read on, so that every problem of a
    file is reported in one pass.
    """

    @property
    def expects(self) -> str: ...

    def read(self, node: nodes.Node, reading: Reading) -> T_co: ...


def described(node: nodes.Node) -> str:
    """What a node is, in a rule author's words."""
    if isinstance(node, nodes.Sequence):
        return "a list"
    if isinstance(node, nodes.Scalar):
        return quoted(node.text)
    return "a mapping (`key: value`)"


def wrong(node: nodes.Node, expects: str, reading: Reading, hint: str = "") -> Invalid:
    """Note that a node is not what was expected, unless it is known already that something is wrong with it."""
    if isinstance(node, nodes.Broken) or (isinstance(node, nodes.Mapping) and node.partial):
        return Invalid()
    if isinstance(node, nodes.Scalar) and node.is_null:
        if node.text:
            hint = f'if the word is meant, put it in quotes: "{node.text}"'
            return reading.fail(
                "E113", f"`{node.text}` is YAML's sign for no value; this must be {expects}", node.place, hint
            )
        return reading.fail("E113", f"the value is missing; this must be {expects}", node.place, hint)
    return reading.fail("E105", f"this must be {expects}, and it is {described(node)}", node.place, hint)
