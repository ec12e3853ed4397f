from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.detectors.calibration import Calibration, calibration_text, logit, read_calibration
from handover_rules.detectors.linear import checksum
from handover_rules.errors import ModelFileError
from handover_rules.ruleset import OpenAISpec, Place
from handover_rules.signals import Score, Unavailable

MARK = "0123456789ab"
HALVED = Calibration(0.5, -1.0)


def read(spec: OpenAISpec, text: str) -> Calibration:
    return read_calibration(replace(spec, calibration=text, calibration_file="models/ai.json"), MARK)


def written(**changes: object) -> str:
    """A calibration file with these values, whose checksum is right."""
    content = json.loads(calibration_text(HALVED, MARK)) | changes
    content["checksum"] = checksum(content)
    return json.dumps(content)


def test_a_score_is_mapped_over_its_logit() -> None:
    # logit(0.5) is 0, and 1 / (1 + e) is what an offset of -1 makes of it.
    assert HALVED.score(0.5) == pytest.approx(0.268941)
    assert logit(0.5) == 0
    assert Calibration(1.0, 0.0).score(0.3) == pytest.approx(0.3)


def test_the_ends_are_mapped_too() -> None:
    assert 0 < HALVED.score(0.0) < 0.001
    assert 0.99 < HALVED.score(1.0) < 1
    assert HALVED.score(0.0) == HALVED.score(1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 10), st.floats(-10, 10))
def test_no_calibration_turns_the_order_of_scores_round(one: float, other: float, slope: float, offset: float) -> None:
    low, high = (Calibration(slope, offset).score(raw) for raw in sorted((one, other)))
    assert 0 <= low <= high <= 1


def test_only_scores_change_and_the_raw_answer_stays() -> None:
    raw = Score(0.5, needed=True, confidence=0.5, reason="asks")
    assert HALVED.of([raw, Unavailable("timed_out")]) == [
        Score(0.268941, needed=True, confidence=0.5, reason="asks"),
        Unavailable("timed_out"),
    ]


def test_what_is_written_is_read(spec: OpenAISpec) -> None:
    assert read(spec, calibration_text(HALVED, MARK)) == HALVED
    assert read(spec, written(slope=2, offset=0)) == Calibration(2.0, 0.0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("slope: 1", "is not a calibration file"),
        ("[]", "is not a calibration file"),
        ('{"format": "handover-linear"}', "is not a calibration file"),
        (written(version=2), "has version 2"),
        (calibration_text(HALVED, MARK).replace("0.5", "0.6"), "was changed after it was written"),
        (written(checksum=None).replace('"checksum"', '"sum"'), "was changed after it was written"),
        (written(slope=0), "is damaged"),
        (written(slope=-1.0), "is damaged"),
        (written(slope="1"), "is damaged"),
        (written(slope=True), "is damaged"),
        (written(offset=None), "is damaged"),
        (written(offset=10**400), "is damaged"),
        (written(detector="ba9876543210"), "was made for another detector (fingerprint 'ba9876543210'"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_what_to_do(spec: OpenAISpec, text: str, problem: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read(replace(spec, place=Place("rules/detectors.yaml", 7, 9)), text)
    told = str(caught.value)
    assert told.startswith("rules/detectors.yaml:7:9: calibration file models/ai.json ")
    assert problem in told
    assert told.endswith("fit a new one, or remove `calibration:`")
