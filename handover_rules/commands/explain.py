"""`handover explain`: what a code means, and how the mistake is mended."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("explain")(explain)


def explain(
    code: Annotated[str | None, typer.Argument(help="A code such as E103; without it, all codes are listed.")] = None,
) -> None:
    """Say what a code of `handover check` means, with an example that is wrong and one that is right."""
    from handover_rules.errors import UsageError
    from handover_rules.problems import did_you_mean
    from handover_rules.rulefile.catalogue import CHECKS, page

    if code is None:
        for known in CHECKS.values():
            print(f"{known.code}  {known.title}")
        return
    check = CHECKS.get(code.upper())
    if check is None:
        raise UsageError(f"there is no code {code}; {did_you_mean(code, CHECKS) or 'handover explain lists them all'}")
    print(page(check))
