"""Reading the gates file. It is YAML, read as rule files are: every problem in one pass, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar, cast, get_args

from eval.deciders import PATTERNS
from eval.gate.gates import ComparedFigure, FigureName, Floor, Gate, Gates, Margin, Side
from eval.views import VIEWS, View
from handover_rules.errors import UsageError
from handover_rules.problems import quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, ListOf, OneOrMany, Table, Values
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.render import as_text, summary
from handover_rules.rulefile.scalars import Choice, Number, Scalar, Slug, Text, Whole
from handover_rules.rulefile.shape import Schema
from handover_rules.rulefile.source import read_source
from handover_rules.ruleset import Place

__all__ = ["read_gates"]

T = TypeVar("T")

_OF_CONVERSATIONS: tuple[FigureName, ...] = ("on_time", "needless")
_FILTERS = ("category", "language", "channel")


def read_gates(path: Path) -> Gates:
    """Read a gates file. Raises UsageError with all that is wrong in it."""
    source, problem = read_source(path)
    reading = Reading([] if problem is None else [problem], None, path.parent)
    tree = None if problem is not None else nodes.parse(source, reading.problems)
    values = None
    if tree is not None:
        with suppress(Invalid):
            values = _FILE.read(tree, reading)
    elif not reading.problems:
        reading.note("E106", "there is no gate", Place(source.name), f"add `gates:`, {_GATES.expects}")
    if values is None or reading.problems:
        shown = as_text(reading.problems, {source.name: source})
        raise UsageError(f"{path} cannot be used, {summary(reading.problems)}:\n\n{shown}")
    return Gates(path, Path(values["baseline"]), values["answers"], values["gates"])


@dataclass(frozen=True)
class _Unquoted(Generic[T]):
    """A number as YAML knows it: in quotes it would be a text."""

    kind: Scalar[T]

    @property
    def expects(self) -> str:
        return self.kind.expects

    def schema(self) -> Schema:
        return self.kind.schema()

    def read(self, node: nodes.Node, reading: Reading) -> T:
        if isinstance(node, nodes.Scalar) and not node.plain:
            raise wrong(node, self.expects, reading, "write it without quotes")
        return self.kind.read(node, reading)


_SHARE = _Unquoted(Number(0, 1))


# Which way each figure is bounded, and by what.
_FLOORS: Mapping[FigureName, tuple[Side, _Unquoted[float]]] = {
    "recall": ("at_least", _SHARE),
    "precision": ("at_least", _SHARE),
    "false_alarms": ("at_most", _Unquoted(Number(0, 1000))),
    "average_precision": ("at_least", _SHARE),
    "on_time": ("at_least", _SHARE),
    "needless": ("at_most", _SHARE),
}
_MARGINS = Table("`no_worse`", tuple(Key(name, _SHARE) for name in get_args(ComparedFigure)), "{recall: 0.02}")


def _floor(name: str, side: Side, kind: _Unquoted[float]) -> Table:
    return Table(f"`{name}`", (Key(side, kind, required=True),), f"{{{side}: ...}}")


_GATE = Table(
    "a gate",
    (
        Key("name", Slug(), required=True),
        Key("data", OneOrMany(Text("a file or folder of labelled messages")), required=True),
        Key("view", Choice(VIEWS), required=True),
        Key("detector", Text("the name of a detector, or `patterns`")),
        Key("split", Text("the name of a split")),
        *(Key(name, OneOrMany(Text()), default=()) for name in _FILTERS),
        Key("fewest", _Unquoted(Whole(1, 1_000_000)), default=20),
        *(Key(name, _floor(name, side, kind)) for name, (side, kind) in _FLOORS.items()),
        Key("no_worse", _MARGINS),
    ),
)


class _GateKind:
    """A gate; its problems are said with its name."""

    expects = "a gate, a mapping with `name`, `data`, `view` and what is required"

    def schema(self) -> Schema:
        return _GATE.schema()

    def read(self, node: nodes.Node, reading: Reading) -> Gate:
        before = len(reading.problems)
        try:
            return _gate(_GATE.read(node, reading), reading)
        except Invalid:
            if name := _name(node):
                reading.problems[before:] = [
                    replace(problem, message=f"gate {name}: {problem.message}") for problem in reading.problems[before:]
                ]
            raise


class _GatesKind:
    """The list of gates, each with a name of its own."""

    expects = "a list of gates"

    def schema(self) -> Schema:
        return ListOf(_GateKind()).schema()

    def read(self, node: nodes.Node, reading: Reading) -> tuple[Gate, ...]:
        gates = ListOf(_GateKind(), self.expects).read(node, reading)
        assert isinstance(node, nodes.Sequence)  # else it could not be read
        places: dict[str, Place] = {}
        for gate, item in zip(gates, node.items, strict=True):
            first = places.setdefault(gate.name, item.place)
            if first != item.place:
                message, hint = f"another gate is called {quoted(gate.name)}", "give each a name of its own"
                reading.note("E114", message, item.place, hint, (first, "the first one"))
        return gates


_GATES = _GatesKind()
_FILE = Table(
    "the gates file",
    (
        Key("gates", _GATES, required=True),
        Key("baseline", Text("the path of a file"), default="eval/baseline.jsonl"),
        Key("answers", Choice(("require", "offline")), default="require"),
    ),
)


def _gate(values: Values, reading: Reading) -> Gate:
    """The gate of a table that was read. Raises Invalid for one that can mean nothing."""
    floors = tuple(
        Floor(name, side, values[name][side], values.places[name])
        for name, (side, _) in _FLOORS.items()
        if values[name] is not None
    )
    given = values["no_worse"]
    margins = tuple(
        Margin(name, given[name], given.places[name])
        for name in get_args(ComparedFigure)
        if given is not None and given[name] is not None
    )
    if not margins and (given is not None or not floors):
        hint = "add a figure, such as `recall: {at_least: 0.85}` or `no_worse: {recall: 0.02}`"
        raise reading.fail("E106", "nothing is required", values.places.get("no_worse", values.place), hint)
    chosen = [name for name in _FILTERS if values[name]]
    for floor in floors:
        if floor.figure == "average_precision" and values["detector"] in (None, PATTERNS):
            message = "`average_precision` is about the scores of one detector, and none is named"
            raise reading.fail("E106", message, floor.place, "add `detector:` and its name")
        if floor.figure in _OF_CONVERSATIONS and chosen:
            message = f"`{floor.figure}` is about whole conversations, and `{chosen[0]}` chooses single messages"
            raise reading.fail("E107", message, floor.place, "choose conversations by `data` or `split`")
    return Gate(
        name=values["name"],
        data=tuple(map(Path, values["data"])),
        view=cast(View, values["view"]),
        detector=values["detector"],
        split=values["split"],
        category=values["category"],
        language=values["language"],
        channel=values["channel"],
        fewest=values["fewest"],
        floors=floors,
        margins=margins,
    )


def _name(node: nodes.Node) -> str:
    """The name of a gate that cannot be read, as messages show it; "" where it has none."""
    entries = node.entries if isinstance(node, nodes.Mapping) else ()
    names = [value.text for key, value in entries if key.text == "name" and isinstance(value, nodes.Scalar)]
    return quoted(names[0]) if names and names[0] else ""
