"""The kinds that hold other values: lists, maps, tables, and values that the environment may replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from handover_rules.problems import closest, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.reading import Invalid, Kind, Reading, wrong
from handover_rules.rulefile.scalars import EnvName, Scalar, Slug
from handover_rules.rulefile.shape import Schema, Shaped, json_value
from handover_rules.rulefile.syntax import hidden_character
from handover_rules.ruleset import Place

__all__ = ["EnvValue", "Key", "ListOf", "Loose", "MapOf", "OneOrMany", "Table", "Values", "WithEnv"]

T = TypeVar("T")


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list of values of one kind."""

    kind: Shaped[T]
    expects: str = "a list"
    empty: bool = False

    def schema(self) -> Schema:
        """The JSON Schema of what `read` accepts; the other kinds here have theirs too."""
        return {"type": "array", "items": self.kind.schema(), **({} if self.empty else {"minItems": 1})}

    def read(self, node: nodes.Node, reading: Reading) -> tuple[T, ...]:
        if not isinstance(node, nodes.Sequence):
            raise wrong(node, self.expects, reading, "begin each item on its own line with `- `")
        if not node.items and not self.empty:
            raise reading.fail("E301", "the list is empty", node.place, "add an item, or remove the key")
        return _read_all(node.items, self.kind, reading)


@dataclass(frozen=True)
class OneOrMany(Generic[T]):
    """One value, or a list of them."""

    kind: Shaped[T]

    @property
    def expects(self) -> str:
        return f"{self.kind.expects}, or a list of such"

    def schema(self) -> Schema:
        return {"anyOf": [self.kind.schema(), ListOf(self.kind).schema()]}

    def read(self, node: nodes.Node, reading: Reading) -> tuple[T, ...]:
        if isinstance(node, nodes.Sequence):
            return ListOf(self.kind).read(node, reading)
        return (self.kind.read(node, reading),)


def _read_all(items: Iterable[nodes.Node], kind: Kind[T], reading: Reading) -> tuple[T, ...]:
    values = []
    failed = False
    for item in items:
        try:
            values.append(kind.read(item, reading))
        except Invalid:
            failed = True
    if failed:
        raise Invalid
    return tuple(values)


@dataclass(frozen=True)
class MapOf(Generic[T]):
    """A mapping from names to values; `build` makes an entry from name, value and the name's place."""

    kind: Shaped[Any]
    build: Callable[[str, Any, Place], T]
    key: Scalar[str] = field(default_factory=Slug)
    expects: str = "a mapping from names to values"

    def schema(self) -> Schema:
        names = {word: value for word, value in self.key.schema().items() if word != "type"}  # a key is a text
        return {"type": "object", "propertyNames": names, "additionalProperties": self.kind.schema()}

    def read(self, node: nodes.Node, reading: Reading) -> dict[str, T]:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        entries: dict[str, T] = {}
        failed = node.partial
        for key, value in node.entries:
            try:
                name = self.key.read(key, reading)
            except Invalid:
                name, failed = "", True
            try:
                entries[name] = self.build(name, self.kind.read(value, reading), key.place)
            except Invalid:
                failed = True
        if failed:
            raise Invalid
        return entries


class Loose:
    """Any YAML value, given as plain Python (texts, lists, dicts); texts keep what was typed."""

    expects = "a value"

    def schema(self) -> Schema:
        return {}

    def read(self, node: nodes.Node, reading: Reading) -> object:
        if isinstance(node, nodes.Sequence):
            return [self.read(item, reading) for item in node.items]
        if isinstance(node, nodes.Mapping):
            return {key.text: self.read(value, reading) for key, value in node.entries}
        if isinstance(node, nodes.Scalar):
            return None if node.is_null else node.text
        raise Invalid


@dataclass(frozen=True)
class Key(Generic[T]):
    """One key of a table: its name, the kind of its value, and the value when it is left out.

    `about` says to product owners what it does, in a sentence or two; `example` is a value as it would be typed.
    """

    name: str
    kind: Shaped[T]
    required: bool = False
    default: Any = None
    about: str = ""
    example: str = ""

    @property
    def written_default(self) -> str | int | float | None:
        """The default as it would be typed; None where leaving the key out is the only way to say it."""
        default = self.default.value if isinstance(self.default, EnvValue) else self.default
        if isinstance(default, timedelta):
            minutes, seconds = divmod(int(default.total_seconds()), 60)
            return f"{minutes}m" if not seconds else f"{60 * minutes + seconds}s"
        return default if isinstance(default, (str, int, float)) and default != "" else None

    def schema(self) -> Schema:
        said: Schema = {"description": self.about, "markdownDescription": self.about}
        if self.written_default is not None:
            said["default"] = self.written_default
        if self.example:
            said["examples"] = [json_value(self.example)]
        return self.kind.schema() | said


class Values(dict[str, Any]):
    """What a table held, by key; `place` is the table's, `places` those of the values that were given."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}


@dataclass(frozen=True)
class Table:
    """A mapping with known keys. `name` says what it describes, with its article: "a rule", "an openai detector".

    `about` is for tables that are one of several: what this one is there for.
    """

    name: str
    keys: tuple[Key[Any], ...]
    example: str = ""
    about: str = ""

    def schema(self) -> Schema:
        required = [key.name for key in self.keys if key.required]
        return {
            "type": "object",
            "properties": {key.name: key.schema() for key in self.keys},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    @property
    def expects(self) -> str:
        """Its keys, those first that must be there."""
        names = [f"`{key.name}`" for key in sorted(self.keys, key=lambda key: not key.required)]
        return f"{self.name}, a mapping with {_listed(names)}" if names else "`{}`, since it has no parameters"

    def read(self, node: nodes.Node, reading: Reading) -> Values:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading, f"such as `{self.example}`" if self.example and self.keys else "")
        known = {key.name: key for key in self.keys}
        given = {key.text for key, _ in node.entries}
        values = Values(node.place)
        failed = node.partial
        for key_node, value_node in node.entries:
            key = known.get(key_node.text)
            if key is None:
                failed = True
                # What was probably meant is read on, so that its own problems show, and it is not called missing.
                key = known.get(self._unknown(key_node, value_node, node, reading) or "")
                if key is None or key.name in given:
                    continue
                if isinstance(value_node, nodes.Scalar) and value_node.is_null:
                    values.places[key.name] = value_node.place
                    continue
            values.places[key.name] = value_node.place
            try:
                values[key.name] = key.kind.read(value_node, reading)
            except Invalid:
                failed = True
        for key in self.keys:
            if key.name in values.places:
                continue
            if key.required and not node.partial:
                failed = True
                hint = f"add `{key.name}:`, {key.kind.expects}"
                reading.note("E106", f"`{key.name}` is missing: {self.name} must have it", node.place, hint)
            values[key.name] = key.default
        if failed:
            raise Invalid
        return values

    def _unknown(self, key: nodes.Scalar, value: nodes.Node, node: nodes.Mapping, reading: Reading) -> str | None:
        """Note a key that the table does not have; the key that was probably meant."""
        names = [known.name for known in self.keys]
        first, _, rest = key.text.replace(":", " ").partition(" ")
        hidden = hidden_character(key.text)
        if hidden:
            hint = f"remove the invisible character {hidden}"
        elif node.flow and isinstance(value, nodes.Scalar) and value.is_null:
            if first not in names:
                self._cut(key, reading)
                return None
            hint = f"write `{first}: {rest}`"
        else:
            hint = did_you_mean(key.text, names)
        reading.note("E103", f"{self.name} has no key {quoted(key.text)}", key.place, hint)
        return first if first in names else closest(key.text, names)

    def _cut(self, key: nodes.Scalar, reading: Reading) -> None:
        message = f"{quoted(key.text)} stands alone: inside of `{{ }}` a comma ends a text without quotes"
        decimals = key.text.isdigit()
        hint = "write decimals with a point, as in `0.7`" if decimals else "put the text with the comma in quotes"
        reading.note("E202", message, key.place, hint)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- values that the environment may replace -----------------------------------------------------------------------


@dataclass(frozen=True)
class EnvValue(Generic[T]):
    """A value that an environment variable may replace; `env` names it, `overridden` says that it did."""

    value: T
    env: str | None
    overridden: bool


@dataclass(frozen=True)
class WithEnv(Generic[T]):
    """A single value, or `{value: ..., env: NAME}`. `default` is the value when only `env` is given."""

    kind: Scalar[T]
    default: T | None = None
    env_kind: Scalar[T] | None = None

    @property
    def expects(self) -> str:
        return f"{self.kind.expects}, or `{{value: ..., env: NAME}}`"

    @property
    def table(self) -> Table:
        """The keys of the long form."""
        return Table(
            "a value with `env`",
            (
                Key(
                    "value",
                    self.kind,
                    required=self.default is None,
                    default=self.default,
                    about="What counts while the environment variable is not set.",
                    example="true" if self.default is not None else "gpt-3.5-turbo",
                ),
                Key(
                    "env",
                    EnvName(),
                    required=True,
                    about="The environment variable that replaces the value in `handover decide` and the service.",
                    example="AI_INTENT_MODEL",
                ),
            ),
        )

    def schema(self) -> Schema:
        return {"anyOf": [self.kind.schema(), self.table.schema()]}

    def read(self, node: nodes.Node, reading: Reading) -> EnvValue[T]:
        if not isinstance(node, nodes.Mapping):
            return EnvValue(self.kind.read(node, reading), None, False)
        given = self.table.read(node, reading)
        return self.resolved(given["value"], given["env"], given.places["env"], reading)

    def resolved(self, value: T | None, env: str | None, place: Place, reading: Reading) -> EnvValue[T]:
        """`value`, or what the environment says instead of it."""
        plain = value if value is not None else self.default
        assert plain is not None  # `required` above sees to it
        said = (reading.environ or {}).get(env, "").strip() if env else ""
        if not said:
            return EnvValue(plain, env, False)
        kind = self.env_kind or self.kind
        try:
            return EnvValue(kind.parse(said), env, True)
        except ValueError:
            # Not shown: a rule file may name any variable, and the next one may hold a password.
            message = f"what the environment variable {env} holds is not {kind.expects}"
            raise reading.fail("E404", message, place, f"correct or unset {env}") from None
