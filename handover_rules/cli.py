"""The `handover` command. Each subcommand lives in its own module and imports what is heavy only when it runs."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

import typer

from handover_rules.commands import check, decide, explain, test
from handover_rules.errors import HandoverError

__all__ = ["app", "main"]

app = typer.Typer(
    name="handover",
    help="Decide in YAML rules when a person takes over from a bot, and measure how right the rules are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for _command in (check, explain, test, decide):
    _command.register(app)

# The evaluation and the service bring their own subcommands, without the engine importing either.
for _entry in sorted(entry_points(group="handover.commands"), key=lambda entry: entry.name):
    _entry.load()(app)


@app.callback()
def _root() -> None:
    """Decide in YAML rules when a person takes over from a bot, and measure how right the rules are."""


def main() -> None:
    """Run the command line; what the package raises on purpose becomes one sentence and exit code 2."""
    try:
        app()
    except HandoverError as error:
        print(f"handover: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of a pipe (`head`) has seen enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
