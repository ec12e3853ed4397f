"""A service of its own process, as an operator runs it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.shipped import english_rules

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Service:
    """A running service: its address, and what it said when it started."""

    process: subprocess.Popen[str]
    address: str
    said: str

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def environment(**variables: str) -> dict[str, str]:
    """The environment of a service without anything that this machine happens to set."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **variables}


@contextmanager
def serving(database_url: str, folder: Path, *arguments: str, **variables: str) -> Iterator[Service]:
    """Start `handover serve` on a free port, with `folder` as its working directory and the shipped rules."""
    command = [sys.executable, "-m", "handover_rules", "serve", "--port", "0", "--ruleset", str(english_rules("de"))]
    with (folder / "service.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environment(DATABASE_URL=database_url, **variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        logged = (folder / "service.log").read_text(encoding="utf-8")
        assert first.startswith("Handover service on http://"), f"the service did not start: {first}{logged}"
        said = first
        while not said.rstrip().splitlines()[-1].strip().startswith("reply"):
            said += process.stdout.readline()
        yield Service(process, first.split(" on ")[1].strip(), said)
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def read_curl(call: str) -> tuple[str, str, str | None, dict[str, str]]:
    """Method, address, body and headers of a call of `curl` as people write it, with `-X`, `-H` and `-d`."""
    words = shlex.split(call)
    assert words[0] == "curl"
    body = words[words.index("-d") + 1] if "-d" in words else None
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    (address,) = (word for word in words if word.startswith("http://"))
    headers = dict(words[number + 1].split(": ", 1) for number, word in enumerate(words) if word == "-H")
    return method, address, body, headers
