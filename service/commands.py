"""The commands of the service. Light to import: everything heavy is imported when a command runs."""

from __future__ import annotations

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


def serve_command(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 5001,
    ruleset: Annotated[Path, typer.Option(help="The rule file or folder.")] = Path("rules"),
) -> None:
    """Run the webhook service: take messages, decide, and hand conversations over to people.

    DATABASE_URL says where everything is stored (an SQLite file in `var/` without it).
    """
    from service.serve import serve

    serve(host, port, ruleset)


def run_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The service's port.")] = 5001,
    workbench_port: Annotated[int, typer.Option(min=1, max=65535, help="The workbench's port.")] = 8501,
    ruleset: Annotated[Path, typer.Option(help="The rule file or folder.")] = Path("rules"),
) -> None:
    """Run the service and the workbench together on this machine, with a sample conversation to look at."""
    from service.run import run

    run(port, workbench_port, ruleset)
