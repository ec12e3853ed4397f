"""The grammar of everything that rules name: opening hours, queues, thresholds and phrase lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from handover_rules.problems import did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, ListOf, OneOrMany, Table, Values, WithEnv
from handover_rules.rulefile.patterns import PhraseItems
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.scalars import EnvName, Number, Slug, Text, TimeOfDay, Whole
from handover_rules.rulefile.shape import Schema
from handover_rules.ruleset import OpeningHours, PhraseList, Place, Queue, Threshold

__all__ = [
    "HOURS",
    "PHRASE_LIST",
    "QUEUE",
    "THRESHOLD",
    "TimeZone",
    "opening_hours",
    "phrase_list",
    "queue",
    "threshold",
]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class TimeZone:
    """A time zone of the IANA database."""

    expects = "a time zone such as `Europe/Berlin`"

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}

    def read(self, node: nodes.Node, reading: Reading) -> str:
        name = Text(self.expects).read(node, reading)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hint = did_you_mean(name, available_timezones()) or "time zones have names such as `Europe/Berlin` or `UTC`"
            raise reading.fail("E117", f"there is no time zone {quoted(name)}", node.place, hint) from None
        return name


class _Days:
    """Weekdays: `mon`, `mon-fri`, or a list of such. Numbers from 0 (Monday)."""

    expects = "days such as `mon-fri` or `sat`"

    def schema(self) -> Schema:
        day = "|".join(_DAYS)
        one = {"type": "string", "pattern": f"^(?:{day})(?:-(?:{day}))?$"}
        return {"anyOf": [one, {"type": "array", "items": one}]}

    def read(self, node: nodes.Node, reading: Reading) -> tuple[int, ...]:
        days: set[int] = set()
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        for item in items:
            text = Text(self.expects).read(item, reading)
            first, dash, last = text.casefold().partition("-")
            for name in (first, last) if dash else (first,):
                if name not in _DAYS:
                    meant = f"{first[:3]}-{last.strip()[:3]}" if dash else name[:3]
                    known = all(part in _DAYS for part in meant.split("-"))
                    hint = f"write `{meant}`" if known else "days are " + ", ".join(_DAYS)
                    raise reading.fail(
                        "E107", f"{quoted(text)} is not a day: this must be {self.expects}", item.place, hint
                    )
            start, end = _DAYS.index(first), _DAYS.index(last or first)
            days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
        return tuple(sorted(days))


class _Hours:
    """`{days, from, to}`: half-open, so 18:00 is outside; a span over midnight is written as two."""

    expects = "`{days: mon-fri, from: 09:00, to: 18:00}`"
    table = Table(
        "a span of hours",
        (
            Key(
                "days",
                _Days(),
                required=True,
                about="The days of the week: one, a span, or a list of both.",
                example="mon-fri",
            ),
            Key(
                "from", TimeOfDay(), required=True, about="When it begins, in the ruleset's time zone.", example="09:00"
            ),
            Key(
                "to",
                TimeOfDay(),
                required=True,
                about="When it ends: at 18:00 it is over. Midnight is `24:00`; a night is written as two spans.",
                example="18:00",
            ),
        ),
    )

    def schema(self) -> Schema:
        return self.table.schema()

    def read(self, node: nodes.Node, reading: Reading) -> tuple[tuple[int, time, time | None], ...]:
        values: Values = self.table.read(node, reading)
        start, end = values["from"], values["to"]
        if start == end:
            raise reading.fail("E116", "these hours are empty: they end when they begin", values.places["to"])
        if start is None or (end is not None and end < start):
            hint = "write a span over midnight as two: `from: 22:00, to: 24:00` and `from: 00:00, to: 06:00`"
            raise reading.fail("E116", "these hours end before they begin", values.places["to"], hint)
        return tuple((day, start, end) for day in values["days"])


HOURS = OneOrMany(_Hours())


def opening_hours(name: str, spans: Any, place: Place) -> OpeningHours:
    """Opening hours from the spans that were read."""
    return OpeningHours(name, tuple(span for group in spans for span in group), place)


QUEUE = Table(
    "a queue",
    (
        Key(
            "skills",
            ListOf(Slug(), "a list of skills"),
            default=(),
            about="The skills that an agent must have to take a conversation from this queue. Without it, none.",
            example="[support, invoices]",
        ),
    ),
)


def queue(name: str, values: Values, place: Place) -> Queue:
    """A queue from what was read."""
    return Queue(name, values["skills"], place)


# The last one is of 1,000 messages that need nobody.
_GOAL = r"(?:precision|recall) >= ([01]?\.[0-9]+|1)|false_alarms <= ([0-9]+(?:\.[0-9]+)?)"


@dataclass(frozen=True)
class _Goal(Text):
    expects: str = "a goal such as `precision >= 0.95`"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{_GOAL})$"}

    def parse(self, text: str) -> str:
        match = re.fullmatch(_GOAL, text)
        if match is None or not 0 < float(match[1] or match[2]) <= (1 if match[1] else 1000):
            raise self.not_this(text)
        return text


class _Threshold:
    """A number, or a mapping with the value and what is known of how it was chosen."""

    expects = "a number from 0 to 1, or `{value: 0.7, env: NAME}`"
    table = Table(
        "a threshold",
        (
            Key("value", Number(0, 1), required=True, about="The lowest score that is enough.", example="0.7"),
            Key(
                "env",
                EnvName(),
                about="The environment variable that replaces the value in `handover decide` and the service.",
                example="AI_INTENT_CONFIDENCE_THRESHOLD",
            ),
            Key("goal", _Goal(), about="What the value was chosen for.", example="precision >= 0.95"),
            Key(
                "low95",
                Number(0, 1),
                about="What is kept at least, with 95 % certainty, as the data tell.",
                example="0.951",
            ),
            Key(
                "high95",
                Number(0, 1000),
                about="How many false alarms there are at most, of 1,000, with 95 % certainty.",
                example="1.8",
            ),
            Key("data", Text(), about="The messages by which the value was chosen.", example="handover@9f2c41"),
            Key("detector", Text(), about="The detector's state by which it was chosen.", example="local@3b77e0"),
        ),
    )

    def schema(self) -> Schema:
        return {"anyOf": [Number(0, 1).schema(), self.table.schema()]}

    def read(self, node: nodes.Node, reading: Reading) -> Values:
        if isinstance(node, nodes.Mapping):
            values = self.table.read(node, reading)
        else:
            values = Values(node.place)
            values.update(dict.fromkeys(key.name for key in self.table.keys), value=Number(0, 1).read(node, reading))
        env_place = values.places.get("env", values.place)
        resolved = WithEnv(Number(0, 1)).resolved(values["value"], values["env"], env_place, reading)
        values.update(value=resolved.value, overridden=resolved.overridden)
        return values


THRESHOLD = _Threshold()


def threshold(name: str, values: Values, place: Place) -> Threshold:
    """A threshold from what was read."""
    return Threshold(
        name,
        values["value"],
        values["env"],
        values["overridden"],
        values["goal"],
        values["low95"],
        values["high95"],
        values["data"],
        values["detector"],
        place,
    )


class _PhraseList:
    """A list of phrases, or `{words: [...], typos: 1}`."""

    expects = "a list of phrases, or `words:` and `typos:`"
    table = Table(
        "a phrase list",
        (
            Key(
                "words",
                PhraseItems(),
                required=True,
                about="The words and phrases of the list, one a line.",
                example="- human\n- agent\n- someone real",
            ),
            Key(
                "typos",
                Whole(0, 1),
                default=0,
                about="With `1`, words of five letters and more are also found with one slip, such as `agnet`.",
                example="1",
            ),
        ),
    )

    def schema(self) -> Schema:
        return {"anyOf": [PhraseItems().schema(), self.table.schema()]}

    def read(self, node: nodes.Node, reading: Reading) -> Values:
        if isinstance(node, nodes.Mapping):
            return self.table.read(node, reading)
        values = Values(node.place)
        values.update(words=PhraseItems().read(node, reading), typos=0)
        return values


PHRASE_LIST = _PhraseList()


def phrase_list(name: str, values: Values, place: Place) -> PhraseList:
    """A phrase list from what was read."""
    return PhraseList(name, values["words"], values["typos"], place)
