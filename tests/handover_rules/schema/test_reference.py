"""The grammar reference: as checked in, and complete."""

from __future__ import annotations

import re
from pathlib import Path

from handover_rules.schema import reference, ruleset_schema
from handover_rules.templates import VARIABLES
from tests.handover_rules.schema.test_generate import properties

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "grammar.md"


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_page_that_is_checked_in_is_the_grammars() -> None:
    """After a change of the grammar: `handover schema --reference > docs/reference/grammar.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_key_stands_in_it_with_what_it_does() -> None:
    """But for the checks under `allow`, which `handover explain` lists."""
    page = squeezed(reference())
    missing = [
        name
        for name, said in properties(ruleset_schema())
        if f"**`{name}`**" not in page or squeezed(said["description"]) not in page
        if not said["description"].endswith(": why this is as it should be.")
    ]
    assert missing == []


def test_it_has_every_template_variable() -> None:
    expected = {
        name if fields is None else f"{name}.{field}" for name, fields in VARIABLES.items() for field in fields or [""]
    }
    assert set(re.findall(r"^\| `([\w.]+)` \|", reference(), re.MULTILINE)) == expected


def test_lines_fit_a_terminal() -> None:
    assert [line for line in reference().splitlines() if len(line) > 100] == []


def test_it_says_what_choices_mean_and_what_counts_without_a_key() -> None:
    page = squeezed(reference())
    assert "`stay`: No handover, whatever rules of lower priority say." in page
    assert "first that fires decides. Without it, `50`." in page
    assert "Without it, `10m`." in page
