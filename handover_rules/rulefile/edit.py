"""Changing a rule file as an author would: a test or phrases are added, and every other byte stays as it is.

A change is checked as part of its ruleset before it is written. Where the ruleset would not be what it was, with the
addition, the change is refused and nothing is written.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from handover_rules.condition_trees import find_rule
from handover_rules.errors import FileChanged, RulesetError, UsageError
from handover_rules.rulefile.insertion import Inserted, insert_phrases, insert_test
from handover_rules.rulefile.load import examine
from handover_rules.rulefile.replacement import replace_threshold
from handover_rules.rulefile.writing import expect, overwrite
from handover_rules.rulefile.yaml_text import Value
from handover_rules.ruleset import Given, Place, Ruleset, RuleTest

__all__ = ["Edit", "add_phrases", "add_test", "set_threshold", "write_all"]

_NO_DRAFTS: Mapping[str, str] = MappingProxyType({})
_ANYWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file, checked and not written yet.

    `content` is what the file holds, `text` what it shall hold, without a byte order mark. `lines` are those that are
    new or changed, as they stand from line `line` (from 1) on; `ruleset` is what the file is then part of.
    """

    name: str
    content: bytes
    text: str
    line: int
    lines: tuple[str, ...]
    ruleset: Ruleset

    def write(self) -> None:
        """Write the file, whole or not at all. Raises FileChanged and UsageError, as `overwrite` does."""
        mark = codecs.BOM_UTF8 if self.content.startswith(codecs.BOM_UTF8) else b""
        overwrite(self.name, self.content, mark + self.text.encode())


def write_all(edits: Sequence[Edit]) -> None:
    """Write the files of one change, of which none is written where one is not as it was read.

    Raises FileChanged and UsageError, as `overwrite` does. Where a file is saved by somebody else, or the disk fails,
    while the files are written, the error names those that were written before it.
    """
    for edit in edits:
        expect(edit.name, edit.content)
    for number, edit in enumerate(edits):
        try:
            edit.write()
        except (FileChanged, UsageError) as error:
            written = "".join(f"\n{done.name} is written already" for done in edits[:number])
            raise type(error)(f"{error}{written}") from None


def add_test(path: Path, rule_id: str, test: RuleTest, *, drafts: Mapping[str, str] = _NO_DRAFTS) -> Edit:
    """Add a test to a rule of the ruleset at `path`; its `place` is not looked at.

    `drafts` are texts that are not saved yet, as for `examine`. Raises RulesetError for a ruleset that has errors, and
    UsageError where the rule is unknown, has this test or one that contradicts it, or is written in a form that a test
    cannot be added to.
    """
    before = _usable(path, drafts)
    rule = find_rule(before, rule_id)
    test = replace(test, place=_ANYWHERE)
    for other in rule.tests:
        if (other.say, other.given) == (test.say, test.given):
            expects = (
                "this test" if other.expect == test.expect else f"a test of this message that expects {other.expect}"
            )
            raise UsageError(f"{other.place}: the rule has {expects} already")
    content, text = _opened(rule.place.file, drafts)
    with _named(rule.place.file):
        inserted = insert_test(text, rule_id, _written(test))
    after = _checked(path, rule.place.file, inserted, drafts)
    found = [replace(other, place=_ANYWHERE) for other in find_rule(after, rule_id).tests]
    if after.hash != before.hash or found != [*(replace(other, place=_ANYWHERE) for other in rule.tests), test]:
        raise UsageError(f"{rule.place.file}: the test cannot be added here by itself; write it into the rule by hand")
    return Edit(rule.place.file, content, inserted.text, inserted.line, inserted.lines, after)


def add_phrases(path: Path, last: Place, phrases: Sequence[str], *, drafts: Mapping[str, str] = _NO_DRAFTS) -> Edit:
    """Add phrases to the list, of a rule or under `phrases:`, that has a phrase at the place `last`.

    `drafts` are texts that are not saved yet, as for `examine`. Raises RulesetError for a ruleset that has errors, and
    UsageError where no such list is there or one of the phrases cannot be used.
    """
    _usable(path, drafts)
    content, text = _opened(last.file, drafts)
    with _named(last.file):
        inserted = insert_phrases(text, last.line, last.column, phrases)
    after = _checked(path, last.file, inserted, drafts)
    return Edit(last.file, content, inserted.text, inserted.line, inserted.lines, after)


def set_threshold(
    path: Path, name: str, values: Mapping[str, Value], *, drafts: Mapping[str, str] = _NO_DRAFTS
) -> Edit:
    """Set keys of a threshold of the ruleset at `path`, such as `value` and `goal`; None takes a key away.

    `drafts` are texts that are not saved yet, as for `examine`. Raises RulesetError for a ruleset that has errors, and
    UsageError where the threshold is unknown or cannot be changed by itself.
    """
    thresholds = _usable(path, drafts).thresholds
    if name not in thresholds:
        raise UsageError(f"there is no threshold {name!r}; there are: {', '.join(sorted(thresholds)) or 'none'}")
    file = thresholds[name].place.file
    content, text = _opened(file, drafts)
    with _named(file):
        replaced = replace_threshold(text, name, values)
    after = _checked(path, file, replaced, drafts)
    return Edit(file, content, replaced.text, replaced.line, replaced.lines, after)


def _usable(path: Path, drafts: Mapping[str, str]) -> Ruleset:
    examined = examine(path, drafts=drafts)
    if examined.ruleset is None:
        raise RulesetError([one for one in examined.problems if one.severity == "error"], examined.sources)
    return examined.ruleset


def _opened(name: str, drafts: Mapping[str, str]) -> tuple[bytes, str]:
    """What a file holds, and the text that is to be changed."""
    try:
        content = Path(name).read_bytes()
        return content, drafts[name] if name in drafts else content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from None


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Names the file in what is said of a text."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{name}, {error}") from None


def _checked(path: Path, name: str, inserted: Inserted, drafts: Mapping[str, str]) -> Ruleset:
    """The ruleset with what was inserted."""
    examined = examine(path, drafts={**drafts, name: inserted.text})
    if examined.ruleset is None:
        error = next(one for one in examined.problems if one.severity == "error")
        hint = f" ({error.hint})" if error.hint else ""
        raise UsageError(f"nothing is written, since the rules could not be used then: {error.message}{hint}")
    return examined.ruleset


def _written(test: RuleTest) -> dict[str, Value]:
    """A test as it is written in a rule file."""
    given = _given(test.given)
    tags: dict[str, Value] = {} if test.tags is None else {"tags": list(test.tags)}
    return {"say": test.say, **({"given": given} if given else {}), "expect": test.expect, **tags}


def _given(given: Given) -> dict[str, Value]:
    circumstances: dict[str, Value] = {
        "lang": given.lang,
        "channel": given.channel,
        "customer": dict(given.customer),
        "event": _as_values(given.event),
        "now": given.now,
        "offered": given.offered,
        "before": [
            {"customer" if turn.speaker == "customer" else "bot_failed" if turn.failed else "bot": turn.text}
            for turn in given.before
        ],
    }
    scores: dict[str, Value] = {
        name: "unavailable" if score is None else score for name, score in given.signals.items()
    }
    unknown: dict[str, Value] = dict.fromkeys(sorted(given.unknown), "unknown")
    return scores | unknown | {name: value for name, value in circumstances.items() if value}


def _as_values(event: object) -> Value:
    """A part of an event, which is plain texts, lists and mappings."""
    if isinstance(event, Mapping):
        return {str(key): _as_values(value) for key, value in event.items()}
    if isinstance(event, Sequence) and not isinstance(event, str):
        return [_as_values(value) for value in event]
    return None if event is None else str(event)
