"""The commands of the service. Light to import: everything heavy is imported when a command runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service import outbox_commands

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("serve")(serve_command)
    app.command("run")(run_command)
    app.add_typer(outbox_commands.app, name="outbox")
    shadow = typer.Typer(no_args_is_help=True, help="Shadow rulesets, which decide beside the live one.")
    shadow.command("report")(shadow_report_command)
    app.add_typer(shadow, name="shadow")


def serve_command(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 5001,
    ruleset: Annotated[Path, typer.Option(help="The rule file or folder.")] = Path("rules"),
    shadow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PATH", help="A ruleset that decides beside the live one, and does nothing."),
    ] = None,
) -> None:
    """Run the webhook service: take messages, decide, and hand conversations over to people.

    DATABASE_URL says where everything is stored (an SQLite file in `var/` without it).
    """
    from service.serve import serve

    serve(host, port, ruleset, shadow or ())


def run_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The service's port.")] = 5001,
    workbench_port: Annotated[int, typer.Option(min=1, max=65535, help="The workbench's port.")] = 8501,
    ruleset: Annotated[Path, typer.Option(help="The rule file or folder.")] = Path("rules"),
) -> None:
    """Run the service and the workbench together on this machine, with a sample conversation to look at."""
    from service.run import run

    run(port, workbench_port, ruleset)


def shadow_report_command(
    since: Annotated[str | None, typer.Option(help="Only the last 7d, 12h or 30m.")] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the report as JSON; `-`: to standard output only."),
    ] = None,
    texts: Annotated[bool, typer.Option("--texts", help="Show messages, without numbers and addresses.")] = False,
) -> None:
    """What would change if a shadow ruleset were the live one: agreement, and flipped messages by the rules of both."""
    from service.configured_store import configured_store
    from service.shadow_report import as_text, shadow_report

    with configured_store() as database:
        report = shadow_report(database, _ago("--since", since), texts=texts)
    _print(report, as_text(report), json_file)


def _ago(option: str, span: str | None) -> datetime | None:
    from service.clock import utc_now
    from service.spans import read_span

    return None if span is None else utc_now() - read_span(option, span)


def _print(report: object, text: str, json_file: Path | None) -> None:
    """The text, unless the JSON takes its place; the JSON where it was asked for."""
    import json

    from handover_rules.output import write_output

    written = json.dumps(report, ensure_ascii=False, indent=2)
    if str(json_file) == "-":
        print(written)
        return
    print(text)
    if json_file is not None:
        write_output("--json", json_file, f"{written}\n".encode())
