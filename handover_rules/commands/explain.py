"""`handover explain`: what a code means, and how the mistake is mended."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("explain")(explain)


def explain(
    code: Annotated[
        str | None, typer.Argument(help="A code such as E103, or its name; without it, all are listed.")
    ] = None,
) -> None:
    """Say what a code of `handover check` means, with an example that is wrong and one that is right."""
    from handover_rules.errors import UsageError
    from handover_rules.problems import did_you_mean
    from handover_rules.rulefile.catalogue import CHECKS, page

    if code is None:
        for known in CHECKS.values():
            print(f"{known.code}  {known.name:26}  {known.title}")
        return
    by_name = {known.name: known for known in CHECKS.values()}
    check = CHECKS.get(code.upper()) or by_name.get(code.casefold())
    if check is None:
        meant = did_you_mean(code, [*CHECKS, *by_name]) or "`handover explain` lists them all"
        raise UsageError(f"there is no check {code}; {meant}")
    print(page(check))
