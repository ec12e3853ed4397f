"""`handover run`: both servers, a sample conversation, and a clean end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.service.serving import environment, read_curl
from tests.shipped import english_rules


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def _run(folder: Path, port: str, workbench_port: str, rules: Path | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "handover_rules", "run", "--ruleset", str(rules or english_rules())]
    return subprocess.Popen(
        [*command, "--port", port, "--workbench-port", workbench_port],
        cwd=folder,
        env=environment(HOME=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_both_run_with_a_conversation_to_try_and_stop_on_ctrl_c(tmp_path: Path) -> None:
    port, workbench_port = _free_port(), _free_port()
    process = _run(tmp_path, port, workbench_port)
    assert process.stdout is not None
    said = ""
    while "Ctrl-C stops both" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    assert httpx2.get(f"http://127.0.0.1:{workbench_port}", timeout=60).status_code == 200
    # The calls that it prints are ones that work.
    calls = [read_curl(call) for call in re.findall(r"^ +(curl (?:.*\\\n)?.*)$", said, re.MULTILINE)]
    assert len(calls) == 4
    answers = [
        httpx2.request(method, address, content=body, headers=headers, timeout=60).json()
        for method, address, body, headers in calls
    ]
    sample, received, status, decision = answers
    assert (sample["bot_enabled"], sample["phone_number"]) == (False, "12025550142")
    assert received["received"][0]["status"] == "accepted"
    assert status["bot_enabled"] is False
    assert decision["handover"] is True
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in said + rest
    for stopped in (port, workbench_port):
        with socket.socket() as attempt:
            assert attempt.connect_ex(("127.0.0.1", int(stopped))) != 0


def test_a_port_in_use_is_said_and_nothing_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = _run(tmp_path, str(taken.getsockname()[1]), _free_port())
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "choose another with --port" in said
    assert not (tmp_path / "var").exists()
    assert "Traceback" not in said


def test_a_service_that_cannot_start_stops_both_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "broken.yaml").write_text("ruleset: broken\nrules: 3\n", encoding="utf-8")
    process = _run(tmp_path, _free_port(), _free_port(), rules=tmp_path / "rules")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "the service has stopped" in said
    assert "broken.yaml:2" in said
    assert "Traceback" not in said
