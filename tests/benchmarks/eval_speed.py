"""How long `handover eval` and `handover tune` take, and what memory: `python -m tests.benchmarks.eval_speed FILE...`.

Each is a process from start to end, on 100,000 distinct messages made from the given ones; and what choosing takes by
itself, on as many scores that are drawn.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from math import inf
from pathlib import Path

import numpy as np

from eval.dataset import Row
from eval.figures.curve import SweptMessage
from eval.figures.prevalence import Costs
from eval.sweep import Step, Swept
from eval.tuning.certify import Certified, certify
from eval.tuning.cheapest import cheapest
from eval.tuning.evidence import Evidence
from eval.tuning.goal import read_goal
from handover_rules.signals import Score

MESSAGES = 100_000

_ROW = Row(
    id="0",
    text="",
    language=None,
    channel=None,
    conversation_id=None,
    turn=None,
    speaker="customer",
    bot_failed=False,
    bot_offered=False,
    sent_at=None,
    label=0,
    category=None,
    source=None,
    source_label=None,
    split=None,
    group="0",
    ambiguous=False,
)


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, help="files with labelled messages, JSON Lines")
    parser.add_argument("--ruleset", type=Path, default=Path("rules"))
    arguments = parser.parse_args()
    run(arguments.ruleset, arguments.data)


def run(ruleset: Path, data: Sequence[Path]) -> None:
    """Time both commands, beside reading the same file with the `json` module."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "messages.jsonl"
        file.write_text("".join(islice(_distinct(data), MESSAGES)), encoding="utf-8")
        reading = _reading(file)
        rules = ["--ruleset", str(ruleset.resolve())]
        _timed("eval", [str(file), "--offline", "--no-run", *rules], folder, reading)
        _timed("tune", ["local", "--goal", "recall >= 0.1", "--data", str(file), *rules], folder, reading)
    messages = _scored()
    for kind in ("precision >= 0.9", "precision >= 0.9999", "recall >= 0.9", "recall >= 0.9999", "false_alarms <= 5"):
        began = time.perf_counter()
        found = certify(Evidence(messages, None), read_goal(kind))
        took = time.perf_counter() - began
        chosen = "chosen" if isinstance(found, Certified) else "refused"
        print(f"a threshold for {kind} on {MESSAGES:,} scores: {took:.1f} s ({chosen})")
    began = time.perf_counter()
    cheapest(messages, Costs(20, 1), 0.05)
    print(f"the threshold that costs least on {MESSAGES:,} scores: {time.perf_counter() - began:.1f} s")


def _scored() -> list[SweptMessage]:
    """Messages in groups of three, each handed over up to its score."""
    rng = np.random.default_rng(0)
    labels = rng.random(MESSAGES) < 0.1
    scores = np.where(labels, rng.beta(4, 2, MESSAGES), rng.beta(1, 8, MESSAGES)).tolist()
    never = Step(inf, "none", None)
    found = []
    for number, (label, score) in enumerate(zip(labels.tolist(), scores, strict=True)):
        row = replace(_ROW, id=str(number), label=int(label), group=str(number // 3))
        found.append(SweptMessage(row, Swept((Step(score, "handover", None), never), {"local": Score(score)})))
    return found


def _distinct(data: Sequence[Path]) -> Iterator[str]:
    """The messages over and over, each time with another word behind, every one in a group of its own."""
    rows = [json.loads(line) for path in data for line in path.read_text(encoding="utf-8").splitlines()]
    numbers = count()
    while True:
        for row in rows:
            number = next(numbers)
            kept = {key: row[key] for key in ("label", "category", "language") if key in row}
            yield json.dumps({"id": str(number), "text": f"{row['text']} ({number})", **kept}) + "\n"


def _reading(file: Path) -> float:
    """Seconds to read the file, the least that any program needs."""
    began = time.perf_counter()
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            json.loads(line)
    return time.perf_counter() - began


def _timed(command: str, arguments: Sequence[str], folder: str, reading: float) -> None:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "handover_rules", command, *arguments], cwd=folder, check=True, capture_output=True
    )
    took = time.perf_counter() - began
    # Of the largest process that has ended here: in kilobytes on Linux, bytes on a Mac.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(f"handover {command} of {MESSAGES:,} messages: {took:.1f} s, {took / reading:.0f} times reading the file")
    print(f"  at most {largest:.0f} MiB in one process, interpreter start included")


if __name__ == "__main__":
    main()
