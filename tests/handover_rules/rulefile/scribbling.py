"""Rule files as nobody should write them: every layout that YAML allows, and numbered comments wherever they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from handover_rules.rulefile.yaml_text import as_scalar
from tests.handover_rules.engine import strategies

__all__ = ["Scribble", "scribble"]

FREE = ("why", "text", "title")  # keys whose texts may have several lines
SAYINGS = ("the blue one - with a lid", "it's # 12", 'say "hi"', "naïve: yes, 漢字 🙂", "{{ message.text }}", "a\\b\tc")
LONG = "They have asked for it, in so many words, and " * 3 + "nobody came."


@dataclass(frozen=True)
class Scribble:
    """A file's content, and its comments: each is a word of its own. `ordered`: none has a reason to move."""

    content: bytes
    comments: tuple[str, ...]
    ordered: bool


def scribble(rng: Random) -> Scribble:
    """The file of a random ruleset."""
    return _Pen(rng, in_brackets=rng.random() < 0.5).file(_more(strategies.ruleset_data(rng), rng))


def _more(data: dict[str, Any], rng: Random) -> dict[str, Any]:
    """The ruleset with what only readers of the file see: tests, owners, reasons, texts of several lines."""
    for number, rule in enumerate(data["rules"]):
        if rng.random() < 0.5:
            rule["owner"] = rng.choice(("care-team", "Frau Müller", "no"))
        rule["tests"] = [
            {"say": rng.choice(SAYINGS), "given": {"ai": 0.5, "before": [{"bot": "Hm, well."}]}, "expect": "none"}
            for _ in range(rng.randint(0, 2))
        ]
        if rng.random() < 0.3:
            rule["allow"] = {"shadowed-phrase": "the languages share words"}
        if rng.random() < 0.3:
            rule["why"] = rng.choice((LONG, f"Rule {number}.\n\n  Indented,\n\nand not.\n", "one\n", "two\n\n\n"))
    data["actions"]["tell"].append({"slack.post": {"text": rng.choice((LONG, "{{ rule.id }}:\n- {{ rule.id }}\n"))}})
    return {key: value for key, value in data.items() if value}


@dataclass
class _Pen:
    rng: Random
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    in_brackets: bool = False  # whether comments stand there
    below: int = 0  # a comment that is indented further would be a part of the `|` text above

    def often(self, share: float) -> bool:
        return self.rng.random() < share

    def file(self, data: Mapping[str, Any]) -> Scribble:
        ordered = self.often(0.5)
        data = {**data, "rules": [self.rule(rule, ordered) for rule in data["rules"]]}
        if self.often(0.2):
            self.between(0)
            self.lines.append("---")
        self.mapping(data, 0)
        self.between(0)
        text = "\n".join(self.lines) + "\n" * (self.lines[-1] == "" or self.rng.randint(0, 2))
        content = text.replace("\n", self.rng.choice(("\n", "\n", "\r\n", "\r"))).encode()
        return Scribble(
            b"\xef\xbb\xbf" * self.often(0.2) + content, tuple(self.comments), ordered and not self.in_brackets
        )

    def rule(self, rule: Mapping[str, Any], ordered: bool) -> dict[str, Any]:
        order = ("id", "priority", "owner", "why", "when", "unless", "then", "set", "do", "tests", "allow")
        keys = [key for key in order if rule.get(key)]
        return {key: rule[key] for key in (keys if ordered else self.rng.sample(keys, len(keys)))}

    # --- comments and blanks ---

    def comment(self) -> str:
        self.comments.append(f"c{len(self.comments)}c")
        return f"#{self.rng.choice(('', ' ', '   ', '!', '- ', '## '))}{self.comments[-1]}{' ' * self.often(0.2)}"

    def behind(self, share: float = 0.1) -> str:
        return " " * self.rng.randint(1, 3) + self.comment() if self.often(share) else " " * self.often(0.1)

    def between(self, indent: int) -> None:
        """Blank lines and comments, indented somehow."""
        while self.often(0.25):
            deepest = min(indent + 8, self.below)
            blank = " " * self.rng.randint(0, deepest)
            self.lines.append(blank + self.comment() if self.often(0.6) else blank)
        self.below = 100

    # --- blocks ---

    def mapping(self, data: Mapping[str, Any], indent: int, start: str | None = None) -> None:
        for key, value in data.items():
            if start is None:
                self.between(indent)
            key = self.rng.choice((key, key, key, f'"{key}"', f"'{key}'"))
            colon = " " * self.often(0.1) + ":"
            self.value((" " * indent if start is None else start) + key + colon, value, indent, key.strip("'\""))
            start = None

    def sequence(self, items: Sequence[Any], indent: int) -> None:
        for item in items:
            self.between(indent)
            dash = " " * indent + "-"
            if isinstance(item, Mapping) and item and self.often(0.6):
                inner = indent + self.rng.randint(2, 4)
                if self.often(0.15):
                    self.lines.append(dash + self.behind(0.5))
                    self.mapping(item, inner)
                else:
                    self.mapping(item, inner, dash + " " * (inner - indent - 1))
            else:
                self.value(dash, item, indent, "-")

    def value(self, start: str, value: Any, indent: int, key: str) -> None:
        """A value behind its key or dash."""
        gap = " " * self.rng.choice((1, 1, 1, 3))
        if isinstance(value, str):
            self.text(start, gap, value, indent, key)
        elif not isinstance(value, (Mapping, Sequence)):
            self.lines.append(start + gap + str(value).lower() + self.behind())
        elif not value or self.often(0.3 if len(str(value)) < 300 else 0.02):
            self.lines.append(start + gap + self.flow(value, indent) + self.behind())
        else:
            self.lines.append(start + self.behind())
            if isinstance(value, Mapping):
                self.mapping(value, indent + self.rng.randint(1, 6))
            else:
                self.sequence(value, indent + self.rng.randint(0 if key != "-" else 1, 6))

    def text(self, start: str, gap: str, text: str, indent: int, key: str) -> None:
        own_line = self.often(0.1)
        if own_line:
            self.lines.append(start + self.behind(0.3))
            start, gap = "", " " * (indent + self.rng.randint(1, 5))
        several = key in FREE
        deeper = "\n" + " " * (indent + self.rng.randint(1, 9))
        kind = self.rng.random()
        if ("\n" in text or kind < 0.15) and "\t" not in text:
            self.block_text(start + gap, text, indent)
        elif kind < 0.6 and as_scalar(text, flow=False) == text:
            self.lines += f"{start}{gap}{text.replace(' in ', deeper + 'in ') if several else text}".split("\n")
        elif kind < 0.8 and "\t" not in text:
            folded = "'" + text.replace("'", "''").replace(" a", f" {deeper}a" if several else " a") + "'"
            self.lines += (start + gap + folded + self.behind()).split("\n")
        else:
            escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
            escaped = escaped.replace(" h", f"\\ \\{deeper}h" if several else " h")
            self.lines += f'{start}{gap}"{escaped}"{self.behind()}'.split("\n")

    def block_text(self, start: str, text: str, indent: int) -> None:
        step = self.rng.randint(1, 6)
        explicit = str(step) if self.often(0.3) else ""
        body = text.rstrip("\n")
        chomp = "-" if body == text else "" if text == body + "\n" else "+"
        self.lines.append(start + self.rng.choice("|>" if "\n" not in body else "|") + explicit + chomp + self.behind())
        self.lines += [" " * (indent + step) + line if line else "" for line in body.split("\n")]
        self.lines += [""] * (text.count("\n") - body.count("\n") - 1)
        self.below = indent

    # --- brackets and braces ---

    def flow(self, value: Any, indent: int) -> str:
        if isinstance(value, Mapping):
            pairs = [(f"{key}:{self.blank(indent) or ' '}", item) for key, item in value.items()]
            return self.bracketed(pairs, "{}", indent)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return self.bracketed([("", item) for item in value], "[]", indent)
        if not isinstance(value, str):
            return str(value).lower()
        if " " not in value and self.often(0.7) and as_scalar(value, flow=True) == value:
            return value
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        if self.often(0.1):
            escaped = escaped.replace(" ", "\n" + " " * self.rng.randint(1, 9), 1)
        return f'"{escaped}"'

    def bracketed(self, items: Sequence[tuple[str, Any]], brackets: str, indent: int) -> str:
        text = brackets[0] + self.blank(indent, self.in_brackets)
        for number, (start, item) in enumerate(items):
            text += f"{self.blank(indent)},{self.blank(indent, self.in_brackets)}" if number else ""
            text += start + self.flow(item, indent)
        comma = "," if items and self.often(0.1) else ""
        return text + self.blank(indent) + comma + self.blank(indent) + brackets[1]

    def blank(self, indent: int, comments: bool = False) -> str:
        if comments and self.often(0.05):
            return f" {self.comment()}\n" + " " * (indent + self.rng.randint(1, 5))
        return self.rng.choice(("", "", " ", " ", "  ", "\n" + " " * (indent + 1 + self.rng.randint(0, 5))))
