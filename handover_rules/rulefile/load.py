"""From a path to a ruleset: read the files, merge, link, hash. Every problem is gathered before anything is raised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from handover_rules.conversation import OFFER_OPEN_FOR
from handover_rules.errors import RulesetError
from handover_rules.problems import Problem
from handover_rules.rulefile import nodes
from handover_rules.rulefile.affirmations import YES
from handover_rules.rulefile.hashing import ruleset_hash
from handover_rules.rulefile.link import link
from handover_rules.rulefile.parts import Parts, check_named, merge
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.source import Source, find_files, read_source
from handover_rules.ruleset import PhraseSource, Place, Rule, Ruleset
from handover_rules.text import parse_phrase

__all__ = ["Examined", "examine", "load_ruleset"]


class Examined(NamedTuple):
    """What a look at the rule files gave: the ruleset if no error was found, all problems, and the files' texts.

    `trees` are the files as nodes, which have the places of all that the ruleset keeps none for.
    """

    ruleset: Ruleset | None
    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]
    trees: tuple[nodes.Node, ...] = ()


def load_ruleset(path: str | Path, environ: Mapping[str, str] | None = None) -> Ruleset:
    """The ruleset of a file or folder.

    `environ` is the environment whose variables may replace values; None ignores the environment, so that results
    do not depend on the machine. Raises RulesetError with every problem when there is an error.
    """
    examined = examine(path, environ)
    if examined.ruleset is None:
        errors = [problem for problem in examined.problems if problem.severity == "error"]
        raise RulesetError(errors, examined.sources)
    return examined.ruleset


def examine(
    path: str | Path,
    environ: Mapping[str, str] | None = None,
    *,
    drafts: Mapping[str, str] = MappingProxyType({}),
) -> Examined:
    """Everything that can be said of the rule files, whether they can be used or not.

    `drafts` are texts that are not saved yet, by the names of their files (as `Examined.sources` has them): they are
    read in the place of what those files hold, and beside them where such a rule file is not there yet.
    """
    root = Path(path)
    try:
        files = find_files(root) if str(root) not in drafts else [root]
    except RulesetError as error:
        return Examined(None, error.problems, {})
    new = {Path(name) for name in drafts if Path(name).parent == root and Path(name).suffix in (".yaml", ".yml")}
    files = sorted({*files, *new})
    reading = Reading([], environ, root if root.is_dir() else root.parent, drafts)
    trees: list[nodes.Node] = []
    unread = False
    for file in files:
        source, problem = read_source(file, drafts)
        reading.sources[source.name] = source
        if problem is not None:
            reading.problems.append(problem)
            unread = True
            continue
        before = len(reading.problems)
        tree = nodes.parse(source, reading.problems)
        if tree is not None:
            trees.append(tree)
        unread = unread or (tree is None and len(reading.problems) > before)
    parts = merge(trees, reading)
    rules: tuple[Rule, ...] = ()
    if not unread:  # what could not be parsed is missing from the whole: its names would all be called unknown
        rules = link(parts, reading)
        if trees:
            check_named(parts, Place(trees[0].place.file), reading)
        else:
            hint = "add `ruleset:` and `rules:`"
            reading.note("E112", "the ruleset is empty", Place(str(files[0])), hint)
    problems = tuple(dict.fromkeys(sorted(reading.problems, key=lambda problem: (problem.place, problem.code))))
    if any(problem.severity == "error" for problem in problems):
        return Examined(None, problems, reading.sources)
    return Examined(_ruleset(parts, rules, tuple(map(str, files))), problems, reading.sources, tuple(trees))


def _ruleset(parts: Parts, rules: tuple[Rule, ...], files: tuple[str, ...]) -> Ruleset:
    offers = parts.single.get("offers")
    default_yes = tuple(PhraseSource(parse_phrase(text), Place("built-in")) for text in YES)
    said: dict[str, Any] = {
        "name": parts.single["ruleset"],
        "default_language": parts.single.get("default_language", "en"),
        "time_zone": parts.single.get("time_zone", "UTC"),
        "return_to_bot_after": parts.single.get("return_to_bot_after"),
        "offer_open_for": offers["open_for"] if offers else OFFER_OPEN_FOR,
        "yes": parts.yes or default_yes,
        "rules": rules,
    }
    for section in ("hours", "queues", "thresholds", "detectors", "phrases", "actions"):
        said[section] = MappingProxyType(getattr(parts, section))
    return Ruleset(**said, allow=parts.single.get("allow", ()), files=files, hash=ruleset_hash(said))
