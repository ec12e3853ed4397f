"""From a path to a ruleset: read the files, merge, link, hash. Every problem is gathered before anything is raised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from handover_rules.errors import RulesetError
from handover_rules.rulefile import nodes
from handover_rules.rulefile.affirmations import YES
from handover_rules.rulefile.hashing import ruleset_hash
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.link import link
from handover_rules.rulefile.parts import DEFAULT_OPEN_FOR, Parts, merge
from handover_rules.rulefile.problems import Problem
from handover_rules.rulefile.source import Source, find_files, read_source
from handover_rules.ruleset import PhraseSource, Place, Rule, Ruleset
from handover_rules.text import parse_phrase

__all__ = ["Examined", "examine", "load_ruleset"]


class Examined(NamedTuple):
    """What a look at the rule files gave: the ruleset if no error was found, all problems, and the files' texts."""

    ruleset: Ruleset | None
    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]


def load_ruleset(path: str | Path, environ: Mapping[str, str] | None = None) -> Ruleset:
    """The ruleset of a file or folder.

    `environ` is the environment whose variables may replace values; None ignores the environment, so that results
    do not depend on the machine. Raises RulesetError with every problem when there is an error.
    """
    examined = examine(path, environ)
    if examined.ruleset is None:
        raise RulesetError([problem for problem in examined.problems if problem.severity == "error"])
    return examined.ruleset


def examine(path: str | Path, environ: Mapping[str, str] | None = None) -> Examined:
    """Everything that can be said of the rule files, whether they can be used or not."""
    root = Path(path)
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    try:
        files = find_files(root)
    except RulesetError as error:
        return Examined(None, error.problems, sources)
    trees: list[nodes.Node] = []
    for file in files:
        source, problem = read_source(file)
        sources[source.name] = source
        if problem is not None:
            problems.append(problem)
            continue
        tree = nodes.parse(source, problems)
        if tree is not None:
            trees.append(tree)
    if not trees and not problems:
        place = Place(str(files[0]))
        problems.append(Problem("E112", "the ruleset is empty", place, "add `ruleset:` and `rules:`"))
    # What could not be parsed is missing from the whole: names that it declares would all be called unknown.
    unread = bool(problems) and len(trees) < len(files)
    reading = Reading(problems, environ, root if root.is_dir() else root.parent)
    parts = merge(trees, reading)
    rules = link(parts, reading) if not unread else ()
    found = tuple(dict.fromkeys(sorted(problems, key=lambda problem: (problem.place, problem.code))))
    if any(problem.severity == "error" for problem in found):
        return Examined(None, found, sources)
    return Examined(_ruleset(parts, rules, tuple(sources)), found, sources)


def _ruleset(parts: Parts, rules: tuple[Rule, ...], files: tuple[str, ...]) -> Ruleset:
    offers = parts.single.get("offers")
    default_yes = tuple(PhraseSource(parse_phrase(text), Place("built-in")) for text in YES)
    said: dict[str, Any] = {
        "name": parts.single["ruleset"],
        "default_language": parts.single.get("default_language", "en"),
        "time_zone": parts.single.get("time_zone", "UTC"),
        "return_to_bot_after": parts.single.get("return_to_bot_after"),
        "offer_open_for": offers["open_for"] if offers else DEFAULT_OPEN_FOR,
        "yes": parts.yes or default_yes,
        "rules": rules,
    }
    for section in ("hours", "queues", "thresholds", "detectors", "phrases", "actions"):
        said[section] = MappingProxyType(getattr(parts, section))
    return Ruleset(**said, files=files, hash=ruleset_hash(said))
