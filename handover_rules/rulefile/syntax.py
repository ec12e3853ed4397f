"""What the YAML parser says, in a rule author's words and at the place where the author has to look."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import yaml

from handover_rules.problems import Problem, quoted
from handover_rules.rulefile.source import Source

__all__ = ["character_problem", "hidden_character", "syntax_problem"]

# Characters that YAML 1.1 refuses wherever they stand.
_REFUSED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A value outside of quotes that begins with a template.
_BARE_TEMPLATE = re.compile(r"(?:^\s*-|[:,])\s+(\{[{%])")
_IN_QUOTES = "put the text in quotes"


def hidden_character(text: str) -> str | None:
    """The first character that looks like a space or like nothing, and is none: as in `U+00A0 (no-break space)`."""
    for char in text:
        if char != " " and unicodedata.category(char) in ("Zs", "Cf", "Cc"):
            return f"U+{ord(char):04X} ({unicodedata.name(char, 'control character').lower()})"
    return None


def character_problem(source: Source, error: yaml.YAMLError) -> Problem:
    """The problem of a text with a character that no YAML file may have."""
    for number, line in enumerate(source.lines, 1):
        refused = _REFUSED.search(line)
        if refused is not None:
            message = f"an invisible character, U+{ord(refused[0]):04X}, stands here, which YAML cannot read"
            return Problem("E102", message, source.place(number, refused.start() + 1), "delete it")
    return Problem("E101", f"YAML cannot be read: {error}", source.place(1, 1))


def syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """The problem that an error of the parser is.

    libyaml tells where it noticed (`problem_mark`) and where the thing began that it was reading (`context_mark`).
    """
    at, began = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    if at is None or began is None:  # cannot be told from the parser's types, but it marks every error in a text
        return Problem("E101", f"YAML cannot be read: {error.problem}", source.place(1, 1))
    trouble = _Trouble(source, at.line + 1, at.column + 1, began.line + 1, began.column + 1)
    return trouble.blank() or trouble.template() or trouble.explained(error.problem or "", error.context or "")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Where the parser noticed something, and where what it was reading began; all 1-based."""

    source: Source
    line: int
    column: int
    began_line: int
    began_column: int

    @property
    def before(self) -> str:
        """The line up to the place."""
        return self.source.line(self.line)[: self.column - 1]

    @property
    def after(self) -> str:
        """The line from the place on."""
        return self.source.line(self.line)[self.column - 1 :]

    def here(self, message: str, hint: str, length: int = 1) -> Problem:
        return Problem("E101", message, self.source.place(self.line, self.column, length), hint)

    def there(self, message: str, hint: str, length: int = 1) -> Problem:
        return Problem("E101", message, self.source.place(self.began_line, self.began_column, length), hint)

    def blank(self) -> Problem | None:
        """A tab or another strange blank where YAML wants spaces."""
        shown = self.source.line(self.line)
        indent = shown[: len(shown) - len(shown.lstrip())]
        odd = next((index for index, char in enumerate(indent) if char != " "), None)
        if odd is None and self.after.startswith("\t"):
            odd = self.column - 1
        if odd is None:
            return None
        what = "a tab" if shown[odd] == "\t" else f"the character {hidden_character(shown[odd])}"
        place = self.source.place(self.line, odd + 1)
        return Problem("E102", f"{what} stands where YAML wants spaces", place, "indent with spaces (two a level)")

    def template(self) -> Problem | None:
        """A template without quotes."""
        found = _BARE_TEMPLATE.search(self.source.line(self.line))
        if found is None or found.start(1) >= self.column:
            return None
        place = self.source.place(self.line, found.start(1) + 1, 2)
        message = f"`{found[1]}` without quotes is the beginning of a YAML mapping, not of a template"
        return Problem("E101", message, place, 'put the whole text in quotes: "{{ ... }}"')

    def explained(self, problem: str, context: str) -> Problem:
        """The parser's words made plain."""
        if "quoted scalar" in context:
            return self.quotes(problem)
        if problem.startswith("did not find expected ',' or "):
            return self.brackets(problem[-2])
        match problem:
            case "mapping values are not allowed in this context":
                return self.colon()
            case "did not find expected key" | "did not find expected '-' indicator":
                return self.unexpected(problem)
            case "could not find expected ':'":
                line = self.source.line(self.began_line)[self.began_column - 1 :].rstrip()
                hint = "write `key: value`, with a space behind the `:`; a text of several lines goes in quotes"
                return self.there("this line has no `: `", hint, len(line))
            case "block sequence entries are not allowed in this context":
                hint = "put the first `- ` on a line of its own, below its key"
                return self.here("a list cannot begin on the line of its key", hint)
            case "did not find expected node content":
                where = f"before `{self.after[:1]}`" if self.after else "at the end of the file"
                return self.here(f"a value is missing {where}", "remove the extra comma, or write the value")
            case "did not find expected comment or line break":
                sign = self.source.line(self.began_line)[self.began_column - 1 :][:1]
                message = f"a value that begins with `{sign}` is YAML's sign for a text on the lines below"
                return self.there(message, _IN_QUOTES)
            case "did not find expected <document start>":
                hint = "all sections begin in the same column; check the indentation of the lines above"
                return self.here("the lines above are a whole, and nothing can follow them here", hint)
            case "found unexpected ':'":
                return self.here("this `:` has no space behind it", "write `key: value`, with a space")
            case "found character that cannot start any token":
                return self.here(f"no text can begin with `{self.after[:1]}`", _IN_QUOTES)
        if context in (
            "while scanning an alias",
            "while scanning an anchor",
            "while scanning a tag",
            "while parsing a tag",
            "while scanning a directive",
            "while parsing a node",
        ):
            sign = self.source.line(self.began_line)[self.began_column - 1 :][:1]
            return self.there(f"no text can begin with `{sign}`", _IN_QUOTES)
        return self.here(f"YAML cannot be read here: {problem} {context}".rstrip(), "")

    def quotes(self, problem: str) -> Problem:
        if "escape" in problem or "hexdecimal" in problem:
            message = f"in double quotes `\\` has a meaning of its own, and YAML does not know {quoted(self.after[:2])}"
            return self.here(message, "put the text in single quotes: '...'", 2)
        return self.there("this quote is never closed", "write the same quote at the end of the text")

    def brackets(self, closing: str) -> Problem:
        if self.line != self.began_line:
            opening = {"]": "[", "}": "{"}[closing]
            if " #" in self.source.line(self.began_line)[self.began_column :]:
                hint = "put the text with ` #` in quotes"
                return self.there(f"this `{opening}` is never closed: ` #` begins a comment on its line", hint)
            return self.there(f"this `{opening}` is never closed", f"write the `{closing}`")
        return self.here(f"YAML expected a `,` or a `{closing}` here", f"write it, or {_IN_QUOTES}")

    def colon(self) -> Problem:
        if ": " in self.before:
            return self.here("a second `: ` stands on this line", "a text with `: ` in it goes in quotes")
        above = self.line - 1
        while above > 1 and not self.source.line(above).strip():
            above -= 1
        glued = re.match(r"(?:- +)*[\w.-]+(:)(?=\S)", self.source.line(above).lstrip())
        if glued is not None:
            indent = len(self.source.line(above)) - len(self.source.line(above).lstrip())
            place = self.source.place(above, indent + glued.start(1) + 1)
            return Problem("E101", "this `:` has no space behind it", place, "write `key: value`, with a space")
        key = self.before.strip()
        message = f"{quoted(key)} is read as more of the text on the line above"
        hint = "check the indentation, and that the line above has a space behind its `:`"
        place = self.source.place(self.line, self.column - len(self.before.lstrip()), len(self.before.lstrip()) or 1)
        return Problem("E101", message, place, hint)

    def unexpected(self, problem: str) -> Problem:
        before, after = self.before.rstrip(), self.after
        if not before:
            if after.startswith(":"):
                return self.here("a key is missing before this `:`", "write the key")
            if self.column == self.began_column:
                found, wanted = ("key", "list item") if "'-'" in problem else ("list item", "key")
                return self.here(f"a {found} stands here, in a row with a {wanted}", "check the indentation")
            message = f"this line begins in column {self.column}, where nothing above it begins"
            return self.here(message, "what belongs together begins in the same column")
        if before[-1] in "\"'":
            opened = self.opened_above(before[-1])
            if opened is not None:
                return opened
            hint = "put the whole text in quotes; inside of '...' a `'` is written twice: 'it''s'"
            return self.here("a text goes on behind its closing quote", hint)
        if before[-1] in "]}":
            return self.here(f"a text goes on behind `{before[-1]}`", "put the whole text in quotes")
        if after[:1] in tuple("]}"):
            return self.here(f"this `{after[0]}` closes nothing", "remove it, or write what it closes")
        return self.here("YAML expected a new line with a `key:` here", _IN_QUOTES)

    def opened_above(self, quote: str) -> Problem | None:
        """The quote of an earlier line that the one before this place closes, if it was not opened on this line."""
        if self.before.count(quote) % 2 == 0:
            return None
        for line in range(self.line - 1, 0, -1):
            text = self.source.line(line)
            found = re.search(rf"(?:^|[\s,\[{{(]){quote}", text)
            if text.count(quote) % 2 and found is not None:
                message = f"this quote is closed only on line {self.line}, where another text begins"
                place = self.source.place(line, found.end())
                return Problem("E101", message, place, "write the same quote at the end of the text")
        return None
