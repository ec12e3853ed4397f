"""`handover schema`: what rule files may hold, for editors and for people."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("schema")(schema)


def schema(
    reference: Annotated[bool, typer.Option("--reference", help="Print the grammar reference, Markdown.")] = False,
) -> None:
    """Print the JSON Schema of rule files, with which an editor completes and explains keys.

    Put it beside your rules with `handover schema > ruleset.schema.json`, and name it in the first line of a rule
    file: `# yaml-language-server: $schema=ruleset.schema.json`.
    """
    from handover_rules.schema import reference as reference_page
    from handover_rules.schema import schema_text

    print(reference_page() if reference else schema_text(), end="")
