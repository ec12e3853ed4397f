from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import handover_rules.detectors as facade
from handover_rules.detectors import (
    REASONS,
    Absent,
    AnswerMode,
    AnswerStore,
    Detector,
    Query,
    Recorded,
    Spending,
    build_detectors,
    openai_fingerprint,
    reasons,
)
from handover_rules.detectors.calibration import Calibration, calibration_text
from handover_rules.detectors.openai import OpenAIDetector
from handover_rules.errors import AnswerMissing, DetectorError, ModelFileError, UsageError
from handover_rules.ruleset import DetectorSpec, LinearSpec, OpenAISpec, Place, Prices, Ruleset
from handover_rules.signals import Score, Signal, Unavailable
from tests.fake_openai import FakeOpenAI, answer

KEY = {"OPENAI_API_KEY": "sk-test"}


def ruleset(*detectors: DetectorSpec) -> Ruleset:
    return Ruleset(
        name="test",
        default_language="en",
        time_zone="UTC",
        return_to_bot_after=None,
        offer_open_for=timedelta(minutes=10),
        yes=(),
        hours={},
        queues={},
        thresholds={},
        detectors={spec.name: spec for spec in detectors},
        phrases={},
        rules=(),
        actions={},
        allow=(),
        files=(),
        hash="0" * 12,
    )


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(tmp_path / "answers.jsonl")


def build(spec: DetectorSpec, environ: dict[str, str], answers: AnswerStore | None, mode: AnswerMode) -> Detector:
    (detector,) = build_detectors(ruleset(spec), environ, answers=answers, mode=mode).values()
    assert detector.name == spec.name
    return detector


MODES: list[AnswerMode] = ["live", "offline", "require", "record", "refresh"]


@pytest.mark.parametrize("mode", MODES)
def test_a_detector_that_is_switched_off_is_absent(spec: OpenAISpec, store: AnswerStore, mode: AnswerMode) -> None:
    assert build(replace(spec, enabled=False), KEY, store, mode) == Absent("ai", "disabled")


@pytest.mark.parametrize("key", [None, "", "  ", "your_openai_api_key"])
@pytest.mark.parametrize("mode", ["live", "refresh"])
def test_without_a_key_nobody_is_asked(spec: OpenAISpec, store: AnswerStore, key: str | None, mode: AnswerMode) -> None:
    environ = {} if key is None else {"OPENAI_API_KEY": key}
    assert build(spec, environ, store, mode) == Absent("ai", "no_key")


def test_the_key_comes_from_the_given_environment_alone(spec: OpenAISpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-this-machine")
    assert build(spec, {}, None, "live") == Absent("ai", "no_key")


def test_live_asks(spec: OpenAISpec, store: AnswerStore) -> None:
    assert isinstance(build(spec, KEY, None, "live"), OpenAIDetector)
    assert isinstance(build(replace(spec, log_answers=False), KEY, store, "live"), OpenAIDetector)


def test_live_answers_are_logged_and_replay_offline_under_the_same_address(
    spec: OpenAISpec, store: AnswerStore
) -> None:
    async def asking(detector: Detector) -> object:
        try:
            return (await detector.ask([Query("a human please")]))[0]
        finally:
            await detector.close()

    with FakeOpenAI() as server:
        environ = {**KEY, "OPENAI_BASE_URL": server.base_url}
        live = build(spec, environ, store, "live")
        heard = asyncio.run(asking(live))
        asyncio.run(asking(live))
        assert len(server.requests) == 2
        del environ["OPENAI_API_KEY"]
    assert isinstance(heard, Score)
    assert asyncio.run(asking(build(spec, environ, AnswerStore(store.path), "require"))) == heard
    with pytest.raises(AnswerMissing):
        asyncio.run(asking(build(spec, {}, AnswerStore(store.path), "require")))


@pytest.mark.parametrize("mode", ["offline", "require", "record"])
def test_recorded_answers_need_no_key(spec: OpenAISpec, store: AnswerStore, mode: AnswerMode) -> None:
    detector = build(spec, {}, store, mode)
    assert isinstance(detector, Recorded)
    assert detector.fingerprint == openai_fingerprint(spec)
    assert not detector.remote


@pytest.mark.parametrize("mode", ["offline", "require", "record", "refresh"])
def test_modes_of_recorded_answers_need_a_store(spec: OpenAISpec, mode: AnswerMode) -> None:
    with pytest.raises(UsageError, match=mode):
        build(spec, KEY, None, mode)


def say(detector: Detector) -> Signal:
    async def asking() -> Signal:
        try:
            return (await detector.ask([Query("a human please")]))[0]
        finally:
            await detector.close()

    return asyncio.run(asking())


# What a confidence of 0.9 becomes.
HALVED = Calibration(0.5, -1.0)
CALIBRATED = Score(HALVED.score(0.9), needed=True, confidence=0.9, reason="asks for a person")


def calibrated(spec: OpenAISpec, base_url: str | None = None) -> OpenAISpec:
    text = calibration_text(HALVED, openai_fingerprint(spec, base_url))
    return replace(spec, calibration=text, calibration_file="models/ai.json")


@pytest.mark.parametrize("mode", ["live", "record", "refresh"])
def test_scores_are_calibrated_and_what_is_recorded_is_raw(
    spec: OpenAISpec, store: AnswerStore, mode: AnswerMode
) -> None:
    with FakeOpenAI() as server:
        environ = {**KEY, "OPENAI_BASE_URL": server.base_url}
        mapped = calibrated(spec, server.base_url)
        assert say(build(mapped, environ, store, mode)) == CALIBRATED
    (line,) = store.path.read_text().splitlines()
    assert (json.loads(line)["score"], json.loads(line)["confidence"]) == (0.9, 0.9)
    # The same answer, with and without the calibration.
    assert say(build(mapped, environ, AnswerStore(store.path), "require")) == CALIBRATED
    assert say(build(spec, environ, AnswerStore(store.path), "require")) == replace(CALIBRATED, value=0.9)


@pytest.mark.parametrize("kept", [True, False])
def test_scores_that_nobody_records_are_calibrated_too(spec: OpenAISpec, store: AnswerStore, kept: bool) -> None:
    with FakeOpenAI() as server:
        environ = {**KEY, "OPENAI_BASE_URL": server.base_url}
        mapped = replace(calibrated(spec, server.base_url), log_answers=False)
        detector = build(mapped, environ, store if kept else None, "live")
        assert isinstance(detector, OpenAIDetector)
        assert say(detector) == CALIBRATED


@pytest.mark.parametrize("changes", [{"model": "gpt-4o"}, {"prompt": "Judge."}, {"confidence": "logprob"}])
@pytest.mark.parametrize("mode", MODES)
def test_a_calibration_for_another_detector_stops_the_start(
    spec: OpenAISpec, store: AnswerStore, mode: AnswerMode, changes: dict[str, str]
) -> None:
    with pytest.raises(ModelFileError, match="made for another detector"):
        build(replace(calibrated(spec), **changes), KEY, store, mode)  # type: ignore[arg-type]


def test_so_does_one_for_another_address(spec: OpenAISpec, store: AnswerStore) -> None:
    with pytest.raises(ModelFileError, match="made for another detector"):
        build(calibrated(spec), {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, store, "offline")


def test_a_budget_is_kept_beside_the_store(spec: OpenAISpec, store: AnswerStore) -> None:
    thrifty = replace(spec, prices=Prices(1, 1), daily_budget=0.002)
    with FakeOpenAI(judge=lambda _: answer(took=(500, 200))) as server:
        environ = {**KEY, "OPENAI_BASE_URL": server.base_url}
        said = [say(build(thrifty, environ, store, "live")) for _ in range(3)]
        assert [type(one) for one in said] == [Score, Score, Unavailable]
        assert said[2] == Unavailable("over_budget")
        # Whatever is recorded of it: also here, the day is spent.
        assert say(build(replace(thrifty, log_answers=False), environ, store, "live")) == said[2]
        assert say(build(thrifty, environ, None, "live")) == said[0]
    (file,) = (store.path.parent / "spending").iterdir()
    assert len(file.read_text().splitlines()) == 2


def test_what_was_used_is_told_through_the_store(spec: OpenAISpec, store: AnswerStore) -> None:
    with FakeOpenAI(answer(took=(100, 20))) as server:
        environ = {**KEY, "OPENAI_BASE_URL": server.base_url}
        detector = build(replace(spec, prices=Prices(1, 1)), environ, store, "record")
        assert isinstance(detector, Recorded)
        say(detector)
        say(detector)  # which is recorded by now
    assert detector.usage == Spending(
        calls=1, metered=1, prompt_tokens=100, completion_tokens=20, money=pytest.approx(120e-6)
    )
    offline = build(spec, environ, store, "offline")
    assert isinstance(offline, Recorded)
    assert offline.usage is None


def test_an_empty_address_is_openai(spec: OpenAISpec, store: AnswerStore) -> None:
    assert build(spec, {"OPENAI_BASE_URL": " "}, store, "offline").fingerprint == openai_fingerprint(spec)


def test_a_prompt_that_cannot_be_rendered_stops_the_start(spec: OpenAISpec) -> None:
    with pytest.raises(DetectorError, match="handover_intent"):
        build(replace(spec, prompt="{{ nothing }}"), KEY, None, "live")


def test_a_local_model_without_its_file_is_absent(store: AnswerStore) -> None:
    local = LinearSpec("local", 1, True, "models/handover.json", "models/handover.json", "", Place("rules.yaml"))
    assert build(local, {}, store, "offline") == Absent("local", "no_model")


def run_apart(code: str, *arguments: str) -> str:
    """What a fresh Python prints: it has imported nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_detectors_imports_no_sdk() -> None:
    loaded = json.loads(run_apart("import json, sys, handover_rules.detectors; print(json.dumps(sorted(sys.modules)))"))
    assert not {"openai", "httpx", "httpx2", "sklearn", "numpy", "pandas"} & set(loaded)


NOT_INSTALLED = """
import asyncio, sys, types
sys.modules["openai"] = None  # importing it now fails
from handover_rules.detectors import AnswerStore, Query, build_detectors
from handover_rules.ruleset import OpenAISpec, Place
spec = OpenAISpec("ai", 1, True, "m", "Judge.", "p.j2", 1000, 0, 1, True, Place("r.yaml"))
for mode, key in (("live", "k"), ("offline", ""), ("record", "k")):
    ruleset = types.SimpleNamespace(detectors={"ai": spec})
    store = AnswerStore(sys.argv[1])
    detectors = build_detectors(ruleset, {"OPENAI_API_KEY": key}, answers=store, mode=mode)
    (signal,) = asyncio.run(detectors["ai"].ask([Query("hi")]))
    print(mode, signal.reason)
"""


def test_without_the_package_recorded_answers_still_work(tmp_path: Path) -> None:
    printed = run_apart(NOT_INSTALLED, str(tmp_path / "answers.jsonl"))
    assert printed.splitlines() == ["live not_installed", "offline not_recorded", "record not_installed"]


def test_all_names_what_is_public() -> None:
    assert facade.__all__ == sorted(facade.__all__, key=lambda name: (name != name.upper(), name))
    assert all(hasattr(facade, name) for name in facade.__all__)


def test_every_reason_is_explained() -> None:
    codes = {getattr(reasons, name) for name in reasons.__all__ if name != "REASONS"}
    assert codes == set(REASONS)
