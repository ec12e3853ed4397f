"""The kinds of single value: texts, names, numbers, flags, choices, times."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Generic, TypeVar

from handover_rules.problems import closest, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.reading import Reading, Use, wrong
from handover_rules.rulefile.shape import Schema

__all__ = [
    "ADDRESS",
    "Address",
    "Choice",
    "EnvFlag",
    "EnvName",
    "Flag",
    "NameIn",
    "Number",
    "Scalar",
    "Slug",
    "Span",
    "Text",
    "TimeOfDay",
    "Whole",
    "slug",
]

T = TypeVar("T")


class Scalar(Generic[T]):
    """A kind of single value: subclasses parse its text, raising ValueError with "what is wrong[newline]hint"."""

    expects = "a value"
    code = "E107"

    def parse(self, text: str) -> T:
        """The value that a text stands for."""
        raise NotImplementedError  # pragma: no cover - every subclass has its own

    def schema(self) -> Schema:
        """The JSON Schema of what `read` accepts."""
        return {"type": "string"}

    def read(self, node: nodes.Node, reading: Reading) -> T:
        """The value of a node; raises Invalid."""
        if not isinstance(node, nodes.Scalar) or node.is_null:
            raise wrong(node, self.expects, reading)
        try:
            return self.parse(node.text)
        except ValueError as error:
            message, _, hint = str(error).partition("\n")
            raise reading.fail(self.code, message, node.place, hint) from None

    def not_this(self, text: str, hint: str = "") -> ValueError:
        """The error for a text that is something else."""
        return ValueError(f"this must be {self.expects}, and it is {quoted(text)}\n{hint}")


@dataclass(frozen=True)
class Text(Scalar[str]):
    """Any text. `exact`: the text is data (a phrase, a test's message), so a comment that cuts it is an error."""

    expects: str = "a text"
    empty: bool = False
    exact: bool = False

    def parse(self, text: str) -> str:
        if not self.empty and not text.strip():
            raise ValueError("the text is empty")
        return text

    def schema(self) -> Schema:
        # What looks like a number or a flag is a text here, and editors do not know that before they see this.
        return {"type": ["string", "number", "boolean"], **({} if self.empty else {"minLength": 1})}

    def read(self, node: nodes.Node, reading: Reading) -> str:
        if self.exact and isinstance(node, nodes.Scalar) and node.cut:
            message = f"` #` begins a comment, so {quoted(node.text)} is all that is left of this text"
            hint = "put the text in quotes, or the comment on a line of its own"
            raise reading.fail("E203", message, node.place, hint)
        return super().read(node, reading)


def slug(text: str) -> str:
    """The name that a text was probably meant to be; "" where nothing of it can be in a name."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9_]+", "-", plain.casefold()).strip("-_")[:80]


_SLUG = "[a-z0-9][a-z0-9_-]*"


@dataclass(frozen=True)
class Slug(Scalar[str]):
    """A name: lower-case letters, digits, `-` and `_`."""

    expects: str = "a name"
    code: str = "E115"

    def schema(self) -> Schema:
        return {"type": ["string", "number"], "pattern": f"^{_SLUG}$", "maxLength": 80}

    def parse(self, text: str) -> str:
        if len(text) > 80:
            raise ValueError(f"{quoted(text)} has {len(text)} characters, and a name has 80 at most")
        if not re.fullmatch(_SLUG, text):
            hint = f"write `{slug(text)}`" if slug(text) else "a name is written like `asked-for-a-person`"
            raise ValueError(
                f"{quoted(text)} is not a name: names have lower-case letters, digits, `-` and `_`\n{hint}"
            )
        return text


# What HTML's `type=email` takes: one address, without a name, quotes or comments.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class Address(Scalar[str]):
    """An e-mail address, as it stands: no template, so a customer's words cannot say where mail goes."""

    expects: str = "an e-mail address"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{ADDRESS.pattern}$"}

    def parse(self, text: str) -> str:
        if not ADDRESS.fullmatch(text):
            raise ValueError(f"{quoted(text)} is no e-mail address\nwrite one address, such as `care@shop.example`")
        return text


@dataclass(frozen=True)
class NameIn(Slug):
    """A name that is declared in a section of the ruleset. That it is, is looked up when all files are read."""

    section: str = ""

    def read(self, node: nodes.Node, reading: Reading) -> str:
        name = super().read(node, reading)
        reading.uses.append(Use(self.section, name, node.place))
        return name


_VARIABLE = "[A-Z_][A-Z0-9_]{0,99}"


@dataclass(frozen=True)
class EnvName(Scalar[str]):
    """The name of an environment variable."""

    expects: str = "the name of an environment variable, such as `AI_THRESHOLD`"
    code: str = "E403"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_VARIABLE}$"}

    def parse(self, text: str) -> str:
        if not re.fullmatch(_VARIABLE, text):
            better = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
            raise self.not_this(text, f"write `{better}`" if re.fullmatch(_VARIABLE, better) else "")
        return text


@dataclass(frozen=True)
class Number(Scalar[float]):
    """A number from `low` to `high`."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def expects(self) -> str:  # type: ignore[override]  # computed here, a constant elsewhere
        return f"a number from {self.low:g} to {self.high:g}" if math.isfinite(self.high) else "a number"

    def schema(self) -> Schema:
        bounds = {"minimum": self.low, "maximum": self.high}
        return {"type": "number", **{name: bound for name, bound in bounds.items() if math.isfinite(bound)}}

    def parse(self, text: str) -> float:
        if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
            comma, percent = re.fullmatch(r"[0-9]+,[0-9]+", text), re.fullmatch(r"([0-9.]{1,9}) ?%", text)
            if comma:
                raise self.not_this(text, f"write `{text.replace(',', '.')}`, with a point")
            raise self.not_this(text, self._of_percent(percent[1], 0) if percent else "")
        value = float(text)
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise ValueError(
                f"{quoted(text)} is out of range: this must be {self.expects}\n{self._of_percent(text, 10)}"
            )
        return value

    def _of_percent(self, text: str, least: float) -> str:
        try:
            value = float(text)
        except ValueError:
            return ""
        return f"{value:g} % is written `{value / 100:g}`" if self.high == 1 and least <= value <= 100 else ""


@dataclass(frozen=True)
class Whole(Scalar[int]):
    """A whole number from `low` to `high`."""

    low: int
    high: int

    @property
    def expects(self) -> str:  # type: ignore[override]  # computed here, a constant elsewhere
        return f"a whole number from {self.low} to {self.high}"

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise self.not_this(text)
        if not self.low <= int(text) <= self.high:
            raise ValueError(f"{quoted(text)} is out of range: this must be {self.expects}")
        return int(text)


_TRUTH = {"1": "true", "yes": "true", "on": "true", "0": "false", "no": "false", "off": "false"}


class Flag(Scalar[bool]):
    """true or false. YAML 1.1's `yes`, `on`, `no`, `off` are named in the error, not guessed."""

    expects = "`true` or `false`"

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def parse(self, text: str) -> bool:
        word = text.strip().casefold()
        if word in ("true", "false"):
            return word == "true"
        raise self.not_this(text, f"write `{_TRUTH[word]}`" if word in _TRUTH else "")


class EnvFlag(Flag):
    """A flag in an environment variable, where 1, yes and on are usual too."""

    def parse(self, text: str) -> bool:
        return super().parse(_TRUTH.get(text.strip().casefold(), text))


@dataclass(frozen=True)
class Choice(Scalar[str]):
    """One of a few words. `meanings` says what each stands for, where the word alone does not."""

    choices: tuple[str, ...]
    meanings: tuple[str, ...] = ()

    @property
    def expects(self) -> str:  # type: ignore[override]  # computed here, a constant elsewhere
        return "one of " + ", ".join(f"`{choice}`" for choice in self.choices)

    def schema(self) -> Schema:
        meanings = {"markdownEnumDescriptions": list(self.meanings)} if self.meanings else {}
        return {"enum": list(self.choices), **meanings}

    def parse(self, text: str) -> str:
        if text not in self.choices:
            close = closest(text, self.choices)
            hint = f"did you mean `{close}`?" if close else ""
            raise ValueError(f"{quoted(text)} is not {self.expects}\n{hint}")
        return text


_SPAN = "(?:[0-9]{1,5}d)?(?:[0-9]{1,5}h)?(?:[0-9]{1,5}m)?(?:[0-9]{1,5}s)?"
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@dataclass(frozen=True)
class Span(Scalar[timedelta]):
    """A length of time such as `15m`, `24h`, `2d` or `1h30m`."""

    expects: str = "a length of time such as `15m`, `2h` or `1d`"
    code: str = "E116"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?=.*[1-9]){_SPAN}$"}

    def parse(self, text: str) -> timedelta:
        if not re.fullmatch(_SPAN, text) or not text:
            raise self.not_this(text, self._meant(text))
        span = timedelta(**{_UNITS[unit]: int(number) for number, unit in re.findall(r"([0-9]+)([dhms])", text)})
        if not span:
            raise ValueError("a length of time must be longer than nothing")
        return span

    def _meant(self, text: str) -> str:
        match = re.fullmatch(r"([0-9]{1,5})\s*([a-zA-Z]*)", text)
        if match is None:
            return ""
        if not match[2]:
            return f"write `{text}m` for minutes, `{text}s` for seconds"
        unit = match[2][0].lower()
        return f"write `{match[1]}{unit}`" if unit in _UNITS else ""


@dataclass(frozen=True)
class TimeOfDay(Scalar[time | None]):
    """A time such as `09:00`. `24:00` is the end of the day, given as None."""

    expects: str = "a time from `00:00` to `24:00`"
    code: str = "E116"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}

    def parse(self, text: str) -> time | None:
        match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
        if match is None:
            whole = re.fullmatch(r"([0-9]{1,2})(?:[.h]([0-9]{2})?)?", text)
            raise self.not_this(text, f"write `{int(whole[1]):02}:{whole[2] or '00'}`" if whole else "")
        hour, minute = int(match[1]), int(match[2])
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            raise self.not_this(text)
        return None if hour == 24 else time(hour, minute)
