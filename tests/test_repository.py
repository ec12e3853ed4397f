"""What the tree as a whole must hold: no address of a package index, no path of a machine, locks that fit."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Put together here, so that this file does not hold what it looks for.
INDEX = re.compile("--index" + "-url|--extra-index" + "-url|py" + r"pi\.org|files\.python" + "hosted")
MACHINE = re.compile(r"(?<![\w.])/(ro" + "ot|ho" + "me|wo" + "rk)/|/tmp/ba" + "sh")


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_names_a_package_index_or_a_machine() -> None:
    wrong = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image
        for number, line in enumerate(text.splitlines(), 1):
            # Turning the address off when locking is the one place where its option is named.
            line = line.replace("--no-emit-index-url", "")
            if INDEX.search(line) or MACHINE.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert wrong == []


def _locked(name: str) -> dict[str, str]:
    """Package -> its text in the lock file, hashes included."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)
    return {re.split(r"[=\s\[;]", entry, maxsplit=1)[0]: entry for entry in entries}


def _named(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[\s]", one, maxsplit=1)[0].lower() for one in requirements} - {"handover-rules"}


def test_locks_have_hashes_and_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    groups = project["dependency-groups"]
    run = set(project["project"]["dependencies"]).union(*extras.values(), groups["build"])
    develop = run.union(*groups.values())
    for name, needed in (("requirements.lock", run), ("requirements-dev.lock", develop)):
        locked = _locked(name)
        assert _named(list(needed)) <= set(locked), name
        assert all("--hash=sha256:" in entry for entry in locked.values()), name


def test_the_locks_agree() -> None:
    run, develop = _locked("requirements.lock"), _locked("requirements-dev.lock")
    differing = [name for name, entry in run.items() if entry.strip() != develop[name].strip()]
    assert differing == []
