from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from eval.dataset import DataFile, Dataset, Row
from eval.training.pipeline import fit
from eval.training.train import Trained, train, write_model
from handover_rules.detectors import Query
from handover_rules.detectors.linear import LinearDetector, checksum, score_of_margin
from handover_rules.errors import ModelFileError
from handover_rules.ruleset import LinearSpec, Place
from handover_rules.signals import Score

ASKING = ["agent", "a human", "someone real", "el asesor", "ein Mensch", "человека", "إنسان", "एक इंसान", "真人客服"]
OTHER = ["the bill", "my parcel", "el pedido", "die Rechnung", "посылка", "الفاتورة", "मेरा बिल", "订单", "l'addition"]
FILLER = [
    "pleaseee",
    "hi",
    "can I have",
    "quiero",
    "ich brauche",
    "дайте",
    "أريد",
    "मुझे",
    "我要",
    "😀",
    "2",
    "??",
    "ok ok ok",
]


def _text(rng: random.Random, subjects: list[str]) -> str:
    parts = [rng.choice(subjects), *(rng.choice(FILLER) for _ in range(rng.randrange(4)))]
    rng.shuffle(parts)
    return " ".join(parts)


def _row(number: int, text: str, label: int) -> Row:
    nothing: dict[str, Any] = dict.fromkeys(
        ("category", "language", "source", "source_label", "split", "conversation_id", "turn", "channel", "sent_at")
    )
    return Row(
        id=f"r{number:03}",
        text=text,
        label=label,
        group=f"g{number}",
        ambiguous=False,
        speaker="customer",
        bot_failed=False,
        bot_offered=False,
        **nothing,
    )


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    rng = random.Random(1)
    return tuple(_row(i, _text(rng, ASKING if i % 3 == 0 else OTHER), int(i % 3 == 0)) for i in range(150))


@pytest.fixture(scope="module")
def trained(rows: tuple[Row, ...]) -> Trained:
    return train(Dataset((DataFile("rows.jsonl", "0" * 64, rows),)), view="strict")


@pytest.fixture(scope="module")
def pipeline(rows: tuple[Row, ...], trained: Trained) -> Pipeline:
    return fit([row.text for row in rows], np.array([row.label for row in rows]), trained.card.c)


@pytest.fixture(scope="module")
def model(trained: Trained) -> dict[str, Any]:
    return trained.model


@pytest.fixture(scope="module")
def model_file(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model.json"
    write_model(trained, path)
    return path


@pytest.fixture(scope="module")
def detector(model_file: Path) -> LinearDetector:
    return LinearDetector.load(_spec(model_file))


def _spec(path: Path, digest: str = "") -> LinearSpec:
    return LinearSpec("local", 1, True, path.name, str(path), digest, Place("rules.yaml", 7, 3))


def test_serving_equals_scikit_learn(detector: LinearDetector, pipeline: Pipeline, model: dict[str, Any]) -> None:
    rng = random.Random(2)
    letters = "abeghnostu  áñüßøаеёчक्षािु人工エクأإبـً'’.!?0179😀\u200b\n"
    texts = [_text(rng, ASKING + OTHER) for _ in range(200)]
    texts += ["".join(rng.choice(letters) for _ in range(rng.randrange(1, 60))) for _ in range(300)]
    texts += ["", " ", "...", "a", "banana banana banana an an", "agent " * 50]

    margins = pipeline.decision_function(texts)

    assert np.ptp(margins) > 1
    for text, expected in zip(texts, margins, strict=True):
        assert detector.margin(text) == pytest.approx(expected, abs=1e-9)
        calibrated = 1 / (1 + np.exp(-(model["calibration"]["slope"] * expected + model["calibration"]["offset"])))
        assert detector.score(text) == pytest.approx(calibrated, abs=5.1e-7)


@given(st.text())
def test_any_text_has_a_score_of_six_decimals(detector: LinearDetector, text: str) -> None:
    score = detector.score(text)

    assert 0 <= score <= 1
    assert score == round(score, 6)


def test_a_text_without_words_has_the_score_of_an_empty_one(detector: LinearDetector) -> None:
    assert detector.score("") == detector.score(" ?! 😀") == detector.score("\n")


def test_who_asks_for_a_person_scores_higher(detector: LinearDetector) -> None:
    assert detector.score("can I have an AGENT!!!") > 0.5 > detector.score("can I have the bill")


def test_it_is_a_local_detector_that_answers_in_order(detector: LinearDetector, model_file: Path) -> None:
    texts = ["agent", "my parcel", ""]

    signals = asyncio.run(detector.ask([Query(text) for text in texts]))
    asyncio.run(detector.close())

    assert signals == [Score(detector.score(text)) for text in texts]
    assert (detector.name, detector.remote) == ("local", False)
    assert detector.fingerprint == hashlib.sha256(model_file.read_bytes()).hexdigest()[:12]


def test_the_context_does_not_count(detector: LinearDetector) -> None:
    from handover_rules.conversation import Turn

    with_context = Query("ok", context=(Turn("customer", "agent please"),))

    assert asyncio.run(detector.ask([with_context])) == asyncio.run(detector.ask([Query("ok")]))


def test_calibration_cannot_overflow() -> None:
    assert score_of_margin(1e6, 5.0, 0.0) == 1
    assert score_of_margin(-1e6, 5.0, 0.0) == 0


# --- files that cannot be used ------------------------------------------------------------------------------------


def _set(*path: str, to: object) -> Callable[[dict[str, Any]], None]:
    def change(model: dict[str, Any]) -> None:
        *parents, last = path
        for key in parents:
            model = model[key]
        model[last] = to

    return change


def _a_word(model: dict[str, Any]) -> str:
    return next(iter(model["words"]))


@pytest.mark.parametrize(
    "change",
    [
        _set("intercept", to=0.5),
        _set("calibration", "slope", to=2.0),
        _set("card", "n", to=1_000_000),
        lambda model: model["words"][_a_word(model)].__setitem__(1, 9.9),
        lambda model: model["words"].pop(_a_word(model)),
        lambda model: model.update(more=1),
    ],
    ids=["intercept", "calibration", "card", "weight", "term gone", "more"],
)
def test_tampering_is_detected(model_file: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(model_file.read_text(encoding="utf-8"))
    change(content)

    assert "checksum does not match" in _problem(tmp_path, json.dumps(content))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("format", to="something"), "is not a model file"),
        (_set("version", to=2), "has version 2; this program reads version 1"),
        (lambda model: model.pop("version"), "has version None"),
        (lambda model: (model.pop("words"), model.pop("checksum")), "lacks checksum, words"),
        (_set("intercept", to="0"), "expected a number, found '0'"),
        (_set("intercept", to=float("nan")), "expected a number, found nan"),
        (_set("words", to=[]), "expected an object, found list"),
        (_set("characters", to={" a": 1}), "expected [documents, weight]"),
        (_set("characters", to={" a": [-1, 1.0]}), "is damaged"),
        (_set("documents", to=10**400), "is damaged"),
        (_set("calibration", to={"slope": 1.0}), "is damaged"),
    ],
)
def test_a_model_that_is_none_is_refused(
    model_file: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    content = json.loads(model_file.read_text(encoding="utf-8"))
    change(content)
    if "checksum" in content:
        content["checksum"] = checksum(content)

    assert problem in _problem(tmp_path, json.dumps(content))


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "[" * 100_000, "\xff"])
def test_a_file_that_is_no_json_object_is_refused(tmp_path: Path, content: str) -> None:
    problem = _problem(tmp_path, content.encode("latin-1"))

    assert "is not JSON" in problem or "is not a model file" in problem


def test_a_missing_file_is_named_with_its_place_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "gone.json"

    with pytest.raises(ModelFileError) as raised:
        LinearDetector.load(_spec(path))

    assert str(raised.value) == (
        f"rules.yaml:7:3: model file {path} cannot be read (No such file or directory); "
        f"train a new one: handover train --data PATH --out {path}"
    )


def test_a_file_that_changed_since_the_rules_were_loaded_is_refused(model_file: Path) -> None:
    digest = hashlib.sha256(model_file.read_bytes()).hexdigest()

    assert LinearDetector.load(_spec(model_file, digest)).name == "local"
    with pytest.raises(ModelFileError, match="has changed since the rules were loaded"):
        LinearDetector.load(_spec(model_file, "0" * 64))


def _problem(folder: Path, content: str | bytes) -> str:
    path = folder / "model.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ModelFileError) as raised:
        LinearDetector.load(_spec(path))
    assert str(raised.value).startswith(f"rules.yaml:7:3: model file {path} ")
    assert "handover train" in str(raised.value)
    return str(raised.value)
