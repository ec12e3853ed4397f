"""Opening hours, queues, thresholds, phrase lists and detectors, as they are read from files."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from handover_rules.ruleset import LinearSpec, OpenAISpec, Ruleset


def ruleset(look: Any, text: str, environ: dict[str, str] | None = None) -> Ruleset:
    """The ruleset with these sections, which must have no problem."""
    examined = look(f"ruleset: shop\n{text}\n", environ=environ)
    assert examined.problems == ()
    assert isinstance(examined.ruleset, Ruleset)
    return examined.ruleset


def codes(look: Any, text: str) -> list[str]:
    """The codes of the problems of these sections, in the order of their places."""
    return [problem.code for problem in look(f"ruleset: shop\n{text}\n").problems]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat", [5]),
        ("[sun, mon]", [0, 6]),
        ("fri-mon", [0, 4, 5, 6]),
        ("[mon-wed, Fri]", [0, 1, 2, 4]),
    ],
)
def test_days(look: Any, written: str, days: list[int]) -> None:
    hours = ruleset(look, f"hours: {{office: {{days: {written}, from: 09:00, to: 18:00}}}}").hours["office"]
    assert hours.spans == tuple((day, time(9), time(18)) for day in days)


def test_hours_may_be_several_spans_up_to_midnight(look: Any) -> None:
    text = "hours: {night: [{days: mon, from: 22:00, to: 24:00}, {days: tue, from: 00:00, to: 06:00}]}"
    assert ruleset(look, text).hours["night"].spans == ((0, time(22), None), (1, time(0), time(6)))


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ("{days: mon, from: 22:00, to: 06:00}", "E116"),
        ("{days: mon, from: 09:00, to: 09:00}", "E116"),
        ("{days: mon, from: 24:00, to: 09:00}", "E116"),
        ("{days: mon-, from: 09:00, to: 18:00}", "E107"),
        ("{days: weekday, from: 09:00, to: 18:00}", "E107"),
        ("{days: mon, from: 09:00}", "E106"),
        ("[]", "E301"),
    ],
)
def test_bad_hours(look: Any, span: str, code: str) -> None:
    assert codes(look, f"hours: {{office: {span}}}") == [code]


def test_threshold_is_a_number_or_what_is_known_of_it(look: Any) -> None:
    text = "thresholds: {a: 0.5, b: {value: 0.8, env: B, goal: recall >= 0.9, low95: 0.91, data: x@1, detector: y@2}}"
    a, b = ruleset(look, text).thresholds.values()
    assert (a.value, a.env, a.overridden, a.goal, a.low95) == (0.5, None, False, None, None)
    assert (b.value, b.env, b.goal, b.low95, b.data, b.detector) == (0.8, "B", "recall >= 0.9", 0.91, "x@1", "y@2")


@pytest.mark.parametrize(
    "goal", ["precision > 0.9", "precision >= 2", "accuracy >= 0.9", "precision >= 0.0", "recall >="]
)
def test_bad_goal(look: Any, goal: str) -> None:
    assert codes(look, f"thresholds: {{a: {{value: 0.5, goal: {goal}}}}}") == ["E107"]


def test_threshold_in_the_environment(look: Any) -> None:
    text = "thresholds: {ai: {value: 0.7, env: AI}}"
    assert ruleset(look, text, {"AI": "0.9"}).thresholds["ai"].overridden
    assert ruleset(look, text, {"AI": "0.9"}).thresholds["ai"].value == 0.9
    assert ruleset(look, text).thresholds["ai"].value == 0.7


def test_phrase_list_is_a_list_or_words_and_typos(look: Any) -> None:
    a, b = ruleset(look, 'phrases: {a: [human, "someone real"], b: {words: agent, typos: 1}}').phrases.values()
    assert [source.phrase.source for source in a.phrases] == ["human", "someone real"]
    assert (a.typos, b.typos) == (0, 1)


def test_queue(look: Any) -> None:
    assert ruleset(look, "queues: {a: {skills: [x, y]}, b: {}}").queues["a"].skills == ("x", "y")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_time_zone(look: Any, zone: str) -> None:
    assert ruleset(look, f"time_zone: {zone}").time_zone == zone


@pytest.mark.parametrize("zone", ["europe/berlin", "Europe", "../etc/passwd", "/etc/localtime", "CEST"])
def test_unknown_time_zone(look: Any, zone: str) -> None:
    assert codes(look, f"time_zone: {zone}") == ["E117"]


def test_detectors_and_their_defaults(look: Any) -> None:
    text = """
detectors:
  local: {kind: linear, cost: 1, model: model.json}
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
"""
    local, ai = ruleset(look, text).detectors.values()
    assert isinstance(local, LinearSpec)
    assert isinstance(ai, OpenAISpec)
    assert (local.name, local.enabled, local.model, len(local.digest)) == ("local", True, "model.json", 64)
    assert (ai.timeout_ms, ai.max_retries, ai.max_concurrency, ai.log_answers, ai.enabled) == (4000, 2, 8, True, True)
    assert (ai.prompt, ai.prompt_file) == ("Does the customer need a person?", "ask.j2")


def test_detector_in_the_environment(look: Any) -> None:
    text = "detectors: {ai: {kind: openai, cost: 1, model: {value: gpt, env: M}, enabled: {env: ON}, prompt: ask.j2}}"
    ai = ruleset(look, text, {"M": "other", "ON": "off"}).detectors["ai"]
    assert (ai.model, ai.enabled) == ("other", False)


def test_missing_model_is_a_warning(look: Any) -> None:
    examined = look("ruleset: shop\ndetectors: {local: {kind: linear, cost: 1, model: none.json}}\n")
    assert [problem.code for problem in examined.problems] == ["W406"]
    assert examined.ruleset.detectors["local"].digest == ""


@pytest.mark.parametrize(
    "path", ["../ask.j2", "/etc/hosts", "none.j2", ".", '"a\\0b"', '"' + "x" * 5000 + '"', "ask.j2/x"]
)
def test_prompt_that_cannot_be_read(look: Any, path: str) -> None:
    assert codes(look, f"detectors: {{ai: {{kind: openai, cost: 1, model: gpt, prompt: {path}}}}}") == ["E119"]


def test_link_out_of_the_folder_is_refused(look: Any, tmp_path: Path) -> None:
    (tmp_path / "link.j2").symlink_to("/etc/hosts")
    (tmp_path / "loop.j2").symlink_to("loop.j2")
    for name in ("link.j2", "loop.j2"):
        assert codes(look, f"detectors: {{ai: {{kind: openai, cost: 1, model: gpt, prompt: {name}}}}}") == ["E119"]


def test_an_empty_prompt_is_refused(look: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.j2").write_text("\n", encoding="utf-8")
    assert codes(look, "detectors: {ai: {kind: openai, cost: 1, model: gpt, prompt: empty.j2}}") == ["E119"]


def test_problem_in_a_prompt_stands_in_the_prompt(look: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.j2").write_text("Hello.\n{% for turn in conversation %}{{ loop.index }} {{ trun }}{% endfor %}\n")
    examined = look("ruleset: shop\ndetectors: {ai: {kind: openai, cost: 1, model: gpt, prompt: bad.j2}}\n")
    (problem,) = examined.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("E504", 2, 51)
    assert problem.place.file.endswith("bad.j2")
    assert examined.sources[problem.place.file].line(2)[50:54] == "trun"


def test_prompt_in_another_encoding(look: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.j2").write_bytes("Grüße".encode("latin-1"))
    assert codes(look, "detectors: {ai: {kind: openai, cost: 1, model: gpt, prompt: bad.j2}}") == ["E110"]


@pytest.mark.parametrize(
    ("days", "hint"),
    [("Monday-Friday", "write `mon-fri`"), ("Saturday", "write `sat`"), ("weekdays", "days are mon, tue")],
)
def test_days_are_written_short(look: Any, days: str, hint: str) -> None:
    (problem,) = look(f"ruleset: shop\nhours: {{office: {{days: {days}, from: 09:00, to: 18:00}}}}\n").problems
    assert problem.code == "E107"
    assert problem.hint.startswith(hint)
