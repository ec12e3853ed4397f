"""The command `handover workbench`. Light to import: Streamlit is imported when the command runs."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("workbench")(workbench_command)


def workbench_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on, on this machine.")] = 8501,
) -> None:
    """Open the workbench: evaluate rules, tune thresholds, try messages, edit rules with their effect.

    It works on the rules and labelled messages of the folder that it is started in, and sends nothing anywhere.
    """
    from eval.workbench.serve import serve

    serve(port)
