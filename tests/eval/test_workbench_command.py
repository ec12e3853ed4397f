"""`handover workbench`, as an analyst starts it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from tests.service.serving import environment


def test_it_serves_this_machine_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "handover_rules", "workbench", "--port", str(port)],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    while f"http://127.0.0.1:{port}" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    deadline = time.monotonic() + 30
    while True:
        try:
            assert httpx2.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200
            break
        except httpx2.TransportError:
            assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in said + rest
