"""The command line as a whole: what it prints where the terminal knows few letters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RULES = """ruleset: shop
rules:
  - id: asked
    when: {phrase: موظف}
    then: handover
    tests: [{say: اريد موظف, expect: none}]
"""


def test_a_terminal_that_knows_no_arabic_gets_it_spelt_out(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "handover_rules", "test", str(path)]
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"FAILED asked" in done.stdout
    assert b"\\u0645\\u0648\\u0638\\u0641" in done.stdout
    assert done.stderr == b""
