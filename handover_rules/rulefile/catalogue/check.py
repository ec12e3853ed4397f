"""What a check of rule files is, for those who want to know why it complained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handover_rules.problems import severity

__all__ = ["GROUPS", "Check", "page"]

# By the hundreds of the code.
GROUPS = {
    "1": "form",
    "2": "patterns",
    "3": "logic",
    "4": "thresholds and detectors",
    "5": "actions",
    "6": "tests",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A code that `handover check` prints, and the name by which a warning is switched off (`allow:`).

    `wrong` and `right` are parts of a rule file, whole sections of it: with a line `ruleset: shop` they can be
    loaded. A line `# name.yaml` begins another file of the folder, `# NAME=value` is an environment variable.
    """

    code: str
    name: str
    title: str
    why: str
    wrong: str
    right: str

    @property
    def severity(self) -> Literal["error", "warning"]:
        """As that of a problem with this code."""
        return severity(self.code)

    @property
    def group(self) -> str:
        """What the check is about."""
        return GROUPS[self.code[1]]


def page(check: Check) -> str:
    """The check's help page: Markdown that reads well as plain text."""
    return "\n".join(
        [
            f"# {check.code}: {check.title}",
            "",
            f"{check.group}, {check.severity}"
            + (f"; switched off by `allow: {{{check.name}: why}}`" if check.severity == "warning" else ""),
            "",
            " ".join(check.why.split()),
            "",
            "Wrong:",
            "",
            _block(check.wrong),
            "",
            "Right:",
            "",
            _block(check.right),
        ]
    )


def _block(example: str) -> str:
    return f"```yaml\n{example.strip()}\n```"
