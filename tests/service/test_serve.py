"""`handover serve`, as an operator starts it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.service.posting import delivery
from tests.service.serving import environment, serving
from tests.shipped import english_rules

SUPABASE = {"SUPABASE_URL": "https://abc.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "key"}


def _refused(folder: Path, *arguments: str, **variables: str) -> str:
    """What the command says when it does not start; on one line."""
    done = subprocess.run(
        [sys.executable, "-m", "handover_rules", "serve", "--ruleset", str(english_rules()), *arguments],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_the_guides_calls_work_and_survive_a_restart(database_url: str, tmp_path: Path) -> None:
    asks = delivery("test", "test_id", "I need to speak with a human")
    with serving(database_url, tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        assert http.post("/webhook", json=asks).status_code == 200
        off = http.get("/api/bot/status/test").json()
        assert (off["bot_enabled"], off["epoch"]) == (False, 1)
        assert http.get("/api/bot/status/1234567890").json()["bot_enabled"] is True
    assert service.process.returncode == 0
    with serving(database_url, tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        assert http.post("/webhook", json=asks).json()["received"][0]["status"] == "duplicate"
        assert http.get("/api/bot/status/test").json() == off


def test_it_says_what_decides_and_where_alerts_go(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with serving(url, tmp_path, SLACK_WEBHOOK_URL="http://127.0.0.1:9/secret") as service:
        said = service.said
    assert said.count("unavailable (no_key)") == 1
    assert "OPENAI_API_KEY is not set" in said
    assert "slack     configured" in said
    assert "reply     not configured: set HANDOVER_REPLY_URL" in said
    assert "secret" not in said


def test_logs_are_json_and_hold_neither_number_nor_text(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with serving(url, tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        http.post("/webhook", json=delivery("4915550123456", "m1", "a human please, my card is broken"))
        http.get("/api/bot/status/4915550123456")
        http.post("/webhook", content=b"{")
    log = (tmp_path / "service.log").read_text(encoding="utf-8")
    assert '"event": "decided"' in log
    assert all(line.startswith("{") for line in log.splitlines())
    assert "15550123456" not in log
    assert "card" not in log


def test_without_a_database_address_it_is_a_file_in_var(tmp_path: Path) -> None:
    with serving("", tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        assert http.get("/health/ready").json()["ready"] is True
    assert (tmp_path / "var" / "handover.db").stat().st_size > 0


def test_supabase_needs_its_connection_string(tmp_path: Path) -> None:
    said = _refused(tmp_path, **SUPABASE)
    assert "set DATABASE_URL to the connection string" in said
    assert "postgresql://postgres" in said


def test_a_stop_in_the_middle_of_a_decision_loses_nothing(tmp_path: Path) -> None:
    """Ctrl-C right after the acknowledgement: the message is decided, at the latest after the next start."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with serving(url, tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        for number in range(50):
            http.post("/webhook", json=delivery(f"c{number}", "m1", "I need to speak with a human"))
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(timeout=30) == 0
    with serving(url, tmp_path) as service, httpx2.Client(base_url=service.address, timeout=60) as http:
        for number in range(50):
            assert http.get(f"/api/bot/status/c{number}").json()["epoch"] == 1


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"DATABASE_URL": "mysql://somewhere/db"}, "postgresql://"),
        ({"AI_INTENT_LOGGING_ENABLED": "perhaps"}, "AI_INTENT_LOGGING_ENABLED is 'perhaps'; expected true or false"),
        ({"SLACK_WEBHOOK_URL": "hooks.slack.com/secret"}, "SLACK_WEBHOOK_URL is no web address"),
        ({"AI_INTENT_CONFIDENCE_THRESHOLD": "many"}, "AI_INTENT_CONFIDENCE_THRESHOLD"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, variables: dict[str, str], says: str) -> None:
    said = _refused(tmp_path, "--port", "0", **variables)
    assert says in said
    assert "secret" not in said


def test_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    assert "reverse proxy" in _refused(tmp_path, "--host", "0.0.0.0")


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1:{port}" in _refused(tmp_path, "--port", port)


def test_broken_rules_are_shown_with_their_place(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("ruleset: broken\nrules:\n  - id: a\n    wehn: {phrase: help}\n", encoding="utf-8")
    assert "rules.yaml:4" in _refused(tmp_path, "--ruleset", str(rules))
