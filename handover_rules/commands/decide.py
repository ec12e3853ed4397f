"""`handover decide`: decide one message, or a stream of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from handover_rules.detectors import Detector
    from handover_rules.engine import Engine

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("decide")(decide)


def decide(
    text: Annotated[str | None, typer.Argument(help="A customer's message. Without it, JSON Lines are read.")] = None,
    ruleset: Annotated[Path, typer.Option(help="A rule file, or a folder of them.")] = Path("rules"),
    explain: Annotated[bool, typer.Option("--explain", help="Show why every rule did or did not fire.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network: recorded answers only.")] = False,
    answers: Annotated[Path, typer.Option(help="The store of recorded answers.")] = Path("var/answers.jsonl"),
    language: Annotated[str | None, typer.Option(help="The text's language, such as `en`.")] = None,
    now: Annotated[
        datetime | None, typer.Option(help="The time to decide at, ISO 8601; UTC without an offset.")
    ] = None,
) -> None:
    """Decide whether a person must take over.

    With a text, prints the decision. Without one, reads JSON Lines from standard input (`id`, `text`, and optionally
    `language`, `channel`, `conversation_id`, `turn`, `speaker`, `bot_failed`, `bot_offered`, `sent_at`) and writes a
    line for each: `id`, `outcome`, `handover`, `rule`, `confidence`, `reason`. Rows of one conversation are contiguous.
    A bad row is reported on standard error with its line number; the rest goes on, and the exit code is then 1.
    """
    import asyncio
    import signal

    from handover_rules.detectors import AnswerStore, build_detectors
    from handover_rules.engine import Engine
    from handover_rules.rulefile import load_ruleset

    if explain and text is None:
        raise typer.BadParameter("it is for one message: give its text", param_hint="--explain")
    rules = load_ruleset(ruleset, os.environ)
    engine = Engine(rules)
    store = AnswerStore(answers)
    detectors = build_detectors(rules, os.environ, answers=store, mode="offline" if offline else "live")
    if text is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # A read of standard input cannot be cancelled, so Ctrl-C ends the process there and then. What was decided has
        # been written by then, a line at a time.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    bad = asyncio.run(_run(engine, detectors, text, language, _with_zone(now), explain))
    raise typer.Exit(1 if bad else 0)


async def _run(
    engine: Engine,
    detectors: Mapping[str, Detector],
    text: str | None,
    language: str | None,
    now: datetime,
    explain: bool,
) -> int:
    """Decide the text, or the lines of standard input. Gives the number of bad rows."""
    from handover_rules.deciding import decide_lines, decide_text

    try:
        if text is not None:
            print(await decide_text(engine, detectors, text, language, now, explain=explain))
            return 0
        # Whoever reads the other end of a pipe gets each answer as soon as it is there.
        sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr]  # a text file
        return await decide_lines(engine, detectors, sys.stdin.buffer, sys.stdout, sys.stderr, now)
    finally:
        for detector in detectors.values():
            await detector.close()


def _with_zone(now: datetime | None) -> datetime:
    if now is None:
        return datetime.now(UTC)
    return now if now.tzinfo is not None else now.replace(tzinfo=UTC)
