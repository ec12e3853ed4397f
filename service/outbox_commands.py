"""`handover outbox`: what is owed outside, for an operator. Light to import, as all commands are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from handover_rules.errors import UsageError

__all__ = ["app"]

app = typer.Typer(
    help="Look after what is owed outside: alerts, events and replies.", no_args_is_help=True, rich_markup_mode=None
)


class StatusName(StrEnum):
    """A status of a row."""

    waiting = "waiting"
    sending = "sending"
    sent = "sent"
    dead = "dead"
    not_configured = "not_configured"
    dropped = "dropped"


TargetOption = Annotated[str | None, typer.Option("--target", metavar="NAME", help="Rows for this target only.")]


@app.command("list")
def list_command(
    status: Annotated[StatusName | None, typer.Option(help="Rows of this status only.")] = None,
    target: TargetOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most, the newest first.")] = 50,
    json_to: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the rows as JSON; `-`: to standard output only."),
    ] = None,
) -> None:
    """Show rows: key, target, what asked for it, status, attempts, age and the last error; never what is sent.

    DATABASE_URL names the store.
    """
    from service.outbox_desk import show

    show(None if status is None else status.value, target, limit, json_to)


@app.command("retry")
def retry_command(
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Keys of rows.")] = None,
    target: TargetOption = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="All dead rows, of the target if one is named.")] = False,
) -> None:
    """Have dead and not configured rows sent again, with all attempts before them.

    Name rows by their keys; or with `--target` all dead and not configured rows of a target, with `--all-dead` the dead
    ones only. A service that runs sends them within seconds.
    """
    if bool(keys) == (target is not None or all_dead):
        raise UsageError("say which rows to retry: by their keys, or with --target NAME, --all-dead or both")
    from service.outbox_desk import retry_keys, retry_many

    if keys:
        retry_keys(keys)
    else:
        retry_many(target, only_dead=all_dead)


@app.command("drop")
def drop_command(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of rows.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; a dropped row is never sent.")] = False,
) -> None:
    """Give rows up: they stay to be seen as `dropped`, and are never sent."""
    if not yes:
        raise UsageError("rows that are dropped are never sent; add --yes to drop them")
    from service.outbox_desk import drop_keys

    drop_keys(keys)
