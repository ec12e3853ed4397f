"""Reading phrases and regexes: the texts in a rule file that have a language of their own."""

from __future__ import annotations

import re

import re2

from handover_rules.problems import quoted
from handover_rules.regexes import regex_options
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import OneOrMany
from handover_rules.rulefile.reading import Invalid, Reading, Use, wrong
from handover_rules.rulefile.scalars import Text
from handover_rules.rulefile.shape import Schema, reference_to
from handover_rules.ruleset import PhraseSource, Place
from handover_rules.text import PhraseError, lists, parse_phrase

__all__ = ["PhraseItems", "RegexText"]


class PhraseItems:
    """A phrase or a list of phrases. Each is one item: what YAML would cut at a comma or a comment is refused."""

    expects = "a list of phrases, one a line, each begun with `- `"

    def schema(self) -> Schema:
        return reference_to("phrases")

    def definition(self) -> Schema:
        """What `schema` refers to, since phrases stand in many places."""
        return OneOrMany(Text("a phrase")).schema()

    def read(self, node: nodes.Node, reading: Reading) -> tuple[PhraseSource, ...]:
        items = node.items if isinstance(node, nodes.Sequence) else (node,)
        if not items:
            raise reading.fail("E301", "the list of phrases is empty", node.place, "add a phrase, or remove the key")
        failed = _cut_at_commas(node, reading) if isinstance(node, nodes.Sequence) else False
        phrases: list[PhraseSource] = []
        for item in items:
            try:
                phrases.append(_phrase(item, reading))
            except Invalid:
                failed = True
        if failed:
            raise Invalid
        return tuple(phrases)


def _cut_at_commas(node: nodes.Sequence, reading: Reading) -> bool:
    """Note, once for a list in brackets, that phrases of several words have no quotes; whether it is so."""
    bare = [item for item in node.items if isinstance(item, nodes.Scalar) and item.plain and len(item.text.split()) > 1]
    if not (node.flow and bare):
        return False
    others = f" (and {len(bare) - 1} more)" if len(bare) > 1 else ""
    message = f"{quoted(bare[0].text)}{others} stands in `[ ]` without quotes, where a comma would cut it in two"
    hint = "put each phrase of several words in quotes, or write one phrase a line"
    reading.note("E202", message, bare[0].place, hint)
    return True


def _phrase(node: nodes.Node, reading: Reading) -> PhraseSource:
    if isinstance(node, nodes.Mapping):
        raise wrong(node, "a phrase", reading, "a text with `: ` in it goes in quotes")
    text = _one_line(node, "a phrase", reading)
    assert isinstance(node, nodes.Scalar)  # nothing else is read as a text
    try:
        phrase = parse_phrase(text)
    except PhraseError as error:
        raise reading.fail("E201", error.message, node.part(error.offset), error.hint) from None
    reading.uses.extend(Use("phrases", name, node.part(at, len(name) + 2)) for name, at in lists(phrase))
    source = PhraseSource(phrase, node.place)
    reading.phrases.append(source)
    return source


def _one_line(node: nodes.Node, expects: str, reading: Reading) -> str:
    """A text as it stands on its line: YAML joins lines, and so makes one long phrase of two whose `- ` is missing."""
    text = Text(expects, exact=True).read(node, reading)
    if isinstance(node, nodes.Scalar) and node.plain and node.lines > 1:
        hint = "begin each with `- ` (a dash and a space) on its own line, or write it on one line"
        raise reading.fail("E208", f"YAML makes one text of these {node.lines} lines: {quoted(text)}", node.place, hint)
    if isinstance(node, nodes.Scalar) and node.plain and len(text) > 1 and text[0] == "-" and not text[1].isspace():
        hint = f"write `- {text[1:]}`, with a space, or put the text in quotes if it begins with a dash"
        raise reading.fail("E208", f"{quoted(text)} is no list item: the `-` has no space behind it", node.place, hint)
    return text


class RegexText:
    """An RE2 pattern, checked by compiling it."""

    expects = "a regular expression in RE2 syntax"

    def schema(self) -> Schema:
        return Text(self.expects).schema()

    def read(self, node: nodes.Node, reading: Reading) -> tuple[str, Place]:
        text = _one_line(node, self.expects, reading)
        try:
            re2.compile(text, regex_options())
        except re2.error as error:
            said = error.args[0]
            code, message, hint = _explained(text, said.decode() if isinstance(said, bytes) else str(said))
            raise reading.fail(code, message, node.place, hint) from None
        return text, node.place


_LOOK_AROUND = {
    "(?=": "look-ahead",
    "(?!": "negative look-ahead",
    "(?<=": "look-behind",
    "(?<!": "negative look-behind",
}


def _explained(pattern: str, said: str) -> tuple[str, str, str]:
    for sign, name in _LOOK_AROUND.items():
        if sign in pattern:
            hint = (
                "put what must not be there under `unless:`, as a regex or phrase of its own"
                if "negative" in name
                else "put what must also be there into a second condition under `all:`"
            )
            return "E207", f"`{sign}...)` is a {name}, which RE2 does not have (its time is linear)", hint
    if re.search(r"(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)|\(\?P=", pattern):
        return "E207", "a back-reference such as `\\1` is something RE2 does not have", "write the repeated part out"
    if re.search(r"[*+?}]\+|\(\?>", pattern):
        hint = "leave the extra `+` or the `?>` out: RE2 never backtracks, so nothing is gained by it"
        return "E207", "possessive and atomic groups are something RE2 does not have", hint
    hint = "a sign that is meant as it is needs a `\\` before it: . * + ? ( ) [ ] { } | ^ $"
    return "E206", f"this is not a regular expression that RE2 can read: {said}", hint
