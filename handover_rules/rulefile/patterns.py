"""Reading phrases and regexes: the texts in a rule file that have a language of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from handover_rules.rulefile import nodes
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.scalars import Text
from handover_rules.ruleset import PhraseSource, Place
from handover_rules.text import PhraseError, parse_phrase

__all__ = ["PhraseItems", "RegexText", "regex_options"]


def regex_options() -> re2.Options:
    """How every regex of a ruleset is compiled: quietly, and with memory enough for a large set of them."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 256 << 20
    return options


@dataclass(frozen=True)
class PhraseItems:
    """A phrase or a list of phrases. Each is one item: what YAML would cut at a comma or a comment is refused."""

    expects: str = "a list of phrases, one a line, each begun with `- `"

    def read(self, node: nodes.Node, reading: Reading) -> tuple[PhraseSource, ...]:
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        in_flow = isinstance(node, nodes.Sequence) and node.flow
        if not items:
            raise reading.fail("E301", "the list of phrases is empty", node.place, "add a phrase, or remove the key")
        phrases: list[PhraseSource] = []
        failed = False
        for item in items:
            try:
                phrases.append(_phrase(item, in_flow, reading))
            except Invalid:
                failed = True
        if failed:
            raise Invalid
        return tuple(phrases)


def _phrase(node: nodes.Node, in_flow: bool, reading: Reading) -> PhraseSource:
    if isinstance(node, nodes.Mapping):
        raise wrong(node, "a phrase", reading, "a text with `: ` in it goes in quotes")
    text = Text("a phrase", exact=True).read(node, reading)
    assert isinstance(node, nodes.Scalar)  # Text reads nothing else
    if in_flow and node.plain and len(text.split()) > 1:
        raise reading.fail(
            "E202",
            f"`{text}` stands in `[ ]` without quotes, where a comma would cut it in two",
            node.place,
            f'write "{text}" in quotes, or one phrase a line',
        )
    try:
        return PhraseSource(parse_phrase(text), node.place)
    except PhraseError as error:
        raise reading.fail("E201", error.message, _inside(node, error.offset), error.hint) from None


def _inside(node: nodes.Scalar, offset: int) -> Place:
    """The place of a character of a single-line value; the value's own place where it cannot be told."""
    place = node.place
    start = offset + (0 if node.plain else 1)
    if start >= place.length:
        return place
    return Place(place.file, place.line, place.column + start)


@dataclass(frozen=True)
class RegexText:
    """An RE2 pattern, checked by compiling it."""

    expects: str = "a regular expression in RE2 syntax"

    def read(self, node: nodes.Node, reading: Reading) -> tuple[str, Place]:
        text = Text(self.expects, exact=True).read(node, reading)
        try:
            re2.compile(text, regex_options())
        except re2.error as error:
            said = error.args[0]
            code, message, hint = _explained(text, said.decode() if isinstance(said, bytes) else str(said))
            raise reading.fail(code, message, node.place, hint) from None
        return text, node.place


_LOOK_AROUND = {"(?=": "look-ahead", "(?!": "negative look-ahead", "(?<=": "look-behind", "(?<!": "negative look-behind"}


def _explained(pattern: str, said: str) -> tuple[str, str, str]:
    for sign, name in _LOOK_AROUND.items():
        if sign in pattern:
            hint = (
                "put what must not be there under `unless:`, as a regex or phrase of its own"
                if "negative" in name
                else "put what must also be there into a second condition under `all:`"
            )
            return "E207", f"`{sign}...)` is a {name}, which RE2 does not have (its time is linear)", hint
    if re.search(r"(?<!\\)(?:\\\\)*\\[1-9]", pattern):
        return "E207", "a back-reference such as `\\1` is something RE2 does not have", "write the repeated part out"
    if re.search(r"[*+?}]\+|\(\?>", pattern):
        hint = "leave the extra `+` out: RE2 never backtracks, so nothing is gained by it"
        return "E207", "possessive and atomic groups are something RE2 does not have", hint
    return "E206", f"this is not a regular expression that RE2 can read: {said}", "a text to be found as it is needs `\\` before . * + ? ( ) [ ] { } | ^ $"
