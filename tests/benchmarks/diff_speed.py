"""How long `handover diff` takes: `python -m tests.benchmarks.diff_speed FILE...`, a process from start to end.

The rules are compared with a copy of themselves in which some phrases have another word.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RUNS = 3


def main() -> None:
    """Time the command, and print what it found so that nobody measures an empty comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, help="files with messages")
    parser.add_argument("--ruleset", type=Path, default=Path("rules"))
    arguments = parser.parse_args()
    with _changed(arguments.ruleset) as changed:
        for number in range(RUNS):
            wall, cpu, found = timed(arguments.ruleset, changed, arguments.data)
            messages, flips = found["files"][0]["decided"], len(found["flips"])
            print(f"run {number + 1}: {wall:.1f} s, of which {cpu:.1f} s CPU; {messages:,} messages, {flips:,} flips")


def once(ruleset: Path, data: Sequence[Path]) -> tuple[float, int]:
    """Seconds on the clock for one comparison, and how many messages flip."""
    with _changed(ruleset) as changed:
        wall, _, found = timed(ruleset, changed, data)
        return wall, len(found["flips"])


@contextmanager
def _changed(ruleset: Path) -> Iterator[Path]:
    """A copy of the rules in which some phrases have another word."""
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "rules"
        shutil.copytree(ruleset, changed)
        for file in changed.glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(r"\b(urgent|asap)\b(?=[^:\n]*$)", "order", text, flags=re.M), encoding="utf-8")
        yield changed


def timed(before: Path, after: Path, data: Sequence[Path]) -> tuple[float, float, Any]:
    """Seconds on the clock and of the processor, and the comparison as JSON."""
    began, used = time.perf_counter(), _cpu()
    command = [sys.executable, "-m", "handover_rules", "diff", before, after, "--data", *data, "--json", "-"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, _cpu() - used, json.loads(done.stdout)


def _cpu() -> float:
    """Of all processes that were started here and have ended: a loaded machine changes it little."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
