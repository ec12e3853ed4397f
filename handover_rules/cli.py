"""The `handover` command. Each subcommand lives in its own module and imports what is heavy only when it runs."""

from __future__ import annotations

import gc
import io
import os
import sys

import typer

from handover_rules.commands import check, decide, explain, fmt, init, schema, test
from handover_rules.errors import HandoverError, RulesetError

__all__ = ["build_app", "main"]

_HELP = "Decide in YAML rules when a person takes over from a bot, and measure how right the rules are."
_OWN = {
    "init": init,
    "check": check,
    "explain": explain,
    "fmt": fmt,
    "test": test,
    "decide": decide,
    "schema": schema,
}


def build_app(*, others: bool = True) -> typer.Typer:
    """The command line. `others`: with the subcommands of other packages, which looking for takes a while."""
    app = typer.Typer(
        name="handover",
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in _OWN.values():
        command.register(app)
    if others:
        # The evaluation and the service bring their own subcommands, without the engine importing either.
        from importlib.metadata import entry_points

        for entry in sorted(entry_points(group="handover.commands"), key=lambda entry: entry.name):
            entry.load()(app)
    return app


def main() -> None:
    """Run the command line; what the package raises on purpose becomes a message and exit code 2.

    Where the reader of a pipe (`head`) has seen enough, the exit code is 141, as of any program that ends so: 0 would
    hide what the command had not said yet, and 1 means something else.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that knows no Arabic gets it spelt out.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Modules and rules are kept, so looking for garbage among them is in vain, and is a quarter of the start.
    gc.set_threshold(50_000)
    try:
        build_app(others=sys.argv[1:2] == [] or sys.argv[1] not in _OWN)()
    except RulesetError as error:
        from handover_rules.rulefile.render import as_text

        print(as_text(error.problems, error.sources), file=sys.stderr)
        sys.exit(2)
    except HandoverError as error:
        print(f"handover: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        # Typer and Rich make exit code 1 of a closed pipe.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        # Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
