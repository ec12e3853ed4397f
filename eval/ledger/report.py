"""The ledger for people (a terminal of 80 to 100 columns) and for programs (JSON): both render the same figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.figures.in_words import interval, value
from eval.figures.metrics import Proportion
from eval.ledger import tables
from eval.ledger.ledger import Account, Ledger, PhraseLine
from eval.output import as_plain
from handover_rules.detectors import REASONS
from handover_rules.problems import one_line
from handover_rules.ruleset import Place

__all__ = ["print_dead", "print_ledger", "print_rule", "to_json"]

# Phrases that the short view shows of each kind; the rest stands in the JSON and under `--rule`.
_SHOWN = 20


def to_json(ledger: Ledger) -> dict[str, object]:
    """The ledger as JSON values: fields as in the dataclasses, null for a figure that is undefined."""
    return as_plain(asdict(ledger))


def print_ledger(ledger: Ledger, console: Console) -> None:
    """Print the rules, the phrases that catch most and those that do harm, and how much never fired."""
    _print_title(ledger, console)
    _print_section("Rules", tables.rules(ledger.rules), console)
    _print_section("What only this rule does: without it, all else unchanged", tables.alone(ledger.rules), console)
    meeting = [line for line in ledger.rules if line.account.overlaps or line.account.conflicts]
    if meeting:
        _print_section("Rules that fire on the same messages", tables.meetings(meeting), console)
    _print_ranking(
        "Phrases that catch most alone",
        tables.ranked,
        ledger,
        lambda a: (a.caught_alone, a.false_alarms_alone),
        console,
    )
    _print_ranking(
        "Phrases that raise most false alarms alone",
        tables.ranked,
        ledger,
        lambda a: (a.false_alarms_alone, a.caught_alone),
        console,
    )
    _print_ranking(
        "Phrases that alone keep most from a person they need",
        tables.vetoes,
        ledger,
        lambda a: (a.missed_alone, a.spared_alone),
        console,
    )
    console.print()
    _print_how_many_dead(ledger, console)


def _print_ranking(
    title: str,
    table: Callable[[Sequence[PhraseLine]], Table],
    ledger: Ledger,
    counts: Callable[[Account], tuple[int, int]],
    console: Console,
) -> None:
    """The phrases with most of the first count, of those with equally many the ones with least of the second."""

    def rank(line: PhraseLine) -> tuple[int, int, Place]:
        most, least = counts(line.account)
        return -most, least, line.place

    lines = sorted((line for line in ledger.phrases if counts(line.account)[0]), key=rank)
    if lines:
        _print_section(f"{title} ({_first(len(lines))})", table(lines[:_SHOWN]), console)


def print_rule(ledger: Ledger, console: Console) -> None:
    """Print a ledger of one rule: its whole account, and all its phrases as written."""
    _print_title(ledger, console)
    (line,) = ledger.rules
    console.print()
    console.print(Text(f"{line.rule} ({line.then}, priority {line.priority}) at {line.place}", style="bold"))
    for text in _account(line.account, ledger.messages):
        console.print(Text(text))
    if line.microseconds is not None:
        console.print(Text(f"measured alone, it costs a message {line.microseconds:.1f} µs"))
    phrases = sorted(ledger.phrases, key=lambda phrase: phrase.place)
    when = [phrase for phrase in phrases if phrase.part == "when"]
    if when:
        _print_section(f"Its phrases ({len(when):,}), as written", tables.phrases(when), console)
    unless = [phrase for phrase in phrases if phrase.part == "unless"]
    if unless:
        _print_section(f"Its phrases under `unless` ({len(unless):,}), as written", tables.vetoes(unless), console)


def print_dead(ledger: Ledger, console: Console) -> None:
    """Print what never fired, with the place of each, file by file."""
    _print_title(ledger, console)
    dead = ledger.dead()
    found: list[tuple[Place, str]] = [(line.place, f"rule {line.rule}") for line in dead.rules]
    found += [(line.place, f"{line.rule}, {line.part} {line.kind}: {one_line(line.text)}") for line in dead.phrases]
    found += [
        (line.place, f"<{line.list}>{'' if line.used else ', which no rule uses'}: {one_line(line.text)}")
        for line in dead.entries
    ]
    for _, lines in groupby(sorted(found), key=lambda one: one[0].file):
        console.print()
        for place, what in lines:
            # On one line however narrow the terminal is: to be searched, sorted and clicked at.
            console.print(Text(f"{place}  {what}"), soft_wrap=True)
    console.print()
    _print_how_many_dead(ledger, console)


def _print_title(ledger: Ledger, console: Console) -> None:
    files = ledger.files[0].path if len(ledger.files) == 1 else f"{len(ledger.files)} files together"
    console.print(Text(f"{ledger.ruleset} {ledger.ruleset_hash} on {files}; {ledger.view} view", style="bold"))
    counted = f"{ledger.positives:,} count as positive, {ledger.negatives:,} as negative"
    console.print(Text(f"{ledger.messages:,} messages decided; {counted}"))
    for use in ledger.detectors:
        for reason, n in use.unavailable.items():
            # Else its rules look as if nobody needed them.
            line = f"detector {use.name} gave no answer to {n:,} of {use.asked:,} messages"
            console.print(Text(f"{line}: {REASONS.get(reason, reason)}"))


def _print_section(title: str, table: Table, console: Console) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(table)


def _print_how_many_dead(ledger: Ledger, console: Console) -> None:
    dead = ledger.dead()
    counts = (
        f"{len(dead.rules):,} of {len(ledger.rules):,} rules",
        f"{len(dead.phrases):,} of {len(ledger.phrases):,} phrases",
        f"{len(dead.entries):,} of {len(ledger.entries):,} list entries",
    )
    console.print(Text(f"never fired on these messages: {', '.join(counts)}"))


def _account(account: Account, messages: int) -> Iterator[str]:
    yield f"fired on {account.fired:,} of {messages:,} messages, decided {account.decided:,}"
    if account.precision is not None:
        yield f"right {account.right:,}, wrong {account.wrong:,}: precision {_figure(account.precision)}"
    yield f"without it, {account.other_outcome:,} messages would have another outcome"
    yield f"without it, an AI would be asked about {account.ai_calls_saved:,} messages more"
    if account.recall_lost is not None:
        yield f"alone it catches {account.caught_alone:,} positives: recall lost {_figure(account.recall_lost)}"
    yield f"alone it raises {account.false_alarms_alone:,} false alarms"
    if account.missed_alone or account.spared_alone:
        yield f"alone it holds back {account.missed_alone:,} positives and {account.spared_alone:,} negatives"
    yield f"a rule that does the same fires too on {account.overlaps:,}: {tables.met(account.overlaps_most_with)}"
    yield f"a rule that decides otherwise fires too on {account.conflicts:,}: {tables.met(account.conflicts_most_with)}"


def _first(n: int) -> str:
    return f"{n:,}" if n <= _SHOWN else f"{_SHOWN:,} of {n:,}"


def _figure(figure: Proportion) -> str:
    return f"{value(figure)} ({interval(figure)}, n = {figure.n:,})"
