"""Editing the files of a ruleset: opening, checking a draft as part of the whole, and saving it safely.

An editor in a browser has plain line ends and no byte order mark. What a file had of those comes back on saving, so
that a saved file differs only where somebody typed.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from handover_rules.errors import RulesetError, UsageError
from handover_rules.lint import Linted, lint
from handover_rules.rulefile import Examined, examine
from handover_rules.rulefile.writing import line_end, overwrite
from handover_rules.ruleset import Ruleset
from handover_rules.ruletests import TestResult, run_tests

__all__ = ["Checked", "Opened", "Saved", "check", "open_file", "save"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was when it was opened. `name` is its path as the ruleset has it, `content` its bytes on disk."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        """The text for an editor: line ends are line feeds. Raises UnicodeDecodeError when it is not UTF-8."""
        return _plain(self.content.decode("utf-8-sig"))

    def changed(self, text: str) -> bool:
        """Whether an editor's text differs from what was opened."""
        return _plain(text) != self.text

    def written(self, text: str) -> bytes:
        """An editor's text as it is saved: with this file's line ends, its byte order mark, and a final line end."""
        if not self.changed(text):
            return self.content
        plain = _plain(text)
        if plain and not plain.endswith("\n"):
            plain += "\n"
        mark = codecs.BOM_UTF8 if self.content.startswith(codecs.BOM_UTF8) else b""
        return mark + plain.replace("\n", line_end(self.content)).encode()


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a draft as part of its ruleset: every problem, and the rule tests where there is no error."""

    examined: Examined
    linted: Linted
    tests: tuple[TestResult, ...]

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """The rule tests that failed."""
        return tuple(test for test in self.tests if not test.passed)


@dataclass(frozen=True, slots=True)
class Saved:
    """The file as it is now, and the ruleset that it is part of."""

    opened: Opened
    ruleset: Ruleset


def open_file(root: Path, name: str) -> Opened:
    """Open a file of the ruleset at `root`.

    Raises UsageError when it lies outside of the ruleset, is not UTF-8 or cannot be read.
    """
    _inside(root, name)
    try:
        opened = Opened(name, Path(name).read_bytes())
        opened.text  # noqa: B018  # read here, so that nobody else has to expect the error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8, so it cannot be edited here; save it as UTF-8 in an editor") from None
    return opened


def check(root: Path, opened: Opened, text: str) -> Checked:
    """The draft `text` of a file, checked with the ruleset's other files as they are saved, and the rule tests run."""
    examined = _examined(root, opened, text)
    return Checked(examined, lint(examined), () if examined.ruleset is None else tuple(run_tests(examined.ruleset)))


def save(root: Path, opened: Opened, text: str) -> Saved:
    """Write the draft in the place of the file that was opened: whole or not at all, with the file's permissions.

    Raises RulesetError when the ruleset would have an error, FileChanged when the file is not as it was opened, and
    UsageError when it is no file of the ruleset or cannot be written. Then nothing is written.
    """
    _inside(root, opened.name)
    examined = _examined(root, opened, text)
    # A file that is gone meanwhile would come back beside what took its place.
    if opened.name not in examined.sources or not Path(opened.name).is_file():
        raise UsageError(f"{opened.name} is no file of the ruleset {root}")
    if examined.ruleset is None:
        errors = [problem for problem in examined.problems if problem.severity == "error"]
        raise RulesetError(errors, examined.sources)
    content = opened.written(text)
    overwrite(opened.name, opened.content, content)
    return Saved(Opened(opened.name, content), examined.ruleset)


def _examined(root: Path, opened: Opened, text: str) -> Examined:
    return examine(root, drafts={opened.name: opened.written(text).decode("utf-8-sig")})


def _inside(root: Path, name: str) -> None:
    """Raises UsageError when the file itself, behind links, lies outside of the ruleset's folder."""
    folder = root if root.is_dir() else root.parent
    try:
        inside = Path(name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        raise UsageError(f"{name!r} is not the path of a file") from None
    if not inside:
        raise UsageError(f"{name} lies outside of the ruleset {root}; only its own files can be edited here")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
