"""Scores that were read ahead are the model's own, to the last digit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import read_dataset
from eval.read_ahead import ReadAhead, read_ahead, reading_ahead
from handover_rules.detectors import Absent, Detector, Query
from handover_rules.detectors.linear import LinearDetector
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import LinearSpec
from handover_rules.signals import Score, Signal
from tests.shipped import english_rules

MESSAGES = Path(__file__).parent.parent.parent / "datasets" / "messages"
MODELS = [
    LinearDetector.load(spec)
    for spec in load_ruleset(english_rules()).detectors.values()
    if isinstance(spec, LinearSpec)
]


def asked(detector: Detector, texts: list[str]) -> list[Signal]:
    return asyncio.run(detector.ask([Query(text) for text in texts]))


def same(texts: list[str]) -> None:
    readers = [ReadAhead(model) for model in MODELS]
    read_ahead(readers, texts)
    for reader, model in zip(readers, MODELS, strict=True):
        assert reader._known.keys() == set(texts)
        assert asked(reader, texts) == [Score(model.score(text)) for text in texts]


@pytest.mark.parametrize("language", ["en", "ar", "hi"])
def test_labelled_messages_have_the_models_scores(language: str) -> None:
    (file,) = read_dataset([MESSAGES / f"{language}.jsonl"]).files
    same([row.text for row in file.rows])


@given(st.lists(st.text() | st.sampled_from(["agent", "agent agent agent", "papapapa", "", "?!", "a"])))
def test_any_texts_have_the_models_scores(texts: list[str]) -> None:
    same(texts)


def test_where_roundings_are_close_the_model_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision value whose last bit may be another one, in the middle between two roundings."""
    texts = ["is a person there", "where is my parcel"]
    monkeypatch.setattr("eval.read_ahead._TOO_CLOSE", 0.5)
    monkeypatch.setattr(ReadAhead, "_margins", lambda *_: np.zeros(len(texts)))
    same(texts)


def test_what_was_not_read_is_asked_of_the_model_and_what_was_is_forgotten() -> None:
    reader = ReadAhead(MODELS[0])
    read_ahead([reader], ["one"])
    read_ahead([reader], ["two"])
    assert reader._known.keys() == {"two"}
    assert asked(reader, ["one"]) == asked(MODELS[0], ["one"])


def test_other_detectors_stay_as_they_are() -> None:
    absent = Absent("ai", "no_key")
    wrapped = reading_ahead({"ai": absent, "local": MODELS[0]})
    assert wrapped["ai"] is absent
    assert (wrapped["local"].name, wrapped["local"].fingerprint) == (MODELS[0].name, MODELS[0].fingerprint)
    read_ahead([absent], ["nothing is read by it"])
