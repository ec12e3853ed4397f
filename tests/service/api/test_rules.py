"""Which rules decide, and checking others without using them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from handover_rules.detectors import AnswerStore
from service.app import build_app
from service.rule_files import RuleFiles
from service.rules import Reloading
from service.settings import Settings
from service.store.database import Database
from tests.service.desk import MONDAY

GOOD = "ruleset: one\nrules:\n  - {id: a, why: Help., when: {phrase: help}, then: stay}\n"
MORE = "rules:\n  - {id: b, why: More., when: {phrase: more}, then: stay}\n"
BROKEN = GOOD.replace("when", "wehn")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "one.yaml").write_text(GOOD, encoding="utf-8")
    return made


@pytest.fixture
def client(database: Database, folder: Path) -> Iterator[TestClient]:
    """A service that reads its rules anew when it is asked to."""
    files = RuleFiles(folder, {}, AnswerStore(folder.parent / "answers.jsonl"), lambda: MONDAY)
    loaded = files.load()

    async def never() -> AsyncIterator[None]:
        return
        yield

    app = build_app(
        Settings(),
        loaded.ruleset,
        loaded.detectors,
        database,
        lambda: MONDAY,
        Reloading(folder, files.load, never),
    )

    @app.post("/reload")
    async def reload() -> bool:
        done: bool = await app.state.running.rules.reload(files.load, lambda: MONDAY)
        return done

    with TestClient(app) as client:
        yield client


def test_a_refusal_is_shown_until_good_rules_come(client: TestClient, folder: Path) -> None:
    before = client.get("/api/rules").json()
    assert (before["name"], before["rules"], before["refused"]) == ("one", 1, None)
    (folder / "one.yaml").write_text(BROKEN, encoding="utf-8")
    assert client.post("/reload").json() is False
    shown = client.get("/api/rules").json()
    assert {**shown, "refused": None} == before
    assert [one["code"] for one in shown["refused"]["problems"]] == ["E103"]
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    refused = ready.json()["ruleset_refused"]
    assert refused["code"] == "E103"
    assert refused["place"].endswith("one.yaml:3:25")
    assert ready.json()["ruleset_hash"] == before["hash"]
    (folder / "one.yaml").write_text(GOOD + MORE.removeprefix("rules:\n"), encoding="utf-8")
    assert client.post("/reload").json() is True
    after = client.get("/api/rules").json()
    assert (after["rules"], after["refused"]) == (2, None)
    assert client.get("/health/ready").json()["ruleset_refused"] is None


def test_files_are_checked_in_their_place_and_beside_the_others(client: TestClient, folder: Path) -> None:
    held = {file.name: file.read_bytes() for file in folder.iterdir()}
    in_use = client.get("/api/rules").json()
    wrong = client.post("/api/rules/check", json={"files": {"one.yaml": BROKEN}}).json()
    assert (wrong["ok"], wrong["hash"]) == (False, None)
    first = wrong["problems"][0]
    assert (first["code"], first["file"], first["line"]) == ("E103", "one.yaml", 3)
    assert "when" in first["hint"]
    added = client.post("/api/rules/check", json={"files": {"two.yaml": MORE}}).json()
    assert added["ok"] is True
    assert added["hash"] not in (None, in_use["hash"])
    twice = client.post("/api/rules/check", json={"files": {"two.yaml": GOOD}}).json()
    assert {one["related"]["file"] for one in twice["problems"] if one["related"]} == {"one.yaml"}
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == held
    assert client.get("/api/rules").json() == in_use


def test_one_text_is_checked_alone(client: TestClient) -> None:
    assert client.post("/api/rules/check", json={"text": GOOD}).json()["ok"] is True
    alone = client.post("/api/rules/check", json={"text": MORE}).json()
    assert (alone["ok"], alone["problems"][0]["file"]) == (False, "ruleset.yaml")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": GOOD, "files": {"one.yaml": GOOD}},
        {"files": {}},
        {"files": {"../one.yaml": GOOD}},
        {"files": {"/etc/x.yaml": GOOD}},
        {"files": {"one.txt": GOOD}},
        {"file": {"one.yaml": GOOD}},
        [GOOD],
    ],
)
def test_a_body_of_another_form_is_refused(client: TestClient, body: object) -> None:
    answer = client.post("/api/rules/check", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body")


def test_a_prompt_outside_of_the_folder_is_not_read(client: TestClient, folder: Path) -> None:
    (folder.parent / "secret.j2").write_text("{{ secret", encoding="utf-8")
    text = GOOD + "detectors: {ai: {kind: openai, cost: 9, model: m, prompt: ../secret.j2}}\n"
    answer = client.post("/api/rules/check", json={"text": text}).json()
    assert answer["problems"][0]["code"] == "E119"
    assert "{{ secret" not in json.dumps(answer)


def test_too_much_is_not_read(client: TestClient) -> None:
    assert client.post("/api/rules/check", json={"text": "#" * 2_100_000}).status_code == 413
