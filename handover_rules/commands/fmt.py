"""`handover fmt`: one layout for all rule files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from handover_rules.rulefile.source import Source

__all__ = ["register"]

# A diff is a look at what would change, not a patch.
_MOST_LINES = 30


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("fmt")(fmt)


def fmt(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.")] = Path("rules"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; show what would change.")] = False,
) -> None:
    """Format rule files: indentation, spaces, blank lines, the order of a rule's keys.

    What the files say stays the same, and so does every comment. With --check, exits with 1 when a file would change.
    A file that cannot be read as rules is left as it is; the exit code is then 2, and the other files are formatted.
    """
    from handover_rules.errors import HandoverError, RulesetError
    from handover_rules.rulefile.formatting import formatted
    from handover_rules.rulefile.render import as_text
    from handover_rules.rulefile.source import find_files, read_source
    from handover_rules.rulefile.writing import overwrite

    files = find_files(path)
    changed = failed = 0
    for file in files:
        try:
            source, problem = read_source(file)
            if problem is not None:
                raise RulesetError([problem], {source.name: source})
            text = formatted(source)
            if text.encode() == source.content:
                continue
            if not check:
                overwrite(source.name, source.content, text.encode())
        except RulesetError as error:
            failed += 1
            print(as_text(error.problems, error.sources), end="\n\n", file=sys.stderr)
        except HandoverError as error:
            failed += 1
            print(f"handover: {error}", file=sys.stderr)
        else:
            changed += 1
            print(_difference(source, text) if check else f"formatted {source.name}")
    print(_summary(changed, failed, len(files), check))
    raise typer.Exit(2 if failed else 1 if check and changed else 0)


def _difference(source: Source, text: str) -> str:
    """The name of a file that would change, and the first lines of a unified diff."""
    import difflib
    from dataclasses import replace

    from handover_rules.problems import visible

    found = difflib.unified_diff(source.lines, replace(source, text=text).lines, n=1, lineterm="")
    lines = [visible(line) for line in found][2:]  # without the two names
    if not lines:
        lines = ["only line ends, the end of the file or a byte order mark"]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"... and {len(lines) - _MOST_LINES} more lines"]
    return "\n".join((f"would change {source.name}", *(f"  {line}" for line in lines), ""))


def _summary(changed: int, failed: int, files: int, check: bool) -> str:
    counts = {
        "would change" if check else "changed": changed,
        "left alone": failed,
        "formatted already": files - changed - failed,
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{files} file{'' if files == 1 else 's'}: {said}"
