"""Every code of `handover check` and its help page."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from handover_rules.rulefile.catalogue import actions, form, logic, order, patterns, tests, thresholds
from handover_rules.rulefile.catalogue.check import Check, page

__all__ = ["CHECKS", "Check", "index", "page", "write_pages"]

_GROUPS = (form, patterns, logic, order, thresholds, actions, tests)
_ALL = sorted((check for group in _GROUPS for check in group.CHECKS), key=lambda check: check.code[1:])

CHECKS: dict[str, Check] = {check.code: check for check in _ALL}


def index() -> str:
    """The page that lists all checks, by their groups: Markdown."""
    lines = [
        "# Checks",
        "",
        "What `handover check` finds. Errors (E) keep a ruleset from loading. Warnings (W) are what is probably a",
        "mistake; `allow: {name: reason}`, in a rule or at the top level of a file, switches one off.",
    ]
    for group, checks in groupby(CHECKS.values(), key=lambda check: check.group):
        lines += ["", f"## {group.capitalize()}", "", "| code | name | |", "| --- | --- | --- |"]
        lines += [f"| [{check.code}]({check.code}.md) | `{check.name}` | {check.title} |" for check in checks]
    return "\n".join(lines) + "\n"


def write_pages(folder: Path) -> None:
    """Write the index and a page for each check, and remove pages of checks that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[EW]*.md"):
        old.unlink()
    (folder / "README.md").write_text(index(), encoding="utf-8")
    for check in CHECKS.values():
        (folder / f"{check.code}.md").write_text(f"{page(check)}\n", encoding="utf-8")
